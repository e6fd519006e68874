"""What strangers find in the public notice of an office (`registry.announcing`), and what it shows:
the office's present rules say which facts, and by what one may search.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound
from core.paging import newest_first
from registry import choices, force, registering, tables
from registry.announcing import Announcement, letters
from registry.conflicts import folded
from registry.models import Registration
from registry.numbering import spellings
from registry.profile import Profile
from registry.revocation_lifecycle import RevocationState
from registry.revocations import RegistrationRevocation

MOST_TYPED: Final = 200
_IN_RECORD: Final = {"number": "registration_number", "completed_on": "completion_date"}
"""Facts that the record (`registry.record`) has under another name."""


@dataclass(frozen=True)
class Wanted:
    """What a stranger looks for; what is empty does not matter."""

    number: str = ""
    title: str = ""
    owner: str = ""
    category: str = ""


@dataclass(frozen=True)
class Announced:
    """One entry. `facts` are those of the record that the office shows, by the names of
    `registry.profile_parts.Notice`; `sample`: registered while the office was not in force.
    """

    id: uuid.UUID
    facts: Mapping[str, Any]
    revoked: bool
    sample: bool


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
    if wanted.category:
        conditions.append(_of_category(profile, wanted.category))
    open_here = (
        select(Registration)
        .join(Announcement, Announcement.registration_id == Registration.id)
        .where(Announcement.office == profile.key)
    )
    place = (Announcement.registered_at, Announcement.registration_id)
    rows = newest_first(session, open_here, place, after, limit, conditions)
    return [_announced(session, profile, row) for row in rows]


def _condition(name: str, typed: str) -> ColumnElement[bool]:
    if name == "number":
        return registering.numbered(_numbers(typed))
    text = folded(typed)
    if name == "owner":
        return Announcement.owners.contains([text])
    return Announcement.letters.contains(letters(text)) & (
        func.strpos(Announcement.title, text) > 0
    )


def _of_category(profile: Profile, category: str) -> ColumnElement[bool]:
    """Offered where the office shows what category a work is of; else the list would tell."""
    if "category" not in profile.notice.fields:
        raise InvalidInput("该机构不公示作品类别 / does not show categories", field="category")
    if category not in choices.CATEGORIES:
        raise InvalidInput(
            "没有此类别,请从类别表选择 / no such category: take one of `categories`",
            field="category",
        )
    return Announcement.category == category


def _numbers(typed: str) -> Sequence[str]:
    try:
        return spellings(typed, tables.areas())
    except InvalidInput as error:
        raise InvalidInput(error.message, field="number") from None


def _announced(session: Session, profile: Profile, registration: Registration) -> Announced:
    record = json.loads(registration.record)
    facts: dict[str, Any] = {
        name: record.get(_IN_RECORD.get(name, name)) for name in profile.notice.fields
    }
    revoked = session.scalar(
        select(RegistrationRevocation.id).where(
            RegistrationRevocation.registration_id == registration.id,
            RegistrationRevocation.status == RevocationState.CONFIRMED.value,
        )
    )
    sample = force.official(session, registration) is None
    return Announced(registration.id, facts, revoked=revoked is not None, sample=sample)
