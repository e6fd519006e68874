"""What a matter owes its office: quoted before anything is asked, ordered when it is due.

Where an office charges, each matter that passes this gate has an order that is settled: by a
payment, or because nothing was to be paid, which the order's lines then explain. What was paid for
a matter counts for all its rounds; an office that waives resubmissions asks for nothing more at
all, another for the difference only.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from billing import orders, paying, refunding
from billing.models import Order
from billing.money import NOTHING
from billing.orders import Item, NewOrder, Subject
from billing.pricing import Price, PriceList, Quote, Wish, quote
from core.errors import InvalidInput
from evidence.delivery import EVIDENCE
from registry.asking import facts_of
from registry.clockwork import Step
from registry.form import Form
from registry.lifecycle import MatterState
from registry.models import Matter
from registry.notices import Due
from registry.profile import Profile
from registry.words import Words

MATTER: Final = "matter"
_STATE_ORGAN: Final = "state_organ"


def price_list(profile: Profile) -> PriceList:
    """The office's fee table, as one edition of its rules has it."""
    fees = profile.fees
    return PriceList(
        edition=f"{profile.key}:{profile.version}:{profile.digest.hex()}",
        currency=fees.currency,
        prices=tuple(
            Price(
                code, str(fee.name), fee.amount, fee.per,
                {"form": fee.form, "category": fee.category, "applicant": fee.applicant},
                fee.urgent,
            )
            for code, fee in (fees.items or {}).items()
        ),
        waivers={waiver.ground: str(waiver.why) for waiver in fees.waivers},
    )  # fmt: skip


def wish_of(profile: Profile, form: Form) -> Wish:
    """What a form asks for, as far as prices depend on it.

    An organisation among the owners makes the applicant one. `official` is what state organs
    alone own.
    """
    kinds = {facts.applicant for facts in facts_of(form, profile.area)}
    official = bool(form.owners) and all(each.kind == _STATE_ORGAN for each in form.owners)
    return Wish(
        facts={
            "form": form.form,
            "category": form.category or "",
            "applicant": "organisation" if "organisation" in kinds else "individual",
        },
        pieces=form.series_pieces or 1,
        urgent=bool(form.urgent),
        grounds=("official",) if official else (),
    )


def quoted(profile: Profile, form: Form) -> Quote:
    """What a form would cost now, before anything was paid."""
    return quote(price_list(profile), wish_of(profile, form))


def require_payment(
    session: Session, matter: Matter, profile: Profile, form: Form, *, now: datetime
) -> bool:
    """Whether the matter must be paid for before it goes on; then its order is open.

    `matter` is locked by the caller. What an open order for its evidence asks is taken into the
    matter's own: one order, and the office's waiver for paid evidence holds for it.

    Raises:
        InvalidInput: urgent handling where it has no price, or asked for after the first payment.
    """
    if profile.fees.due == "never":
        if form.urgent:
            quote(price_list(profile), wish_of(profile, form))
        return False
    subject = Subject(MATTER, matter.id)
    if orders.open_for(session, subject) is not None:
        return True
    settled = orders.settled_for(session, subject)
    _require_same_urgency(session, profile, form, settled)
    theirs = _of_evidence(session, matter, now=now)
    made = _quote(session, matter, profile, form, evidence_paid=bool(theirs))
    if settled and not made.total and not theirs:
        return False
    new = NewOrder(
        payer_id=matter.applicant_id,
        agent_id=matter.agent_id,
        seller=matter.office,
        subject=subject,
        title=f"{profile.name.zh} 登记费 registration",
        edition=made.edition,
        currency=made.currency,
        items=(*orders.of_quote(subject, made), *theirs),
        invoice=profile.fees.invoice,
    )
    return bool(orders.open_order(session, new, now=now).total)


def open_order_of(session: Session, matter: Matter) -> Order | None:
    """The order of a matter that can be paid now."""
    return orders.open_for(session, Subject(MATTER, matter.id))


def due_lines(session: Session, order: Order) -> tuple[Due, ...]:
    """What an order asks for, line by line, for the notice of fees."""
    found = []
    for line in orders.lines_of(session, order.id):
        chinese, _, english = line.name.partition(" / ")
        found.append(Due(Words(chinese, english or chinese), line.unit * line.quantity))
    return tuple(found)


def is_settled(session: Session, matter: Matter, profile: Profile) -> bool:
    """Whether the matter may go on, as far as money is concerned."""
    if profile.fees.due == "never":
        return True
    subject = Subject(MATTER, matter.id)
    return orders.open_for(session, subject) is None and bool(orders.settled_for(session, subject))


def follow(
    session: Session, matter: Matter, profile: Profile, step: Step, *, now: datetime
) -> bool:
    """What a step of a matter means for its money: who takes it back owes nothing any more; who is
    refused gets the fee back, where the office does so. In the transaction of the step itself.
    True when something is paid back.
    """
    if step.was is MatterState.PAYMENT and step.to is not MatterState.SUBMITTED:
        _cancel_order(session, matter, step.to.value, now=now)
    if step.to is MatterState.REFUSED and profile.fees.refund_on_refusal:
        return _refund(session, matter, now=now)
    return False


def _cancel_order(session: Session, matter: Matter, reason: str, *, now: datetime) -> None:
    """A payment under way is closed at once."""
    order = orders.open_for(session, Subject(MATTER, matter.id), lock=True)
    if order is not None:
        orders.cancel(session, order, reason, now=now)
        paying.ask_now(session, order, now=now)


def _refund(session: Session, matter: Matter, *, now: datetime) -> bool:
    """Intend to pay back what was paid for a matter; the fee for its evidence is kept. False when
    nothing was.
    """
    paid = False
    for order in orders.settled_for(session, Subject(MATTER, matter.id)):
        locked = session.get_one(Order, order.id, with_for_update=True, populate_existing=True)
        if fee := orders.own_total(session, locked):
            refunding.refund(session, locked, fee, "registration refused", now=now)
            paid = True
    return paid


def order_of(session: Session, matter_id: uuid.UUID) -> Order | None:
    """The newest order for a matter."""
    return orders.latest_for(session, Subject(MATTER, matter_id))


def _quote(
    session: Session, matter: Matter, profile: Profile, form: Form, *, evidence_paid: bool
) -> Quote:
    wish = wish_of(profile, form)
    grounds = list(wish.grounds)
    before = orders.charged(session, Subject(MATTER, matter.id))
    if orders.settled_for(session, Subject(MATTER, matter.id)):
        grounds.append("resubmission")
    if evidence_paid or _evidence_was_paid(session, matter):
        grounds.append("evidence_paid")
    whole = Wish(wish.facts, wish.pieces, wish.urgent, tuple(grounds), before)
    return quote(price_list(profile), whole)


def _evidence_was_paid(session: Session, matter: Matter) -> bool:
    if matter.evidence_id is None:
        return False
    return orders.charged(session, Subject(EVIDENCE, matter.evidence_id)) > NOTHING


def _of_evidence(session: Session, matter: Matter, *, now: datetime) -> tuple[Item, ...]:
    """The lines of an open order for the matter's evidence, which is cancelled for them."""
    if matter.evidence_id is None:
        return ()
    order = orders.open_for(session, Subject(EVIDENCE, matter.evidence_id), lock=True)
    if order is None:
        return ()
    items = orders.items_of(session, order.id)
    orders.cancel(session, order, "taken into the order of the matter", now=now)
    paying.ask_now(session, order, now=now)
    return items


def _require_same_urgency(
    session: Session, profile: Profile, form: Form, settled: Sequence[Order]
) -> None:
    """Urgent handling is paid for with the first submission, or not at all."""
    if not settled or not form.urgent:
        return
    urgent = {code for code, fee in (profile.fees.items or {}).items() if fee.urgent}
    paid = {line.code for order in settled for line in orders.lines_of(session, order.id)}
    if not urgent & paid:
        raise InvalidInput(
            "加急须在首次提交时选择 / urgent handling is chosen with the first submission",
            field="urgent",
        )
