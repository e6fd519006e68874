"""Revoking registrations: officers propose and decide, two persons; applicants may ask for it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session

from api import hints, policy
from api.auth import OfficerHere, Revoker, Wired
from api.database import transaction
from api.idempotency import Key, call_of
from api.openapi import answers
from api.printable import check_form
from api.revocation_schemas import (
    ProposalIn,
    RegistrationRevocationOut,
    ReissueIn,
    RejectionIn,
    RevocationPage,
    RevocationRequestIn,
    VoidedNumber,
    VoidedPage,
)
from api.revocation_views import chain_state, revocation_out
from api.wiring import utc_now
from core import idempotency
from evidence.numbers import normalise
from registry import reissuing, revocations, revoking
from registry.revocation_lifecycle import RevocationState
from registry.revocations import RegistrationRevocation
from registry.revoking import Reasons

router = APIRouter(prefix="/api/v1", tags=["revocation"])
_AT = "/offices/{office}/revocations"


@router.post(
    "/offices/{office}/registrations/{number}/revocations",
    status_code=201,
    responses=answers(404, 409),
)
def propose_revocation(
    number: str, body: ProposalIn, key: Key, services: Wired, officer: OfficerHere
) -> RegistrationRevocationOut:
    """A registrar proposes to revoke a registration; another officer has to confirm it.

    `ground` is one of the measure that the registration was made under; `document` an evidence of
    the officer's own that shows it, such as a judgment.
    """
    check_form({"explanation": body.explanation})
    reasons = Reasons(body.ground, body.explanation, _number(body.document))
    now = utc_now()
    call = call_of(officer, "propose_revocation", key, body, number)
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            call,
            lambda: revoking.propose(session, officer, number, reasons, now=now).id,
            now=now,
        )
        return _out(session, made.subject)


@router.get(_AT)
def list_revocations(
    services: Wired,
    officer: OfficerHere,
    state: RevocationState | None = None,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> RevocationPage:
    """The office's revocations, newest first; for registrars and final examiners. `next` is the
    cursor of the following page.
    """
    with transaction(services.sessions) as session:
        found = revocations.at_office(session, officer, state, cursor, limit + 1)
        items = [revocation_out(session, row) for row in found[:limit]]
    return RevocationPage(items=items, next=str(items[-1].id) if len(found) > limit else None)


@router.get(f"{_AT}/{{revocation_id}}", responses=answers(404))
def show_revocation(
    revocation_id: UUID, services: Wired, officer: OfficerHere
) -> RegistrationRevocationOut:
    """One revocation, its reasons, and how far the chain is."""
    with transaction(services.sessions) as session:
        return revocation_out(session, policy.revocation_here(session, officer, revocation_id))


@router.post(f"{_AT}/{{revocation_id}}/proposal", responses=answers(404, 409))
def take_up_revocation(
    revocation_id: UUID, services: Wired, officer: OfficerHere
) -> RegistrationRevocationOut:
    """A registrar makes an applicant's request a proposal, for another officer to confirm."""
    with transaction(services.sessions) as session:
        row = policy.revocation_here(session, officer, revocation_id, lock=True)
        revoking.take_up(session, officer, row, now=utc_now())
        return revocation_out(session, row)


@router.post(f"{_AT}/{{revocation_id}}/confirmation", responses=answers(404, 409))
def confirm_revocation(
    request: Request, revocation_id: UUID, services: Wired, officer: OfficerHere
) -> RegistrationRevocationOut:
    """Revoke it, for good. Not for the person who proposed it. The chain follows."""
    with transaction(services.sessions) as session:
        row = policy.revocation_here(session, officer, revocation_id, lock=True)
        revoking.confirm(session, officer, row, now=utc_now())
        answer = revocation_out(session, row)
    hints.work_is_waiting(request)
    return answer


@router.post(f"{_AT}/{{revocation_id}}/rejection", responses=answers(404, 409))
def reject_revocation(
    revocation_id: UUID, body: RejectionIn, services: Wired, officer: OfficerHere
) -> RegistrationRevocationOut:
    """Decide against it, saying why. Not for the person who proposed it."""
    with transaction(services.sessions) as session:
        row = policy.revocation_here(session, officer, revocation_id, lock=True)
        revoking.reject(session, officer, row, body.note, now=utc_now())
        return revocation_out(session, row)


@router.post(f"{_AT}/{{revocation_id}}/withdrawal", responses=answers(404, 409))
def withdraw_revocation(
    revocation_id: UUID, services: Wired, officer: OfficerHere
) -> RegistrationRevocationOut:
    """Who proposed it takes it back."""
    with transaction(services.sessions) as session:
        row = policy.revocation_here(session, officer, revocation_id, lock=True)
        revoking.withdraw(session, officer, row, now=utc_now())
        return revocation_out(session, row)


@router.get("/offices/{office}/voided-numbers")
def list_voided_numbers(
    services: Wired,
    officer: OfficerHere,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> VoidedPage:
    """Numbers of revoked registrations, which are never used again; for registrars."""
    with transaction(services.sessions) as session:
        found = revocations.voided(session, officer, cursor, limit + 1)
        items = [
            VoidedNumber(
                registration_number=entry.number,
                registered_at=entry.registered_at,
                revoked_at=row.decided_at or row.created_at,
                ground=row.ground,
                chain=chain_state(session, row),
            )
            for entry, row in found[:limit]
        ]
    more = len(found) > limit
    return VoidedPage(items=items, next=items[-1].registration_number if more else None)


@router.post(
    "/offices/{office}/registrations/{number}/reissues",
    status_code=202,
    responses=answers(404, 409),
)
def reissue_certificate(
    request: Request,
    number: str,
    body: ReissueIn,
    key: Key,
    services: Wired,
    officer: OfficerHere,
) -> None:
    """Issue the certificate anew (补发); the edition before is superseded. For registrars."""
    now = utc_now()
    call = call_of(officer, "reissue_certificate", key, body, number)
    with transaction(services.sessions) as session:
        idempotency.once(
            session,
            call,
            lambda: reissuing.reissue(session, officer, number, body.reason, now=now).id,
            now=now,
        )
    hints.work_is_waiting(request)


@router.post(
    "/matters/{matter_id}/revocation-request", status_code=201, responses=answers(404, 409)
)
def request_revocation(
    matter_id: UUID, body: RevocationRequestIn, key: Key, services: Wired, caller: Revoker
) -> RegistrationRevocationOut:
    """Ask the office to revoke one's own registration; two of its officers decide.

    No agent asks for it: no mandate goes so far.
    """
    check_form({"explanation": body.explanation})
    now, document = utc_now(), _number(body.document)
    call = call_of(caller, "request_revocation", key, body, str(matter_id))
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        made = idempotency.once(
            session,
            call,
            lambda: revoking.ask(session, matter, body.explanation, document, now=now).id,
            now=now,
        )
        return _out(session, made.subject)


@router.post("/matters/{matter_id}/revocation-request/withdrawal", responses=answers(404, 409))
def withdraw_revocation_request(
    matter_id: UUID, services: Wired, caller: Revoker
) -> RegistrationRevocationOut:
    """Take the request back, before an officer has taken it up."""
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        row = revocations.asked_for(session, matter.id, lock=True)
        revoking.withdraw_request(session, row, now=utc_now())
        return revocation_out(session, row)


def _out(session: Session, revocation_id: UUID) -> RegistrationRevocationOut:
    return revocation_out(session, session.get_one(RegistrationRevocation, revocation_id))


def _number(document: str | None) -> str | None:
    return None if document is None else normalise(document)
