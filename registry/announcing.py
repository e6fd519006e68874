"""登记公告: entries of the register that are open to everybody (TJ-16, ZJ-10, SD-14).

An entry is announced when the rules its matter began under say so. A title is found by any part of
it: what is indexed are its letters and pairs of letters, so that nobody has to read every title. An
owner is found by the whole name only, so that nobody can list people by trying surnames.
"""

import itertools
import json
import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base
from registry.conflicts import folded
from registry.models import Registration
from registry.profile import Profile


class Announcement(Base):
    """An entry of the register that is open to everybody, as it is searched: title and owners
    folded, as names are compared (`registry.conflicts`). Append-only, as the entry is (migration
    0033).
    """

    __tablename__ = "announcement"
    __table_args__ = (
        Index("ix_announcement_office", "office", "registered_at", "registration_id"),
        Index("ix_announcement_category", "office", "category", "registered_at", "registration_id"),
        Index("ix_announcement_letters", "letters", postgresql_using="gin"),
        Index("ix_announcement_owners", "owners", postgresql_using="gin"),
    )

    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("registration.id"), primary_key=True
    )
    office: Mapped[str]
    registered_at: Mapped[datetime]
    title: Mapped[str]
    letters: Mapped[list[str]] = mapped_column(ARRAY(Text))
    owners: Mapped[list[str]] = mapped_column(ARRAY(Text))
    category: Mapped[str]


def letters(text: str) -> list[str]:
    """Every letter and every pair of neighbours, once each."""
    pairs = (one + other for one, other in itertools.pairwise(text))
    return sorted({*text, *pairs})


def announce(session: Session, profile: Profile, registration: Registration) -> Announcement | None:
    """Open a new entry to everybody, where the office's rules say so."""
    if not profile.notice.public:
        return None
    made = entry(registration)
    session.add(made)
    return made


def entry(registration: Registration) -> Announcement:
    """What is searched of a registration."""
    record = json.loads(registration.record)
    title = folded(record["title"])
    return Announcement(
        registration_id=registration.id,
        office=registration.office,
        registered_at=registration.registered_at,
        title=title,
        letters=letters(title),
        owners=sorted({folded(each) for each in record["owners"]}),
        category=record["category"],
    )
