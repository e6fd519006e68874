"""Offices, for anybody: which there are, and all that a portal has to know to draw an application.

Answers may be cached for a minute and carry an `ETag`; who has the newest gets 304.
"""

import hashlib
from typing import Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from api.auth import Wired
from api.database import transaction
from api.office_schemas import OfficeOut, OfficesOut
from api.office_views import office_entry, office_out
from api.openapi import answers
from api.routes.papers import Office, admit
from registry import force, offices

router = APIRouter(prefix="/api/v1/offices", tags=["offices"], dependencies=[Depends(admit)])

_CACHED: Final = "public, max-age=60"
SAME: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "未变 not changed"}}


@router.get("", response_model=OfficesOut, responses={**SAME, **answers(429)})
def list_offices(request: Request, services: Wired) -> Response:
    """Every office of this installation, and whether it is in force."""
    known = services.offices.values()
    with transaction(services.sessions) as session:
        now = force.all_in_force(session)
    items = [office_entry(each, in_force=each.key in now) for each in known]
    return cacheable(request, OfficesOut(items=items))


@router.get("/{office}", response_model=OfficeOut, responses={**SAME, **answers(404, 429)})
def show_office(request: Request, office: Office, services: Wired) -> Response:
    """What an office accepts, from whom, with which papers, signed how, for what price, by when;
    and the words it says all this in. Which papers one application needs: `…/required-documents`.
    """
    profile = offices.get(office, services.offices)
    with transaction(services.sessions) as session:
        in_force = force.in_force(session, office) is not None
    return cacheable(request, office_out(profile, in_force=in_force))


def cacheable(request: Request, said: BaseModel) -> Response:
    """The answer with its `ETag`; 304 for whoever has it already."""
    data = said.model_dump_json().encode()
    headers = {"Cache-Control": _CACHED, "ETag": f'"{hashlib.sha256(data).hexdigest()}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(data, media_type="application/json", headers=headers)
