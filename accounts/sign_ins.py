"""Signed-in sessions: opaque, random, kept as SHA-256, ended at once when their owner says so."""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts.models import SignIn
from core.errors import NotFound
from core.sealed import Keyring


def open_one(
    session: Session,
    account_id: uuid.UUID,
    life: timedelta,
    *,
    factor_due: bool = False,
    factor_shown: bool = False,
    address_index: bytes | None = None,
    now: datetime,
) -> tuple[str, SignIn]:
    """The secret for the cookie (256 random bits), and its row. A sign-in never reuses one.

    `factor_due`: the account has a second factor; `factor_shown`: it was shown in signing in;
    `address_index`: from where, as `address_index` gives it.
    """
    secret = secrets.token_urlsafe(32)
    row = SignIn(
        id=uuid.uuid4(),
        account_id=account_id,
        secret_hash=_hash(secret),
        created_at=now,
        expires_at=now + life,
        second_factor_due=factor_due,
        second_factor_at=now if factor_shown else None,
        address_index=address_index,
    )
    session.add(row)
    session.flush()
    return secret, row


def address_index(ring: Keyring, account_id: uuid.UUID, address: str) -> bytes:
    """What tells that an account came from an address before. Two accounts of one address have
    nothing in common, and without the ring's index key no address is tried out.
    """
    return ring.blind_index("sign-in address", f"{account_id}:{address}")


def note_address(session: Session, account_id: uuid.UUID, index: bytes, *, now: datetime) -> None:
    """The owner was at this address, as shown by other means than a password: from now on it counts
    for `came_from`. A session that has ended as it began; its secret is nobody's.
    """
    secret, row = open_one(session, account_id, timedelta(0), address_index=index, now=now)
    del secret
    end(row, now=now)
    session.flush()


def came_from(session: Session, index: bytes, *, since: datetime) -> bool:
    """Whether somebody signed in to this account from this address since then, with its password
    or passkey, whatever became of the session; or came back in with a recovery code.
    """
    found = select(SignIn.id).where(SignIn.address_index == index, SignIn.created_at >= since)
    return session.scalar(found.limit(1)) is not None


def find(session: Session, secret: str, *, now: datetime) -> SignIn | None:
    """The live session with this secret; None when unknown, ended or expired."""
    row = session.scalar(select(SignIn).where(SignIn.secret_hash == _hash(secret)))
    if row is None or row.ended_at is not None or row.expires_at <= now:
        return None
    return row


def owes_factor(row: SignIn) -> bool:
    """Whether nothing works in this session before the second factor is shown."""
    return row.second_factor_due and row.second_factor_at is None


def live(session: Session, account_id: uuid.UUID, *, now: datetime) -> Sequence[SignIn]:
    """Every session of an account that still lets somebody in, newest first."""
    return session.scalars(
        select(SignIn)
        .where(SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.expires_at > now)
        .order_by(SignIn.created_at.desc(), SignIn.id)
        .limit(100)
    ).all()


def owned(session: Session, account_id: uuid.UUID, sign_in_id: uuid.UUID) -> SignIn:
    """The session, or NotFound: somebody else's does not exist for this account."""
    row = session.get(SignIn, sign_in_id)
    if row is None or row.account_id != account_id:
        raise NotFound("会话不存在 / no such session")
    return row


def renew(session: Session, account_id: uuid.UUID, sign_in_id: uuid.UUID) -> tuple[str, SignIn]:
    """The session goes on under a new secret; the one before opens nothing any more."""
    row, secret = owned(session, account_id, sign_in_id), secrets.token_urlsafe(32)
    session.execute(update(SignIn).where(SignIn.id == row.id).values(secret_hash=_hash(secret)))
    session.refresh(row)
    return secret, row


def end(row: SignIn, *, now: datetime) -> None:
    """Nobody gets in with it any more; doing it again changes nothing."""
    row.ended_at = row.ended_at or now


def end_others(session: Session, account_id: uuid.UUID, kept: uuid.UUID, *, now: datetime) -> None:
    """End every session of an account but one: what a change of password does."""
    session.execute(
        update(SignIn)
        .where(SignIn.account_id == account_id, SignIn.id != kept, SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )


def csrf_token(secret: str) -> str:
    """Follows from the cookie's secret, which scripts cannot read, and does not give it away."""
    return hmac.new(secret.encode(), b"yinji/csrf/1", hashlib.sha256).hexdigest()


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
