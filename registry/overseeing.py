"""An office's matters for those who see to it that they get on: all of them, by state, by who holds
them, overdue or not, or one by its number. Nobody is shown what they have an interest in.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, literal, select, tuple_
from sqlalchemy.orm import Session, defer

from accounts import staff
from accounts.staff import Officer
from core.errors import InvalidInput
from registry import interests, searching, telling
from registry.conflicts import conflict
from registry.examined import BEFORE_THE_OFFICE
from registry.lifecycle import MatterState
from registry.models import Matter
from registry.queueing import HELD

_ORDER: Final = (Matter.submitted_at, Matter.id)


@dataclass(frozen=True)
class Overseen:
    """What a list is limited to; `number` is an acceptance or a registration number, as typed."""

    states: Sequence[MatterState] = ()
    held_by: uuid.UUID | None = None
    overdue: bool = False
    number: str = ""


def page(
    session: Session, officer: Officer, wanted: Overseen, after: uuid.UUID | None, limit: int, *,
    now: datetime,
) -> tuple[list[Matter], uuid.UUID | None]:  # fmt: skip
    """At most `limit`, who was submitted last first, and the cursor of what follows, if anything.

    Raises:
        NotAllowed: neither registrar nor supervisor.
        InvalidInput: no such number, or no matter of this office as a cursor.
    """
    officer.require(staff.Role.REGISTRAR, staff.Role.SUPERVISOR)
    edge = None if after is None else _edge(session, officer, after)
    only = _conditions(wanted, now)
    # A query for each state: an index answers each in order, whatever else the office has.
    found = [
        matter
        for state in _states(wanted)
        for matter in session.scalars(_query(officer, state, only, edge).limit(limit + 1))
    ]
    found = sorted(found, key=_place, reverse=True)
    more, found = len(found) > limit, found[:limit]
    bound, involved = interests.of_officer(session, officer), interests.of_matters(session, found)
    shown = [each for each in found if conflict(bound, involved[each.id]) is None]
    return shown, found[-1].id if more else None


def holder(matter: Matter) -> uuid.UUID | None:
    """The officer in whose hands it is now."""
    return telling.holder(matter, MatterState(matter.status))


def overdue(matter: Matter, now: datetime) -> bool:
    """Its examination should have ended."""
    late = matter.examine_by is not None and matter.examine_by < now
    return late and MatterState(matter.status) in BEFORE_THE_OFFICE


def _states(wanted: Overseen) -> list[MatterState]:
    states = set(wanted.states or MatterState)
    if wanted.held_by is not None:
        states &= set(HELD.values())
    if wanted.overdue:
        states &= BEFORE_THE_OFFICE
    return sorted(states)


def _conditions(wanted: Overseen, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.held_by is not None:
        first = Matter.status == MatterState.FIRST_EXAMINATION.value
        found.append(
            (first & (Matter.first_officer_id == wanted.held_by))
            | (~first & (Matter.final_officer_id == wanted.held_by))
        )
    if wanted.overdue:
        found.append(Matter.examine_by < now)
    if wanted.number.strip():
        found.append(searching.numbered(wanted.number))
    return found


def _query(
    officer: Officer,
    state: MatterState,
    only: Sequence[ColumnElement[bool]],
    edge: Matter | None,
) -> Select[Matter]:
    query = select(Matter).options(defer(Matter.documents)).where(
        Matter.office == officer.office,
        Matter.status == literal(state.value, literal_execute=True),
        Matter.submitted_at.is_not(None),
        *only,
    )  # fmt: skip
    if edge is not None:
        query = query.where(tuple_(*_ORDER) < tuple_(*_place(edge)))
    return query.order_by(*(each.desc() for each in _ORDER))


def _place(matter: Matter) -> tuple[datetime, uuid.UUID]:
    return matter.submitted_at or matter.created_at, matter.id


def _edge(session: Session, officer: Officer, after: uuid.UUID) -> Matter:
    found = session.get(Matter, after)
    if found is None or found.office != officer.office or found.submitted_at is None:
        raise InvalidInput("游标无效 / no such cursor", field="cursor")
    return found
