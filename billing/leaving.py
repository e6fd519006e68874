"""Money that is still on its way, to or from somebody who closes the account."""

import uuid
from collections.abc import Iterator
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.obstacles import Obstacle
from billing.lifecycle import OrderState, RefundState
from billing.models import Order, PaymentRequest, Refund
from billing.orders import LIVE

_OWED: Final = RefundState.INTENDED.value


def obstacles(session: Session, payer_id: uuid.UUID) -> Iterator[Obstacle]:
    """Orders to be paid, payments that a provider may still take, money to be paid back."""
    own = select(Order.number).where(Order.payer_id == payer_id).order_by(Order.number)
    if unpaid := session.scalars(own.where(Order.status == OrderState.OPEN.value)).all():
        yield Obstacle(
            "unpaid_order", "有未付款的订单", "an order is to be paid",
            "请付款,或撤回其业务,或等订单过期",
            "pay it, or withdraw the matter it is for, or wait until it expires", tuple(unpaid),
        )  # fmt: skip
    taking = select(PaymentRequest.order_id).where(PaymentRequest.status.in_(LIVE))
    if waiting := session.scalars(
        own.where(Order.status != OrderState.OPEN.value, Order.id.in_(taking))
    ).all():
        yield Obstacle(
            "payment_under_way", "有付款尚待支付机构确认",
            "a payment is not settled at its provider",
            "请稍候", "wait: the provider is being asked", tuple(waiting),
        )  # fmt: skip
    owed = select(Refund.order_id).where(Refund.status == _OWED)
    if refunds := session.scalars(own.where(Order.id.in_(owed))).all():
        yield Obstacle(
            "refund_under_way", "有退款尚未到账", "money is still to be paid back",
            "请待退款完成", "wait until it is", tuple(refunds),
        )  # fmt: skip


def count(session: Session, payer_id: uuid.UUID) -> int:
    """How many orders an account has."""
    return session.scalar(select(func.count()).where(Order.payer_id == payer_id)) or 0
