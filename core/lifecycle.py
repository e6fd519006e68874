"""The one status writer: transitions are data, writes are compare-and-set, history is kept."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base
from core.errors import ConcurrentChange, IllegalTransition

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True)
class Lifecycle(Generic[S]):
    """Which state may follow which. A state that maps to nothing is an end."""

    name: str
    transitions: Mapping[S, frozenset[S]]

    def advance(self, current: S, to: S) -> S:
        """Return `to`, or raise IllegalTransition if no rule allows it."""
        if to not in self.transitions[current]:
            raise IllegalTransition(
                f"状态已是 {current},不能变为 {to},请取回最新状态 / "
                f"{self.name} is {current} and cannot become {to}: fetch it again",
                field="status",
            )
        return to

    def is_end(self, state: S) -> bool:
        return not self.transitions[state]


class Transition(Base):
    """Append-only: every change of every status."""

    __tablename__ = "transition"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    lifecycle: Mapped[str]
    subject: Mapped[uuid.UUID] = mapped_column(index=True)
    was: Mapped[str]
    became: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


def move(
    session: Session,
    lifecycle: Lifecycle[S],
    model: type[Any],
    subject: uuid.UUID,
    *,
    was: S,
    to: S,
    reason: str,
    now: datetime,
    **values: object,
) -> None:
    """Change `model.status` of row `subject` from `was` to `to`, with further column values.

    Raises:
        IllegalTransition: no rule allows it.
        ConcurrentChange: the row was not in `was` any more; nothing is written.
    """
    lifecycle.advance(was, to)
    statement = (
        update(model)
        .where(model.id == subject, model.status == was)
        .values(status=to, **values)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows SQLAlchemy's type
    if result.rowcount != 1:
        raise ConcurrentChange(f"{lifecycle.name}: 状态已被他人改变 / somebody else was first")
    session.add(
        Transition(
            lifecycle=lifecycle.name, subject=subject, was=was, became=to, reason=reason, at=now
        )
    )
