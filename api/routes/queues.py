"""The examiners' queues: pages in the order things fall due, and the next matter to take."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.auth import OfficerHere, Wired
from api.database import transaction
from api.examination_schemas import ExaminerRole, NextIn, NextOut, QueueOut
from api.examination_views import examined_out, queued_out
from api.registry_schemas import Word
from api.wiring import utc_now
from registry import queueing
from registry.lifecycle import Role
from registry.queueing import Wanted

router = APIRouter(prefix="/api/v1/offices/{office}/queue", tags=["examination"])


@router.get("")
def list_queue(
    services: Wired,
    officer: OfficerHere,
    role: Annotated[ExaminerRole, Query()],
    *,
    agency: Annotated[Word | None, Query()] = None,
    category: Annotated[Word | None, Query()] = None,
    urgent: Annotated[bool, Query(description="只看加急 only urgent ones")] = False,
    mine: Annotated[bool, Query(description="自己手中的 what the caller holds")] = False,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> QueueOut:
    """What waits for this role at the officer's office, first what is due first; `next` is the
    cursor of the following page. Matters the officer must not examine are not among them.
    """
    wanted = Wanted(Role(role), agency, category, urgent, mine)
    with transaction(services.sessions) as session:
        found = queueing.page(session, officer, wanted, cursor, limit + 1)
        counted = queueing.counts(session, officer, wanted.role, now=utc_now())
        items = [queued_out(matter) for matter in found[:limit]]
    return QueueOut(
        items=items,
        next=str(items[-1].id) if len(found) > limit else None,
        waiting=counted.waiting,
        overdue=counted.overdue,
        held=counted.held,
    )


@router.post("/next")
def take_next_matter(body: NextIn, services: Wired, officer: OfficerHere) -> NextOut:
    """Claim the first that waits and that the officer may examine. Two who ask at once get two."""
    wanted = Wanted(Role(body.role), body.agency, body.category, body.urgent)
    with transaction(services.sessions) as session:
        matter = queueing.take_next(session, officer, wanted, now=utc_now())
        if matter is None:
            return NextOut(matter=None)
        return NextOut(matter=examined_out(session, officer, matter, services, now=utc_now()))
