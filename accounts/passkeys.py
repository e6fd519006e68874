"""Passkeys beside one-time codes: as a second factor, or as the whole sign-in.

Every challenge is used once and within minutes. A passkey proves possession and, by the
authenticator's own check of its user, one thing more: signing in with it shows the second factor
too. Who has a factor already shows it before adding or removing one (the route sees to that).
"""

import base64
import binascii
import os
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from accounts import second_factors, staff
from accounts.contact_models import Passkey, PasskeyChallenge
from accounts.models import Account
from core import audit
from core.errors import Conflict, NotAllowed, NotFound
from core.text import clean_text

if TYPE_CHECKING:  # the package behind it is slow to import, and used by few
    from accounts.webauthn_site import Site

CHALLENGE_LIFE: Final = timedelta(minutes=5)
MOST: Final = 20
_MOST_NAME: Final = 100
_CHALLENGE_BYTES: Final = 32


def begin_registration(
    session: Session, site: "Site", account: Account, *, now: datetime
) -> tuple[uuid.UUID, dict[str, Any]]:
    """What the authenticator is to sign for a new passkey. Raises Conflict for one too many."""
    known = [row.credential_id for row in of_account(session, account.id)]
    if len(known) >= MOST:
        raise Conflict(f"至多 {MOST} 个通行密钥 / at most {MOST} passkeys: remove one")
    row = _challenge(session, "register", account.id, now=now)
    name = account.email or account.mobile or account.name
    return row.id, site.registration(row.challenge, account.id.bytes, name, known)


def finish_registration(
    session: Session,
    site: "Site",
    account_id: uuid.UUID,
    challenge_id: uuid.UUID,
    credential: dict[str, Any],
    name: str,
    *,
    now: datetime,
) -> Passkey:
    """Keep a new passkey.

    Raises:
        NotFound: no such challenge of this account, or used, or too late.
        NotAllowed: the authenticator's answer does not fit. Conflict: known already.
    """
    challenge = _use(session, "register", challenge_id, account_id, now=now)
    made = site.registered(credential, challenge)
    known = select(Passkey.id).where(Passkey.credential_id == made.credential_id)
    if session.scalar(known) is not None:
        raise Conflict("此通行密钥已登记 / this passkey is registered already", field="credential")
    row = Passkey(
        id=uuid.uuid4(),
        account_id=account_id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=clean_text(name, "name", _MOST_NAME),
        created_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, "account.passkey_added", account_id, now=now)
    return row


def begin_proof(
    session: Session, site: "Site", account_id: uuid.UUID, *, now: datetime
) -> tuple[uuid.UUID, dict[str, Any]]:
    """What is to be signed as a second factor. Raises NotAllowed for who has no passkey."""
    known = [row.credential_id for row in of_account(session, account_id)]
    if not known:
        raise NotAllowed("尚无通行密钥 / no passkey yet: register one", field="credential")
    row = _challenge(session, "prove", account_id, now=now)
    return row.id, site.proof(row.challenge, known)


def prove(
    session: Session,
    site: "Site",
    account_id: uuid.UUID,
    sign_in_id: uuid.UUID,
    challenge_id: uuid.UUID,
    credential: dict[str, Any],
    *,
    now: datetime,
) -> None:
    """The second factor is shown in this session.

    Raises:
        NotFound: no such challenge of this account, or used, or too late.
        NotAllowed: not a passkey of this account, or its answer does not fit.
    """
    challenge = _use(session, "prove", challenge_id, account_id, now=now)
    row = _by_credential(session, credential)
    if row is None or row.account_id != account_id:
        raise _unknown()
    _advance(session, site, row, credential, challenge, now=now)
    second_factors.mark_shown(session, account_id, sign_in_id, now=now)


def begin_sign_in(
    session: Session, site: "Site", *, now: datetime
) -> tuple[uuid.UUID, dict[str, Any]]:
    """What is to be signed by whoever comes; the passkey says whose it is."""
    row = _challenge(session, "sign_in", None, now=now)
    return row.id, site.proof(row.challenge, [])


def sign_in(
    session: Session,
    site: "Site",
    challenge_id: uuid.UUID,
    credential: dict[str, Any],
    *,
    now: datetime,
) -> Account:
    """The account of the passkey that signed.

    Raises:
        NotFound, NotAllowed: as `prove`.
    """
    challenge = _use(session, "sign_in", challenge_id, None, now=now)
    row = _by_credential(session, credential)
    if row is None:
        raise _unknown()
    _advance(session, site, row, credential, challenge, now=now)
    return session.get_one(Account, row.account_id)


def of_account(session: Session, account_id: uuid.UUID) -> Sequence[Passkey]:
    """The passkeys that work, oldest first."""
    return session.scalars(
        select(Passkey)
        .where(Passkey.account_id == account_id, Passkey.removed_at.is_(None))
        .order_by(Passkey.created_at, Passkey.id)
    ).all()


def owned(session: Session, account_id: uuid.UUID, passkey_id: uuid.UUID) -> Passkey:
    """The account's passkey, or NotFound."""
    row = session.get(Passkey, passkey_id)
    if row is None or row.account_id != account_id or row.removed_at is not None:
        raise NotFound("没有此通行密钥 / no such passkey")
    return row


def remove(
    session: Session, account_id: uuid.UUID, passkey_id: uuid.UUID, *, now: datetime
) -> None:
    """A passkey that works no more.

    Raises:
        NotFound: none of this account. Conflict: an officer's last factor.
    """
    _lock(session, account_id)
    row = owned(session, account_id, passkey_id)
    if len(of_account(session, account_id)) == 1 and not second_factors.has_codes(
        session, account_id
    ):
        _require_no_officer(session, account_id)
    row.removed_at = now
    session.flush()
    _note(session, "account.passkey_removed", account_id, now=now)


def remove_codes(session: Session, account_id: uuid.UUID, *, now: datetime) -> None:
    """One-time codes work no more; another secret may be set up.

    Raises:
        NotFound: there are none. Conflict: an officer's last factor.
    """
    _lock(session, account_id)
    if not second_factors.has_codes(session, account_id):
        raise NotFound("未绑定动态码 / no one-time codes are set up")
    if not of_account(session, account_id):
        _require_no_officer(session, account_id)
    second_factors.forget(session, account_id)
    _note(session, "account.codes_removed", account_id, now=now)


def _note(session: Session, act: str, account_id: uuid.UUID, *, now: datetime) -> None:
    audit.note(session, audit.INSTALLATION, act, f"account:{account_id}", account_id, now=now)


def _require_no_officer(session: Session, account_id: uuid.UUID) -> None:
    if staff.officers_of(session, account_id):
        raise Conflict(
            "工作人员的最后一种第二验证方式不能删除,请先添加另一种 / an officer keeps a second "
            "factor: add another one first"
        )


def _lock(session: Session, account_id: uuid.UUID) -> None:
    """Two removals at once each see what the other leaves."""
    session.scalars(select(Account.id).where(Account.id == account_id).with_for_update()).one()


def _challenge(
    session: Session, purpose: str, account_id: uuid.UUID | None, *, now: datetime
) -> PasskeyChallenge:
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= now))
    row = PasskeyChallenge(
        id=uuid.uuid4(),
        account_id=account_id,
        purpose=purpose,
        challenge=os.urandom(_CHALLENGE_BYTES),
        expires_at=now + CHALLENGE_LIFE,
    )
    session.add(row)
    session.flush()
    return row


def _use(
    session: Session,
    purpose: str,
    challenge_id: uuid.UUID,
    account_id: uuid.UUID | None,
    *,
    now: datetime,
) -> bytes:
    found: bytes | None = session.scalar(
        update(PasskeyChallenge)
        .where(
            PasskeyChallenge.id == challenge_id,
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.account_id.is_not_distinct_from(account_id),
            PasskeyChallenge.used_at.is_(None),
            PasskeyChallenge.expires_at > now,
        )
        .values(used_at=now)
        .returning(PasskeyChallenge.challenge)
    )
    if found is None:
        raise NotFound(
            "验证请求无效、已用过或已超时,请重新开始 / no such challenge, or used or too late: "
            "begin again",
            field="challenge_id",
        )
    return found


def _advance(
    session: Session,
    site: "Site",
    row: Passkey,
    credential: dict[str, Any],
    challenge: bytes,
    *,
    now: datetime,
) -> None:
    count = site.proven(credential, challenge, row.public_key, row.sign_count)
    moved = session.scalar(
        update(Passkey)
        .where(Passkey.id == row.id, Passkey.sign_count == row.sign_count)
        .values(sign_count=count, used_at=now)
        .returning(Passkey.id)
    )
    if moved is None:
        raise _unknown()


def _by_credential(session: Session, credential: dict[str, Any]) -> Passkey | None:
    text = credential.get("rawId")
    try:
        raw = base64.urlsafe_b64decode(f"{text}==") if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        raw = b""
    return session.scalar(
        select(Passkey).where(Passkey.credential_id == raw, Passkey.removed_at.is_(None))
    )


def _unknown() -> NotAllowed:
    return NotAllowed(
        "不是此账号的通行密钥,请换一个 / not a passkey that works here: use another",
        field="credential",
    )
