"""The audit: append-only lines of who did what, hash-chained for each stream without forks.

Streams: one for each office (`of_office`) and one for the installation. A line names persons by
the id of their account and never carries an identity number, a mobile number or an address.

`note` is called by the verb that acts, in its transaction. The line itself is written when that
transaction commits, as its last statement: a line that cannot be written undoes the act, an act
that is undone leaves no line, and the stream's lock, taken last, is held by nobody who still waits
for something else. Lines of a stream follow each other in the order of those commits; `at` is when
the act was made, and may lie a little before the `at` of the line before.
"""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, event, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from core.audit_chain import FIRST, Entry
from core.canonical import Json
from core.db import Base
from core.errors import InvalidInput

INSTALLATION: Final = "installation"
_NOTES: Final = "yinji.audit"
_ACT: Final = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_MOST: Final = 500
_PERSONAL: Final = re.compile(
    # Identity and credit codes (GB 11643, GB 32100), mobile numbers, mail addresses.
    r"(?<![0-9A-Za-z])(?:\d{15}|\d{17}[0-9Xx]|[0-9A-HJ-NP-RT-UW-Y]{18}|1[3-9]\d{9})(?![0-9A-Za-z])"
    r"|[^\s@]+@[^\s@]+\.[A-Za-z]+"
)


class AuditLine(Base):
    """One line. Triggers refuse every UPDATE, DELETE and TRUNCATE, and a line that does not
    follow the last one of its stream.
    """

    __tablename__ = "audit_line"
    __table_args__ = (
        UniqueConstraint("stream", "previous"),
        CheckConstraint("sequence >= 1", name="numbered"),
        Index("ix_audit_line_subject", "subject"),
        Index("ix_audit_line_at", "at"),
    )

    stream: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    previous: Mapped[bytes]
    """The digest of the line before; zeros before the first."""
    at: Mapped[datetime]
    act: Mapped[str]
    subject: Mapped[str]
    by_id: Mapped[uuid.UUID | None]
    """The account that acted; None for the installation, and for an operator at its terminal."""
    facts: Mapped[dict[str, Any]]
    digest: Mapped[bytes]


@dataclass(frozen=True)
class _Note:
    """A line that waits for its transaction's end. `within` is the savepoint it was made in."""

    stream: str
    act: str
    subject: str
    by_id: uuid.UUID | None
    at: datetime
    within: SessionTransaction | None
    facts: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Head:
    """Where a stream stands: its newest line."""

    stream: str
    sequence: int
    digest: bytes


def of_office(office: str) -> str:
    """The stream of an office."""
    return f"office:{office}"


def note(
    session: Session,
    stream: str,
    act: str,
    subject: str,
    by: uuid.UUID | None,
    facts: Mapping[str, Json] | None = None,
    *,
    now: datetime,
) -> None:
    """Tell of an act: `act` as in `matter.returned`, `subject` as in `matter:<id>`.

    `facts` are codes, ids, counts and reasons, not personal data.

    Raises:
        InvalidInput: a fact that carries an identity number, a mobile number or an address; its
            name is the error's field.
    """
    told = dict(facts or {})
    for name, value in told.items():
        _refuse_personal(value, name)
    if not _ACT.fullmatch(act):
        raise InvalidInput(f"审计事项名无效 / not the name of an act: {act}", field="act")
    _refuse_personal(subject, "subject")
    if not session.in_transaction():
        session.begin()  # so that there is an end with which the note goes
    waiting: list[_Note] = session.info.setdefault(_NOTES, [])
    within = session.get_nested_transaction()
    waiting.append(_Note(stream, act, subject, by, now.astimezone(UTC), within, told))


def settle(session: Session) -> None:
    """Write what was noted in this transaction. A commit does so by itself."""
    waiting: list[_Note] = session.info.pop(_NOTES, [])
    if not waiting:
        return
    session.flush()
    # One order for all, so that two transactions with the same streams never wait crosswise.
    for stream in sorted({each.stream for each in waiting}):
        head = _lock(session, stream)
        for each in waiting:
            if each.stream == stream:
                head = _append(session, head, each)
    session.flush()


def heads(session: Session) -> Sequence[Head]:
    """The newest line of every stream, by name."""
    rows = session.execute(
        select(AuditLine.stream, AuditLine.sequence, AuditLine.digest)
        .ext(distinct_on(AuditLine.stream))
        .order_by(AuditLine.stream, AuditLine.sequence.desc())
    )
    return [Head(*row) for row in rows]


def page(session: Session, stream: str, before: int | None, limit: int) -> Sequence[AuditLine]:
    """Lines of a stream, newest first; `before` is the last sequence of the page before."""
    query = select(AuditLine).where(AuditLine.stream == stream)
    if before is not None:
        query = query.where(AuditLine.sequence < before)
    return session.scalars(query.order_by(AuditLine.sequence.desc()).limit(limit)).all()


def entries(session: Session) -> Iterator[tuple[Entry, bytes]]:
    """Every line with the digest that is kept of it, stream by stream in order."""
    rows = session.execute(
        select(
            AuditLine.stream, AuditLine.sequence, AuditLine.previous, AuditLine.at, AuditLine.act,
            AuditLine.subject, AuditLine.by_id, AuditLine.facts, AuditLine.digest,
        ).order_by(AuditLine.stream, AuditLine.sequence),
        execution_options={"yield_per": 1000},
    )  # fmt: skip
    for *told, digest in rows:
        yield Entry(*told), digest


def _lock(session: Session, stream: str) -> Head:
    """Until the end of this transaction nobody else appends to the stream; its newest line."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"audit:{stream}", 0))))
    row = session.execute(
        select(AuditLine.sequence, AuditLine.digest)
        .where(AuditLine.stream == stream)
        .order_by(AuditLine.sequence.desc())
        .limit(1)
    ).first()
    return Head(stream, 0, FIRST) if row is None else Head(stream, row.sequence, row.digest)


def _append(session: Session, head: Head, told: _Note) -> Head:
    entry = Entry(
        told.stream, head.sequence + 1, head.digest, told.at, told.act, told.subject, told.by_id,
        told.facts,
    )  # fmt: skip
    digest = entry.digest()
    session.add(
        AuditLine(
            stream=entry.stream, sequence=entry.sequence, previous=entry.previous, at=entry.at,
            act=entry.act, subject=entry.subject, by_id=entry.by, facts=told.facts, digest=digest,
        )
    )  # fmt: skip
    return Head(entry.stream, entry.sequence, digest)


def _refuse_personal(value: Json, name: str) -> None:
    if isinstance(value, str):
        if len(value) > _MOST or _PERSONAL.search(value):
            raise InvalidInput(
                "请勿写入证件号码、手机号或邮箱,且不超过 500 字 / write no identity number, mobile "
                "number or address, and at most 500 characters",
                field=name,
            )
    elif isinstance(value, list):
        for each in value:
            _refuse_personal(each, name)
    elif isinstance(value, dict):
        for each in value.values():
            _refuse_personal(each, name)


@event.listens_for(Session, "before_commit")
def _on_commit(session: Session) -> None:
    settle(session)


@event.listens_for(Session, "after_soft_rollback")
def _on_rollback(session: Session, undone: SessionTransaction) -> None:
    """What was noted in a savepoint that is undone is not told."""
    waiting: list[_Note] = session.info.get(_NOTES, [])
    waiting[:] = [each for each in waiting if each.within is not undone]


@event.listens_for(Session, "after_transaction_end")
def _on_end(session: Session, ended: SessionTransaction) -> None:
    """Nothing is carried over into the session's next transaction."""
    if ended.parent is None:
        session.info.pop(_NOTES, None)
