"""Matters taken out of an officer's hands: by a registrar who says why, or because the role ends.

Nothing stays with somebody who may not decide it: whoever ends a role puts what was held in it back
into its queue, in the same transaction, and nothing can be claimed meanwhile (`accounts.staff`).
"""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import staff
from accounts.models import OfficerRole
from accounts.staff import Officer
from core.text import clean_text
from registry import permitted, telling
from registry.examining import MAX_NOTE, freed
from registry.lifecycle import Action, MatterState, Role, decide
from registry.matters import move, profile_of
from registry.models import Matter, Removal
from registry.permitted import HELD_AS


def take_away(
    session: Session, officer: Officer, matter: Matter, reason: str, *, now: datetime
) -> None:
    """Put a matter that somebody else holds back into its queue. `matter` is locked by the caller.

    Whoever held it is told; the reason is the office's own business.

    Raises:
        NotAllowed: no registrar, or a matter the registrar has an interest in.
        IllegalTransition: nobody holds it. InvalidInput: no reason.
    """
    step = permitted.require(session, officer, matter, Action.TAKE_AWAY, Role.REGISTRAR)
    holder = telling.holder(matter, step.was)
    assert holder is not None  # noqa: S101 - from a state in which nobody holds it there is no step
    session.add(
        Removal(
            id=uuid.uuid4(), matter_id=matter.id, held_by=holder, officer_id=officer.account_id,
            reason=clean_text(reason, "reason", MAX_NOTE), at=now,
        )
    )  # fmt: skip
    _put_back(session, matter, Role.REGISTRAR, officer.account_id, "taken away", now=now)
    telling.taken_away(session, matter, profile_of(session, matter), holder, now=now)


def end_role(session: Session, by: Officer, role_id: uuid.UUID, *, now: datetime) -> int:
    """End an officer's role and put back what is held in it; how many matters that were.

    Raises:
        NotAllowed: not a supervisor, or the supervisor's own role. NotFound: no role of the office.
    """
    row = staff.end_role(session, by, role_id, now=now)
    count = 0
    for matter_id in _held_by(session, row):
        matter = session.get_one(Matter, matter_id, with_for_update=True, populate_existing=True)
        # Decided while we waited for it: then there is nothing to put back.
        if matter_id in _held_by(session, row, matter_id):
            _put_back(session, matter, Role.SUPERVISOR, by.account_id, "role ended", now=now)
            count += 1
    return count


def _held_by(session: Session, row: OfficerRole, only: uuid.UUID | None = None) -> list[uuid.UUID]:
    """The matters that an account holds in a role at its office."""
    states = [state for state, role in HELD_AS.items() if role.value == row.role]
    if not states:
        return []
    (state,) = states
    column = {
        MatterState.FIRST_EXAMINATION: Matter.first_officer_id,
        MatterState.FINAL_EXAMINATION: Matter.final_officer_id,
    }[state]
    query = select(Matter.id).where(
        Matter.office == row.office, Matter.status == state.value, column == row.account_id
    )
    if only is not None:
        query = query.where(Matter.id == only)
    return list(session.scalars(query.order_by(Matter.id)))


def _put_back(
    session: Session, matter: Matter, role: Role, by: uuid.UUID, reason: str, *, now: datetime
) -> None:
    was = MatterState(matter.status)
    to = decide(was, Action.TAKE_AWAY, role)
    move(session, matter, was, to, reason, by=by, now=now, **freed(HELD_AS[was]))
