"""Tables of what people are told. A row names kind and facts; words are made when it is read."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from accounts.models import Account
from core.db import Base, Id


class Message(Base):
    """One thing told to one account. No names, titles or identity numbers are in it."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_account_id_created_at", "account_id", "created_at", "id"),
        Index("ix_message_unread", "account_id", postgresql_where=text("read_at IS NULL")),
    )

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Account.id))
    kind: Mapped[str]
    about: Mapped[uuid.UUID | None] = mapped_column(index=True)
    """What it is about: a matter."""
    facts: Mapped[dict[str, Any]]
    """Numbers and days that the words name."""
    key: Mapped[str | None] = mapped_column(unique=True)
    """What must be told only once has a key of its own."""
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Dispatch(Base):
    """A message that goes out by mail or SMS too: the intent, and when the file was written."""

    __tablename__ = "dispatch"
    __table_args__ = (
        UniqueConstraint("message_id", "account_id"),
        Index("ix_dispatch_waiting", "created_at", postgresql_where=text("sent_at IS NULL")),
    )

    id: Mapped[Id]
    message_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("message.id"))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Account.id))
    """Who gets it: the account told, or a member of the organisation that was told."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
