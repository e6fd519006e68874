"""Orders: opened at a price the server made, then paid, cancelled or expired.

Whoever changes an order locks what it is for first, and then the order: never the other way round.
"""

import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from billing.lifecycle import ORDER, SETTLED, OrderState, RequestState
from billing.models import SETTLES, Order, OrderLine, Payment, PaymentRequest, Refund
from billing.money import NOTHING, exact
from billing.pricing import Line, Quote
from core import audit, lifecycle
from core.canonical import Json
from core.errors import Conflict, NotFound
from core.paging import newest_first

ORDERS: Final = lifecycle.Lifecycle("order", ORDER)
LIFE: Final = timedelta(days=7)
"""So long an order can be paid at its price."""

LIVE: Final = (RequestState.INTENDED.value, RequestState.ASKED.value)
INSTALLATION: Final = "installation"
"""The seller of what no office sells."""
_DIGITS: Final = 16
_AMOUNT: Final = OrderLine.unit * OrderLine.quantity
_PARTLY_KEPT: Final = (OrderState.REFUNDING, OrderState.PARTLY_REFUNDED)


@dataclass(frozen=True)
class Subject:
    """What an order, or a line of one, is for. Only who opened it knows what stands behind it."""

    kind: str
    id: uuid.UUID


@dataclass(frozen=True)
class Item:
    """A line and what it is for."""

    subject: Subject
    line: Line


@dataclass(frozen=True)
class NewOrder:
    """`title` is read by payers; it names no work and no person. `invoice`: none or electronic.

    `agent_id` is who orders for the payer.
    """

    payer_id: uuid.UUID
    seller: str
    subject: Subject
    title: str
    edition: str
    currency: str
    items: tuple[Item, ...]
    invoice: str = "none"
    agent_id: uuid.UUID | None = None


def of_quote(subject: Subject, quote: Quote) -> tuple[Item, ...]:
    """The lines of a quote, all for one subject."""
    return tuple(Item(subject, line) for line in quote.lines)


def open_order(session: Session, new: NewOrder, *, now: datetime) -> Order:
    """A new order; when nothing is to be paid it is settled at once, and says why.

    Raises:
        InvalidInput: lines that sum to less than nothing, or to more than the ledger holds.
    """
    total = sum((item.line.amount for item in new.items), NOTHING)
    order = Order(
        id=uuid.uuid4(),
        number=_new_number(),
        payer_id=new.payer_id,
        agent_id=new.agent_id,
        seller=new.seller,
        subject_kind=new.subject.kind,
        subject_id=new.subject.id,
        title=new.title,
        price_list=new.edition,
        currency=new.currency,
        total=exact(total, "total"),
        invoice=new.invoice,
        status=OrderState.OPEN.value,
        created_at=now,
        expires_at=now + LIFE,
    )
    session.add(order)
    session.flush()
    session.add_all(
        OrderLine(
            order_id=order.id, position=place, subject_kind=item.subject.kind,
            subject_id=item.subject.id, code=item.line.code, name=item.line.name,
            unit=item.line.unit, quantity=item.line.quantity, reason=item.line.reason,
        )
        for place, item in enumerate(new.items)
    )  # fmt: skip
    session.flush()
    opened = {"total": str(order.total), "currency": order.currency, "prices": order.price_list}
    note(session, order, "order.opened", opened, now=now)
    if not order.total:
        move(session, order, OrderState.PAID, "nothing to pay", now=now, settled_at=now)
    return order


def cancel(session: Session, order: Order, reason: str, *, now: datetime) -> None:
    """What it was for was taken back. Money that comes all the same is credited and goes back.

    Raises:
        IllegalTransition: it is not open.
    """
    move(session, order, OrderState.CANCELLED, reason, now=now)


def expire_one(session: Session, *, now: datetime) -> bool:
    """End one order whose time has passed; False when there is none.

    Not while a provider may still take a payment for it: first the provider closes that.
    """
    order = session.scalar(
        select(Order)
        .where(Order.status == OrderState.OPEN.value, Order.expires_at < now)
        .where(
            ~exists().where(PaymentRequest.order_id == Order.id, PaymentRequest.status.in_(LIVE))
        )
        .order_by(Order.expires_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if order is None:
        return False
    move(session, order, OrderState.EXPIRED, "not paid in time", now=now)
    return True


def open_for(session: Session, subject: Subject, *, lock: bool = False) -> Order | None:
    """The order for a subject that can be paid now; there is at most one."""
    query = select(Order).where(
        Order.subject_kind == subject.kind,
        Order.subject_id == subject.id,
        Order.status == OrderState.OPEN.value,
    )
    return session.scalar(query.with_for_update() if lock else query)


def latest_for(session: Session, subject: Subject) -> Order | None:
    """The order for a subject that can be paid now, else the newest, whatever became of it."""
    return latest_each(session, subject.kind, [subject.id]).get(subject.id)


def latest_each(
    session: Session, kind: str, ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Order]:
    """As `latest_for`, of each subject that has any."""
    rows = session.scalars(
        select(Order)
        .where(Order.subject_kind == kind, Order.subject_id.in_(ids))
        .order_by((Order.status == OrderState.OPEN.value), Order.created_at, Order.id)
    )
    return {row.subject_id: row for row in rows}


def ways_of(session: Session, order_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """By which provider each order was settled, of those that a payment settled."""
    if not order_ids:
        return {}
    query = select(Payment.order_id, Payment.provider).where(
        Payment.order_id.in_(order_ids), Payment.use == SETTLES
    )
    return dict(session.execute(query).all())


def settled_for(session: Session, subject: Subject) -> Sequence[Order]:
    """The settled orders for a subject, oldest first."""
    return session.scalars(
        select(Order)
        .where(
            Order.subject_kind == subject.kind,
            Order.subject_id == subject.id,
            Order.status.in_([state.value for state in SETTLED]),
        )
        .order_by(Order.created_at, Order.id)
    ).all()


def charged(session: Session, subject: Subject) -> Decimal:
    """What was paid for a subject and is kept, whatever else its orders were for.

    What goes back is first what was paid for an order's own subject: while it is no more than
    that, what the same order was paid for besides stays paid.
    """
    return charged_each(session, subject.kind, [subject.id]).get(subject.id, NOTHING)


def charged_each(
    session: Session, kind: str, ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Decimal]:
    """As `charged`, of each subject for which anything was."""
    if not ids:
        return {}
    settled = Order.status.in_([state.value for state in SETTLED])
    going_back = Order.status.in_([state.value for state in _PARTLY_KEPT])
    found = session.execute(
        select(OrderLine.subject_id, func.sum(_AMOUNT))
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.subject_kind == kind,
            OrderLine.subject_id.in_(ids),
            or_(settled, and_(~_is_own(OrderLine), going_back, _back() <= _own())),
        )
        .group_by(OrderLine.subject_id)
    )
    return {subject: Decimal(amount) for subject, amount in found if amount}


def own_total(session: Session, order: Order) -> Decimal:
    """What an order asks for its own subject; the rest was taken in from an order of the
    installation's, which earns it.
    """
    return session.scalars(select(_own()).where(Order.id == order.id)).one()


def lines_of(session: Session, order_id: uuid.UUID) -> Sequence[OrderLine]:
    """The lines of an order, in their order."""
    return session.scalars(
        select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
    ).all()


def items_of(session: Session, order_id: uuid.UUID) -> tuple[Item, ...]:
    """The same, to be put into another order."""
    return tuple(
        Item(
            Subject(line.subject_kind, line.subject_id),
            Line(line.code, line.name, line.unit, line.quantity, line.reason),
        )
        for line in lines_of(session, order_id)
    )


def owned(
    session: Session,
    payer_id: uuid.UUID,
    order_id: uuid.UUID,
    agent_id: uuid.UUID | None = None,
    *,
    lock: bool = False,
) -> Order:
    """The payer's order, or NotFound: somebody else's does not exist for this account, nor for an
    agent what that agent did not order.
    """
    found = session.get(Order, order_id, with_for_update=True if lock else None)
    if found is None or found.payer_id != payer_id or agent_id not in {None, found.agent_id}:
        raise NotFound("订单不存在 / no such order")
    return found


def of_payer(
    session: Session,
    payer_id: uuid.UUID,
    after: uuid.UUID | None,
    limit: int,
    agent_id: uuid.UUID | None = None,
    states: Collection[OrderState] = (),
) -> Sequence[Order]:
    """Newest first; `after` is the last id of the page before; of an agent, what it ordered; of
    these states only, where any are named.
    """
    only = [] if agent_id is None else [Order.agent_id == agent_id]
    if states:
        only.append(Order.status.in_([each.value for each in states]))
    own = select(Order).where(Order.payer_id == payer_id)
    return newest_first(session, own, (Order.created_at, Order.id), after, limit, only)


def count_open(
    session: Session, payer_id: uuid.UUID, agent_id: uuid.UUID | None = None, *, now: datetime
) -> int:
    """How many orders of this payer can be paid now; of an agent, of those it ordered."""
    query = select(func.count()).where(
        Order.payer_id == payer_id, Order.status == OrderState.OPEN.value, Order.expires_at >= now
    )
    if agent_id is not None:
        query = query.where(Order.agent_id == agent_id)
    return session.scalar(query) or 0


def require_open(order: Order, *, now: datetime) -> None:
    """Raises Conflict unless the order can be paid now."""
    if order.status != OrderState.OPEN:
        raise Conflict(
            f"订单状态为 {order.status},不能支付 / the order is {order.status}: not to be paid",
            field="status",
        )
    if now > order.expires_at:
        raise Conflict(
            "订单已过期,请重新下单 / the order has expired: open another", field="expires_at"
        )


def move(
    session: Session,
    order: Order,
    to: OrderState,
    reason: str,
    *,
    now: datetime,
    **values: object,
) -> None:
    """The one way an order changes state."""
    session.flush()
    lifecycle.move(
        session, ORDERS, Order, order.id,
        was=OrderState(order.status), to=to, reason=reason, now=now, **values,
    )  # fmt: skip
    session.flush()
    was = order.status
    session.refresh(order)
    note(session, order, f"order.{to}", {"was": was, "reason": reason}, now=now)


def note(
    session: Session, order: Order, act: str, facts: Mapping[str, Json], *, now: datetime
) -> None:
    """A line of the seller's audit about an order; the provider's own numbers stay out of it."""
    subject = f"order:{order.id}"
    stream = audit.INSTALLATION if order.seller == INSTALLATION else audit.of_office(order.seller)
    audit.note(session, stream, act, subject, None, facts, now=now)


def _is_own(line: type[OrderLine]) -> ColumnElement[bool]:
    return and_(line.subject_kind == Order.subject_kind, line.subject_id == Order.subject_id)


def _own() -> ColumnElement[Decimal]:
    """Of each order: the sum of the lines for its own subject."""
    line = aliased(OrderLine)
    return (
        select(func.coalesce(func.sum(line.unit * line.quantity), NOTHING))
        .where(line.order_id == Order.id, _is_own(line))
        .correlate(Order)
        .scalar_subquery()
    )


def _back() -> ColumnElement[Decimal]:
    """Of each order: what goes back, or went, of the payment that settled it."""
    return (
        select(func.coalesce(func.sum(Refund.amount), NOTHING))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == Order.id, Payment.use == SETTLES)
        .correlate(Order)
        .scalar_subquery()
    )


def _new_number() -> str:
    """支付单号: random digits, for a transfer's remark and the telephone; they count nothing,
    and have another length than an identity number.
    """
    return "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
