"""From a delivery's row to what applicants and registrars see."""

from sqlalchemy.orm import Session

from api.delivery_schemas import (
    DeliveryInFull,
    DeliveryStanding,
    PaperDeliveryOut,
    RecipientOut,
    WayOfDelivery,
)
from api.following_schemas import WordsOut
from core.sealed import Keyring
from registry import deliveries, delivering, matters
from registry.clockwork import day_of
from registry.deliveries import PaperDelivery
from registry.delivery_lifecycle import SAID, DeliveryState
from registry.models import Matter
from registry.words import Words


def delivery_out(session: Session, row: PaperDelivery) -> PaperDeliveryOut:
    """Without the recipient."""
    profile = matters.profile_of(session, session.get_one(Matter, row.matter_id))
    way = (profile.delivery.paper or {})[row.way]
    by = delivering.made_by(session, row)
    return PaperDeliveryOut.model_validate(
        {
            "id": row.id,
            "registration_number": deliveries.number_of(session, row),
            "state": row.status,
            "words": _said(SAID[DeliveryState(row.status)]),
            "way": row.way,
            "way_name": _said(way.name),
            "way_note": None if way.note is None else _said(way.note),
            "asked_at": row.created_at,
            "make_by": None if by is None else day_of(by),
            "made_at": row.made_at,
            "carrier": row.carrier,
            "tracking": row.tracking,
            "handed_at": row.handed_at,
            "ended_at": row.ended_at,
            "note": row.note,
        }
    )


def in_full(session: Session, ring: Keyring, row: PaperDelivery) -> DeliveryInFull:
    """With the recipient: for the applicant, and for the registrar who sends it."""
    to = delivering.recipient_of(session, ring, row)
    shown = None
    if to is not None:
        shown = RecipientOut(recipient=to.recipient, mobile=to.mobile, address=to.address)
    return DeliveryInFull(**delivery_out(session, row).model_dump(), to=shown)


def standing_out(session: Session, ring: Keyring, matter: Matter) -> DeliveryStanding:
    """What the office offers, and how far what was asked for is."""
    offered = matters.profile_of(session, matter).delivery
    found = deliveries.latest(session, matter.id)
    return DeliveryStanding(
        ways=[
            WayOfDelivery(
                key=key,
                name=_said(way.name),
                note=None if way.note is None else _said(way.note),
                sent=way.address,
            )
            for key, way in (offered.paper or {}).items()
        ],
        note=None if offered.note is None else _said(offered.note),
        delivery=None if found is None else in_full(session, ring, found),
    )


def _said(words: Words) -> WordsOut:
    return WordsOut(zh=words.zh, en=words.en)
