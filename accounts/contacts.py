"""How an account is reached: an e-mail address or mobile number counts once a code came back.

A code has six digits and lives ten minutes; five wrong tries use it up. It goes to the new address
only, and whether that address has an account already is told to who can read it there, not before.
That others have claimed it, and could not show it, keeps nobody from it.
"""

import hmac
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import people
from accounts.contact_models import ContactCode
from accounts.identifiers import Identifier, parse_identifier
from accounts.models import Account
from core import audit
from core.errors import Conflict
from core.sealed import Keyring

CODE_LIFE: Final = timedelta(minutes=10)
TRIES: Final = 5
_DIGITS: Final = 6


def begin(
    session: Session, ring: Keyring, account_id: uuid.UUID, to: Identifier, *, now: datetime
) -> str:
    """The code for this address. An earlier one works no more."""
    _end_open(session, account_id, now)
    code = str(secrets.randbelow(10**_DIGITS)).zfill(_DIGITS)
    made = uuid.uuid4()
    session.add(
        ContactCode(
            id=made,
            account_id=account_id,
            identifier=to.value,
            code_digest=_digest(ring, made, code),
            tries=0,
            created_at=now,
            expires_at=now + CODE_LIFE,
        )
    )
    session.flush()
    return code


def finish(
    session: Session, ring: Keyring, account_id: uuid.UUID, code: str, *, now: datetime
) -> Identifier | None:
    """The address that is the account's from now on; None for a wrong code, which counts as a try
    only if the caller commits.

    Raises:
        Conflict: the address has another account.
    """
    row = session.scalar(
        update(ContactCode)
        .where(
            ContactCode.account_id == account_id,
            ContactCode.used_at.is_(None),
            ContactCode.expires_at > now,
            ContactCode.tries < TRIES,
        )
        .values(tries=ContactCode.tries + 1)
        .returning(ContactCode)
    )
    if row is None or not hmac.compare_digest(row.code_digest, _digest(ring, row.id, code.strip())):
        return None
    to = parse_identifier(row.identifier, "identifier")
    other = people.find(session, to)
    if other is not None and other.id != account_id:
        raise _of_another()
    row.used_at = now
    session.flush()
    try:
        with session.begin_nested():
            session.execute(
                update(Account)
                .where(Account.id == account_id)
                .values({to.kind: to.value, f"{to.kind}_confirmed_at": now})
            )
    except IntegrityError:
        # Somebody else confirmed or signed up with it since we looked: the index is unique.
        raise _of_another() from None
    session.refresh(session.get_one(Account, account_id))
    audit.note(session, audit.INSTALLATION, f"account.{to.kind}_confirmed",
               f"account:{account_id}", account_id, now=now)  # fmt: skip
    return to


def _of_another() -> Conflict:
    return Conflict(
        "此邮箱或手机号已属于另一账号 / this e-mail or number has an account of its own",
        field="identifier",
    )


def _end_open(session: Session, account_id: uuid.UUID, now: datetime) -> None:
    open_one = select(ContactCode.id).where(
        ContactCode.account_id == account_id, ContactCode.used_at.is_(None)
    )
    session.execute(update(ContactCode).where(ContactCode.id.in_(open_one)).values(used_at=now))


def _digest(ring: Keyring, row: uuid.UUID, code: str) -> bytes:
    """Keyed: a million codes would be tried in a moment. An empty code is as wrong as any."""
    return ring.blind_index("contact-code", f"{row}:{code}")
