"""Tables of terms that run on a matter, and of the days an office does not work."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from accounts.models import Account
from core.db import Base, Id

EVERYWHERE = ""
"""In place of an office: the operator's days, for every office that has not said otherwise."""


class Holiday(Base):
    """A day that the table knows: free, or a worked weekend. `office` may be EVERYWHERE."""

    __tablename__ = "holiday"

    office: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    working: Mapped[bool]
    name: Mapped[str]


class HolidayChange(Base):
    """Append-only: every change of the table. Its highest id is the table's edition."""

    __tablename__ = "holiday_change"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    office: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    working: Mapped[bool | None]
    """None: the day was taken out of the table."""
    name: Mapped[str]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Account.id))
    """Who did it; None is the operator, on the command line."""
    at: Mapped[datetime]


class Term(Base):
    """One term of a matter. It runs until `ended_at`; whether it is overdue is not stored."""

    __tablename__ = "term"
    __table_args__ = (
        CheckConstraint("extended >= 0", name="extended"),
        Index(
            "uq_term_running", "matter_id", "purpose", unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_term_remind", "remind_at", postgresql_where=text("ended_at IS NULL")),
        Index("ix_term_over", "purpose", "due_at", postgresql_where=text("ended_at IS NULL")),
        Index("ix_term_reckoned", "reckoned", postgresql_where=text("ended_at IS NULL")),
    )  # fmt: skip

    id: Mapped[Id]
    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"), index=True)
    purpose: Mapped[str]
    began_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """The end of its last day, at UTC+8."""
    provisional: Mapped[bool]
    """It crosses days whose holidays nobody has announced: it may still move."""
    extended: Mapped[int]
    """How often more time was given."""
    reckoned: Mapped[int]
    """The edition of the calendar it was counted with (`registry.calendars`)."""
    remind_at: Mapped[datetime | None]
    """When the next reminder is to be sent."""
    ended_at: Mapped[datetime | None]


class TermChange(Base):
    """Append-only: a term that runs has got another last day, or was extended to the one that a
    holiday gave it which is none any more. `reason`: extension, calendar.
    """

    __tablename__ = "term_change"

    id: Mapped[Id]
    term_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("term.id"), index=True)
    was: Mapped[datetime]
    became: Mapped[datetime]
    reason: Mapped[str]
    at: Mapped[datetime]


class CertificateAwaited(Base):
    """A registered matter whose applicant is to be told of the certificate; gone when told."""

    __tablename__ = "certificate_awaited"

    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"), primary_key=True)
    since: Mapped[datetime]
