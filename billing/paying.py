"""Payments that providers are asked to take, and asked about, until they say how it ended."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.lifecycle import REQUEST, OrderState, RequestState
from billing.models import Order, PaymentRequest
from billing.orders import LIVE, require_open
from billing.provider import Asking, Place
from core import lifecycle

REQUESTS: Final = lifecycle.Lifecycle("payment_request", REQUEST)
FIRST_ASKED: Final = timedelta(seconds=5)
MOST_BETWEEN: Final = timedelta(hours=1)
_DOUBLINGS: Final = 10


@dataclass(frozen=True)
class Question:
    """What to ask a provider about one payment; `close` when the order can no longer be paid."""

    reference: uuid.UUID
    provider: str
    close: bool


def intend(
    session: Session, order: Order, provider: str, merchant: str, *, now: datetime
) -> PaymentRequest:
    """The live request for an order at a provider, made when there is none. `order` is locked.

    Raises:
        Conflict: the order is not open, or has expired.
    """
    require_open(order, now=now)
    found = session.scalar(
        select(PaymentRequest).where(
            PaymentRequest.order_id == order.id,
            PaymentRequest.provider == provider,
            PaymentRequest.status.in_(LIVE),
        )
    )
    return found or begin(session, order, provider, merchant, now=now)


def begin(
    session: Session, order: Order, provider: str, merchant: str, *, now: datetime
) -> PaymentRequest:
    """A new request, whatever the state of its order, which is locked."""
    request = PaymentRequest(
        id=uuid.uuid4(), order_id=order.id, provider=provider, merchant=merchant,
        amount=order.total, currency=order.currency, status=RequestState.INTENDED.value,
        created_at=now, ask_at=now + FIRST_ASKED, tries=0,
    )  # fmt: skip
    session.add(request)
    session.flush()
    return request


def asking(order: Order, request: PaymentRequest) -> Asking:
    """What the provider is told; the payer reads the order's title and number."""
    return Asking(request.id, request.amount, request.currency, f"{order.title} {order.number}")


def record_asked(
    session: Session, request_id: uuid.UUID, place: Place, *, now: datetime
) -> PaymentRequest:
    """The provider has it; asked again, it may give another place. Whatever happened to the
    payment meanwhile stands.
    """
    request = session.get_one(PaymentRequest, request_id, with_for_update=True)
    if request.status == RequestState.INTENDED:
        move(session, request, RequestState.ASKED, "asked", now=now,
             page=place.page, code=place.code)  # fmt: skip
    elif request.status == RequestState.ASKED:
        request.page, request.code = place.page, place.code
        session.flush()
    return request


def next_question(session: Session, *, now: datetime) -> Question | None:
    """The payment whose provider is to be asked now, the longest overdue first; None: nothing.

    A missed message is found so; and what nobody may pay any more is closed.
    """
    row = session.execute(
        select(PaymentRequest, Order)
        .join(Order, Order.id == PaymentRequest.order_id)
        .where(PaymentRequest.status.in_(LIVE), PaymentRequest.ask_at <= now)
        .order_by(PaymentRequest.ask_at)
        .limit(1)
    ).first()
    if row is None:
        return None
    request, order = row
    payable = order.status == OrderState.OPEN and now <= order.expires_at
    return Question(request.id, request.provider, close=not payable)


def ask_later(session: Session, reference: uuid.UUID, *, now: datetime) -> None:
    """Nothing is known yet: ask again, twice as late as the last time, at most in an hour."""
    request = session.get_one(PaymentRequest, reference, with_for_update=True)
    request.tries += 1
    request.ask_at = now + min(FIRST_ASKED * 2 ** min(request.tries, _DOUBLINGS), MOST_BETWEEN)
    session.flush()


def record_closed(session: Session, reference: uuid.UUID, *, now: datetime) -> None:
    """The provider takes no payment for it any more."""
    request = session.get_one(PaymentRequest, reference, with_for_update=True)
    if request.status in LIVE:
        move(session, request, RequestState.CLOSED, "closed at the provider", now=now)


def ask_now(session: Session, order: Order, *, now: datetime) -> None:
    """Close what is live for an order at once, not at its next turn."""
    for request in session.scalars(
        select(PaymentRequest).where(
            PaymentRequest.order_id == order.id, PaymentRequest.status.in_(LIVE)
        )
    ):
        request.ask_at = now
    session.flush()


def note_trouble(session: Session, reference: uuid.UUID, provider: str, what: str) -> bool:
    """Keep what was wrong with a provider's message, for the payer and the cashier to see.

    False when no such payment was asked for.
    """
    request = session.get(PaymentRequest, reference, with_for_update=True)
    if request is None or request.provider != provider:
        return False
    request.trouble = what
    session.flush()
    return True


def move(
    session: Session,
    request: PaymentRequest,
    to: RequestState,
    reason: str,
    *,
    now: datetime,
    **values: object,
) -> None:
    """The one way a request changes state."""
    session.flush()
    lifecycle.move(
        session, REQUESTS, PaymentRequest, request.id,
        was=RequestState(request.status), to=to, reason=reason, now=now, **values,
    )  # fmt: skip
    session.flush()
    session.refresh(request)
