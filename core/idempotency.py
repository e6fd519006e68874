"""A call that creates something, sent again with its `Idempotency-Key`, creates nothing more.

The key is claimed in the transaction that creates: a second call with it waits for the first (the
primary key sees to that), and then finds what was made. Deposits keep their key for ever on the
evidence itself, and follow the same rules.
"""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import CheckConstraint, CursorResult, Index, delete, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import canonical
from core.db import Base
from core.errors import IdempotencyMismatch, InvalidInput

MAX_KEY: Final = 255
LIFE: Final = timedelta(hours=24)
"""So long a key is remembered; afterwards it may be used for something new."""
_NOTHING_YET: Final = uuid.UUID(int=0)


class CreatingCall(Base):
    """A key that was used, and what the call made. `scope` is whose key it is."""

    __tablename__ = "creating_call"
    __table_args__ = (
        CheckConstraint("octet_length(request_digest) = 32", name="digest"),
        Index(
            "uq_creating_call_subject", "subject", unique=True,
            # Of extensions the subject is the matter, which may be given more time again.
            postgresql_where=text(
                "subject <> '00000000-0000-0000-0000-000000000000' "
                "AND operation <> 'extend_matter'"
            ),
        ),
    )  # fmt: skip

    scope: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[bytes]
    subject: Mapped[uuid.UUID]
    sealed: Mapped[bytes | None]
    """What of the answer is shown once, encrypted for a repeat by the same caller."""
    made_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Call:
    """One call with a key; `request` is what must be the same when it is sent again."""

    scope: str
    operation: str
    key: str
    request: object

    def digest(self) -> bytes:
        return hashlib.sha256(canonical.encode(self.request)).digest()


@dataclass(frozen=True)
class Made:
    """What the call made; `before` when an earlier call with the same key did.

    `row` is None when no key came with the call.
    """

    subject: uuid.UUID
    before: bool
    row: CreatingCall | None


def once(
    session: Session, call: Call | None, make: Callable[[], uuid.UUID], *, now: datetime
) -> Made:
    """Let `make` create something and give its id, unless this call was made before.

    Without a call (no key was sent) it is made in any case.

    Raises:
        IdempotencyMismatch: the key was used for another request.
        InvalidInput: not a key.
    """
    if call is None:
        return Made(make(), before=False, row=None)
    check_key(call.key)
    row, earlier = _claim(session, call, now=now)
    if earlier:
        require_same(row.request_digest, call.digest())
        return Made(row.subject, before=True, row=row)
    row.subject = make()
    session.flush()
    return Made(row.subject, before=False, row=row)


def forget(session: Session, limit: int, *, now: datetime) -> int:
    """Drop keys that are no longer remembered; returns how many, at most `limit`."""
    old = (
        select(CreatingCall.scope, CreatingCall.operation, CreatingCall.key)
        .where(CreatingCall.made_at <= now - LIFE)
        .limit(limit)
        .subquery()
    )
    result = session.execute(
        delete(CreatingCall).where(
            CreatingCall.scope == old.c.scope,
            CreatingCall.operation == old.c.operation,
            CreatingCall.key == old.c.key,
        )
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows SQLAlchemy's type
    return result.rowcount


def forget_of(session: Session, account_id: uuid.UUID) -> None:
    """Drop every key of an account, those used for it or by it for another, and the one that made
    it (whose scope follows from an address).
    """
    own = str(account_id)
    session.execute(
        delete(CreatingCall).where(
            or_(
                CreatingCall.scope == own,
                CreatingCall.scope.startswith(f"{own}:"),
                CreatingCall.scope.endswith(f":{own}"),
                CreatingCall.subject == account_id,
            )
        )
    )


def check_key(key: str) -> None:
    """An Idempotency-Key is 1 to 255 visible ASCII characters."""
    if not 1 <= len(key) <= MAX_KEY or not all("!" <= character <= "~" for character in key):
        raise InvalidInput(
            "Idempotency-Key 须为 1–255 个可见 ASCII 字符 / 1 to 255 visible ASCII characters",
            field="Idempotency-Key",
        )


def require_same(kept: bytes, asked: bytes) -> None:
    """Raises IdempotencyMismatch when the digests of two requests with one key differ."""
    if kept != asked:
        raise IdempotencyMismatch(
            "此幂等键已用于另一请求,请换新键 / this Idempotency-Key was used for another request",
            field="Idempotency-Key",
        )


def _claim(session: Session, call: Call, *, now: datetime) -> tuple[CreatingCall, bool]:
    """The key's row, and whether it was an earlier call's.

    One statement takes a free key, or one that is no longer remembered, and waits for a call with
    it that is under way.
    """
    values = {
        "request_digest": call.digest(),
        "subject": _NOTHING_YET,
        "sealed": None,
        "made_at": now,
    }
    place = {"scope": call.scope, "operation": call.operation, "key": call.key}
    taken = session.scalar(
        insert(CreatingCall)
        .values(**place, **values)
        .on_conflict_do_update(
            index_elements=list(place), set_=values, where=CreatingCall.made_at <= now - LIFE
        )
        .returning(CreatingCall.key)
    )
    row = session.get_one(CreatingCall, tuple(place.values()), populate_existing=True)
    return row, taken is None
