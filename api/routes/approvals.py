"""Approval of many matters, each opened before; for final examiners."""

from uuid import UUID

from fastapi import APIRouter, Request

from accounts.staff import Officer
from api import hints, policy
from api.auth import OfficerHere, Wired
from api.database import transaction
from api.errors import TYPE_PREFIX, status_of
from api.examination_schemas import ApprovalsIn, ApprovalsOut, ApprovedOut, ExaminedOut
from api.examination_views import examined_out
from api.openapi import answers
from api.printable import check_record
from api.schemas import Refusal
from api.wiring import Services, utc_now
from core.errors import ServiceError
from registry import approving_many, opening

router = APIRouter(prefix="/api/v1/offices/{office}", tags=["examination"])


@router.post("/matters/{matter_id}/opening", responses=answers(404, 409))
def open_matter(matter_id: UUID, services: Wired, officer: OfficerHere) -> ExaminedOut:
    """Open a matter one holds in final examination; that it was opened is kept."""
    with transaction(services.sessions) as session:
        matter = policy.examined_matter(session, officer, matter_id, lock=True)
        opening.open_matter(session, officer, matter, now=utc_now())
        return examined_out(session, officer, matter, services, now=utc_now())


@router.post("/approvals")
def approve_many(
    request: Request, body: ApprovalsIn, services: Wired, officer: OfficerHere
) -> ApprovalsOut:
    """Approve up to 100 matters, each in a transaction of its own and answered at its place. Each
    was opened before; those drawn for a closer look are approved by themselves. Sent again, what
    was approved gives its number again.
    """
    items = [_approved(services, officer, each, body.checklist) for each in body.matters]
    hints.work_is_waiting(request)
    return ApprovalsOut(items=items)


def _approved(
    services: Services, officer: Officer, matter_id: UUID, checklist: list[str]
) -> ApprovedOut:
    try:
        with transaction(services.sessions) as session:
            matter = policy.examined_matter(session, officer, matter_id, lock=True)
            entry = approving_many.approve_opened(
                session, officer, matter, checklist, check_record, utc_now,
                services.offices.get(matter.office),
            )  # fmt: skip
            number = entry.number
    except ServiceError as error:
        refusal = Refusal(
            type=TYPE_PREFIX + error.code,
            status=status_of(error),
            detail=error.message,
            field=error.field,
        )
        return ApprovedOut(matter_id=matter_id, registration_number=None, problem=refusal)
    return ApprovedOut(matter_id=matter_id, registration_number=number, problem=None)
