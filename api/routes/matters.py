"""Registration matters, for their applicant."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from api import packaging, policy, sampling
from api.auth import Reader, Registrant, Wired
from api.database import transaction
from api.headers import private
from api.hints import work_is_waiting
from api.idempotency import OptionalKey, call_of
from api.issuing import terms_today
from api.matter_lists import listed
from api.openapi import answers, binary
from api.printable import check_said
from api.registry_schemas import (
    ApplicationIn,
    ChangeIn,
    MatterCounts,
    MatterIn,
    MatterOut,
    MatterPage,
    SubmissionIn,
    Word,
)
from api.registry_views import matter_out
from api.schemas import Day
from api.transaction_password import require_transaction_password
from api.wiring import utc_now
from certs import issuing
from core import idempotency
from core.paging import MOST_TYPED
from evidence.numbers import normalise
from registry import agents, matters, offices, personal, registering, scans, searching, submitting
from registry.lifecycle import MatterState
from registry.matters import Draft
from registry.models import Registration
from registry.searching import GROUPS, Filter

router = APIRouter(prefix="/api/v1/matters", tags=["matters"])

States = Annotated[list[MatterState] | None, Query(max_length=20)]
Group = Annotated[Literal["in_progress", "completed", "not_passed"] | None, Query()]
Title = Annotated[str, Query(max_length=MOST_TYPED)]


@router.post("", status_code=201, responses=answers(404))
def create_matter(
    body: MatterIn, services: Wired, caller: Registrant, key: OptionalKey = None
) -> MatterOut:
    """Begin an application at an office. The draft may be changed until it is submitted; it keeps
    the rules the office has today.
    """
    profile = offices.get(body.office, services.offices)
    said, now = _said(body), utc_now()
    call = call_of(caller, "create_matter", key, body)

    def make() -> UUID:
        if caller.agent_id is not None:
            agents.require_admitted(session, caller.agent_id, caller.account_id, profile, now=now)
        matter = matters.draft(
            session, caller.account_id, profile, body.agency, said, caller.agent_id, now=now
        )
        scans.note(session, services.keyring, matter, now=now)
        return matter.id

    with transaction(services.sessions) as session:
        made = idempotency.once(session, call, make, now=now)
        own = policy.own_matter(session, caller, made.subject)
        return matter_out(session, own, services.keyring)


@router.get("")
def list_matters(
    services: Wired,
    caller: Reader,
    *,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    state: States = None,
    group: Group = None,
    since: Annotated[Day | None, Query()] = None,
    until: Annotated[Day | None, Query()] = None,
    title: Title = "",
    office: Annotated[Word | None, Query()] = None,
) -> MatterPage:
    """Newest first; `next` is the cursor of the following page. Limited, where asked, to states or
    one of three groups of states, to days of beginning at UTC+8, to a part of the title, to one
    office.
    """
    states = [*(state or ()), *(GROUPS[group] if group else ())]
    only = Filter(states, since, until, title, office).conditions()
    with transaction(services.sessions) as session:
        found = matters.of_applicant(
            session, caller.account_id, cursor, limit + 1, caller.agent_id, only
        )
        items = listed(session, found[:limit])
    return MatterPage(items=items, next=str(found[limit - 1].id) if len(found) > limit else None)


@router.get("/counts")
def count_matters(services: Wired, caller: Reader) -> MatterCounts:
    """How many matters are in each state and in each of the three groups: for tabs and badges."""
    with transaction(services.sessions) as session:
        found = searching.counted(session, caller.account_id, caller.agent_id)
    groups = {name: sum(found[state] for state in states) for name, states in GROUPS.items()}
    return MatterCounts(states={str(key): each for key, each in found.items()}, groups=groups)


@router.get("/filed")
def list_filed_matters(
    services: Wired,
    caller: Reader,
    *,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    state: States = None,
    group: Group = None,
    title: Title = "",
    office: Annotated[Word | None, Query()] = None,
    applicant: Annotated[UUID | None, Query(description="委托人 of one principal")] = None,
) -> MatterPage:
    """What this agent files for principals whose mandate is in force: the nearest due date first;
    `next` is the cursor of the following page. Limited as one's own matters are, and to one
    principal. To act in one, name its `applicant_id` in `Yinji-Acting-For`.
    """
    states = [*(state or ()), *(GROUPS[group] if group else ())]
    only = Filter(states, title=title, office=office, applicant_id=applicant).conditions()
    with transaction(services.sessions) as session:
        found = agents.filed_by(session, caller.account_id, cursor, limit + 1, only, now=utc_now())
        items = listed(session, found[:limit])
    return MatterPage(items=items, next=str(found[limit - 1].id) if len(found) > limit else None)


@router.get("/{matter_id}")
def show_matter(matter_id: UUID, services: Wired, caller: Reader) -> MatterOut:
    """Where a matter stands, what was decided, what is to be corrected until when."""
    with transaction(services.sessions) as session:
        own = policy.own_matter(session, caller, matter_id)
        return matter_out(session, own, services.keyring)


@router.put("/{matter_id}/application", responses=answers(409))
def change_matter(
    matter_id: UUID, body: ChangeIn, services: Wired, caller: Registrant
) -> MatterOut:
    """Replace form and documents of a draft, or of a matter returned for correction. A scan counts
    for the paper as it is when it is first brought (`earlier_scans`).
    """
    said = _said(body)
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        matters.change(session, matter, said, body.revision)
        personal.mark(session, matter, matters.profile_of(session, matter), now=utc_now())
        scans.note(session, services.keyring, matter, now=utc_now())
        return matter_out(session, matter, services.keyring)


@router.post("/{matter_id}/submissions", status_code=201, responses=answers(409))
def submit_matter(
    request: Request, matter_id: UUID, body: SubmissionIn, services: Wired, caller: Registrant
) -> MatterOut:
    """Hand it in, with the evidence of the work that is to be registered. It reaches the examiners
    by itself when all that must be signed is signed and what is due is paid.
    """
    require_transaction_password(services, caller, matter_id, body.transaction_password)
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        number = normalise(body.evidence_number)
        submitting.submit(session, services.keyring, matter, number, by=caller.who, now=utc_now())
        shown = matter_out(session, matter, services.keyring)
    work_is_waiting(request)
    return shown


@router.post("/{matter_id}/recall", responses=answers(409))
def recall_matter(matter_id: UUID, services: Wired, caller: Registrant) -> MatterOut:
    """Take it back from signing or payment, to edit it again; signatures given so far are void."""
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        submitting.recall(session, matter, by=caller.who, now=utc_now())
        return matter_out(session, matter, services.keyring)


@router.post("/{matter_id}/extension", status_code=201, responses=answers(409))
def extend_matter(
    matter_id: UUID, services: Wired, caller: Registrant, key: OptionalKey = None
) -> MatterOut:
    """Ask for more time to correct: given at once, as often as the office's rules allow."""
    now = utc_now()
    call = call_of(caller, "extend_matter", key, None, str(matter_id))

    def extend() -> UUID:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        matters.extend(session, matter, by=caller.who, now=now)
        return matter_id

    with transaction(services.sessions) as session:
        idempotency.once(session, call, extend, now=now)
        own = policy.own_matter(session, caller, matter_id)
        return matter_out(session, own, services.keyring)


@router.post("/{matter_id}/withdrawal", responses=answers(409))
def withdraw_matter(matter_id: UUID, services: Wired, caller: Registrant) -> MatterOut:
    """Take it back, at any time before it is decided; what was deposited stays evidence."""
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        matters.withdraw(session, matter, by=caller.who, now=utc_now())
        return matter_out(session, matter, services.keyring)


@router.get(
    "/{matter_id}/certificate",
    response_class=Response,
    responses=binary("application/pdf", "作品登记证书 registration certificate")
    | answers(409, 410),
)
def get_registration_certificate(matter_id: UUID, services: Wired, caller: Reader) -> Response:
    """The registration certificate, exactly as issued."""
    with transaction(services.sessions) as session:
        entry, evidence = registering.entry_of(
            session, policy.own_matter(session, caller, matter_id).id
        )
        digest = packaging.made(session, evidence).pdf_sha256 or ""
    data = issuing.stored_pdf(services.store, digest)
    return _attachment(data, "application/pdf", file_name("registration", entry, "pdf"))


@router.get(
    "/{matter_id}/package",
    response_class=Response,
    responses=binary("application/zip", "登记证据包 package") | answers(409, 410),
)
def get_registration_package(matter_id: UUID, services: Wired, caller: Reader) -> Response:
    """Certificate and everything a verifier needs, with a fresh status."""
    with transaction(services.sessions) as session:
        entry, evidence = registering.entry_of(
            session, policy.own_matter(session, caller, matter_id).id
        )
        gathered = packaging.gather(session, evidence)
    pdf = issuing.stored_pdf(services.store, gathered.pdf_sha256)
    data = packaging.package_zip(gathered, pdf, services)
    return _attachment(data, "application/zip", file_name("registration", entry, "zip"))


@router.get(
    "/{matter_id}/sample",
    response_class=Response,
    responses=binary("application/pdf", "作品样本 work sample") | answers(409, 410),
)
def get_work_sample(matter_id: UUID, services: Wired, caller: Reader) -> Response:
    """The work sample that goes with the certificate; drawn and signed when asked for."""
    today = terms_today(services)
    with transaction(services.sessions) as session:
        entry, evidence = registering.entry_of(
            session, policy.own_matter(session, caller, matter_id).id
        )
        chosen = sampling.choose(session, services, evidence, today, now=utc_now())
    data = sampling.make(chosen, services, now=utc_now())
    return _attachment(data, "application/pdf", file_name("sample", entry, "pdf"))


def _said(body: ApplicationIn) -> Draft:
    check_said({**body.form, "documents": body.documents})
    return Draft(body.form, body.documents)


def file_name(what: str, entry: Registration, ending: str) -> str:
    """No other entry's, at whatever office: whoever keeps them in one folder loses none."""
    return f"{what}-{entry.office}-{entry.series}-{entry.serial}.{ending}"


def _attachment(data: bytes, media_type: str, name: str) -> Response:
    return Response(data, media_type=media_type, headers=private(name))
