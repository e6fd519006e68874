"""Orders, payment requests and refunds: every (state × action × who) is tried, as of whatever else
has a status (`test_actions_by_state`, which sees to it that no machine is left out).
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import pytest
from sqlalchemy.orm import Session

from billing import crediting, invoices, orders, paying, refunding, transferring
from billing.invoices import Asked
from billing.lifecycle import OrderState, RefundState, RequestState
from billing.models import Order, PaymentRequest
from billing.provider import Place
from core.errors import NotAllowed
from tests.grounds.acts import TABLES, Act, Machine, Scene, cases, only, wrongs
from tests.grounds.matters import account
from tests.grounds.orders import NOW, asked, opened, told

LATER: Final = NOW + timedelta(days=400)


def order_in(session: Session, state: OrderState) -> Scene:
    payer = account(session)
    order = opened(session, payer)
    request = asked(session, order)
    if state in {OrderState.CANCELLED, OrderState.EXPIRED}:
        paying.record_closed(session, request.id, now=NOW)
        orders.move(session, order, state, "x", now=NOW)
    elif state is not OrderState.OPEN:
        crediting.credit(session, told(request, uuid.uuid4().hex), now=NOW)
        if state is not OrderState.PAID:
            part = Decimal(1) if state is OrderState.PARTLY_REFUNDED else None
            back = refunding.refund(session, order, part, "x", now=NOW)
            if state is not OrderState.REFUNDING and back is not None:
                refunding.record_done(session, back.id, uuid.uuid4().hex, now=NOW)
    who = {"payer": payer, "stranger": account(session), "system": None}
    return Scene(session, order, who, {"request": request})


def _ordered(on: Scene, who: Any) -> Order:
    """As the way in finds it; what the system does it does with the order it holds."""
    if who is None:
        raise NotAllowed("no way in")
    return orders.owned(on.session, who, on.row.id, lock=True)


def _system(does: Callable[[Scene], object]) -> Callable[[Scene, Any], object]:
    def act(on: Scene, who: Any) -> None:
        if who is not None or does(on) in {None, False}:
            raise NotAllowed("nobody's verb, or nothing to do")

    return act


def _expire(on: Scene) -> bool:
    paying.record_closed(on.session, on.kept["request"].id, now=NOW)
    return orders.expire_one(on.session, now=LATER)


def _cancel(on: Scene) -> bool:
    orders.cancel(on.session, on.row, "x", now=NOW)
    return True


def _credit(on: Scene, request: PaymentRequest) -> bool:
    return crediting.credit(on.session, told(request, uuid.uuid4().hex), now=NOW).settled


INVOICE: Final = Asked("张三", None, "a@example.org")
ORDER: Final = {
    "start a payment": Act(
        lambda on, who: asked(on.session, _ordered(on, who)), only("payer"),
        within=frozenset({OrderState.OPEN}),
    ),
    "ask for an invoice": Act(
        lambda on, who: invoices.ask(on.session, _ordered(on, who), INVOICE, now=NOW),
        only("payer"), within=frozenset({OrderState.OPEN, OrderState.PAID}),
    ),
    "cancel": Act(_system(_cancel), only("system"), OrderState.CANCELLED),
    "expire": Act(_system(_expire), only("system"), OrderState.EXPIRED),
    "credit": Act(
        _system(lambda on: _credit(on, on.kept["request"])), only("system"), OrderState.PAID
    ),
    "pay back": Act(
        _system(lambda on: refunding.refund(on.session, on.row, None, "x", now=NOW)),
        only("system"), OrderState.REFUNDING,
    ),
}  # fmt: skip


def request_in(session: Session, state: RequestState) -> Scene:
    request = asked(session, opened(session, account(session)))
    if state is RequestState.ASKED:
        paying.record_asked(session, request.id, Place("p", None), now=NOW)
    elif state is RequestState.CLOSED:
        paying.record_closed(session, request.id, now=NOW)
    elif state is RequestState.PAID:
        crediting.credit(session, told(request), now=NOW)
    return Scene(session, request, {"provider": None})


REQUEST: Final = {
    "asked": Act(
        lambda on, _: paying.record_asked(on.session, on.row.id, Place("p", None), now=NOW),
        only("provider"), RequestState.ASKED, quiet=True,
    ),
    "closed": Act(
        lambda on, _: paying.record_closed(on.session, on.row.id, now=NOW), only("provider"),
        RequestState.CLOSED, quiet=True,
    ),
    "paid": Act(
        lambda on, _: _credit(on, on.row), only("provider"), RequestState.PAID, quiet=True
    ),
}  # fmt: skip


def refund_in(session: Session, state: RefundState) -> Scene:
    order = opened(session, account(session))
    request = transferring.request_of(session, order, now=NOW)
    paid = told(request, uuid.uuid4().hex)
    heard = type(paid)(**{**vars(paid), "provider": request.provider, "merchant": request.merchant})
    crediting.credit(session, heard, now=NOW)
    row = refunding.refund(session, order, None, "x", now=NOW)
    assert row is not None
    if state is RefundState.DONE:
        refunding.record_done(session, row.id, "first", now=NOW)
    return Scene(session, row, {"seller": order.seller, "another seller": "zhejiang"})


REFUND: Final = {
    "paid back": Act(
        lambda on, who: transferring.paid_back(on.session, who, on.row.id, "second", now=NOW),
        only("seller"), RefundState.DONE,
    ),
}  # fmt: skip

MACHINES: Final = {
    "order": Machine(order_in, ORDER),
    "payment_request": Machine(request_in, REQUEST),
    "refund": Machine(refund_in, REFUND),
}


@pytest.mark.parametrize(("machine", "state"), cases(MACHINES), ids=str)
def test_every_action_of_everybody_does_what_the_table_says(
    session: Session, machine: str, state: StrEnum
) -> None:
    assert wrongs(session, MACHINES[machine], state, TABLES[machine]) == []
