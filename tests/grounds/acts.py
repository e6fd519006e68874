"""Tries every action of everybody with whatever has a status.

A machine says how a row is brought to a state, and who may do what with it there. Which machines
there are, and what is tried of each: `tests.database.test_actions_by_state`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from api.errors import status_of
from api.fsck.histories import HISTORIES
from core.errors import ServiceError

TABLES: Final = {each.lifecycle.name: each.lifecycle.transitions for each in HISTORIES}
"""What leads where, by the code's own tables."""


@dataclass
class Scene:
    """The row, and everybody who tries something with it."""

    session: Session
    row: Any
    people: dict[str, Any]
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Act:
    """`who` of all may do it where the table leads to `to` (without one the state stays), and only
    in the states `within` if any are named. `quiet`: where it may not be done it is told again, or
    late, and nothing is said against it.
    """

    does: Callable[[Scene, Any], object]
    who: frozenset[str]
    to: StrEnum | None = None
    within: frozenset[StrEnum] = frozenset()
    quiet: bool = False


@dataclass(frozen=True)
class Machine:
    brought_to: Callable[[Session, Any], Scene]
    acts: Mapping[str, Act]


def only(*who: str) -> frozenset[str]:
    return frozenset(who)


def cases(machines: Mapping[str, Machine]) -> list[tuple[str, StrEnum]]:
    """Each of them in each of its states."""
    return [(name, state) for name in machines for state in TABLES[name]]


def columns(row: Any) -> dict[str, object]:
    return {each.key: getattr(row, each.key) for each in inspect(type(row)).column_attrs}


def missed(on: Scene, name: str, act: Act, who: str, state: StrEnum, table: Any) -> str:
    """What was not as it should be when `who` tried it; nothing when all was."""
    leads = act.to is None or act.to in table[state]
    may = who in act.who and leads and (not act.within or state in act.within)
    before, refused = columns(on.row), False
    try:
        act.does(on, on.people[who])
    except ServiceError as error:
        refused = True
        if status_of(error) not in {403, 404, 409, 422}:
            return f"{name} by {who}: {status_of(error)} {error}"
    on.session.flush()
    on.session.refresh(on.row)
    if may and not refused:
        return "" if on.row.status == (act.to or state) else f"{name} by {who}: {on.row.status}"
    if may or not (refused or act.quiet):
        return f"{name} by {who}: {'refused' if refused else 'done'}"
    return "" if columns(on.row) == before else f"{name} by {who}: refused, and changed"


def wrongs(session: Session, machine: Machine, state: StrEnum, table: Any) -> list[str]:
    """Whatever was not as it should be when everybody tried everything in this state."""
    on = machine.brought_to(session, state)
    assert on.row.status == state
    wrong = []
    for name, act in machine.acts.items():
        for who in on.people:
            save = session.begin_nested()
            session.refresh(on.row)
            wrong.append(missed(on, name, act, who, state, table))
            save.rollback()
            session.expire_all()
    return [each for each in wrong if each]
