"""Second factor: time-based one-time codes (RFC 6238; SHA-1, 6 digits, 30 seconds).

A code counts for its own step, the one before and the one after (RFC 6238 §5.2), and no step ever
works twice: the newest one used is kept, and moves forward by compare-and-set.
"""

import base64
import hashlib
import hmac
import secrets
import struct
import uuid
from datetime import datetime
from typing import Final
from urllib.parse import quote

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from accounts.contact_models import Passkey
from accounts.models import SecondFactor, SignIn
from core import audit
from core.errors import Conflict, NotAllowed
from core.sealed import Keyring, Place

STEP_SECONDS: Final = 30
DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_DRIFT: Final = (0, -1, 1)


def totp(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a time step (RFC 4226 §5.3)."""
    # SHA-1 is what authenticator apps speak; HMAC does not rest on its collision resistance.
    mac = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def begin(session: Session, ring: Keyring, account_id: uuid.UUID, *, now: datetime) -> bytes:
    """A new secret, for the app to learn; it counts once a code of it was shown.

    Raises:
        Conflict: the account has a confirmed one; it is replaced by recovery only.
    """
    row = session.scalar(
        select(SecondFactor).where(SecondFactor.account_id == account_id).with_for_update()
    )
    if row is not None and row.confirmed_at is not None:
        raise Conflict("已绑定第二验证方式 / a second factor is set up already")
    secret = secrets.token_bytes(_SECRET_BYTES)
    if row is None:
        row = SecondFactor(id=uuid.uuid4(), account_id=account_id, created_at=now, last_step=0)
    row.secret = ring.seal(secret, _place(row.id))
    session.add(row)
    session.flush()
    return secret


def show(
    session: Session,
    ring: Keyring,
    account_id: uuid.UUID,
    sign_in_id: uuid.UUID,
    code: str,
    *,
    now: datetime,
) -> None:
    """A code was shown in this session: it counts from now on, and the factor is confirmed.

    Raises:
        NotAllowed: no factor, a wrong code, or a step that was used before.
    """
    row = session.scalar(select(SecondFactor).where(SecondFactor.account_id == account_id))
    if row is None:
        raise NotAllowed("尚未绑定第二验证方式 / set up a second factor first", field="code")
    first = row.confirmed_at is None
    step = _step_of(ring.open(row.secret, _place(row.id)), code, now)
    if step is None or not _take(session, row.id, step, now):
        raise NotAllowed(
            "动态码有误或已用过,请等下一个 / wrong or used before: wait for the next code",
            field="code",
        )
    mark_shown(session, account_id, sign_in_id, now=now)
    if first:
        audit.note(session, audit.INSTALLATION, "account.second_factor_set_up",
                   f"account:{account_id}", account_id, now=now)  # fmt: skip


def mark_shown(
    session: Session, account_id: uuid.UUID, sign_in_id: uuid.UUID, *, now: datetime
) -> None:
    """The session has shown its second factor, whichever it was."""
    session.execute(
        update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.account_id == account_id)
        .values(second_factor_at=now)
    )


def is_set_up(session: Session, account_id: uuid.UUID) -> bool:
    """Whether the account has a second factor that works: codes or a passkey."""
    passkey = select(Passkey.id).where(
        Passkey.account_id == account_id, Passkey.removed_at.is_(None)
    )
    return has_codes(session, account_id) or session.scalar(passkey.limit(1)) is not None


def has_codes(session: Session, account_id: uuid.UUID) -> bool:
    """Whether one-time codes of the account were confirmed."""
    found = session.scalar(
        select(SecondFactor.id).where(
            SecondFactor.account_id == account_id, SecondFactor.confirmed_at.is_not(None)
        )
    )
    return found is not None


def forget(session: Session, account_id: uuid.UUID) -> None:
    """Drop the secret. Whoever calls has looked whether that may be (`accounts.passkeys`)."""
    session.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))


def require_shown(session: Session, account_id: uuid.UUID, sign_in_id: uuid.UUID) -> None:
    """Before factors are added or removed: a session with the password alone may not do that.

    Raises:
        NotAllowed: there is a factor, and this session has not shown it.
    """
    if is_set_up(session, account_id) and not was_shown(session, sign_in_id):
        raise NotAllowed(
            "请先出示已绑定的第二验证方式 / show the second factor you have first",
            field="second_factor",
        )


def require_shown_again(
    session: Session, account_id: uuid.UUID, sign_in_id: uuid.UUID, *, since: datetime
) -> None:
    """For what cannot be undone: the factor was shown in this session, since then.

    Raises:
        NotAllowed: there is a factor, and it was not.
    """
    at = session.scalar(select(SignIn.second_factor_at).where(SignIn.id == sign_in_id))
    if is_set_up(session, account_id) and (at is None or at < since):
        raise NotAllowed(
            "请再次出示第二验证方式 / show your second factor once more: "
            "PUT /api/v1/session/second-factor or /api/v1/session/passkey",
            field="second_factor",
        )


def was_shown(session: Session, sign_in_id: uuid.UUID) -> bool:
    """Whether this session has shown its second factor."""
    at = session.scalar(select(SignIn.second_factor_at).where(SignIn.id == sign_in_id))
    return at is not None


def address(secret: bytes, account: str, issuer: str) -> str:
    """The otpauth:// address that authenticator apps read from a QR code."""
    encoded = base64.b32encode(secret).decode().rstrip("=")
    label = f"{quote(issuer)}:{quote(account)}"
    return f"otpauth://totp/{label}?secret={encoded}&issuer={quote(issuer)}"


def _step_of(secret: bytes, code: str, now: datetime) -> int | None:
    current = int(now.timestamp()) // STEP_SECONDS
    found = None
    for drift in _DRIFT:  # all of them, so that time does not tell which one was right
        if hmac.compare_digest(totp(secret, current + drift).encode(), code.strip().encode()):
            found = current + drift
    return found


def _take(session: Session, factor_id: uuid.UUID, step: int, now: datetime) -> bool:
    taken = session.scalar(
        update(SecondFactor)
        .where(SecondFactor.id == factor_id, SecondFactor.last_step < step)
        .values(last_step=step, confirmed_at=func.coalesce(SecondFactor.confirmed_at, now))
        .returning(SecondFactor.id)
    )
    return taken is not None


def _place(row: uuid.UUID) -> Place:
    return Place("second_factor", "secret", row)
