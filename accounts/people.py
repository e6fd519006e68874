"""Accounts: made once for an e-mail or a mobile number, found again by it."""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.identifiers import Identifier
from accounts.models import Account
from core import audit
from core.errors import Conflict
from core.text import clean_text

MAX_NAME: Final = 100


def sign_up(
    session: Session, identifier: Identifier, name: str, password_hash: str, *, now: datetime
) -> Account:
    """A new account. `name` is what certificates print as the depositor: declared, not verified.

    Raises:
        InvalidInput: a name that cannot be used.
        Conflict: the e-mail or number has an account already.
    """
    values = {
        "id": uuid.uuid4(),
        identifier.kind: identifier.value,
        "name": clean_text(name, "name", MAX_NAME),
        "password_hash": password_hash,
        "created_at": now,
    }
    made = session.scalar(
        insert(Account).values(values).on_conflict_do_nothing().returning(Account.id)
    )
    if made is None:
        raise Conflict(
            "此邮箱或手机号已注册,请直接登录 / this e-mail or number has an account: sign in",
            field="identifier",
        )
    return session.get_one(Account, made)


def find(session: Session, identifier: Identifier) -> Account | None:
    """The account reached by this identifier."""
    column = Account.email if identifier.kind == "email" else Account.mobile
    return session.scalar(select(Account).where(column == identifier.value))


def set_password(
    session: Session, account_id: uuid.UUID, was: str | None, to: str, *, now: datetime
) -> None:
    """Replace a password hash. Raises Conflict when it was changed in between."""
    changed = session.scalar(
        update(Account)
        .where(Account.id == account_id, Account.password_hash.is_not_distinct_from(was))
        .values(password_hash=to)
        .returning(Account.id)
    )
    if changed is None:
        raise Conflict("密码刚被更改,请重试 / the password has just been changed: try again")
    audit.note(session, audit.INSTALLATION, "account.password_changed", f"account:{account_id}",
               account_id, now=now)  # fmt: skip
