"""Evidence that is charged or reviewed: the certificate waits, the evidence does not."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from billing import crediting, orders
from billing.lifecycle import OrderState
from billing.orders import Subject
from core.errors import Conflict, NotReady
from evidence import delivery
from evidence.delivery import EVIDENCE, DeliveryState, DeliveryTerms
from evidence.models import Evidence
from tests.grounds.matters import NOW, account, stated
from tests.grounds.orders import asked, told

FEE = DeliveryTerms(Decimal("20.00"))
REVIEW = DeliveryTerms(review=True)
BOTH = DeliveryTerms(Decimal("20.00"), review=True)


@pytest.fixture
def evidence(session: Session) -> Evidence:
    return stated(session, account(session))


def pay(session: Session, evidence: Evidence) -> None:
    order = orders.open_for(session, Subject(EVIDENCE, evidence.id))
    assert order is not None
    message = told(asked(session, order), uuid.uuid4().hex, str(order.total))
    assert crediting.credit(session, message, now=NOW).settled


def test_nothing_waits_where_nothing_is_asked(session: Session, evidence: Evidence) -> None:
    delivery.hold(session, evidence, DeliveryTerms(), None, now=NOW)
    assert delivery.state(session, evidence.id) is DeliveryState.READY
    delivery.require_ready(session, evidence.id)


def test_the_states_are_payment_review_ready(session: Session, evidence: Evidence) -> None:
    """SD-117, SD-121, SD-122, SD-124."""
    delivery.hold(session, evidence, BOTH, None, now=NOW)
    assert delivery.state(session, evidence.id) is DeliveryState.PAYMENT
    with pytest.raises(NotReady) as caught:
        delivery.require_ready(session, evidence.id)
    assert caught.value.field == "order"
    with pytest.raises(Conflict):
        delivery.clear(session, evidence, now=NOW)
    pay(session, evidence)
    assert delivery.state(session, evidence.id) is DeliveryState.REVIEW
    with pytest.raises(NotReady):
        delivery.require_ready(session, evidence.id)
    delivery.clear(session, evidence, now=NOW)
    delivery.require_ready(session, evidence.id)


def test_what_came_before_the_terms_is_free_of_them(session: Session, evidence: Evidence) -> None:
    delivery.hold(session, evidence, BOTH, None, now=NOW + timedelta(seconds=1))
    assert delivery.state(session, evidence.id) is DeliveryState.READY


def test_a_repeat_orders_nothing_more(session: Session, evidence: Evidence) -> None:
    for _ in range(2):
        delivery.hold(session, evidence, FEE, None, now=NOW)
    payer = orders.of_payer(session, evidence.owner_id, None, 10)
    assert [each.total for each in payer] == [Decimal("20.00")]


def test_an_expired_order_is_opened_anew_at_the_price_that_held(
    session: Session, evidence: Evidence
) -> None:
    delivery.hold(session, evidence, FEE, None, now=NOW)
    first = delivery.open_order(session, evidence, FEE, None, now=NOW)
    orders.move(session, first, OrderState.EXPIRED, "not paid", now=NOW)
    dearer = DeliveryTerms(Decimal("99.00"))
    again = delivery.open_order(session, evidence, dearer, None, now=NOW)
    assert (again.id != first.id, again.total) == (True, Decimal("20.00"))
    pay(session, evidence)
    with pytest.raises(Conflict):
        delivery.open_order(session, evidence, FEE, None, now=NOW)


def test_a_review_alone_needs_no_payment(session: Session, evidence: Evidence) -> None:
    delivery.hold(session, evidence, REVIEW, None, now=NOW)
    assert delivery.state(session, evidence.id) is DeliveryState.REVIEW
    assert orders.of_payer(session, evidence.owner_id, None, 10) == []
