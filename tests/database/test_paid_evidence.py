"""存证已付款的,登记免缴 (SD-163); and one order for both, of which each seller earns its own."""

from decimal import Decimal

from sqlalchemy.orm import Session

from billing import crediting, ledger, orders, refunding
from billing.lifecycle import OrderState
from billing.models import Order
from billing.orders import Item, NewOrder, Subject
from billing.pricing import Line
from registry.lifecycle import MatterState
from tests.database.test_matter_fees import order_of, pay, refused, submitted
from tests.database.test_matter_fees import people as people  # noqa: PLC0414 - a fixture
from tests.grounds.charging import EVIDENCE_PAID, charging
from tests.grounds.matters import LONG_AFTER, NOW, Cast
from tests.grounds.orders import asked, told


class TestPaidEvidence:
    """存证已付款的,登记免缴 (SD-163); and one order for both (7.1(16))."""

    def charged(self, session: Session, people: Cast) -> Order:
        subject = Subject("evidence", people.evidence.id)
        line = Line("evidence", "存证费", Decimal("20.00"), 1, "每件")
        new = NewOrder(
            people.applicant, "evidence", subject, "存证费", "e:1", "CNY", (Item(subject, line),)
        )
        return orders.open_order(session, new, now=NOW)

    def test_makes_registration_free(self, session: Session, people: Cast) -> None:
        crediting.credit(
            session, told(asked(session, self.charged(session, people)), "E1", "20.00"), now=NOW
        )
        matter = submitted(session, people, charging(EVIDENCE_PAID))
        assert matter.status == MatterState.SUBMITTED
        lines = orders.lines_of(session, order_of(session, matter).id)
        assert lines[-1].code == "waived_evidence_paid"

    def test_not_where_the_office_does_not_say_so(self, session: Session, people: Cast) -> None:
        crediting.credit(
            session, told(asked(session, self.charged(session, people)), "E1", "20.00"), now=NOW
        )
        assert submitted(session, people).status == MatterState.PAYMENT

    def test_is_paid_in_one_order_with_the_registration(
        self, session: Session, people: Cast
    ) -> None:
        theirs = self.charged(session, people)
        matter = submitted(session, people, charging(EVIDENCE_PAID))
        session.refresh(theirs)
        assert theirs.status == OrderState.CANCELLED
        assert order_of(session, matter).total == Decimal("20.00")
        pay(session, matter)
        assert matter.status == MatterState.SUBMITTED
        assert orders.charged(session, Subject("evidence", people.evidence.id)) == Decimal("20.00")
        assert ledger.balance(session, "income:installation", "CNY") == Decimal("-20.00")
        assert ledger.balance(session, "income:tianjin", "CNY") == 0

    def test_is_kept_when_the_registration_is_refused(self, session: Session, people: Cast) -> None:
        self.charged(session, people)
        matter = submitted(session, people)
        pay(session, matter)
        refused(session, people, matter)
        owed = refunding.next_owed(session, now=NOW)
        assert owed is not None
        assert owed.wanted.amount == Decimal("150.00")
        for _ in range(2):
            paid = orders.charged(session, Subject("evidence", people.evidence.id))
            assert paid == Decimal("20.00")
            refunding.record_done(session, owed.wanted.reference, "R1", now=NOW)
        assert order_of(session, matter).status == OrderState.PARTLY_REFUNDED
        assert orders.charged(session, Subject("matter", matter.id)) == 0
        assert ledger.balance(session, "income:tianjin", "CNY") == 0
        assert ledger.balance(session, "income:installation", "CNY") == Decimal("-20.00")

    def test_is_all_there_is_to_keep_where_the_registration_was_free(
        self, session: Session, people: Cast
    ) -> None:
        self.charged(session, people)
        matter = submitted(session, people, charging(EVIDENCE_PAID))
        pay(session, matter)
        refused(session, people, matter)
        assert order_of(session, matter).status == OrderState.PAID
        assert refunding.next_owed(session, now=LONG_AFTER) is None

    def test_goes_back_last_when_all_of_the_order_does(
        self, session: Session, people: Cast
    ) -> None:
        self.charged(session, people)
        matter = submitted(session, people)
        pay(session, matter)
        refunding.refund(session, order_of(session, matter), None, "mistaken", now=NOW)
        assert orders.charged(session, Subject("evidence", people.evidence.id)) == 0
        for seller in ("tianjin", "installation"):
            assert ledger.balance(session, f"income:{seller}", "CNY") == 0
