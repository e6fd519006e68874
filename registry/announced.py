"""What strangers find in the public notice of an office (`registry.announcing`), and what it shows:
the office's present rules say which facts, and by what one may search.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound
from core.paging import newest_first
from registry import choices, force, registering, revocations, tables, trading
from registry.announcing import Announcement, letters
from registry.conflicts import folded
from registry.models import Registration
from registry.numbering import spellings
from registry.profile import Profile
from registry.revocation_lifecycle import RevocationState
from registry.revocations import RegistrationRevocation
from registry.trading import TradingOffer

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
    trading: bool = False
    """Only what may be shown for trading (`registry.trading`)."""


@dataclass(frozen=True)
class Announced:
    """One entry. `facts` are those of the record that the office shows, by the names of
    `registry.profile_parts.Notice`; `sample`: registered while the office was not in force;
    `trading`: what is said of one that is shown for trading, None of any other.
    """

    id: uuid.UUID
    facts: Mapping[str, Any]
    revoked: bool
    sample: bool
    trading: str | None = None


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
    # Of few that are for trading none but those are read: their table has indexes of its own.
    listed = TradingOffer if wanted.trading else Announcement
    for name in ("number", "title", "owner"):
        typed = getattr(wanted, name).strip()
        if not typed:
            continue
        if name not in notice.search:
            raise InvalidInput("该机构不提供此项检索 / not to be searched by this", field=name)
        conditions.append(_condition(name, typed))
    if wanted.category:
        conditions.append(listed.category == _category(profile, wanted.category))
    if wanted.trading:
        conditions.append(_shown_for_trading(profile))
    open_here = (
        select(Registration)
        .join(Announcement, Announcement.registration_id == Registration.id)
        .where(listed.office == profile.key)
    )
    if wanted.trading:
        open_here = open_here.join(
            TradingOffer, TradingOffer.registration_id == Announcement.registration_id
        )
    place = (listed.registered_at, listed.registration_id)
    rows = newest_first(session, open_here, place, after, limit, conditions)
    return _told(session, profile, rows)


def _condition(name: str, typed: str) -> ColumnElement[bool]:
    if name == "number":
        return registering.numbered(_numbers(typed))
    text = folded(typed)
    if name == "owner":
        return Announcement.owners.contains([text])
    return Announcement.letters.contains(letters(text)) & (
        func.strpos(Announcement.title, text) > 0
    )


def _category(profile: Profile, category: str) -> str:
    """Offered where the office shows what category a work is of; else the list would tell."""
    if "category" not in profile.notice.fields:
        raise InvalidInput("该机构不公示作品类别 / does not show categories", field="category")
    if category not in choices.CATEGORIES:
        raise InvalidInput(
            "没有此类别,请从类别表选择 / no such category: take one of `categories`",
            field="category",
        )
    return category


def _shown_for_trading(profile: Profile) -> ColumnElement[bool]:
    if not trading.shows(profile):
        raise InvalidInput(
            "该机构没有交易展示 / this office shows no works for trading", field="trading"
        )
    revoked = exists().where(
        RegistrationRevocation.registration_id == TradingOffer.registration_id,
        RegistrationRevocation.status == RevocationState.CONFIRMED.value,
    )
    return TradingOffer.consented & ~revoked


def _numbers(typed: str) -> Sequence[str]:
    try:
        return spellings(typed, tables.areas())
    except InvalidInput as error:
        raise InvalidInput(error.message, field="number") from None


def _told(session: Session, profile: Profile, rows: Sequence[Registration]) -> Sequence[Announced]:
    ids = [row.id for row in rows]
    revoked = revocations.revoked_among(session, ids)
    official = force.official_among(session, profile.key, rows)
    offered = trading.said_of(session, ids) if trading.shows(profile) else {}
    return [
        Announced(
            row.id,
            _facts(profile, row),
            revoked=row.id in revoked,
            sample=row.id not in official,
            trading=None if row.id in revoked else offered.get(row.id),
        )
        for row in rows
    ]


def _facts(profile: Profile, registration: Registration) -> Mapping[str, Any]:
    record = json.loads(registration.record)
    return {name: record.get(_IN_RECORD.get(name, name)) for name in profile.notice.fields}
