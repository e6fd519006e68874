"""An office's matters, for its registrars and supervisors: where each is, and in whose hands."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Account
from api.auth import OfficerHere, Wired
from api.database import transaction
from api.examination_schemas import OverseenMatter, OverseenPage
from api.matter_lists import listed
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
        names = _names(session, {each for each in holders.values() if each is not None})
        items = [
            OverseenMatter(
                **dict(line),
                urgent=matter.urgent,
                examine_by=matter.examine_by,
                overdue=overseeing.overdue(matter, now),
                held_by=holders[matter.id],
                held_by_name=names.get(holders[matter.id]),
            )
            for matter, line in zip(found, listed(session, found), strict=True)
        ]
    return OverseenPage(items=items, next=None if after is None else str(after))


def _names(session: Session, ids: Collection[UUID]) -> dict[UUID | None, str]:
    query = select(Account.id, Account.name).where(Account.id.in_(ids))
    return dict(session.execute(query).all())
