"""版权交易: registered works whose applicants let the office show them for trading (TJ-18, TJ-107).

Consent is given on the form, and given or taken back at any time after the registration; what the
register and its record say does not change. Shown is only what is announced: the row refers to it.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import audit
from core.canonical import Json
from core.db import Base
from core.errors import Conflict, InvalidInput, NotReady
from registry import revocations
from registry.announcing import Announcement
from registry.binding import digest_of
from registry.form import Trading
from registry.form_values import part
from registry.models import Matter, Registration
from registry.profile import Profile


class TradingOffer(Base):
    """Whether an announced entry may be shown for trading now, and what is said with it; what was
    before stands in the audit. One that was taken back stays, without its words: it may mark the
    place of a page. Office, category and day are those of the announcement, for the indexes.
    """

    __tablename__ = "trading_offer"
    __table_args__ = (
        CheckConstraint("consented OR information = ''", name="taken_back_with_its_words"),
        Index(
            "ix_trading_offer_office", "office", "registered_at", "registration_id",
            postgresql_where=text("consented"),
        ),
        Index(
            "ix_trading_offer_category", "office", "category", "registered_at", "registration_id",
            postgresql_where=text("consented"),
        ),
    )  # fmt: skip

    registration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("announcement.registration_id"), primary_key=True
    )
    office: Mapped[str]
    category: Mapped[str]
    registered_at: Mapped[datetime]
    consented: Mapped[bool]
    information: Mapped[str]
    changed_at: Mapped[datetime]


@dataclass(frozen=True)
class Standing:
    """How it stands with a registration. `possible`: the office announced it, shows works for
    trading, and it is not revoked.
    """

    possible: bool
    consented: bool
    information: str


def offer_as_wished(session: Session, announced: Announcement, wish: Trading | None) -> None:
    """With the registration: what the form wished for."""
    if wish is not None and wish.consent:
        session.add(as_wished(announced, wish))


def as_wished(announced: Announcement, wish: Trading) -> TradingOffer:
    """The offer that a form makes; its consent is in what was submitted, so no line tells of it."""
    return TradingOffer(
        registration_id=announced.registration_id,
        office=announced.office,
        category=announced.category,
        registered_at=announced.registered_at,
        consented=True,
        information=wish.information or "",
        changed_at=announced.registered_at,
    )


def standing(session: Session, matter: Matter, rules: Profile) -> Standing:
    """As the office's `rules` of today have it.

    Raises:
        NotReady: not registered.
    """
    registration_id = _registered(session, matter)
    row = session.get(TradingOffer, registration_id)
    possible = (
        shows(rules)
        and session.get(Announcement, registration_id) is not None
        and not revocations.revoked_among(session, [registration_id])
    )
    given = row is not None and row.consented
    return Standing(possible, given, row.information if row is not None else "")


def change(
    session: Session,
    matter: Matter,
    rules: Profile,
    said: Mapping[str, Any],
    *,
    by: uuid.UUID,
    now: datetime,
) -> None:
    """Give consent, with other words or none, or take it back. `matter` is locked by the caller.
    To take it back is possible whatever the rules of today say.

    Raises:
        NotReady: not registered.
        InvalidInput: words without consent, or the office shows no works for trading.
        Conflict: revoked, or never announced.
    """
    wanted = part(Trading)(said, "")
    wanted.require_consent("information")
    registration_id = _registered(session, matter)
    if wanted.consent:
        _give(session, registration_id, rules, wanted.information or "", by=by, now=now)
        return
    row = session.get(TradingOffer, registration_id)
    if row is not None and row.consented:
        _take_back(session, row, by=by, now=now)


def take_all_back(
    session: Session, applicant_id: uuid.UUID, *, by: uuid.UUID, now: datetime
) -> None:
    """Of an account that is closed: nobody could take it back any more."""
    rows = session.scalars(
        select(TradingOffer)
        .join(Registration, Registration.id == TradingOffer.registration_id)
        .join(Matter, Matter.id == Registration.matter_id)
        .where(Matter.applicant_id == applicant_id, TradingOffer.consented)
        .order_by(TradingOffer.registration_id)
        .with_for_update(of=TradingOffer)
    ).all()
    for row in rows:
        _take_back(session, row, by=by, now=now)


def shows(rules: Profile) -> bool:
    """Whether an office announces what it registers, and shows works for trading."""
    return rules.notice.public and rules.filing.trading_consent


def said_of(session: Session, ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """Of these entries what is said of those whose applicants consent; it may be nothing."""
    rows = session.scalars(
        select(TradingOffer).where(TradingOffer.registration_id.in_(ids), TradingOffer.consented)
    )
    return {row.registration_id: row.information for row in rows}


def _give(
    session: Session, registration_id: uuid.UUID, rules: Profile, information: str, *,
    by: uuid.UUID, now: datetime,
) -> None:  # fmt: skip
    if not shows(rules):
        raise InvalidInput(
            "本机构没有交易展示 / this office shows no works for trading", field="consent"
        )
    announced = session.get(Announcement, registration_id)
    if announced is None or revocations.revoked_among(session, [registration_id]):
        raise Conflict(
            "此登记未公告或已撤销,不能展示 / not announced, or revoked: it cannot be shown",
            field="consent",
        )
    row = session.get(TradingOffer, registration_id)
    if row is None:
        row = as_wished(announced, Trading(consent=True, information=information))
        session.add(row)
    elif (row.consented, row.information) == (True, information):
        return
    row.consented, row.information, row.changed_at = True, information, now
    _note(session, row, "given", by, now=now)


def _take_back(session: Session, row: TradingOffer, *, by: uuid.UUID, now: datetime) -> None:
    row.consented, row.information, row.changed_at = False, "", now
    _note(session, row, "withdrawn", by, now=now)


def _note(session: Session, row: TradingOffer, word: str, by: uuid.UUID, *, now: datetime) -> None:
    """The line holds the row's digest, not the words."""
    session.flush()
    facts: dict[str, Json] = {"row": digest_of(row)}
    subject = f"registration:{row.registration_id}"
    stream = audit.of_office(row.office)
    audit.note(session, stream, f"trading.{word}", subject, by, facts, now=now)


def _registered(session: Session, matter: Matter) -> uuid.UUID:
    found = session.scalar(select(Registration.id).where(Registration.matter_id == matter.id))
    if found is None:
        raise NotReady("尚未登记 / not registered yet")
    return found
