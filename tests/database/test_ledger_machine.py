"""Any order of payments, repeats, cancellations and refunds leaves a ledger that is right (T26).

A model keeps what should be: which events were credited, to what; what goes back and has gone
back. After every step the database's ledger sums to zero, its accounts are the model's, no payment
was credited twice and nothing went back twice, and what was ordered may be had exactly while it is
paid for and nothing of it goes back (T27).
"""

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, create_engine, func, select, text
from sqlalchemy.orm import Session

from billing import crediting, ledger, orders, paying, refunding
from billing.errors import WrongPayment
from billing.lifecycle import SETTLED, OrderState
from billing.models import LedgerEntry, Order, Payment, PaymentRequest
from core.errors import Conflict, InvalidInput
from tests.grounds.database import Cluster
from tests.grounds.matters import account
from tests.grounds.orders import NOW, asked, opened, told

AMOUNTS = st.sampled_from(["0.01", "0.03", "33.33", "150.00", "99999999.99"])
PICK = st.integers(0, 10**6)


@dataclass
class Expected:
    """What should be of one order."""

    id: uuid.UUID
    total: Decimal
    state: OrderState
    requests: list[uuid.UUID] = field(default_factory=list)
    settled: Decimal = Decimal(0)
    excess: Decimal = Decimal(0)
    intended: Decimal = Decimal(0)
    done: Decimal = Decimal(0)


class Ledger(RuleBasedStateMachine):
    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.outer = connection.begin()
        self.session = Session(connection, join_transaction_mode="create_savepoint")
        self.payer = account(self.session)
        self.orders: list[Expected] = []
        self.events: dict[str, uuid.UUID] = {}
        self.refunds: dict[uuid.UUID, tuple[Expected, Decimal, bool]] = {}
        self.going: set[uuid.UUID] = set()
        self.now = NOW

    def teardown(self) -> None:
        self.session.close()
        self.outer.rollback()

    def order(self, expected: Expected) -> Order:
        return self.session.get_one(
            Order, expected.id, with_for_update=True, populate_existing=True
        )

    def any(self, pick: int) -> Expected:
        return self.orders[pick % len(self.orders)]

    @rule(amount=AMOUNTS)
    def somebody_orders(self, amount: str) -> None:
        made = opened(self.session, self.payer, amount)
        self.orders.append(Expected(made.id, Decimal(amount), OrderState.OPEN))

    @precondition(lambda self: self.orders)
    @rule(pick=PICK)
    def a_payment_is_asked_for(self, pick: int) -> None:
        expected = self.any(pick)
        with suppress(Conflict):
            request = asked(self.session, self.order(expected))
            if request.id not in expected.requests:
                expected.requests.append(request.id)

    @precondition(lambda self: any(each.requests for each in self.orders))
    @rule(pick=PICK, request=PICK, late=st.integers(0, 40))
    def the_provider_tells_of_a_payment(self, pick: int, request: int, late: int) -> None:
        event = f"E{len(self.events)}"
        self._told(pick, request, event, self.now + timedelta(days=late))

    @precondition(lambda self: self.events)
    @rule(pick=PICK, times=st.integers(1, 5))
    def the_provider_repeats_itself(self, pick: int, times: int) -> None:
        event = sorted(self.events)[pick % len(self.events)]
        request = self.session.get_one(PaymentRequest, self.events[event])
        for _ in range(times):
            message = told(request, event, str(request.amount))
            assert crediting.credit(self.session, message, now=self.now).before

    @precondition(lambda self: any(each.requests for each in self.orders))
    @rule(pick=PICK, amount=AMOUNTS)
    def somebody_tells_of_another_amount(self, pick: int, amount: str) -> None:
        expected = next(each for each in self.orders if each.requests)
        request = self.session.get_one(PaymentRequest, expected.requests[0])
        if request.amount == Decimal(amount):
            return
        with pytest.raises(WrongPayment) as caught:
            crediting.credit(self.session, told(request, f"X{pick}", amount), now=self.now)
        assert caught.value.field == "amount"

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, to=st.sampled_from([OrderState.CANCELLED, OrderState.EXPIRED]))
    def the_order_is_taken_back(self, pick: int, to: OrderState) -> None:
        expected = self.any(pick)
        with suppress(Conflict):
            orders.move(self.session, self.order(expected), to, "x", now=self.now)
            expected.state = to

    @precondition(lambda self: any(each.requests for each in self.orders))
    @rule(pick=PICK)
    def the_provider_closes(self, pick: int) -> None:
        with_requests = [each for each in self.orders if each.requests]
        expected = with_requests[pick % len(with_requests)]
        paying.record_closed(self.session, expected.requests[-1], now=self.now)

    @precondition(lambda self: self.orders)
    @rule(pick=PICK, part=st.one_of(st.none(), AMOUNTS))
    def money_is_to_go_back(self, pick: int, part: str | None) -> None:
        expected = self.any(pick)
        amount = None if part is None else Decimal(part)
        with suppress(Conflict, InvalidInput):
            made = refunding.refund(self.session, self.order(expected), amount, "x", now=self.now)
            if made is not None:
                expected.intended += made.amount
                expected.state = OrderState.REFUNDING
                self.refunds[made.id] = (expected, made.amount, True)

    @precondition(lambda self: self.refunds)
    @rule(pick=PICK, times=st.integers(1, 3))
    def the_provider_has_paid_back(self, pick: int, times: int) -> None:
        refund_id = sorted(self.refunds)[pick % len(self.refunds)]
        expected, amount, settles = self.refunds[refund_id]
        for _ in range(times):
            refunding.record_done(self.session, refund_id, f"R{refund_id}", now=self.now)
        if refund_id in self.going:
            return
        self.going.add(refund_id)
        expected.done += amount
        if settles:
            whole = expected.intended == expected.settled
            expected.state = OrderState.REFUNDED if whole else OrderState.PARTLY_REFUNDED

    def _told(self, pick: int, request: int, event: str, now: datetime) -> None:
        with_requests = [each for each in self.orders if each.requests]
        expected = with_requests[pick % len(with_requests)]
        row = self.session.get_one(
            PaymentRequest, expected.requests[request % len(expected.requests)]
        )
        done = crediting.credit(self.session, told(row, event, str(row.amount)), now=now)
        assert not done.before
        self.events[event] = row.id
        assert done.settled == (expected.state is OrderState.OPEN)
        if done.settled:
            expected.settled, expected.state = expected.total, OrderState.PAID
            return
        expected.excess += expected.total
        (made,) = [
            each
            for each in refunding.refunds_of(self.session, expected.id)
            if each.payment_id == done.payment.id
        ]
        self.refunds[made.id] = (expected, made.amount, False)

    @invariant()
    def every_posting_sums_to_zero(self) -> None:
        self.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        self.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
        total = self.session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount), 0)))
        assert total == 0

    @invariant()
    def every_account_is_what_it_should_be(self) -> None:
        settled = sum(each.settled for each in self.orders)
        excess = sum(each.excess for each in self.orders)
        intended = sum(each.intended for each in self.orders)
        done = sum(each.done for each in self.orders)
        balance = {
            name: ledger.balance(self.session, name, "CNY")
            for name in ("income:office", "held:sandbox", ledger.OWED)
        }
        assert balance["income:office"] == intended - settled
        assert balance["held:sandbox"] == settled + excess - done
        assert balance[ledger.OWED] == done - intended - excess

    @invariant()
    def every_event_was_credited_once(self) -> None:
        assert self.session.scalar(select(func.count()).select_from(Payment)) == len(self.events)

    @invariant()
    def what_was_ordered_may_be_had_exactly_while_it_is_paid(self) -> None:
        for expected in self.orders:
            order = self.session.get_one(Order, expected.id, populate_existing=True)
            assert order.status == expected.state
            had = OrderState(order.status) in SETTLED
            assert had == (expected.settled == expected.total and not expected.intended)


def test_the_ledger_is_right_whatever_happens(postgres: Cluster) -> None:
    engine = create_engine(postgres.fresh())
    try:
        with engine.connect() as connection:
            run_state_machine_as_test(
                lambda: Ledger(connection),
                settings=settings(
                    max_examples=15,
                    stateful_step_count=30,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                    database=None,
                    # Shrinking would replay real transactions for minutes.
                    phases=[Phase.generate],
                ),
            )
    finally:
        engine.dispose()
