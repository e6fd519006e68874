"""Bank transfers on a real database: the bank's number makes a movement one, whoever says it."""

import uuid
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing import crediting, ledger, orders, paying, refunding, transfer, transferring
from billing.lifecycle import OrderState
from billing.models import Order, Payment
from core.errors import Conflict, InvalidInput, NotFound
from tests.grounds.matters import account
from tests.grounds.orders import NOW, opened

DAY = date(2026, 3, 1)


@pytest.fixture
def order(session: Session) -> Order:
    return opened(session, account(session))


def came(session: Session, order: Order, reference: str) -> crediting.Credited:
    """The cashier says that a transfer is on the statement."""
    asked = transferring.request_of(session, order, now=NOW)
    event = transfer.event_of("office", reference)
    told = transfer.told(asked.id, event, order.total, order.currency, DAY, now=NOW)
    return crediting.credit(session, told, now=NOW)


class TestComing:
    def test_settles_an_order_whose_payer_never_said_so(
        self, session: Session, order: Order
    ) -> None:
        assert transferring.awaited(session, "office", 9) == []
        assert came(session, order, "AAAA1").settled
        assert order.status == OrderState.PAID

    def test_is_awaited_once_the_payer_has_chosen_it(self, session: Session, order: Order) -> None:
        paying.intend(session, order, transfer.NAME, transfer.MERCHANT, now=NOW)
        assert [each.id for each in transferring.awaited(session, "office", 9)] == [order.id]
        assert transferring.awaited(session, "another", 9) == []

    def test_said_twice_is_credited_once_and_ledgers_sum_to_nothing(
        self, session: Session, order: Order
    ) -> None:
        assert [came(session, order, "AAAA1").before for _ in range(3)] == [False, True, True]
        assert session.scalar(select(func.count()).select_from(Payment)) == 1
        held = ledger.balance(session, "held:transfer", "CNY")
        assert held + ledger.balance(session, "income:office", "CNY") == 0

    def test_for_an_order_that_has_ended_goes_back(self, session: Session, order: Order) -> None:
        orders.cancel(session, order, "taken back", now=NOW)
        done = came(session, order, "AAAA1")
        assert (done.settled, done.payment.use) == (False, "excess")
        ((refund, of),) = transferring.owed(session, "office", 9)
        assert (refund.payment_id, of.id) == (done.payment.id, order.id)

    def test_is_looked_for_at_its_own_office_only(self, session: Session, order: Order) -> None:
        assert transferring.order_of(session, "office", order.number).id == order.id
        with pytest.raises(NotFound):
            transferring.order_of(session, "another", order.number)


class TestGoingBack:
    @pytest.fixture
    def refunds(self, session: Session) -> list[uuid.UUID]:
        """Two refunds that are owed."""
        found = []
        for place in range(2):
            order = opened(session, account(session))
            came(session, order, f"AAAA{place}")
            made = refunding.refund(session, order, None, "refused", now=NOW)
            assert made is not None
            found.append(made.id)
        return found

    def test_is_done_once_under_one_number(
        self, session: Session, refunds: list[uuid.UUID]
    ) -> None:
        for _ in range(2):
            done = transferring.paid_back(session, "office", refunds[0], "office:BACK1", now=NOW)
            assert done.status == "done"
        assert ledger.balance(session, ledger.OWED, "CNY") == -150

    def test_never_takes_the_number_of_another(
        self, session: Session, refunds: list[uuid.UUID]
    ) -> None:
        transferring.paid_back(session, "office", refunds[0], "office:BACK1", now=NOW)
        for refund, event in ((refunds[1], "office:BACK1"), (refunds[0], "office:BACK2")):
            with pytest.raises(Conflict) as caught:
                transferring.paid_back(session, "office", refund, event, now=NOW)
            assert caught.value.field == "bank_reference"

    def test_of_another_office_does_not_exist(
        self, session: Session, refunds: list[uuid.UUID]
    ) -> None:
        with pytest.raises(NotFound):
            transferring.paid_back(session, "another", refunds[0], "another:BACK1", now=NOW)


@pytest.mark.parametrize("reference", ["", "abc", "x" * 41, "A B C D", "流水1234", "AAAA\n"])
def test_the_number_of_a_bank_is_of_a_form(reference: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        transfer.event_of("office", reference)
    assert caught.value.field == "bank_reference"


def test_a_remark_holds_the_number_however_long_the_title_is() -> None:
    said = transfer.remark("山" * 100, "0123456789012345")
    assert said == f"{'山' * 20} 0123456789012345"
    assert transfer.remark("", "0123456789012345") == "0123456789012345"
