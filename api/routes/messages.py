"""The inbox of an account: what happened to its matters, and who acts next."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import inbox
from accounts.inbox_models import Message
from api import policy
from api.auth import Reader, SignedIn, Wired
from api.database import transaction
from api.following_schemas import MessageOut, MessagePage, ReadIn, WordsOut
from api.wiring import utc_now
from core.errors import InvalidInput
from registry import matters
from registry.models import Matter
from registry.telling import said

router = APIRouter(prefix="/api/v1/messages", tags=["messages"])


@router.get("")
def list_messages(
    services: Wired,
    caller: Reader,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    unread: bool = False,  # noqa: FBT001, FBT002 - a parameter of the address
) -> MessagePage:
    """Newest first; `unread` is how many have not been read, `next` the following page's cursor.
    An agent who acts for somebody sees what is about the matters the agent files.
    """
    about = None if caller.agent_id is None else matters.filed_by(caller.agent_id)
    with transaction(services.sessions) as session:
        found = inbox.of_account(
            session, caller.account_id, cursor, limit + 1, unread=unread, about=about
        )
        return MessagePage(
            items=_page(session, found[:limit]),
            unread=inbox.unread(session, caller.account_id, about),
            next=str(found[limit - 1].id) if len(found) > limit else None,
        )


@router.post("/read", status_code=204)
def read_messages(body: ReadIn, services: Wired, caller: SignedIn) -> None:
    """Mark everything as read that had come by a moment."""
    until = _moment(body.until)
    with transaction(services.sessions) as session:
        inbox.mark_all_read(session, caller.account_id, until, now=utc_now())


@router.put("/{message_id}/read")
def read_message(message_id: UUID, services: Wired, caller: SignedIn) -> MessageOut:
    """Mark one message as read; doing it again changes nothing."""
    with transaction(services.sessions) as session:
        message = policy.own_message(session, caller, message_id)
        inbox.mark_read(session, message, now=utc_now())
        return _page(session, [message])[0]


def _moment(until: datetime) -> datetime:
    """A moment that a message can have come at. Raises InvalidInput."""
    try:
        if until.tzinfo is not None:
            return until.astimezone(UTC)
    except OverflowError:
        pass
    raise InvalidInput(
        "须为带时区的时刻,如 2026-10-01T08:00:00Z / a moment with its zone", field="until"
    )


def _page(session: Session, page: Sequence[Message]) -> list[MessageOut]:
    """The titles of the matters that they are about are asked for once."""
    title = Matter.form["title"].astext
    about = select(Matter.id, title).where(Matter.id.in_({each.about for each in page} - {None}))
    titles: dict[UUID | None, str | None] = dict(session.execute(about).all())
    return [_out(each, titles.get(each.about)) for each in page]


def _out(message: Message, title: str | None) -> MessageOut:
    subject, text = said(message.kind, message.facts)
    return MessageOut(
        id=message.id,
        kind=message.kind,
        subject=WordsOut(zh=subject.zh, en=subject.en),
        text=WordsOut(zh=text.zh, en=text.en),
        matter_id=message.about,
        title=title,
        created_at=message.created_at,
        read_at=message.read_at,
    )
