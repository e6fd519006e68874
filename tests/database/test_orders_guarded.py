"""Orders and the ledger against whoever has the database's password."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from billing import crediting, refunding
from billing.models import Order
from tests.database.test_orders import order as order  # noqa: PLC0414 - the fixture of that file
from tests.database.test_orders import settle_now
from tests.grounds.matters import account
from tests.grounds.orders import NOW, asked, opened, told


def run_and_settle(session: Session, statement: str, values: dict[str, Any]) -> None:
    session.execute(text(statement), values)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


class TestTheDatabaseAlone:
    """What holds against whoever has its password."""

    @pytest.fixture
    def settled(self, session: Session, order: Order) -> Order:
        crediting.credit(session, told(asked(session, order)), now=NOW)
        refunding.refund(session, order, None, "x", now=NOW)
        settle_now(session)
        return order

    def refused(self, session: Session, statement: str, **values: object) -> None:
        save = session.begin_nested()
        with pytest.raises(IntegrityError):
            run_and_settle(session, statement, values)
        save.rollback()

    @pytest.mark.parametrize("table", ["payment", "ledger_posting", "ledger_entry", "billing_line"])
    @pytest.mark.usefixtures("settled")
    def test_edits_nothing_that_happened(self, session: Session, table: str) -> None:
        column = {"ledger_posting": "cause = 'x'", "billing_line": "unit = 1"}
        self.refused(session, f"UPDATE {table} SET {column.get(table, 'amount = 1')}")  # noqa: S608
        self.refused(session, f"DELETE FROM {table}")  # noqa: S608

    @pytest.mark.usefixtures("settled")
    def test_takes_no_posting_that_does_not_sum_to_zero(self, session: Session) -> None:
        self.refused(
            session,
            "INSERT INTO ledger_entry SELECT id, 'thief', 1 FROM ledger_posting LIMIT 1",
        )
        self.refused(
            session,
            "INSERT INTO ledger_posting SELECT gen_random_uuid(), 'x', payment_id, NULL, "
            "currency, at FROM ledger_posting LIMIT 1",
        )

    @pytest.mark.usefixtures("settled")
    def test_credits_no_payment_twice(self, session: Session) -> None:
        self.refused(
            session,
            "INSERT INTO ledger_posting SELECT gen_random_uuid(), cause, payment_id, refund_id, "
            "currency, at FROM ledger_posting",
        )

    @pytest.mark.usefixtures("settled")
    def test_pays_back_no_more_than_came(self, session: Session) -> None:
        self.refused(
            session,
            "INSERT INTO refund SELECT gen_random_uuid(), payment_id, order_id, provider, 0.01, "
            "currency, cause, status, intended_at, ask_at, tries, event, done_at FROM refund",
        )

    def test_pays_no_order_without_its_payment(self, session: Session) -> None:
        unpaid = opened(session, account(session))
        self.refused(
            session,
            "UPDATE billing_order SET status = 'paid', settled_at = now() WHERE id = :id",
            id=unpaid.id,
        )

    @pytest.mark.usefixtures("settled")
    def test_changes_no_price(self, session: Session) -> None:
        self.refused(session, "UPDATE billing_order SET total = 1")
        self.refused(session, "DELETE FROM billing_order")
