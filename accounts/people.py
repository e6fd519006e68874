"""Accounts: made for an e-mail or mobile number, which is theirs once a code came back from it.

Until then the account can do what needs no address. Nothing is sent there but codes, nobody is
found by it, and it keeps nobody else from it.
"""

import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from accounts.identifiers import Identifier
from accounts.models import Account
from core import audit
from core.errors import Conflict, InvalidInput, NotAllowed
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
    confirmed: bool = False,
    now: datetime,
) -> Account:
    """A new account. `name` is what certificates print as the depositor: declared, not verified.
    `confirmed`: whoever opens it has shown a code that went to the e-mail or number.

    Raises:
        InvalidInput: a name that cannot be used, or a referrer that there is not.
        Conflict: confirmed, and another account's.
    """
    if referrer_id is not None and not _is_open(session, referrer_id):
        raise InvalidInput(
            "推荐码有误,请核对或留空 / no such referrer: compare the code, or leave it out",
            field="referrer",
        )
    values = {
        "id": uuid.uuid4(),
        identifier.kind: identifier.value,
        f"{identifier.kind}_confirmed_at": now if confirmed else None,
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


def columns(
    identifier: Identifier,
) -> tuple[InstrumentedAttribute[str | None], InstrumentedAttribute[datetime | None]]:
    """Where such an address is kept, and when its owner confirmed it."""
    if identifier.kind == "email":
        return Account.email, Account.email_confirmed_at
    return Account.mobile, Account.mobile_confirmed_at


def find(session: Session, identifier: Identifier) -> Account | None:
    """The account that has confirmed this e-mail or number."""
    column, confirmed = columns(identifier)
    return session.scalar(select(Account).where(column == identifier.value, confirmed.is_not(None)))


def reached(account: Account) -> Sequence[Identifier]:
    """Where the account's owner is reached, e-mail first: what was confirmed."""
    return [
        Identifier(kind, value)
        for kind, value, confirmed_at in _contacts(account)
        if confirmed_at is not None
    ]


def unconfirmed(account: Account) -> Sequence[Identifier]:
    """What it says to be its own, and no code came back from."""
    return [
        Identifier(kind, value)
        for kind, value, confirmed_at in _contacts(account)
        if confirmed_at is None
    ]


def require_reached(session: Session, account_id: uuid.UUID) -> None:
    """Raises NotAllowed: its owner signed up, and has confirmed neither e-mail nor number."""
    account = session.get_one(Account, account_id)
    if unconfirmed(account) and not reached(account):
        raise NotAllowed(
            "请先输入发往您邮箱或手机的验证码 / first enter the code that went to your e-mail or "
            "mobile: ask for a new one if it is too old",
            field="identifier",
        )


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


def _contacts(
    account: Account,
) -> Iterator[tuple[Literal["email", "mobile"], str, datetime | None]]:
    if account.email is not None:
        yield "email", account.email, account.email_confirmed_at
    if account.mobile is not None:
        yield "mobile", account.mobile, account.mobile_confirmed_at


def _is_open(session: Session, account_id: uuid.UUID) -> bool:
    """A closed account is not told apart from none."""
    open_one = select(Account.id).where(Account.id == account_id, Account.closed_at.is_(None))
    return session.scalar(open_one) is not None
