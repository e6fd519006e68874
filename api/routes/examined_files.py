"""The files of a matter for those who examine it: the work's and the uploaded papers'.

A paper that the office calls personal is opened like any identity paper: by who holds the matter,
with a reason that is kept, marked with who looked and when.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.orm import Session

from accounts import reveals
from accounts.staff import Officer
from api import disclosing, drawing, policy, revealing, serving
from api.auth import OfficerHere, Wired
from api.database import transaction
from api.drawing import Page
from api.openapi import answers, binary
from api.people_schemas import ReasonIn
from api.serving import ANSWERS, IfRange, Place, Range
from api.wiring import Services, utc_now
from evidence import erasure, intake, previews
from evidence.models import Evidence, VersionFile
from evidence.names import extension
from registry import examined

router = APIRouter(prefix="/api/v1/offices/{office}/matters/{matter_id}", tags=["examination"])

T = TypeVar("T")
Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Size = Annotated[Literal["small", "large"], Query()]
_PREVIEW = binary("image/webp", "预览 preview") | answers(404, 409)


@router.get("/files/{position}", response_class=Response, responses=ANSWERS | answers(404))
def examine_file(
    matter_id: UUID,
    position: Place,
    services: Wired,
    officer: OfficerHere,
    range_: Range = None,
    if_range: IfRange = None,
) -> Response:
    """A work's file, byte for byte, as an attachment, while the matter is before the office."""

    def look() -> tuple[Evidence, VersionFile]:
        with transaction(services.sessions) as session:
            matter = policy.matter_before(session, officer, matter_id)
            return _held(session, examined.work_of(session, matter), position)

    return serving.attachment(services, look, range_, if_range)


@router.get("/files/{position}/preview", response_class=Response, responses=_PREVIEW)
def preview_examined_file(
    matter_id: UUID,
    position: Place,
    services: Wired,
    officer: OfficerHere,
    size: Size = "small",
    page: Page = 1,
) -> Response:
    """A picture of the work or of one of its first pages, re-encoded, without metadata."""
    with transaction(services.sessions) as session:
        matter = policy.matter_before(session, officer, matter_id)
        _, file = _held(session, examined.work_of(session, matter), position)
        blob = drawing.source_of(session, file)
    return drawing.preview(services, blob, size, page)


@router.get(
    "/documents/{code}/files/{position}",
    response_class=Response,
    responses=ANSWERS | answers(404, 422),
)
def examine_document(
    matter_id: UUID,
    code: Code,
    position: Place,
    services: Wired,
    officer: OfficerHere,
    range_: Range = None,
    if_range: IfRange = None,
) -> Response:
    """A file of an uploaded paper, byte for byte, as an attachment. Of a `personal` one: 422, see
    the POST of the same path.
    """

    def look() -> tuple[Evidence, VersionFile]:
        with transaction(services.sessions) as session:
            matter = policy.matter_before(session, officer, matter_id)
            return _held(session, examined.plain_paper_of(session, matter, code), position)

    return serving.attachment(services, look, range_, if_range)


@router.get(
    "/documents/{code}/files/{position}/preview",
    response_class=Response,
    responses=_PREVIEW | answers(422),
)
def preview_examined_document(
    matter_id: UUID,
    code: Code,
    position: Place,
    services: Wired,
    officer: OfficerHere,
    size: Size = "small",
    page: Page = 1,
) -> Response:
    """A scanned paper, or one of its first pages, re-encoded and small, without metadata. Of a
    `personal` one: 422, see the POST of the same path.
    """
    with transaction(services.sessions) as session:
        matter = policy.matter_before(session, officer, matter_id)
        _, file = _held(session, examined.plain_paper_of(session, matter, code), position)
        blob = drawing.source_of(session, file)
    return drawing.preview(services, blob, size, page)


@router.post(
    "/documents/{code}/files/{position}",
    response_class=Response,
    responses=binary("application/octet-stream", "证件 the paper") | answers(404, 409),
)
def reveal_document(
    matter_id: UUID,
    code: Code,
    position: Place,
    body: ReasonIn,
    services: Wired,
    officer: OfficerHere,
) -> Response:
    """A file of a personal paper, for who holds the matter, with a reason that is kept for good. A
    picture comes as JPEG, a PDF as a PDF of pictures, with the officer's id and the time written
    all over it; what cannot be drawn comes as it is.
    """
    where = matter_id, code, position
    held, blob, now = _revealed(services, officer, where, body.reason, drawing.drawable)
    if blob is None:
        name = f"{code}-{position}.{extension(held[1].name)}"
        return serving.attachment(services, lambda: held, None, None, name)
    with services.store.open(blob.sha256) as source:
        return revealing.marked(services, officer, source, blob.media_type, code, at=now)


@router.post(
    "/documents/{code}/files/{position}/preview",
    response_class=Response,
    responses=binary("image/jpeg", "预览 preview") | answers(404, 409),
)
def reveal_document_preview(
    matter_id: UUID,
    code: Code,
    position: Place,
    body: ReasonIn,
    services: Wired,
    officer: OfficerHere,
    size: Size = "small",
    page: Page = 1,
) -> Response:
    """A personal paper, or one of its first pages, small: a look like any other, and marked."""
    where = matter_id, code, position
    _, blob, now = _revealed(services, officer, where, body.reason, drawing.source_of)
    small = drawing.drawn(services, blob.sha256, blob.media_type, size, page)
    return revealing.marked(
        services, officer, small, previews.MEDIA_TYPE, f"{code}-preview", at=now
    )


def _revealed(
    services: Services,
    officer: Officer,
    where: tuple[UUID, str, int],
    reason: str,
    picture: Callable[[Session, VersionFile], T],
) -> tuple[tuple[Evidence, VersionFile], T, datetime]:
    """A file of a personal paper that may be shown and what `picture` says of it, on record as seen
    at that time.
    """
    now, (matter_id, code, position) = utc_now(), where
    revealing.count_look(services, officer, matter_id)
    with transaction(services.sessions) as session:
        matter = policy.held_matter(session, officer, matter_id)
        held = _held(session, examined.personal_paper_of(session, matter, code), position)
        found = picture(session, held[1])
        reveals.reveal_file(
            session, officer, held[1].id, matter.applicant_id, code, reason,
            matter=matter.id, now=now,
        )  # fmt: skip
        revealing.watch(session, officer, now=now)
    return held, found, now


def _held(session: Session, evidence: Evidence, position: int) -> tuple[Evidence, VersionFile]:
    """A file whose bytes are here. Raises NotFound where they are not, or not any more."""
    file = intake.file_of(session, evidence, position)
    disclosing.require_stored(evidence)
    erasure.require_bytes(evidence, file)
    return evidence, file
