"""The inbox of an account: told, listed, read; and what also goes out by mail or SMS."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts import organisations, people
from accounts.identifiers import Identifier
from accounts.inbox_models import Dispatch, Message
from accounts.models import Account
from accounts.organisations import MemberRole
from core.errors import NotFound
from core.paging import newest_first

_FILING: Final = (MemberRole.OWNER, MemberRole.ADMIN, MemberRole.FILER)
_MOST_MEMBERS: Final = 20


@dataclass(frozen=True)
class Outgoing:
    """A message on its way out. `to` is None when the account can no longer be reached so."""

    dispatch_id: uuid.UUID
    to: Identifier | None
    kind: str
    facts: Mapping[str, Any]
    created_at: datetime


def tell(
    session: Session,
    account_id: uuid.UUID,
    kind: str,
    about: uuid.UUID | None,
    facts: Mapping[str, Any],
    *,
    goes_out: bool,
    now: datetime,
    key: str | None = None,
) -> bool:
    """Put a message into an inbox, and with `goes_out` into the queue for mail or SMS.

    False when a message with this key was told before: nothing is told twice; and when the account
    is closed: nobody is there to read it.
    """
    if session.scalar(select(Account.closed_at).where(Account.id == account_id)) is not None:
        return False
    made = session.scalar(
        insert(Message)
        .values(
            id=uuid.uuid4(), account_id=account_id, kind=kind, about=about, facts=dict(facts),
            key=key, created_at=now, read_at=None,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Message.id)
    )  # fmt: skip
    if made is None:
        return False
    for reader in _readers(session, account_id, now=now) if goes_out else ():
        session.add(Dispatch(id=uuid.uuid4(), message_id=made, account_id=reader, created_at=now))
    session.flush()
    return True


def take_back(session: Session, kind: str, about: uuid.UUID, *, at: datetime) -> None:
    """Drop what was told at this very moment: it was overtaken before anybody could read it."""
    overtaken = select(Message.id).where(
        Message.about == about, Message.created_at == at, Message.kind == kind
    )
    session.execute(delete(Dispatch).where(Dispatch.message_id.in_(overtaken)))
    session.execute(delete(Message).where(Message.id.in_(overtaken)))


def of_account(
    session: Session,
    account_id: uuid.UUID,
    after: uuid.UUID | None,
    limit: int,
    *,
    unread: bool = False,
    about: Select[uuid.UUID] | None = None,
) -> Sequence[Message]:
    """Newest first; `after` is the last id of the page before. `about` limits what it is about.

    Raises:
        InvalidInput: a cursor that is not of this inbox.
    """
    only = [] if about is None else [Message.about.in_(about)]
    if unread:
        only.append(Message.read_at.is_(None))
    own = select(Message).where(Message.account_id == account_id)
    return newest_first(session, own, (Message.created_at, Message.id), after, limit, only)


def unread(session: Session, account_id: uuid.UUID, about: Select[uuid.UUID] | None = None) -> int:
    """How many messages nobody has marked as read."""
    query = select(func.count()).where(Message.account_id == account_id, Message.read_at.is_(None))
    if about is not None:
        query = query.where(Message.about.in_(about))
    return session.scalar(query) or 0


def erase(session: Session, account_id: uuid.UUID) -> None:
    """Everything that an account was told, and what was still to go out to it."""
    own = select(Message.id).where(Message.account_id == account_id)
    session.execute(
        delete(Dispatch).where(or_(Dispatch.account_id == account_id, Dispatch.message_id.in_(own)))
    )
    session.execute(delete(Message).where(Message.account_id == account_id))


def owned(session: Session, account_id: uuid.UUID, message_id: uuid.UUID) -> Message:
    """A message of this inbox, or NotFound."""
    found = session.get(Message, message_id)
    if found is None or found.account_id != account_id:
        raise NotFound("消息不存在 / no such message")
    return found


def mark_read(session: Session, message: Message, *, now: datetime) -> None:
    """Once read, it stays read at its first time."""
    message.read_at = message.read_at or now
    session.flush()


def mark_all_read(
    session: Session, account_id: uuid.UUID, until: datetime, *, now: datetime
) -> None:
    """Everything that had come by `until`, the moment the page was shown."""
    session.execute(
        update(Message)
        .where(
            Message.account_id == account_id,
            Message.read_at.is_(None),
            Message.created_at <= until,
        )
        .values(read_at=now)
    )


def waiting(session: Session, limit: int) -> Sequence[Outgoing]:
    """What is still to be written out, oldest first."""
    rows = session.execute(
        select(Dispatch, Message, Account)
        .join(Message, Message.id == Dispatch.message_id)
        .join(Account, Account.id == Dispatch.account_id)
        .where(Dispatch.sent_at.is_(None))
        .order_by(Dispatch.created_at, Dispatch.id)
        .limit(limit)
    )
    return [
        Outgoing(
            dispatch.id, _address(account), message.kind, message.facts,
            dispatch.created_at,
        )
        for dispatch, message, account in rows
    ]  # fmt: skip


def sent(session: Session, dispatch_ids: Sequence[uuid.UUID], *, now: datetime) -> None:
    """Note that the files are there; what was noted before keeps its time."""
    session.execute(
        update(Dispatch)
        .where(Dispatch.id.in_(dispatch_ids), Dispatch.sent_at.is_(None))
        .values(sent_at=now)
    )


def _readers(session: Session, account_id: uuid.UUID, *, now: datetime) -> Sequence[uuid.UUID]:
    """Who gets mail: the account, or those who file for an organisation, which has no address."""
    if _address(session.get_one(Account, account_id)) is not None:
        return (account_id,)
    return organisations.of_role(session, account_id, _FILING, _MOST_MEMBERS, now=now)


def _address(account: Account) -> Identifier | None:
    return next(iter(people.reached(account)), None)
