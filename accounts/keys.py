"""API keys: `yk_` and 43 characters, shown once, kept as SHA-256, limited by scopes."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import Account, ApiKey
from core import audit
from core.canonical import Json
from core.db import lock
from core.errors import InvalidInput, NotFound
from core.text import clean_text

DEPOSIT, READ, REVOKE, KEYS, REGISTER = "deposit", "read", "revoke", "keys", "register"
ALL_SCOPES: Final = frozenset({DEPOSIT, READ, REVOKE, KEYS, REGISTER})
MAX_NAME: Final = 100
_PREFIX: Final = "yk_"


def issue(
    session: Session,
    account_id: uuid.UUID,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None,
    made_by: uuid.UUID | None = None,
    *,
    now: datetime,
) -> tuple[ApiKey, str]:
    """A new key and its secret: the only time anybody sees it.

    A 256-bit random secret needs no slow hash: there is nothing to guess. `made_by` is the member
    who makes it for an organisation.

    Raises:
        InvalidInput: an unusable name, unknown or no scopes, an expiry that has passed.
    """
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= ALL_SCOPES:
        raise InvalidInput(
            f"scopes 可用 / accepts: {', '.join(sorted(ALL_SCOPES))}", field="scopes"
        )
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("到期时间须在将来 / the expiry must lie ahead", field="expires_at")
    secret = _PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        id=uuid.uuid4(),
        account_id=account_id,
        made_by=made_by,
        name=clean_text(name, "name", MAX_NAME),
        prefix=secret[:8],
        secret_hash=_hash(secret),
        scopes=wanted,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(key)
    session.flush()
    facts: dict[str, Json] = {"of": str(account_id), "scopes": [*wanted]}
    audit.note(session, audit.INSTALLATION, "key.made", f"key:{key.id}", made_by or account_id,
               facts, now=now)  # fmt: skip
    return key, secret


def find(session: Session, secret: str, *, now: datetime) -> ApiKey | None:
    """The live key with this secret; None when unknown, expired or revoked."""
    key = session.scalar(select(ApiKey).where(ApiKey.secret_hash == _hash(secret)))
    if key is None or key.revoked_at is not None:
        return None
    return None if key.expires_at is not None and key.expires_at <= now else key


def owned(session: Session, account_id: uuid.UUID, key_id: uuid.UUID) -> ApiKey:
    """The key, or NotFound: somebody else's does not exist for this account."""
    key = session.get(ApiKey, key_id)
    if key is None or key.account_id != account_id:
        raise NotFound("密钥不存在 / no such key")
    return key


def of_account(session: Session, account_id: uuid.UUID) -> Sequence[ApiKey]:
    """Every key of an account, revoked ones too, newest first."""
    return session.scalars(
        select(ApiKey)
        .where(ApiKey.account_id == account_id)
        .order_by(ApiKey.created_at.desc(), ApiKey.id)
        .limit(500)
    ).all()


def revoke(session: Session, account_id: uuid.UUID, key_id: uuid.UUID, *, now: datetime) -> None:
    """End a key at once; doing it again changes nothing."""
    key = owned(session, account_id, key_id)
    lock(session, key)
    if key.revoked_at is None:
        key.revoked_at = now
        audit.note(session, audit.INSTALLATION, "key.revoked", f"key:{key_id}", account_id, now=now)


def ensure_account(session: Session, email: str, name: str, *, now: datetime) -> Account:
    """The installation's own account with this e-mail, made without a password when there is none.
    Whoever signs up with the same one has a password, and another account.
    """
    own = Account.email == email, Account.password_hash.is_(None)
    session.execute(
        update(Account).where(*own).values(
            email_confirmed_at=func.coalesce(Account.email_confirmed_at, now)
        )
    )  # fmt: skip
    session.execute(
        insert(Account)
        .values(
            id=uuid.uuid4(), email=email, email_confirmed_at=now, name=name, created_at=now
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    return session.scalars(select(Account).where(*own)).one()


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
