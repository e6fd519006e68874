"""Money that goes back. The intent is committed before the provider is asked, and the provider is
asked, with the same reference, until it has paid: there is no failed refund.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing import ledger
from billing.lifecycle import REFUND, OrderState, RefundState
from billing.models import EXCESS, SETTLES, Order, Payment, Refund
from billing.money import NOTHING, exact
from billing.orders import move, note, own_total
from billing.provider import PayBack
from core import lifecycle
from core.errors import Conflict, InvalidInput

REFUNDS: Final = lifecycle.Lifecycle("refund", REFUND)
_EXCESS_CAUSE: Final = "not owed"
_FIRST: Final = timedelta(seconds=15)
_MOST_BETWEEN: Final = timedelta(hours=6)
_DOUBLINGS: Final = 11


@dataclass(frozen=True)
class Owed:
    """A refund whose provider is to be asked now."""

    provider: str
    wanted: PayBack


def refund(
    session: Session, order: Order, amount: Decimal | None, cause: str, *, now: datetime
) -> Refund | None:
    """Intend to pay back what settled an order, or `amount` of it: first what was paid for the
    order's own subject. `order` is locked.

    None when nothing was paid for it.

    Raises:
        IllegalTransition: it is not paid, or money is going back already.
        InvalidInput: nothing, or more than is left.
    """
    payment = session.scalar(
        select(Payment).where(Payment.order_id == order.id, Payment.use == SETTLES)
    )
    if payment is None:
        return None
    back = given_back(session, payment.id)
    left = payment.amount - back
    wanted = left if amount is None else exact(amount, "amount")
    if not NOTHING < wanted <= left:
        raise InvalidInput(
            f"可退金额至多 {left} / at most so much can be paid back", field="amount"
        )
    move(session, order, OrderState.REFUNDING, cause, now=now)
    made = _intend(session, payment, wanted, cause, now=now)
    earned = ledger.shares(order, own_total(session, order) - back, wanted)
    ledger.refund_intended(session, payment, made, earned, now=now)
    return made


def give_back(session: Session, order: Order, payment: Payment, *, now: datetime) -> Refund:
    """Intend to pay back money that was not owed. The order's own state does not change."""
    if payment.use != EXCESS or payment.order_id != order.id:
        raise Conflict("此款已用于订单 / this payment settled an order")
    return _intend(session, payment, payment.amount, _EXCESS_CAUSE, now=now)


def next_owed(session: Session, *, now: datetime) -> Owed | None:
    """The refund whose provider is to be asked now, the longest overdue first; None: nothing."""
    row = session.execute(
        select(Refund, Payment)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.status == RefundState.INTENDED.value, Refund.ask_at <= now)
        .order_by(Refund.ask_at)
        .limit(1)
    ).first()
    if row is None:
        return None
    found, payment = row
    wanted = PayBack(
        found.id, payment.request_id, found.amount, found.currency, paid=payment.amount
    )
    return Owed(found.provider, wanted)


def ask_later(session: Session, refund_id: uuid.UUID, *, now: datetime) -> int:
    """The provider has not paid back yet: ask again later. How often it was asked so far."""
    found = session.get_one(Refund, refund_id, with_for_update=True)
    found.tries += 1
    found.ask_at = now + min(_FIRST * 2 ** min(found.tries, _DOUBLINGS), _MOST_BETWEEN)
    session.flush()
    return found.tries


def record_done(session: Session, refund_id: uuid.UUID, event: str, *, now: datetime) -> None:
    """The provider has paid back; told again it changes nothing."""
    order_id = session.get_one(Refund, refund_id).order_id
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    found = session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True)
    if found.status == RefundState.DONE:
        return
    lifecycle.move(
        session, REFUNDS, Refund, found.id,
        was=RefundState.INTENDED, to=RefundState.DONE, reason=found.cause, now=now,
        event=event, done_at=now,
    )  # fmt: skip
    session.flush()
    session.refresh(found)
    facts = {"refund": str(found.id), "amount": str(found.amount), "cause": found.cause}
    note(session, order, "order.refund_done", facts, now=now)
    payment = session.get_one(Payment, found.payment_id)
    ledger.refund_done(session, payment, found, now=now)
    if payment.use == SETTLES:
        whole = given_back(session, payment.id) == payment.amount
        to = OrderState.REFUNDED if whole else OrderState.PARTLY_REFUNDED
        move(session, order, to, found.cause, now=now)


def given_back(session: Session, payment_id: uuid.UUID) -> Decimal:
    """What of a payment goes back or has gone back."""
    found = session.scalar(select(func.sum(Refund.amount)).where(Refund.payment_id == payment_id))
    return NOTHING if found is None else Decimal(found)


def payments_of(session: Session, order_id: uuid.UUID) -> Sequence[Payment]:
    """The payments that came for an order, oldest first."""
    return session.scalars(
        select(Payment).where(Payment.order_id == order_id).order_by(Payment.credited_at)
    ).all()


def refunds_of(session: Session, order_id: uuid.UUID) -> Sequence[Refund]:
    """The refunds of an order, oldest first."""
    return session.scalars(
        select(Refund).where(Refund.order_id == order_id).order_by(Refund.intended_at)
    ).all()


def _intend(
    session: Session, payment: Payment, amount: Decimal, cause: str, *, now: datetime
) -> Refund:
    made = Refund(
        id=uuid.uuid4(), payment_id=payment.id, order_id=payment.order_id,
        provider=payment.provider, amount=amount, currency=payment.currency, cause=cause,
        status=RefundState.INTENDED.value, intended_at=now, ask_at=now, tries=0,
    )  # fmt: skip
    session.add(made)
    session.flush()
    order = session.get_one(Order, made.order_id)
    facts = {"refund": str(made.id), "amount": str(amount), "cause": cause}
    note(session, order, "order.refund_intended", facts, now=now)
    return made
