"""Money that came: compared with what was asked for, credited once, and never lost.

The same event may be told any number of times, in any order, however late. The first time it is
credited: to its order while that can be paid, else as more than was owed, which goes back.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing import ledger, paying, refunding
from billing.errors import WrongPayment
from billing.lifecycle import OrderState, RequestState
from billing.models import EXCESS, SETTLES, Order, Payment, PaymentRequest
from billing.orders import Subject, move, note, own_total
from billing.provider import Told


@dataclass(frozen=True)
class Credited:
    """What became of a message. `settled`: by it the order is paid, just now."""

    order: Order
    payment: Payment
    settled: bool
    before: bool
    """It was credited before: nothing changed."""


def subject_of(session: Session, told: Told) -> Subject:
    """What the payment is for: its owner locks that, before anything is credited.

    Raises:
        WrongPayment: no such payment was asked for.
    """
    order = session.get_one(Order, _asked(session, told).order_id)
    return Subject(order.subject_kind, order.subject_id)


def credit(session: Session, told: Told, *, now: datetime) -> Credited:
    """Credit a payment. What it is for is locked by the caller; the order is locked here.

    Raises:
        WrongPayment: other merchant, amount or currency, or an event of another payment.
    """
    asked = _asked(session, told)
    order = session.get_one(Order, asked.order_id, with_for_update=True, populate_existing=True)
    request = session.get_one(
        PaymentRequest, asked.id, with_for_update=True, populate_existing=True
    )
    _compare(request, told)
    found = _known(session, told)
    if found is not None:
        return _again(found, request, told, order)
    use = SETTLES if order.status == OrderState.OPEN else EXCESS
    payment_id = session.scalar(
        insert(Payment)
        .values(
            id=uuid.uuid4(), request_id=request.id, order_id=order.id, provider=told.provider,
            event=told.event, amount=told.amount, currency=told.currency, use=use,
            paid_at=told.paid_at, credited_at=now,
        )
        .on_conflict_do_nothing(index_elements=["provider", "event"])
        .returning(Payment.id)
    )  # fmt: skip
    if payment_id is None:
        # Somebody was first with this number, and it was not for this order: that is locked.
        raise _wrong("event", "此流水号属于另一笔支付 / this event is another payment's")
    payment = session.get_one(Payment, payment_id)
    if request.status != RequestState.PAID:
        paying.move(session, request, RequestState.PAID, "the provider says so", now=now)
    facts = {"payment": str(payment.id), "amount": str(payment.amount), "use": use}
    note(session, order, "order.payment_credited", facts, now=now)
    if use == EXCESS:
        ledger.credited(session, payment, {ledger.OWED: payment.amount}, now=now)
        refunding.give_back(session, order, payment, now=now)
        return Credited(order, payment, settled=False, before=False)
    earned = ledger.shares(order, own_total(session, order), payment.amount)
    ledger.credited(session, payment, earned, now=now)
    move(session, order, OrderState.PAID, "paid", now=now, settled_at=now)
    paying.ask_now(session, order, now=now)
    return Credited(order, payment, settled=True, before=False)


def _asked(session: Session, told: Told) -> PaymentRequest:
    found = session.get(PaymentRequest, told.reference)
    if found is None or found.provider != told.provider:
        raise _wrong("reference", "没有这笔支付请求 / no such payment was asked for")
    return found


def _known(session: Session, told: Told) -> Payment | None:
    return session.scalar(
        select(Payment).where(Payment.provider == told.provider, Payment.event == told.event)
    )


def _again(found: Payment, request: PaymentRequest, told: Told, order: Order) -> Credited:
    if found.request_id != request.id or found.amount != told.amount:
        raise _wrong("event", "此流水号属于另一笔支付 / this event is another payment's")
    return Credited(order, found, settled=False, before=True)


def _compare(request: PaymentRequest, told: Told) -> None:
    if told.merchant != request.merchant:
        raise _wrong("merchant", "商户号不符 / another merchant's payment")
    if told.currency != request.currency:
        raise _wrong("currency", "货币不符 / another currency than was asked for")
    if told.amount != request.amount:
        raise _wrong(
            "amount",
            "金额与订单不符,未入账,请联系收费人员 / another amount than was asked for: it was not "
            "credited, ask the cashier",
        )


def _wrong(field: str, message: str) -> WrongPayment:
    return WrongPayment(message, field=field)
