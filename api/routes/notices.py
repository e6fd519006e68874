"""Notices of an office about a matter: listed, and fetched as signed files."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Response
from sqlalchemy.orm import Session

from api import policy
from api.auth import OfficerHere, Reader, Wired
from api.database import transaction
from api.following_schemas import NoticeOut, NoticePage, WordsOut
from api.headers import private
from api.openapi import answers, binary
from api.wiring import Services
from certs import issuing
from certs.paper import decode
from registry import noticing

router = APIRouter(prefix="/api/v1", tags=["notices"])

Place = Annotated[int, Path(ge=1, le=1000)]
_PDF: Final = "application/pdf"


@router.get("/matters/{matter_id}/notices")
def list_notices(matter_id: UUID, services: Wired, caller: Reader) -> NoticePage:
    """Every notice about a matter of one's own, in order."""
    with transaction(services.sessions) as session:
        return _page(session, policy.own_matter(session, caller, matter_id).id)


@router.get(
    "/matters/{matter_id}/notices/{place}.pdf",
    response_class=Response,
    responses=binary(_PDF, "通知书 the notice") | answers(409, 422),
)
def get_notice(matter_id: UUID, place: Place, services: Wired, caller: Reader) -> Response:
    """A notice, exactly as issued and signed."""
    with transaction(services.sessions) as session:
        digest = noticing.digest_of(
            session, policy.own_matter(session, caller, matter_id).id, place
        )
    return _file(services, digest, place)


@router.get("/offices/{office}/matters/{matter_id}/notices", responses=answers(404))
def examine_notices(matter_id: UUID, services: Wired, officer: OfficerHere) -> NoticePage:
    """The same for officers of the office whose work it is."""
    with transaction(services.sessions) as session:
        return _page(session, policy.read_matter(session, officer, matter_id).id)


@router.get(
    "/offices/{office}/matters/{matter_id}/notices/{place}.pdf",
    response_class=Response,
    responses=binary(_PDF, "通知书 the notice") | answers(404, 409, 422),
)
def examine_notice(
    matter_id: UUID, place: Place, services: Wired, officer: OfficerHere
) -> Response:
    """The same for officers of the office whose work it is."""
    with transaction(services.sessions) as session:
        digest = noticing.digest_of(
            session, policy.read_matter(session, officer, matter_id).id, place
        )
    return _file(services, digest, place)


def _page(session: Session, matter_id: UUID) -> NoticePage:
    items = []
    for each in noticing.of_matter(session, matter_id):
        zh, en = decode(each.content).title
        items.append(
            NoticeOut(
                place=each.place, number=each.number, kind=each.kind,
                title=WordsOut(zh=zh, en=en), issued_at=each.issued_at,
                ready=each.pdf_sha256 is not None,
            )
        )  # fmt: skip
    return NoticePage(items=items)


def _file(services: Services, digest: str, place: int) -> Response:
    data = issuing.stored_pdf(services.store, digest)
    return Response(data, media_type=_PDF, headers=private(f"notice-{place}.pdf"))
