"""登记公告: the public notice of registrations, by number, title or owner (TJ-16, ZJ-10, SD-14).

An entry is announced when the rules its matter began under say so; an office's present rules say
which of its facts are shown, and by what strangers may search. A title is found by any part of it:
what is indexed are its letters and pairs of letters, so that nobody has to read every title. An
owner is found by the whole name only, so that nobody can list people by trying surnames.
"""

import itertools
import json
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, ForeignKey, Index, Text, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base
from core.errors import InvalidInput, NotFound
from core.paging import newest_first
from registry import force, tables
from registry.models import Registration
from registry.numbering import parse_software_number, spellings
from registry.profile import Profile
from registry.revocation_lifecycle import RevocationState
from registry.revocations import RegistrationRevocation

MOST_TYPED: Final = 200
_IN_RECORD: Final = {"number": "registration_number", "completed_on": "completion_date"}
"""Facts that the record (`registry.record`) has under another name."""


class Announcement(Base):
    """An entry of the register that is open to everybody, as it is searched: title and owners
    folded (`fold`).
    """

    __tablename__ = "announcement"
    __table_args__ = (
        Index("ix_announcement_office", "office", "registered_at", "registration_id"),
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


@dataclass(frozen=True)
class Wanted:
    """What a stranger looks for; what is empty does not matter."""

    number: str = ""
    title: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Announced:
    """One entry. `facts` are those of the record that the office shows, by the names of
    `registry.profile_parts.Notice`; `sample`: registered while the office was not in force.
    """

    id: uuid.UUID
    facts: Mapping[str, Any]
    revoked: bool
    sample: bool


def fold(text: str) -> str:
    """As people compare titles and names: NFKC, no case, no white space."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def letters(folded: str) -> list[str]:
    """Every letter and every pair of neighbours, once each."""
    pairs = (one + other for one, other in itertools.pairwise(folded))
    return sorted({*folded, *pairs})


def announce(session: Session, profile: Profile, registration: Registration) -> None:
    """Open a new entry to everybody, where the office's rules say so."""
    if profile.notice.public:
        session.add(entry(registration))


def entry(registration: Registration) -> Announcement:
    """What is searched of a registration."""
    record = json.loads(registration.record)
    title = fold(record["title"])
    return Announcement(
        registration_id=registration.id,
        office=registration.office,
        registered_at=registration.registered_at,
        title=title,
        letters=letters(title),
        owners=sorted({fold(each) for each in record["owners"]}),
    )


def find(
    session: Session, profile: Profile, wanted: Wanted, after: uuid.UUID | None, limit: int
) -> Sequence[Announced]:
    """Entries of an office that meet all that is wanted, newest first; `after` is the last id of
    the page before.

    Raises:
        NotFound: this office announces nothing.
        InvalidInput: no number; not to be searched by this, at this office; no such cursor.
    """
    notice = profile.notice
    if not notice.public:
        raise NotFound("该机构不公告登记 / this office does not announce registrations")
    conditions = []
    for name in ("number", "title", "owner"):
        typed = getattr(wanted, name).strip()
        if not typed:
            continue
        if name not in notice.search:
            raise InvalidInput("该机构不提供此项检索 / not to be searched by this", field=name)
        conditions.append(_condition(name, typed))
    open_here = (
        select(Announcement)
        .join(Registration, Registration.id == Announcement.registration_id)
        .where(Announcement.office == profile.key)
    )
    place = (Announcement.registered_at, Announcement.registration_id)
    rows = newest_first(session, open_here, place, after, limit, conditions)
    return [_announced(session, profile, row.registration_id) for row in rows]


def _condition(name: str, typed: str) -> ColumnElement[bool]:
    if name == "number":
        return Registration.number.in_(_numbers(typed))
    folded = fold(typed)
    if name == "owner":
        return Announcement.owners.contains([folded])
    return Announcement.letters.contains(letters(folded)) & (
        func.strpos(Announcement.title, folded) > 0
    )


def _numbers(typed: str) -> Sequence[str]:
    try:
        return spellings(typed, tables.areas())
    except InvalidInput as error:
        try:
            return (str(parse_software_number(typed)),)
        except InvalidInput:
            raise InvalidInput(error.message, field="number") from None


def _announced(session: Session, profile: Profile, registration_id: uuid.UUID) -> Announced:
    registration = session.get_one(Registration, registration_id)
    record = json.loads(registration.record)
    facts: dict[str, Any] = {
        name: record.get(_IN_RECORD.get(name, name)) for name in profile.notice.fields
    }
    revoked = session.scalar(
        select(RegistrationRevocation.id).where(
            RegistrationRevocation.registration_id == registration_id,
            RegistrationRevocation.status == RevocationState.CONFIRMED.value,
        )
    )
    sample = force.official(session, registration) is None
    return Announced(registration_id, facts, revoked=revoked is not None, sample=sample)
