"""I4: a row's history follows its table of transitions, and ends where the row stands."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from core.lifecycle import Transition


@dataclass(frozen=True)
class History:
    """One lifecycle: its name, the table of its rows, the state they begin in, and its rules."""

    name: str
    model: type[Any]
    first: StrEnum
    table: Mapping[Any, frozenset[Any]]


def check_history(session: Session, history: History, found: Findings) -> None:
    """Every row of the history's table."""
    moves: dict[UUID, list[Transition]] = defaultdict(list)
    for line in session.scalars(
        select(Transition).where(Transition.lifecycle == history.name).order_by(Transition.id)
    ):
        moves[line.subject].append(line)
    for row_id, status in session.execute(select(history.model.id, history.model.status)):
        found.look(
            "I4",
            holds=_follows(moves.pop(row_id, []), history, status),
            subject=row_id,
            detail=f"{history.name}: history does not lead to {status}",
        )
    for row_id in moves:
        found.look("I4", holds=False, subject=row_id, detail=f"{history.name}: history of no row")


def _follows(lines: Sequence[Transition], history: History, status: str) -> bool:
    kind, state = type(history.first), history.first
    for line in lines:
        try:
            was, became = kind(line.was), kind(line.became)
        except ValueError:
            return False
        if was != state or became not in history.table[was]:
            return False
        state = became
    return state == status
