"""Accounts: made once for an e-mail or a mobile number, found again by it."""

import re
import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.identifiers import Identifier
from accounts.models import Account
from core import audit
from core.errors import Conflict, InvalidInput
from core.text import clean_text

MAX_NAME: Final = 100
_USER_NAME: Final = re.compile(r"[\w]{2,30}")


def sign_up(
    session: Session,
    identifier: Identifier,
    name: str,
    password_hash: str,
    referrer_id: uuid.UUID | None = None,
    *,
    now: datetime,
) -> Account:
    """A new account. `name` is what certificates print as the depositor: declared, not verified.

    Raises:
        InvalidInput: a name that cannot be used, or a referrer that there is not.
        Conflict: the e-mail or number has an account already.
    """
    if referrer_id is not None and not _is_open(session, referrer_id):
        raise InvalidInput(
            "推荐码有误,请核对或留空 / no such referrer: compare the code, or leave it out",
            field="referrer",
        )
    values = {
        "id": uuid.uuid4(),
        identifier.kind: identifier.value,
        "name": clean_text(name, "name", MAX_NAME),
        "password_hash": password_hash,
        "referrer_id": referrer_id,
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


def find_named(session: Session, user_name: str) -> Account | None:
    """The account with this user name, in any case."""
    return session.scalar(select(Account).where(Account.user_name == user_name.strip().lower()))


def rename(session: Session, account_id: uuid.UUID, name: str, user_name: str | None) -> None:
    """Another name for certificates, and another user name to sign in with; None: none.

    Raises:
        InvalidInput: a name that cannot be used. Conflict: the user name is taken.
    """
    wanted = None if user_name is None else user_name.strip().lower()
    if wanted is not None:
        if not _USER_NAME.fullmatch(wanted) or wanted.isdigit():
            raise InvalidInput(
                "用户名须为 2–30 个字母、数字、汉字或 _,且不全是数字 / "
                "2 to 30 letters, digits or _, "
                "not digits alone",
                field="user_name",
            )
        held = find_named(session, wanted)
        if held is not None and held.id != account_id:
            raise Conflict("用户名已被使用 / this user name is taken", field="user_name")
    session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(name=clean_text(name, "name", MAX_NAME), user_name=wanted)
    )


def set_transaction_password(session: Session, account_id: uuid.UUID, to: str) -> None:
    """Replace the hash of the password that submissions ask for, where an office wants one."""
    session.execute(
        update(Account).where(Account.id == account_id).values(transaction_password_hash=to)
    )


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


def _is_open(session: Session, account_id: uuid.UUID) -> bool:
    """A closed account is not told apart from none."""
    open_one = select(Account.id).where(Account.id == account_id, Account.closed_at.is_(None))
    return session.scalar(open_one) is not None
