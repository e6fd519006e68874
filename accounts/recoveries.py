"""Back in without the password: a code by mail or SMS, one use, half an hour, kept as SHA-256."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from accounts.models import Account, ApiKey, Recovery, SignIn
from core import audit
from core.errors import NotFound

LIFE: Final = timedelta(minutes=30)


def begin(session: Session, account_id: uuid.UUID, *, now: datetime) -> str:
    """The code for the account's own address. Earlier ones stop working."""
    _end_open(session, account_id, now)
    code = secrets.token_urlsafe(32)
    session.add(
        Recovery(
            id=uuid.uuid4(),
            account_id=account_id,
            code_hash=_hash(code),
            created_at=now,
            expires_at=now + LIFE,
        )
    )
    session.flush()
    return code


def pending(session: Session, code: str, *, now: datetime) -> Account:
    """Whose way back in this is. Raises NotFound as `finish` does."""
    account = session.scalar(
        select(Account).join(Recovery, Recovery.account_id == Account.id).where(*_works(code, now))
    )
    if account is None:
        raise _no_such_code()
    return account


def finish(session: Session, code: str, password_hash: str, *, now: datetime) -> Account:
    """Set the new password and end every session. A second factor stays as it is.

    Raises:
        NotFound: unknown, used or expired; which of them is not said.
    """
    account_id = session.scalar(
        update(Recovery)
        .where(*_works(code, now))
        .values(used_at=now)
        .returning(Recovery.account_id)
    )
    if account_id is None:
        raise _no_such_code()
    _end_open(session, account_id, now)
    account = session.scalars(
        select(Account).where(Account.id == account_id).with_for_update()
    ).one()
    account.password_hash = password_hash
    session.execute(
        update(SignIn)
        .where(SignIn.account_id == account_id, SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )
    # Whoever had the account meanwhile may have left a way back in.
    session.execute(
        update(ApiKey)
        .where(
            or_(ApiKey.account_id == account_id, ApiKey.made_by == account_id),
            ApiKey.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    session.flush()
    audit.note(session, audit.INSTALLATION, "account.recovered", f"account:{account_id}",
               account_id, now=now)  # fmt: skip
    return account


def _works(code: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Recovery.code_hash == _hash(code),
        Recovery.used_at.is_(None),
        Recovery.expires_at > now,
    )


def _no_such_code() -> NotFound:
    return NotFound(
        "找回码无效、已用过或已过期,请重新申请 / "
        "no such code, or used or expired: ask for a new one",
        field="code",
    )


def _end_open(session: Session, account_id: uuid.UUID, now: datetime) -> None:
    session.execute(
        update(Recovery)
        .where(Recovery.account_id == account_id, Recovery.used_at.is_(None))
        .values(used_at=now)
    )


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
