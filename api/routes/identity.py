"""Real-name verification: a claim, its papers, and an officer's look at them."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from sqlalchemy.orm import Session

from accounts import identity, papers, reveals, reviewing, staff
from accounts.areas import full_name
from accounts.claimed import claimed
from accounts.claims import Claim
from accounts.identity import MEANING, IdentityPolicy, IdentityStatus
from accounts.person_models import Verification
from api import policy, revealing
from api.auth import Manager, OfficerHere, Wired
from api.database import transaction
from api.idempotency import OptionalKey, sealed_call
from api.openapi import answers, binary
from api.people_schemas import (
    DecisionIn,
    IdentityIn,
    IdentityOut,
    IdentityPage,
    PaperOut,
    ReasonIn,
    RevealedOut,
)
from api.routes.people import document_in, paper_out
from api.wiring import Services, utc_now
from core import idempotency
from core.errors import InvalidInput
from registry import identities, terms

router = APIRouter(prefix="/api/v1", tags=["identity"])

POLICY: Final = IdentityPolicy()
"""Individuals are accepted when complete (SD-64), bodies are looked at (SD-65)."""

_PAGE: Final = 100
_PAPERS_PER_HOUR: Final = 60


@router.post("/identity", status_code=201, responses=answers(409, 410))
def claim_identity(
    body: IdentityIn, services: Wired, caller: Manager, key: OptionalKey = None
) -> IdentityOut:
    """Say who this account is: a draft, to which papers are added before it is submitted."""
    details = {
        "address": body.address,
        "legal_representative": body.legal_representative,
        "handler": body.handler,
        "contact_mobile": body.contact_mobile,
    }
    claim = Claim(
        name=body.name,
        document=document_in(body),
        region=body.region,
        details={name: text for name, text in details.items() if text is not None},
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        reason=body.reason,
    )
    now, ring = utc_now(), services.keyring
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            sealed_call(ring, caller, "claim_identity", key, body),
            lambda: identity.begin(session, ring, caller.account_id, claim, now=now).id,
            now=now,
        )
        return _out(session, services, policy.own_identity(session, caller, made.subject))


@router.get("/identity/{verification_id}")
def show_identity(
    verification_id: UUID,
    services: Wired,
    caller: Manager,
    office: Annotated[str | None, Query(max_length=100)] = None,
) -> IdentityOut:
    """One claim of this account, and what it lacks: for `office`, where one is named."""
    with transaction(services.sessions) as session:
        row = policy.own_identity(session, caller, verification_id)
        _require_somebody_looks(session, services, office)
        return _out(session, services, row, office)


@router.get("/identity")
def list_identity(services: Wired, caller: Manager) -> IdentityPage:
    """Every claim of this account, newest first."""
    with transaction(services.sessions) as session:
        rows = identity.of_account(session, caller.account_id, _PAGE)
        return IdentityPage(items=[_out(session, services, row) for row in rows])


@router.put("/identity/{verification_id}/papers", responses=answers(409))
def add_paper(
    verification_id: UUID,
    kind: Annotated[str, Query(max_length=40)],
    body: Annotated[bytes, Body(media_type="application/octet-stream")],
    services: Wired,
    caller: Manager,
) -> PaperOut:
    """The bytes of one paper (JPEG, PNG, GIF or PDF), encrypted before they reach a disk."""
    services.limiter.check(f"paper:{caller.who}", _PAPERS_PER_HOUR, 3600)
    with transaction(services.sessions) as session:
        row = policy.own_identity(session, caller, verification_id)
        identity.require_draft(row)
        papers.require_room(session, row.id)
    paper = papers.prepare(services.keyring, kind, body)
    services.papers.write(paper.id, paper.body)
    with transaction(services.sessions) as session:
        row = policy.own_identity(session, caller, verification_id)
        identity.require_draft(row)
        papers.record(session, caller.account_id, paper, verification_id=row.id, now=utc_now())
    return paper_out(paper)


@router.post("/identity/{verification_id}/submission", responses=answers(409))
def submit_identity(
    verification_id: UUID,
    services: Wired,
    caller: Manager,
    office: Annotated[str | None, Query(max_length=100)] = None,
) -> IdentityOut:
    """Hand it in: accepted as complete, or waiting for an officer of `office`."""
    rule = _policy_of(services, office)
    with transaction(services.sessions) as session:
        _require_somebody_looks(session, services, office)
        row = policy.own_identity(session, caller, verification_id)
        identity.submit(session, services.keyring, row, rule, office, now=utc_now())
        return _out(session, services, row)


@router.post("/identity/{verification_id}/withdrawal", responses=answers(409))
def withdraw_identity(verification_id: UUID, services: Wired, caller: Manager) -> IdentityOut:
    """Take back a claim that is a draft or waits for an officer: nobody looks at it any more, and
    another may be begun. What it says stays until it is erased.
    """
    with transaction(services.sessions) as session:
        row = policy.own_identity(session, caller, verification_id)
        identity.withdraw(session, row, caller.who, now=utc_now())
        return _out(session, services, row)


@router.delete("/identity/{verification_id}", status_code=204, responses=answers(409))
def erase_identity(verification_id: UUID, services: Wired, caller: Manager) -> None:
    """Erase number, name and papers of a claim that nobody has to decide; one that is a draft or
    waits is withdrawn first.
    """
    with transaction(services.sessions) as session:
        row = policy.own_identity(session, caller, verification_id)
        gone = [paper.id for paper in identity.papers_of(session, row.id)]
        identity.erase(session, row, now=utc_now())
    for paper_id in gone:
        services.papers.delete(paper_id)


@router.get("/offices/{office}/identities")
def list_submitted_identities(services: Wired, officer: OfficerHere) -> IdentityPage:
    """What waits for this office, longest first; numbers masked."""
    with transaction(services.sessions) as session:
        rows = reviewing.queue(session, officer, _PAGE)
        return IdentityPage(items=[_out(session, services, row) for row in rows])


@router.post("/offices/{office}/identities/{verification_id}/decision",
             responses=answers(404, 409))  # fmt: skip
def decide_identity(
    verification_id: UUID, body: DecisionIn, services: Wired, officer: OfficerHere
) -> IdentityOut:
    """Verified or rejected, with a ground for the account's owner."""
    with transaction(services.sessions) as session:
        row = policy.identity_here(session, officer, verification_id)
        identity.decide(
            session, services.keyring, officer, row, IdentityStatus(body.outcome), body.ground,
            now=utc_now(),
        )  # fmt: skip
        return _out(session, services, row)


@router.post("/offices/{office}/identities/{verification_id}/number",
             responses=answers(404, 409))  # fmt: skip
def reveal_number(
    verification_id: UUID, body: ReasonIn, services: Wired, officer: OfficerHere
) -> RevealedOut:
    """The whole number, address and contact mobile of a claim that waits, for those who decide on
    it; with a reason that is kept for good.
    """
    services.limiter.check(f"reveal:{officer.account_id}", revealing.PER_HOUR, 3600)
    now = utc_now()
    with transaction(services.sessions) as session:
        row = policy.identity_to_review(session, officer, verification_id)
        number = reveals.reveal_number(
            session, services.keyring, officer, row, body.reason, now=now
        )
        said = claimed(services.keyring, row)
        revealing.watch(session, officer, now=now)
    return RevealedOut(number=number, address=said.address, contact_mobile=said.contact_mobile)


@router.post(
    "/offices/{office}/identities/{verification_id}/papers/{paper_id}",
    response_class=Response,
    responses={**binary("application/octet-stream", "the paper"), **answers(404, 409)},
)
def reveal_paper(
    verification_id: UUID, paper_id: UUID, body: ReasonIn, services: Wired, officer: OfficerHere
) -> Response:
    """One paper of a claim that waits, with a reason that is kept for good; the officer's id and
    the time are written all over it. A picture comes as JPEG, a PDF as a PDF of pictures.
    """
    services.limiter.check(f"reveal:{officer.account_id}", revealing.PER_HOUR, 3600)
    now = utc_now()
    with transaction(services.sessions) as session:
        row = policy.identity_to_review(session, officer, verification_id)
        paper = reveals.reveal_paper(session, officer, row, paper_id, body.reason, now=now)
        revealing.watch(session, officer, now=now)
        key, media_type, kind = papers.key_of(services.keyring, paper), paper.media_type, paper.kind
    return revealing.shown(services, officer, paper_id, key, media_type, kind, at=now)


def _policy_of(services: Services, office: str | None) -> IdentityPolicy:
    """What an office with rules of its own asks; who only has officers asks the usual."""
    known = services.offices.get(office or "")
    return POLICY if known is None else identities.policy(known.filing)


def _require_somebody_looks(session: Session, services: Services, office: str | None) -> None:
    """Nobody would ever decide on what is handed in to an office that is none.

    Raises:
        InvalidInput: neither an office with rules here nor one with officers.
    """
    if office is None or office in services.offices or staff.has_officers(session, office):
        return
    known = ", ".join(services.offices)
    raise InvalidInput(f"没有此登记机构,可选 / no such office, there are: {known}", field="office")


def _out(
    session: Session, services: Services, row: Verification, office: str | None = None
) -> IdentityOut:
    status, asked = IdentityStatus(row.status), _policy_of(services, office or row.office)
    there, said = row.number is not None, claimed(services.keyring, row).masked
    return IdentityOut(
        id=row.id,
        account_id=row.account_id,
        status=status,
        meaning=MEANING[status],
        name=row.name,
        document_kind=row.document_kind,
        number=identity.document_of(services.keyring, row).masked if there else None,
        region=row.region,
        region_name=None if row.region is None else full_name(row.region),
        address=said.address,
        legal_representative=said.legal_representative,
        handler=said.handler,
        contact_mobile=said.contact_mobile,
        papers=[
            paper_out(paper) for paper in identity.papers_of(session, row.id)
        ],
        papers_missing=identity.missing_papers(session, row, asked) if there else [],
        facts_missing=identity.missing_facts(services.keyring, row, asked) if there else [],
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        corrects_id=row.corrects_id,
        reason=row.reason,
        expired=identity.expired(row, utc_now()),
        submitted_at=row.submitted_at,
        due_at=_due(session, services, row),
        decided_at=row.decided_at,
        ground=row.ground,
    )  # fmt: skip


def _due(session: Session, services: Services, row: Verification) -> datetime | None:
    """While it waits; derived from the office's rules of today. An office without such a term
    promises nothing.
    """
    profile = services.offices.get(row.office or "")
    if profile is None or row.submitted_at is None or row.status != IdentityStatus.SUBMITTED:
        return None
    return terms.promised(session, profile, "verification", row.submitted_at)
