"""What waits for examiners: pages in the order it falls due, counts, and the next one to take.

Nobody is shown or given what they must not examine (`registry.conflicts`): their own works, their
organisation's, what they declared, what they stepped back from, and as final examiner what they
examined first. Every list comes from an index, whatever waits behind it.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from sqlalchemy import Select, func, literal, select, tuple_
from sqlalchemy.orm import Session, defer

from accounts import staff
from accounts.staff import Officer
from core.errors import InvalidInput
from registry import examining, interests
from registry.conflicts import conflict
from registry.lifecycle import MatterState, Role
from registry.models import Matter

WAITS: Final = {
    Role.FIRST_EXAMINER: MatterState.SUBMITTED,
    Role.FINAL_EXAMINER: MatterState.PASSED,
}
HELD: Final = {
    Role.FIRST_EXAMINER: MatterState.FIRST_EXAMINATION,
    Role.FINAL_EXAMINER: MatterState.FINAL_EXAMINATION,
}
MOST_COUNTED: Final = 1000
"""Counts stop here: nobody works through more, and counting a million takes its time."""

_PIECE: Final = 20
_DUE: Final = func.coalesce(Matter.examine_by, Matter.submitted_at)
_ORDER: Final = (_DUE, Matter.submitted_at, Matter.id)
"""When the examination is due (a day has many); then, who waits longest."""


@dataclass(frozen=True)
class Wanted:
    """Which part of a queue. `urgent`: only what is paid for to be handled before others; `mine`:
    what the officer holds, instead of what waits.
    """

    role: Role
    agency: str | None = None
    category: str | None = None
    urgent: bool = False
    mine: bool = False


@dataclass(frozen=True)
class Counts:
    """How much waits for the role, how much of that is overdue, and how much the officer holds.
    `MOST_COUNTED` means: that many or more.
    """

    waiting: int
    overdue: int
    held: int


def page(
    session: Session, officer: Officer, wanted: Wanted, after: uuid.UUID | None, limit: int
) -> list[Matter]:
    """The first of what is wanted behind the matter `after`, at most `limit`.

    Raises:
        NotAllowed: the officer does not have the role.
        InvalidInput: a cursor that is no matter of this office.
    """
    _require(officer, wanted.role)
    edge = None if after is None else _edge(session, officer, after)
    return list(islice(_clear(session, officer, wanted, edge, limit), limit))


def counts(session: Session, officer: Officer, role: Role, *, now: datetime) -> Counts:
    """How much there is, of which the officer may be kept from some.

    Raises:
        NotAllowed: the officer does not have the role.
    """
    _require(officer, role)
    waiting = _queries(officer, Wanted(role))
    held = _queries(officer, Wanted(role, mine=True))
    return Counts(
        waiting=_count(session, waiting),
        # Both: the first is what the index is in order of.
        overdue=_count(
            session, [each.where(now > _DUE, Matter.examine_by < now) for each in waiting]
        ),
        held=_count(session, held),
    )


def _count(session: Session, queries: Sequence[Select[Matter]]) -> int:
    found = 0
    for query in queries:
        some = query.with_only_columns(Matter.id).limit(MOST_COUNTED).subquery()
        found += session.scalar(select(func.count()).select_from(some)) or 0
    return min(found, MOST_COUNTED)


def take_next(
    session: Session, officer: Officer, wanted: Wanted, *, now: datetime
) -> Matter | None:
    """Claim the first that waits and that the officer may examine; None when there is none.

    What somebody else is just taking is passed over, so that two who ask at once get two.

    Raises:
        NotAllowed: the officer does not have the role.
    """
    _require(officer, wanted.role)
    for candidate in _clear(session, officer, wanted, None, _PIECE):
        matter = session.scalar(
            select(Matter)
            .where(Matter.id == candidate.id, Matter.status == WAITS[wanted.role].value)
            .with_for_update(of=Matter, skip_locked=True)
            .execution_options(populate_existing=True)
        )
        if matter is not None:
            examining.claim(session, officer, matter, wanted.role, now=now)
            return matter
    return None


def _clear(
    session: Session, officer: Officer, wanted: Wanted, edge: Matter | None, size: int
) -> Iterator[Matter]:
    """What the officer may examine, in order; asked for in pieces, because some may be left out."""
    bound = interests.of_officer(session, officer)
    final = wanted.role is Role.FINAL_EXAMINER and not wanted.mine
    queries = _queries(officer, wanted)
    while True:
        found = [
            matter
            for query in queries
            for matter in session.scalars(_behind(query, edge).order_by(*_ORDER).limit(size))
        ]
        piece = sorted(found, key=_place)[:size]
        involved = interests.of_matters(session, piece)
        for matter in piece:
            if final and (
                matter.first_person in bound.persons or matter.first_officer_id in bound.accounts
            ):
                continue
            if conflict(bound, involved[matter.id]) is None:
                yield matter
        if len(piece) < size:
            return
        edge = piece[-1]


def _queries(officer: Officer, wanted: Wanted) -> list[Select[Matter]]:
    """What is wanted, as queries that an index answers in order: one for each agency."""
    role, status = wanted.role, (HELD if wanted.mine else WAITS)[wanted.role]
    query = select(Matter).options(defer(Matter.documents)).where(
        Matter.office == officer.office,
        # Written out: the indexes are partial, and only hold for what is known when planning.
        Matter.status == literal(status.value, literal_execute=True),
    )  # fmt: skip
    if wanted.mine:
        holder = Matter.first_officer_id if role is Role.FIRST_EXAMINER else Matter.final_officer_id
        query = query.where(holder == officer.account_id)
    else:
        query = query.where(~Matter.awaits_papers)
    if role is Role.FINAL_EXAMINER and not wanted.mine:
        query = query.where(
            Matter.first_person != officer.person_id,
            Matter.first_officer_id != officer.account_id,
        )
    if wanted.urgent:
        query = query.where(Matter.urgent)
    if wanted.category is not None:
        query = query.where(Matter.category == wanted.category)
    if role is Role.FINAL_EXAMINER or wanted.mine:
        return [query if wanted.agency is None else query.where(Matter.agency == wanted.agency)]
    agencies = [None, *sorted(officer.agencies)]
    return [
        query.where(Matter.agency == each) for each in agencies if wanted.agency in {None, each}
    ]


def _behind(query: Select[Matter], edge: Matter | None) -> Select[Matter]:
    if edge is None:
        return query
    return query.where(tuple_(*_ORDER) > tuple_(*_place(edge)))


def _place(matter: Matter) -> tuple[datetime, datetime, uuid.UUID]:
    """Where a matter stands in its queue."""
    since = matter.submitted_at or matter.created_at
    return matter.examine_by or since, since, matter.id


def _edge(session: Session, officer: Officer, after: uuid.UUID) -> Matter:
    found = session.get(Matter, after)
    if found is None or found.office != officer.office or found.submitted_at is None:
        raise InvalidInput("游标无效 / no such cursor", field="cursor")
    return found


def _require(officer: Officer, role: Role) -> None:
    officer.require(staff.Role(role.value))
