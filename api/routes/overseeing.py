"""An office's matters, for its registrars and supervisors: where each is, and in whose hands."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.auth import OfficerHere, Wired
from api.database import transaction
from api.examination_schemas import OverseenMatter, OverseenPage
from api.matter_lists import listed, names_of
from api.wiring import utc_now
from core.paging import MOST_TYPED
from registry import overseeing
from registry.lifecycle import MatterState
from registry.overseeing import Overseen

router = APIRouter(prefix="/api/v1/offices/{office}/matters", tags=["examination"])


@router.get("")
def list_office_matters(
    services: Wired,
    officer: OfficerHere,
    *,
    state: Annotated[list[MatterState] | None, Query(max_length=20)] = None,
    held_by: Annotated[UUID | None, Query(description="在谁手中 in whose hands")] = None,
    overdue: Annotated[bool, Query(description="只看逾期 only overdue ones")] = False,
    number: Annotated[str, Query(max_length=MOST_TYPED)] = "",
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> OverseenPage:
    """What was submitted to the office, the newest first, for registrars and supervisors: by state,
    by who holds it, overdue, or by acceptance or registration number, however it is typed. Matters
    the officer has an interest in are not among them.
    """
    now = utc_now()
    wanted = Overseen(state or (), held_by, overdue, number)
    with transaction(services.sessions) as session:
        found, after = overseeing.page(session, officer, wanted, cursor, limit, now=now)
        holders = {each.id: overseeing.holder(each) for each in found}
        called = names_of(session, {*holders.values()} - {None})
        items = [
            OverseenMatter(
                **dict(line),
                urgent=matter.urgent,
                examine_by=matter.examine_by,
                overdue=overseeing.overdue(matter, now),
                held_by=holders[matter.id],
                held_by_name=called.get(holders[matter.id]),
            )
            for matter, line in zip(found, listed(session, found), strict=True)
        ]
    return OverseenPage(items=items, next=None if after is None else str(after))
