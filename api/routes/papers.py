"""Papers over HTTP: what will be asked, worked examples, blank ones, an application's own."""

from functools import lru_cache
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from api import policy
from api.auth import Reader, Wired, address_of
from api.database import transaction
from api.headers import private
from api.openapi import answers, binary
from api.paper_schemas import AskedIn, AskedOut, ExampleOut
from api.paper_views import asked_out, example_out
from api.wiring import Services
from certs.paper import Mark, Paper
from registry import examples, form, offices, papering, paperwork

router = APIRouter(prefix="/api/v1", tags=["papers"])

Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Office = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_PDF: Final = "application/pdf"
_MOST_KEPT: Final = 256


def admit(request: Request, services: Wired) -> None:
    """Anybody may ask, but not without end. Raises RateLimited."""
    limit = services.settings.public_per_minute
    services.limiter.check(f"public:{address_of(request)}", limit)


_PUBLIC: Final = [Depends(admit)]


@router.post(
    "/offices/{office}/required-documents", dependencies=_PUBLIC, responses=answers(404, 422, 429)
)
def show_required_documents(office: Office, body: AskedIn) -> AskedOut:
    """What this office will ask for, and why, as far as the form says what it is about.

    Any part of the form will do, also none. Nothing is kept.
    """
    profile = offices.get(office)
    return asked_out(profile, form.parse(body.form))


@router.get(
    "/offices/{office}/documents/{code}/example", dependencies=_PUBLIC, responses=answers(404, 429)
)
def show_example(office: Office, code: Code) -> ExampleOut:
    """A document filled in by way of example, as data: form fields and texts."""
    return example_out(examples.example_case(offices.get(office), code), code)


@router.get(
    "/offices/{office}/documents/{code}/example.pdf",
    dependencies=_PUBLIC,
    response_class=Response,
    responses=binary(_PDF, "填写示例 worked example") | answers(404, 429),
)
def get_example(office: Office, code: Code) -> Response:
    """The same as a paper; every page says that it is an example."""
    offices.get(office)
    return _file(_example(office, code), f"{code}-example.pdf")


@router.get(
    "/offices/{office}/documents/{code}/template.pdf",
    dependencies=_PUBLIC,
    response_class=Response,
    responses=binary(_PDF, "空白材料 blank paper") | answers(404, 429),
)
def get_template(office: Office, code: Code, services: Wired) -> Response:
    """The paper with nothing filled in: to print, fill in, sign, scan and upload."""
    offices.get(office)
    return _file(_blank(office, code, _mark(services)), f"{code}.pdf")


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
        case = papering.case_of(session, services.keyring, matter, mark=_mark(services))
    return _file(_drawn(paperwork.compose(case, code)), f"{code}.pdf")


def _mark(services: Services) -> Mark:
    return "sample" if services.settings.embedded else "none"


@lru_cache(maxsize=_MOST_KEPT)
def _example(office: str, code: str) -> bytes:
    return _drawn(paperwork.compose(examples.example_case(offices.get(office), code), code))


@lru_cache(maxsize=_MOST_KEPT)
def _blank(office: str, code: str, mark: Mark) -> bytes:
    return _drawn(paperwork.compose(examples.blank_case(offices.get(office), code, mark), code))


def _drawn(paper: Paper) -> bytes:
    from certs.paper_pdf import draw  # noqa: PLC0415 - only those who draw load the PDF libraries

    return draw(paper).data


def _file(data: bytes, name: str) -> Response:
    return Response(data, media_type=_PDF, headers=private(name))
