"""Orders and payments on a real database: each event is credited once, whatever is told."""

import dataclasses
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from billing import crediting, invoices, ledger, orders, paying, refunding
from billing.errors import WrongPayment
from billing.invoices import Asked
from billing.lifecycle import OrderState, RequestState
from billing.models import LedgerEntry, Order, Payment, PaymentRequest, Refund
from billing.orders import LIFE, Subject
from billing.provider import Place
from core.errors import Conflict, IllegalTransition, InvalidInput, NotFound
from tests.grounds.matters import account
from tests.grounds.orders import NOW, asked, opened, subject, told

LATE = NOW + timedelta(days=30)


def count(session: Session, model: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def settle_now(session: Session) -> None:
    """What the database checks when a transaction commits, checked now."""
    session.flush()
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))


def sum_of_all(session: Session) -> Decimal:
    return session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount), 0))) or Decimal(0)


@pytest.fixture
def order(session: Session) -> Order:
    return opened(session, account(session))


class TestAnOrder:
    def test_that_costs_nothing_is_settled_at_once(self, session: Session) -> None:
        free = opened(session, account(session), "0.00")
        assert (free.status, free.settled_at) == (OrderState.PAID, NOW)
        assert count(session, LedgerEntry) == 0

    def test_is_the_only_open_one_for_its_subject(self, session: Session, order: Order) -> None:
        of = Subject(order.subject_kind, order.subject_id)
        save = session.begin_nested()
        with pytest.raises(IntegrityError):
            opened(session, order.payer_id, of=of)
        save.rollback()

    def test_of_somebody_else_does_not_exist(self, session: Session, order: Order) -> None:
        with pytest.raises(NotFound):
            orders.owned(session, account(session), order.id)

    def test_expires_when_its_time_has_passed(self, session: Session, order: Order) -> None:
        assert not orders.expire_one(session, now=NOW + LIFE)
        assert orders.expire_one(session, now=NOW + LIFE + timedelta(seconds=1))
        session.refresh(order)
        assert order.status == OrderState.EXPIRED

    def test_does_not_expire_while_a_provider_may_take_money(
        self, session: Session, order: Order
    ) -> None:
        request = asked(session, order)
        assert not orders.expire_one(session, now=LATE)
        question = paying.next_question(session, now=LATE)
        assert question is not None
        assert (question.reference, question.close) == (request.id, True)
        paying.record_closed(session, request.id, now=LATE)
        assert orders.expire_one(session, now=LATE)

    def test_is_listed_newest_first_page_by_page(self, session: Session) -> None:
        payer = account(session)
        made = {opened(session, payer).id for _ in range(5)}
        first = orders.of_payer(session, payer, None, 3)
        rest = orders.of_payer(session, payer, first[-1].id, 3)
        assert {each.id for each in (*first, *rest)} == made
        assert len(rest) == 2
        orders.move(session, rest[0], OrderState.EXPIRED, "not paid", now=NOW)
        ended = orders.of_payer(session, payer, None, 9, states=[OrderState.EXPIRED])
        assert [each.id for each in ended] == [rest[0].id]
        with pytest.raises(InvalidInput):
            orders.of_payer(session, account(session), first[-1].id, 3)


class TestARequest:
    def test_is_one_for_an_order_and_provider(self, session: Session, order: Order) -> None:
        assert asked(session, order).id == asked(session, order).id

    def test_is_not_made_for_what_cannot_be_paid(self, session: Session, order: Order) -> None:
        with pytest.raises(Conflict):
            paying.intend(session, order, "sandbox", "M", now=LATE)
        orders.cancel(session, order, "taken back", now=NOW)
        with pytest.raises(Conflict):
            asked(session, order)

    def test_is_asked_about_later_and_later_but_never_given_up(
        self, session: Session, order: Order
    ) -> None:
        request, now = asked(session, order), NOW
        waits = []
        for _ in range(12):
            paying.ask_later(session, request.id, now=now)
            waits.append(request.ask_at - now)
            now = request.ask_at
        assert waits == sorted(waits)
        assert waits[-1] == timedelta(hours=1)
        assert paying.next_question(session, now=now) is not None

    def test_keeps_its_page(self, session: Session, order: Order) -> None:
        request = asked(session, order)
        for _ in range(2):
            paying.record_asked(session, request.id, Place("http://x", "code"), now=NOW)
        assert (request.status, request.page) == (RequestState.ASKED, "http://x")


class TestAPayment:
    def test_settles_its_order(self, session: Session, order: Order) -> None:
        done = crediting.credit(session, told(asked(session, order)), now=NOW)
        assert done.settled
        assert order.status == OrderState.PAID
        assert ledger.balance(session, "income:office", "CNY") == Decimal("-150.00")
        assert ledger.balance(session, "held:sandbox", "CNY") == Decimal("150.00")
        settle_now(session)

    @pytest.mark.parametrize("times", range(1, 6))
    @pytest.mark.parametrize("late", [timedelta(0), timedelta(days=30)])
    def test_is_credited_once_however_often_it_is_told(
        self, session: Session, order: Order, times: int, late: timedelta
    ) -> None:
        request = asked(session, order)
        results = [crediting.credit(session, told(request), now=NOW + late) for _ in range(times)]
        assert [each.settled for each in results] == [True, *[False] * (times - 1)]
        assert [each.before for each in results] == [False, *[True] * (times - 1)]
        assert count(session, Payment) == 1
        assert count(session, Refund) == 0

    def test_is_credited_once_in_any_order_of_messages(self, session: Session) -> None:
        payer = account(session)
        requests = [asked(session, opened(session, payer)) for _ in range(4)]
        messages = [
            told(requests[place], f"P{place}")
            for place in (3, 0, 0, 2, 1, 3, 0, 1, 2, 2, 1, 0, 3, 3, 1, 2, 0, 2, 1, 3)
        ]
        settled = [crediting.credit(session, each, now=LATE).settled for each in messages]
        assert sum(settled) == 4
        assert count(session, Payment) == 4
        assert sum_of_all(session) == 0

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("merchant", "SANDBOX-OTHER"), ("currency", "USD"),
            ("amount", Decimal("0.01")), ("amount", Decimal("149.99")),
            ("amount", Decimal("150.01")), ("amount", Decimal("15000.00")),
            ("reference", uuid.UUID(int=1)), ("provider", "wechat"),
        ],
    )  # fmt: skip
    def test_that_is_another_than_was_asked_for_is_refused(
        self, session: Session, order: Order, field: str, value: Any
    ) -> None:
        wrong = dataclasses.replace(told(asked(session, order)), **{field: value})
        with pytest.raises(WrongPayment) as caught:
            crediting.credit(session, wrong, now=NOW)
        assert caught.value.field == ("reference" if field == "provider" else field)
        assert count(session, Payment) == 0
        session.refresh(order)
        assert order.status == OrderState.OPEN

    def test_under_the_number_of_another_is_refused(self, session: Session, order: Order) -> None:
        other = opened(session, order.payer_id)
        crediting.credit(session, told(asked(session, order)), now=NOW)
        with pytest.raises(WrongPayment) as caught:
            crediting.credit(session, told(asked(session, other)), now=NOW)
        assert caught.value.field == "event"

    def test_that_comes_twice_is_credited_and_goes_back(
        self, session: Session, order: Order
    ) -> None:
        request = asked(session, order)
        crediting.credit(session, told(request, "P1"), now=NOW)
        second = crediting.credit(session, told(request, "P2"), now=NOW)
        assert not second.settled
        assert [(r.payment_id, r.cause) for r in refunding.refunds_of(session, order.id)] == [
            (second.payment.id, "not owed")
        ]
        assert order.status == OrderState.PAID
        assert ledger.balance(session, ledger.OWED, "CNY") == Decimal("-150.00")
        settle_now(session)

    @pytest.mark.parametrize("end", [OrderState.CANCELLED, OrderState.EXPIRED])
    def test_for_an_order_that_has_ended_is_credited_and_goes_back(
        self, session: Session, order: Order, end: OrderState
    ) -> None:
        request = asked(session, order)
        orders.move(session, order, end, "x", now=NOW)
        done = crediting.credit(session, told(request), now=LATE)
        assert not done.settled
        owed = refunding.next_owed(session, now=LATE)
        assert owed is not None
        refunding.record_done(session, owed.wanted.reference, "R1", now=LATE)
        assert order.status == end
        assert ledger.balance(session, "held:sandbox", "CNY") == 0
        assert ledger.balance(session, ledger.OWED, "CNY") == 0
        settle_now(session)

    def test_closes_what_was_asked_of_another_provider(
        self, session: Session, order: Order
    ) -> None:
        other = paying.intend(session, order, "wechat", "W", now=NOW)
        crediting.credit(session, told(asked(session, order)), now=NOW)
        question = paying.next_question(session, now=NOW)
        assert question is not None
        assert (question.reference, question.close) == (other.id, True)


class TestARefund:
    @pytest.fixture
    def settled(self, session: Session, order: Order) -> Order:
        crediting.credit(session, told(asked(session, order)), now=NOW)
        return order

    def test_is_intended_before_anybody_is_asked(self, session: Session, settled: Order) -> None:
        made = refunding.refund(session, settled, None, "refused", now=NOW)
        assert made is not None
        assert (made.status, settled.status) == ("intended", OrderState.REFUNDING)
        assert ledger.balance(session, "income:office", "CNY") == 0
        settle_now(session)

    def test_ends_when_the_provider_has_paid_and_only_once(
        self, session: Session, settled: Order
    ) -> None:
        made = refunding.refund(session, settled, None, "refused", now=NOW)
        assert made is not None
        for _ in range(3):
            refunding.record_done(session, made.id, "R1", now=NOW)
        assert settled.status == OrderState.REFUNDED
        assert ledger.balance(session, "held:sandbox", "CNY") == 0
        with pytest.raises(InvalidInput):
            refunding.refund(session, settled, None, "again", now=NOW)
        settle_now(session)

    def test_may_be_of_a_part_and_then_of_the_rest(self, session: Session, settled: Order) -> None:
        for amount, state in (
            ("50.00", OrderState.PARTLY_REFUNDED), ("100.00", OrderState.REFUNDED),
        ):  # fmt: skip
            made = refunding.refund(session, settled, Decimal(amount), "x", now=NOW)
            assert made is not None
            refunding.record_done(session, made.id, f"R{amount}", now=NOW)
            assert settled.status == state

    @pytest.mark.parametrize("amount", ["150.01", "0.00", "-1.00"])
    def test_is_never_more_than_was_paid(
        self, session: Session, settled: Order, amount: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            refunding.refund(session, settled, Decimal(amount), "x", now=NOW)
        assert caught.value.field == "amount"

    def test_is_one_at_a_time(self, session: Session, settled: Order) -> None:
        refunding.refund(session, settled, Decimal("50.00"), "x", now=NOW)
        with pytest.raises(IllegalTransition):
            refunding.refund(session, settled, Decimal("50.00"), "x", now=NOW)

    def test_is_asked_for_again_and_again(self, session: Session, settled: Order) -> None:
        made = refunding.refund(session, settled, None, "x", now=NOW)
        assert made is not None
        for tries in range(1, 20):
            assert refunding.ask_later(session, made.id, now=NOW) == tries
        assert refunding.next_owed(session, now=NOW) is None
        assert refunding.next_owed(session, now=LATE) is not None


class TestAnInvoice:
    GOOD = Asked("杭州某某有限公司", "91330106MA27XK7R2D", "cw@example.cn")

    def test_is_asked_for_and_changed(self, session: Session, order: Order) -> None:
        number = "91350100M000100Y43"
        invoices.ask(session, order, dataclasses.replace(self.GOOD, tax_number=number), now=NOW)
        again = Asked("个人", None, "A@Example.cn")
        made = invoices.ask(session, order, again, now=LATE)
        assert (made.title, made.tax_number, made.email) == ("个人", None, "a@example.cn")
        assert (made.asked_at, made.changed_at) == (NOW, LATE)

    def test_is_listed_to_the_seller_once_the_order_is_paid(
        self, session: Session, order: Order
    ) -> None:
        body = dataclasses.replace(self.GOOD, tax_number=None)
        invoices.ask(session, order, body, now=NOW)
        assert invoices.of_seller(session, order.seller, None, 9) == []
        crediting.credit(session, told(asked(session, order)), now=NOW)
        ((listed, wanted),) = invoices.of_seller(session, order.seller, None, 9)
        assert (listed.id, wanted.title) == (order.id, body.title)
        assert invoices.of_seller(session, "elsewhere", None, 9) == []

    @pytest.mark.parametrize(
        ("field", "value"),
        [("tax_number", "91350100M000100Y44"), ("tax_number", "1"), ("email", "13800000000"),
         ("email", "x"), ("title", " ")],
    )  # fmt: skip
    def test_names_what_cannot_be(
        self, session: Session, order: Order, field: str, value: str
    ) -> None:
        good = dataclasses.replace(self.GOOD, tax_number=None)
        with pytest.raises(InvalidInput) as caught:
            invoices.ask(session, order, dataclasses.replace(good, **{field: value}), now=NOW)
        assert caught.value.field == field

    def test_needs_something_to_invoice(self, session: Session) -> None:
        free = opened(session, account(session), "0.00")
        with pytest.raises(Conflict):
            invoices.ask(session, free, dataclasses.replace(self.GOOD, tax_number=None), now=NOW)


def test_subjects_are_found_by_what_was_paid(session: Session) -> None:
    what = subject()
    assert orders.charged(session, what) == 0
    order = opened(session, account(session), of=what)
    assert orders.charged(session, what) == 0
    crediting.credit(session, told(asked(session, order)), now=NOW)
    assert orders.charged(session, what) == Decimal("150.00")
    assert [each.id for each in orders.settled_for(session, what)] == [order.id]
    assert session.scalar(select(func.count()).select_from(PaymentRequest)) == 1
