"""Handing out paper certificates: asked for, made, sent or laid ready, received or come back.

What an applicant wished on the form begins by itself with the registration; it can be asked for
later, too. A registrar makes and sends it, without asking anybody once more (ZJ-63). Each step is a
line of the history and of the office's audit, and the applicant is told of those that matter.
"""

import json
import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import addresses
from accounts.addresses import Delivery
from accounts.staff import Officer, Role
from core import audit, lifecycle
from core.errors import Conflict, InvalidInput
from core.sealed import Keyring, Place, Sealed
from core.text import clean_text
from registry import deliveries, revocations, telling, terms
from registry.deliveries import PaperDelivery
from registry.delivery_lifecycle import (
    DELIVERY_TRANSITIONS,
    DeliveryAction,
    DeliveryState,
    Side,
    decide_delivery,
)
from registry.matters import form_of, profile_of
from registry.models import Matter, Registration
from registry.profile import Profile
from registry.profile_parts import Way
from registry.revocation_lifecycle import RevocationState

PAPER_DELIVERY: Final = lifecycle.Lifecycle("paper_delivery", DELIVERY_TRANSITIONS)
MAX_NOTE: Final = 500
MAX_NAME: Final = 100
MAX_TRACKING: Final = 40


def begin_as_wished(
    session: Session, matter: Matter, registration: Registration, *, now: datetime
) -> PaperDelivery | None:
    """With the registration: what the form wished for; None when it wished for no paper."""
    wish, profile = form_of(matter).delivery, profile_of(session, matter)
    if wish is None or wish.way is None or wish.way not in (profile.delivery.paper or {}):
        return None
    row = _row(matter, registration, wish.way, now=now)
    _begun(session, row, matter, profile, matter.applicant_id, now=now)
    return row


def ask(
    session: Session,
    ring: Keyring,
    matter: Matter,
    way: str,
    to: Delivery | None,
    *,
    by: uuid.UUID | None = None,
    now: datetime,
) -> PaperDelivery:
    """Ask for the paper certificate of a registration. `matter` is locked by the caller.

    Raises:
        Conflict: not registered, revoked, or asked for already.
        InvalidInput: no such way, or nobody to send it to.
    """
    registration = session.scalar(select(Registration).where(Registration.matter_id == matter.id))
    if registration is None:
        raise Conflict(
            "尚未登记,请在申请表中选择领取方式 / not registered yet: choose a way on the form"
        )
    _require_in_force(session, registration)
    before = deliveries.latest(session, matter.id)
    if before is not None and before.status != DeliveryState.CANCELLED:
        raise Conflict("已申请过纸质证书 / the paper certificate was asked for already")
    profile = profile_of(session, matter)
    row = _row(matter, registration, way, now=now)
    if _way(profile, way).address:
        row.contents = _sealed(ring, row.id, to)
    _begun(session, row, matter, profile, by or matter.applicant_id, now=now)
    return row


def redirect(
    session: Session,
    ring: Keyring,
    matter: Matter,
    row: PaperDelivery,
    to: Delivery,
    *,
    by: uuid.UUID | None = None,
    now: datetime,
) -> None:
    """Another recipient or address, while nothing is under way. `row` is locked by the caller.

    Raises:
        IllegalTransition: it is on its way, or has ended.
        Conflict: it is collected, not sent. InvalidInput: a field of the address.
    """
    decide_delivery(DeliveryState(row.status), DeliveryAction.REDIRECT, Side.APPLICANT)
    if not _way(profile_of(session, matter), row.way).address:
        raise Conflict("自领的证书不需要地址 / it is collected: no address is needed", field="way")
    row.contents = _sealed(ring, row.id, to)
    session.flush()
    _note(session, row, "delivery.redirected", by or matter.applicant_id, now=now)


def cancel(
    session: Session,
    matter: Matter,
    row: PaperDelivery,
    *,
    by: uuid.UUID | None = None,
    now: datetime,
) -> None:
    """The applicant wants none after all, before it was made. `row` is locked by the caller."""
    to = decide_delivery(DeliveryState(row.status), DeliveryAction.CANCEL, Side.APPLICANT)
    _move(session, row, to, "cancelled by the applicant", by or matter.applicant_id, now=now,
          ended_at=now)  # fmt: skip


def receive(
    session: Session,
    matter: Matter,
    row: PaperDelivery,
    *,
    by: uuid.UUID | None = None,
    now: datetime,
) -> None:
    """The applicant has it. `row` is locked by the caller."""
    to = decide_delivery(DeliveryState(row.status), DeliveryAction.HAND_OVER, Side.APPLICANT)
    _move(session, row, to, "received, says the applicant", by or matter.applicant_id, now=now,
          ended_at=now)  # fmt: skip


def make(session: Session, officer: Officer, row: PaperDelivery, *, now: datetime) -> None:
    """The certificate is printed and sealed. `row` is locked by the caller, as in all that follow.

    Raises:
        NotAllowed: no registrar. IllegalTransition: not in this state.
        Conflict: the registration is revoked.
    """
    to = _decided(session, officer, row, DeliveryAction.MAKE)
    _move(session, row, to, "made", officer.account_id, now=now, made_at=now)


def dispatch(
    session: Session, officer: Officer, row: PaperDelivery, carrier: str, tracking: str, *,
    now: datetime,
) -> None:  # fmt: skip
    """It was given to a carrier, who gave it a number; the applicant is told both.

    Raises: as `make`; Conflict too, where it is collected. InvalidInput: no carrier or number.
    """
    to = _decided(session, officer, row, DeliveryAction.DISPATCH)
    matter = session.get_one(Matter, row.matter_id)
    profile = profile_of(session, matter)
    if not _way(profile, row.way).address:
        raise Conflict("此证书由申请人自领 / this certificate is collected: lay it ready",
                       field="way")  # fmt: skip
    by, number = (
        clean_text(carrier, "carrier", MAX_NAME), clean_text(tracking, "tracking", MAX_TRACKING),
    )  # fmt: skip
    _move(session, row, to, f"given to {by}: {number}", officer.account_id, now=now,
          carrier=by, tracking=number, handed_at=now)  # fmt: skip
    facts = {**_facts(session, row), "carrier": by, "tracking": number}
    telling.of_delivery(session, matter, profile, "delivery_dispatched", facts, now=now)


def lay_ready(session: Session, officer: Officer, row: PaperDelivery, *, now: datetime) -> None:
    """It lies at the counter, and the applicant is told. Raises as `make`; Conflict where it is
    sent.
    """
    to = _decided(session, officer, row, DeliveryAction.LAY_READY)
    matter = session.get_one(Matter, row.matter_id)
    profile = profile_of(session, matter)
    if _way(profile, row.way).address:
        raise Conflict("此证书须寄出 / this certificate is sent: give it to a carrier", field="way")
    _move(session, row, to, "ready for collection", officer.account_id, now=now, handed_at=now)
    telling.of_delivery(session, matter, profile, "delivery_ready", _facts(session, row), now=now)


def hand_over(
    session: Session, officer: Officer, row: PaperDelivery, note: str, *, now: datetime
) -> None:
    """It was collected, or the carrier says it came; `note` as on the receipt, or empty."""
    to = _decided(session, officer, row, DeliveryAction.HAND_OVER)
    _move(session, row, to, "handed over", officer.account_id, now=now, ended_at=now,
          note=clean_text(note, "note", MAX_NOTE) if note.strip() else None)  # fmt: skip


def come_back(
    session: Session, officer: Officer, row: PaperDelivery, note: str, *, now: datetime
) -> None:
    """The carrier brought it back, or nobody came for it; `note` says why. The applicant is told.

    Raises: as `make`. InvalidInput: no reason.
    """
    to = _decided(session, officer, row, DeliveryAction.COME_BACK)
    _move(session, row, to, "came back", officer.account_id, now=now,
          note=clean_text(note, "note", MAX_NOTE))  # fmt: skip
    matter = session.get_one(Matter, row.matter_id)
    telling.of_delivery(
        session, matter, profile_of(session, matter), "delivery_returned", _facts(session, row),
        now=now,
    )  # fmt: skip


def recipient_of(session: Session, ring: Keyring, row: PaperDelivery) -> Delivery | None:
    """To whom and where; None for what is collected."""
    if row.contents is not None:
        return Delivery(**json.loads(ring.open_text(row.contents, _place(row.id))))
    matter = session.get_one(Matter, row.matter_id)
    wish = form_of(matter).delivery
    if wish is None or not _way(profile_of(session, matter), row.way).address:
        return None
    return Delivery(wish.recipient or "", wish.mobile or "", wish.address or "")


def made_by(session: Session, row: PaperDelivery) -> datetime | None:
    """By when the office promises to make it, where it promises (ZJ-29: about a week)."""
    profile = profile_of(session, session.get_one(Matter, row.matter_id))
    return terms.promised(session, profile, "certificate_making", row.created_at)


def _row(matter: Matter, entry: Registration, way: str, *, now: datetime) -> PaperDelivery:
    return PaperDelivery(
        id=uuid.uuid4(),
        registration_id=entry.id,
        matter_id=matter.id,
        office=matter.office,
        way=way,
        status=DeliveryState.ASKED.value,
        created_at=now,
    )


def _begun(
    session: Session,
    row: PaperDelivery,
    matter: Matter,
    profile: Profile,
    by: uuid.UUID,
    *,
    now: datetime,
) -> None:
    session.add(row)
    session.flush()
    _note(session, row, "delivery.asked", by, now=now)
    telling.to_make(session, matter, profile, _facts(session, row), now=now)


def _way(profile: Profile, key: str) -> Way:
    """Raises InvalidInput, naming the ways there are."""
    ways = profile.delivery.paper or {}
    if key not in ways:
        names = ", ".join(f"{each} {way.name.zh}" for each, way in ways.items())
        raise InvalidInput(f"领取方式可选 / accepts: {names or '无 none'}", field="way")
    return ways[key]


def _sealed(ring: Keyring, row_id: uuid.UUID, to: Delivery | None) -> Sealed:
    if to is None:
        raise InvalidInput("请填写收件人、手机和地址 / say to whom, with address", field="address")
    return ring.seal_text(json.dumps(asdict(addresses.checked(to))), _place(row_id))


def _place(row_id: uuid.UUID) -> Place:
    return Place("paper_delivery", "contents", row_id)


def _decided(
    session: Session, officer: Officer, row: PaperDelivery, action: DeliveryAction
) -> DeliveryState:
    officer.require(Role.REGISTRAR)
    to = decide_delivery(DeliveryState(row.status), action, Side.REGISTRAR)
    if action in {DeliveryAction.MAKE, DeliveryAction.DISPATCH, DeliveryAction.LAY_READY}:
        _require_in_force(session, session.get_one(Registration, row.registration_id))
    return to


def _require_in_force(session: Session, registration: Registration) -> None:
    found = revocations.latest(session, registration.id)
    if found is not None and found.status == RevocationState.CONFIRMED:
        raise Conflict("此登记已撤销 / this registration is revoked: no certificate is handed out")


def _facts(session: Session, row: PaperDelivery) -> dict[str, str]:
    return {"registration": deliveries.number_of(session, row)}


def _move(
    session: Session,
    row: PaperDelivery,
    to: DeliveryState,
    reason: str,
    by: uuid.UUID,
    *,
    now: datetime,
    **values: object,
) -> None:
    session.flush()
    lifecycle.move(
        session, PAPER_DELIVERY, PaperDelivery, row.id,
        was=DeliveryState(row.status), to=to, reason=reason, now=now, **values,
    )  # fmt: skip
    session.flush()
    session.refresh(row)
    _note(session, row, f"delivery.{to}", by, now=now)


def _note(session: Session, row: PaperDelivery, act: str, by: uuid.UUID, *, now: datetime) -> None:
    facts = {"registration": str(row.registration_id), "way": row.way}
    audit.note(session, audit.of_office(row.office), act, f"delivery:{row.id}", by, {**facts},
               now=now)  # fmt: skip
