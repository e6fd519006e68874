"""The files of a matter for those who examine it: the work's and the uploaded papers'."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.orm import Session

from api import disclosing, drawing, policy, serving
from api.auth import OfficerHere, Wired
from api.database import transaction
from api.drawing import Page
from api.openapi import answers, binary
from api.serving import ANSWERS, IfRange, Place, Range
from evidence import erasure, intake
from evidence.models import Evidence, VersionFile
from registry import examined

router = APIRouter(prefix="/api/v1/offices/{office}/matters/{matter_id}", tags=["examination"])

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
    responses=ANSWERS | answers(404),
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
    """A file of an uploaded paper, byte for byte, as an attachment."""

    def look() -> tuple[Evidence, VersionFile]:
        with transaction(services.sessions) as session:
            matter = policy.matter_before(session, officer, matter_id)
            return _held(session, examined.paper_of(session, matter, code), position)

    return serving.attachment(services, look, range_, if_range)


@router.get(
    "/documents/{code}/files/{position}/preview", response_class=Response, responses=_PREVIEW
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
    """A scanned paper, or one of its first pages, re-encoded and small, without metadata."""
    with transaction(services.sessions) as session:
        matter = policy.matter_before(session, officer, matter_id)
        _, file = _held(session, examined.paper_of(session, matter, code), position)
        blob = drawing.source_of(session, file)
    return drawing.preview(services, blob, size, page)


def _held(session: Session, evidence: Evidence, position: int) -> tuple[Evidence, VersionFile]:
    """A file whose bytes are here. Raises NotFound where they are not, or not any more."""
    file = intake.file_of(session, evidence, position)
    disclosing.require_stored(evidence)
    erasure.require_bytes(evidence, file)
    return evidence, file
