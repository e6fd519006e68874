"""Examination, for the officers of an office: signed in, the second factor shown, no API key."""

from uuid import UUID

from fastapi import APIRouter, Request

from api import hints, policy
from api.auth import OfficerHere, Wired
from api.database import transaction
from api.examination_schemas import ExaminedOut, RecusalIn
from api.examination_views import examined_out
from api.openapi import answers
from api.printable import check_form, check_record
from api.registry_schemas import (
    ApprovalIn,
    ClaimIn,
    PassIn,
    RefusalIn,
    ReturnIn,
    SendBackIn,
)
from api.wiring import utc_now
from registry import examining, opening, registering, taking_away
from registry.examining import Remark
from registry.lifecycle import Role

router = APIRouter(prefix="/api/v1/offices/{office}", tags=["examination"])


@router.get("/matters/{matter_id}", responses=answers(404))
def examine_matter(matter_id: UUID, services: Wired, officer: OfficerHere) -> ExaminedOut:
    """Form, documents, files and what changed since the last return, side by side.

    For the final examiner who holds it this is kept as its opening, without which nobody approves.
    """
    with transaction(services.sessions) as session:
        matter = policy.read_matter(session, officer, matter_id)
        opening.seen(session, officer, matter, now=utc_now())
        return examined_out(session, officer, matter, services, now=utc_now())


@router.post("/matters/{matter_id}/claim", responses=answers(404, 409))
def claim_matter(
    matter_id: UUID, body: ClaimIn, services: Wired, officer: OfficerHere
) -> ExaminedOut:
    """Take a waiting matter. First and final examination need different persons."""
    with transaction(services.sessions) as session:
        matter = policy.examined_matter(session, officer, matter_id, lock=True)
        examining.claim(session, officer, matter, Role(body.role), now=utc_now())
        return examined_out(session, officer, matter, services, now=utc_now())


@router.post("/matters/{matter_id}/release", status_code=204, responses=answers(404, 409))
def release_matter(matter_id: UUID, services: Wired, officer: OfficerHere) -> None:
    """Give it back to its queue, undecided; whoever has come to have an interest in it, too."""
    with transaction(services.sessions) as session:
        matter = policy.examined_matter(session, officer, matter_id, lock=True)
        examining.release(session, officer, matter, now=utc_now())


@router.post("/matters/{matter_id}/recusal", status_code=204, responses=answers(404, 409))
def recuse_from_matter(
    matter_id: UUID, body: RecusalIn, services: Wired, officer: OfficerHere
) -> None:
    """Step back from a matter one holds, saying why; one is never given it again."""
    with transaction(services.sessions) as session:
        matter = policy.examined_matter(session, officer, matter_id, lock=True)
        examining.recuse(session, officer, matter, body.reason, now=utc_now())


@router.post("/matters/{matter_id}/removal", status_code=204, responses=answers(404, 409))
def take_matter_away(
    matter_id: UUID, body: RecusalIn, services: Wired, officer: OfficerHere
) -> None:
    """Put a matter that another officer holds back into its queue, saying why; for registrars."""
    with transaction(services.sessions) as session:
        matter = policy.examined_matter(session, officer, matter_id, lock=True)
        taking_away.take_away(session, officer, matter, body.reason, now=utc_now())


@router.post("/matters/{matter_id}/return", responses=answers(404, 409))
def return_matter(
    matter_id: UUID, body: ReturnIn, services: Wired, officer: OfficerHere
) -> ExaminedOut:
    """Return it for correction, field by field and document by document, each with its reason."""
    check_form(body.model_dump(mode="json"))
    remarks = [Remark(item.kind, item.name, item.reason, item.template) for item in body.items]
    with transaction(services.sessions) as session:
        matter = policy.examined_matter(session, officer, matter_id, lock=True)
        examining.return_for_correction(session, officer, matter, remarks, body.note, now=utc_now())
        return examined_out(session, officer, matter, services, now=utc_now())


@router.post("/matters/{matter_id}/pass", responses=answers(404, 409))
def pass_matter(
    matter_id: UUID, body: PassIn, services: Wired, officer: OfficerHere
) -> ExaminedOut:
    """Pass the first examination; every item of the office's checklist is confirmed."""
    with transaction(services.sessions) as session:
        matter = policy.examined_matter(session, officer, matter_id, lock=True)
        examining.pass_on(session, officer, matter, body.checklist, body.note, now=utc_now())
        return examined_out(session, officer, matter, services, now=utc_now())


@router.post("/matters/{matter_id}/send-back", responses=answers(404, 409))
def send_back_matter(
    matter_id: UUID, body: SendBackIn, services: Wired, officer: OfficerHere
) -> ExaminedOut:
    """Have it examined first once more."""
    with transaction(services.sessions) as session:
        matter = policy.examined_matter(session, officer, matter_id, lock=True)
        examining.send_back(session, officer, matter, body.note, now=utc_now())
        return examined_out(session, officer, matter, services, now=utc_now())


@router.post("/matters/{matter_id}/refusal", responses=answers(404, 409))
def refuse_matter(
    matter_id: UUID, body: RefusalIn, services: Wired, officer: OfficerHere
) -> ExaminedOut:
    """Refuse for good, on one of the matter's `refusal_grounds`, with an explanation."""
    check_form({"note": body.note})
    with transaction(services.sessions) as session:
        matter = policy.examined_matter(session, officer, matter_id, lock=True)
        examining.refuse(session, officer, matter, body.ground, body.note, now=utc_now())
        return examined_out(session, officer, matter, services, now=utc_now())


@router.post("/matters/{matter_id}/approval", responses=answers(404, 409))
def approve_matter(
    request: Request, matter_id: UUID, body: ApprovalIn, services: Wired, officer: OfficerHere
) -> ExaminedOut:
    """Enter it into the register: number, decision and record at once. The certificate follows
    when the record is anchored. Whoever approves has opened the matter in this round.
    """
    with transaction(services.sessions) as session:
        matter = policy.examined_matter(session, officer, matter_id, lock=True)
        today = services.offices.get(matter.office)
        registering.approve(session, officer, matter, body.checklist, check_record, utc_now, today)
        answer = examined_out(session, officer, matter, services, now=utc_now())
    hints.work_is_waiting(request)
    return answer
