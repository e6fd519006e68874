"""Orders paid by bank transfer, at the seller's counter: what is awaited, what came, what is owed.

Nothing here believes a payer: money is there when an officer of the seller saw it on the statement
of the bank and gives the bank's own number of the movement.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from billing import paying, refunding
from billing.lifecycle import OrderState, RefundState
from billing.models import Order, PaymentRequest, Refund
from billing.orders import LIVE
from billing.transfer import MERCHANT, NAME
from core.errors import Conflict, NotFound


def awaited(session: Session, seller: str, limit: int) -> Sequence[Order]:
    """Open orders whose payer chose to transfer, the oldest first."""
    return session.scalars(
        select(Order)
        .join(PaymentRequest, PaymentRequest.order_id == Order.id)
        .where(
            Order.seller == seller,
            Order.status == OrderState.OPEN.value,
            PaymentRequest.provider == NAME,
            PaymentRequest.status.in_(LIVE),
        )
        .order_by(PaymentRequest.created_at)
        .limit(limit)
    ).all()


def owed(session: Session, seller: str, limit: int) -> Sequence[tuple[Refund, Order]]:
    """What is to be transferred back, the oldest first."""
    rows = session.execute(
        select(Refund, Order)
        .join(Order, Order.id == Refund.order_id)
        .where(
            Order.seller == seller,
            Refund.provider == NAME,
            Refund.status == RefundState.INTENDED.value,
        )
        .order_by(Refund.intended_at)
        .limit(limit)
    )
    return [(refund, order) for refund, order in rows]


def order_of(session: Session, seller: str, number: str) -> Order:
    """The seller's order with the number of a remark, locked; NotFound for any other."""
    found = session.scalar(
        select(Order).where(Order.seller == seller, Order.number == number).with_for_update()
    )
    if found is None:
        raise NotFound("没有此流水号的订单 / no order with this number", field="order_number")
    return found


def request_of(session: Session, order: Order, *, now: datetime) -> PaymentRequest:
    """The transfer of an order, also where the payer never said so, or where it has ended: money
    that came is credited, and goes back if it was not owed. `order` is locked.
    """
    found = session.scalar(
        select(PaymentRequest)
        .where(PaymentRequest.order_id == order.id, PaymentRequest.provider == NAME)
        .order_by(PaymentRequest.created_at.desc())
        .limit(1)
    )
    return found or paying.begin(session, order, NAME, MERCHANT, now=now)


def paid_back(
    session: Session, seller: str, refund_id: uuid.UUID, event: str, *, now: datetime
) -> Refund:
    """A refund was transferred; said again with the same number it changes nothing.

    Raises:
        NotFound: no refund of this seller by transfer.
        Conflict: the number is another movement's, or it was transferred under another number.
    """
    row = session.execute(
        select(Refund, Order)
        .join(Order, Order.id == Refund.order_id)
        .where(Refund.id == refund_id, Refund.provider == NAME, Order.seller == seller)
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound("没有此退款 / no such refund")
    found: Refund = row[0]
    other = session.scalar(
        select(Refund.id).where(
            Refund.provider == NAME, Refund.event == event, Refund.id != found.id
        )
    )
    if other is not None or found.event not in {None, event}:
        raise _another()
    try:
        with session.begin_nested():
            refunding.record_done(session, found.id, event, now=now)
    except IntegrityError as error:  # two at once: the number is unique in the database
        raise _another() from error
    return found


def _another() -> Conflict:
    return Conflict(
        "银行流水号与已登记的不符 / the bank's number does not agree with what was recorded",
        field="bank_reference",
    )
