"""The papers of a registration, as files."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from api import policy
from api.auth import Reader, Wired
from api.database import transaction
from api.headers import private
from api.openapi import answers, binary
from certs.paper import Paper
from registry import papering, paperwork

router = APIRouter(prefix="/api/v1", tags=["papers"])

Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_PDF = "application/pdf"


@router.get(
    "/matters/{matter_id}/documents/{code}.pdf",
    response_class=Response,
    responses=binary(_PDF, "材料 the paper") | answers(422),
)
def get_matter_document(matter_id: UUID, code: Code, services: Wired, caller: Reader) -> Response:
    """A paper of this application, drawn from the form as it stands: to read, or to print and sign.

    What the form does not say yet is left blank. The same form gives the same bytes.
    """
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        case = papering.case_of(session, services.keyring, matter)
    return _file(paperwork.compose(case, code), f"{code}.pdf")


def _file(paper: Paper, name: str) -> Response:
    from certs.paper_pdf import draw  # noqa: PLC0415 - only those who draw load the PDF libraries

    return Response(draw(paper).data, media_type=_PDF, headers=private(name))
