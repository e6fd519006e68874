"""Papers over HTTP: what will be asked, worked examples, blank ones, an application's own."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from api import paper_files, policy
from api.auth import OfficerHere, Reader, Wired, address_of
from api.database import transaction
from api.headers import private
from api.openapi import answers, binary
from api.paper_schemas import AskedIn, AskedOut, ExampleOut, MaterialOut, UntouchedOut
from api.paper_views import asked_out, example_out
from api.wiring import utc_now
from certs.paper import Paper
from core.errors import NotFound
from registry import examples, form, offices, on_file, papering, paperwork
from registry.handover import hand_over_list

router = APIRouter(prefix="/api/v1", tags=["papers"])

Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Office = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_PDF: Final = "application/pdf"


def admit(request: Request, services: Wired) -> None:
    """Anybody may ask, but not without end. Raises RateLimited."""
    limit = services.settings.public_per_minute
    services.limiter.check(f"public:{address_of(request)}", limit)


_PUBLIC: Final = [Depends(admit)]


@router.post(
    "/offices/{office}/required-documents", dependencies=_PUBLIC, responses=answers(404, 422, 429)
)
def show_required_documents(office: Office, body: AskedIn, services: Wired) -> AskedOut:
    """What this office will ask for, and why, as far as the form says what it is about.

    Any part of the form will do, also none. Nothing is kept.
    """
    return asked_out(offices.get(office, services.offices), form.parse(body.form))


@router.get(
    "/offices/{office}/documents/{code}/example", dependencies=_PUBLIC, responses=answers(404, 429)
)
def show_example(office: Office, code: Code, services: Wired) -> ExampleOut:
    """A document filled in by way of example, as data: form fields and texts."""
    profile = offices.get(office, services.offices)
    return example_out(examples.example_case(profile, code), code)


@router.get(
    "/offices/{office}/documents/{code}/example.pdf",
    dependencies=_PUBLIC,
    response_class=Response,
    responses=binary(_PDF, "填写示例 worked example") | answers(404, 429),
)
def get_example(office: Office, code: Code, services: Wired) -> Response:
    """The same as a paper; every page says that it is an example."""
    case = examples.example_case(offices.get(office, services.offices), code)
    return _answer(paper_files.paper(paperwork.compose(case, code)), f"{code}-example.pdf")


@router.get(
    "/offices/{office}/documents/{code}/template.pdf",
    dependencies=_PUBLIC,
    response_class=Response,
    responses=binary(_PDF, "空白材料 blank paper") | answers(404, 429),
)
def get_template(office: Office, code: Code, services: Wired) -> Response:
    """The paper with nothing filled in: to print, fill in, sign, scan and upload."""
    profile = offices.get(office, services.offices)
    with transaction(services.sessions) as session:
        mark = papering.mark_of(session, office)
    case = examples.blank_case(profile, code, mark)
    return _answer(paper_files.paper(paperwork.compose(case, code)), f"{code}.pdf")


@router.get(
    "/matters/{matter_id}/documents/{code}.pdf",
    response_class=Response,
    responses=binary(_PDF, "材料 the paper") | answers(409, 422),
)
def get_matter_document(matter_id: UUID, code: Code, services: Wired, caller: Reader) -> Response:
    """A paper of this application, drawn from the form as it stands: to read, or to print and sign.

    What the form does not say yet is left blank. The same form gives the same bytes. Of software,
    identification material is made from the files of the evidence that `documents` names.
    """
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        found = paper_files.found(session, services, matter, code)
    return _answer(paper_files.drawn(found, services), f"{code}.pdf")


@router.get("/matters/{matter_id}/documents/{code}/material", responses=answers(404, 409, 422))
def show_material(matter_id: UUID, code: Code, services: Wired, caller: Reader) -> MaterialOut:
    """How many pages the identification material of software has, and in which files comments stay
    though they were to be taken out.
    """
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        found = paper_files.found(session, services, matter, code)
    if isinstance(found, Paper):
        raise NotFound("不是鉴别材料 / this is no identification material", field="code")
    made = paper_files.pages_of(found, services)
    software = found.form.software
    removed = software is not None and software.comments == "removed"
    return MaterialOut(
        from_pdf=made is None,
        pages=None if made is None else made.pages,
        deposited=None if made is None else len(made.leaves),
        lines=None if made is None else made.lines,
        comments="removed" if removed else "kept",
        untouched=[
            UntouchedOut(name=each.name, lines=each.lines)
            for each in (() if made is None else made.untouched)
        ],
    )


@router.get(
    "/matters/{matter_id}/hand-over-list.pdf",
    response_class=Response,
    responses=binary(_PDF, "材料移交清单 list of papers"),
)
def get_hand_over_list(matter_id: UUID, services: Wired, caller: Reader) -> Response:
    """Every paper of this application and how it came: to put beside papers that are posted or
    handed in.
    """
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        case = papering.case_of(session, services.keyring, matter)
        lacking = on_file.lacking(
            session, matter.applicant_id, case.profile, case.form, now=utc_now()
        )
        listed = hand_over_list(case, papering.uploads_of(session, matter), lacking)
    return _answer(paper_files.paper(listed), "hand-over-list.pdf")


@router.get(
    "/offices/{office}/matters/{matter_id}/documents/{code}.pdf",
    response_class=Response,
    responses=binary(_PDF, "材料 the paper") | answers(404, 409, 422),
)
def examine_paper(matter_id: UUID, code: Code, services: Wired, officer: OfficerHere) -> Response:
    """A paper of a matter that is before the office, as its applicant sees it."""
    with transaction(services.sessions) as session:
        matter = policy.matter_before(session, officer, matter_id)
        found = paper_files.found(session, services, matter, code)
    return _answer(paper_files.drawn(found, services), f"{code}.pdf")


def _answer(data: bytes, name: str) -> Response:
    return Response(data, media_type=_PDF, headers=private(name))
