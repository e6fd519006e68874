"""The gate: a matter reaches the examiners exactly when what is due is paid (T27)."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.inbox_models import Message
from billing import orders, refunding
from billing.lifecycle import OrderState
from billing.models import Order
from billing.orders import Subject
from core.errors import Conflict, IllegalTransition, InvalidInput
from registry import examining, fees, matters, noticing, queueing, settling, submitting
from registry.examining import Remark
from registry.lifecycle import MatterState, Role
from registry.matters import Draft
from registry.models import Matter
from registry.offices import shipped
from registry.profile import Profile
from registry.queueing import Wanted
from tests.grounds import ticks
from tests.grounds.charging import CHARGING, RESUBMISSION, charging
from tests.grounds.matters import (
    CHECKED,
    FORM,
    LONG_AFTER,
    NOW,
    TIANJIN,
    Cast,
    cast,
    drafted,
    papers,
    stated,
)
from tests.grounds.orders import asked, told
from tests.grounds.people import RING


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


def submitted(session: Session, people: Cast, profile: Profile = CHARGING) -> Matter:
    matter = drafted(session, people, profile)
    submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
    return matter


def order_of(session: Session, matter: Matter) -> Order:
    found = fees.order_of(session, matter.id)
    assert found is not None
    session.refresh(found)
    return found


def pay(session: Session, matter: Matter) -> None:
    order = order_of(session, matter)
    message = told(asked(session, order), uuid.uuid4().hex, str(order.total))
    assert settling.take(session, message, now=NOW).settled


def returned(session: Session, people: Cast, matter: Matter) -> None:
    examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
    remarks = [Remark("field", "title", "请写明具体名称")]
    examining.return_for_correction(session, people.first, matter, remarks, "", now=NOW)


def refused(session: Session, people: Cast, matter: Matter) -> None:
    examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
    examining.pass_on(session, people.first, matter, CHECKED, "", now=NOW)
    examining.claim(session, people.final, matter, Role.FINAL_EXAMINER, now=NOW)
    examining.refuse(session, people.final, matter, "forbidden", "说明", now=NOW)


def resubmit(session: Session, people: Cast, matter: Matter, **changes: object) -> None:
    form = {**FORM, "title": "山间晨雾", **changes}
    scan = stated(session, people.applicant)
    matters.change(session, matter, Draft(form, papers(scan.number)))
    submitting.submit(session, RING, matter, people.evidence.number, now=NOW + timedelta(seconds=1))


class TestTheGate:
    def test_holds_a_matter_until_it_is_paid(self, session: Session, people: Cast) -> None:
        matter = submitted(session, people)
        assert matter.status == MatterState.PAYMENT
        waiting = queueing.page(session, people.first, Wanted(Role.FIRST_EXAMINER), None, 100)
        assert matter not in waiting
        order = order_of(session, matter)
        assert (order.status, order.total, order.seller) == ("open", Decimal("150.00"), "tianjin")
        assert order.price_list.startswith("tianjin:")

    def test_opens_with_the_payment(self, session: Session, people: Cast) -> None:
        matter = submitted(session, people)
        pay(session, matter)
        assert matter.status == MatterState.SUBMITTED
        assert matter.submitted_at == NOW

    def test_does_not_open_for_a_verb(self, session: Session, people: Cast) -> None:
        matter = submitted(session, people)
        with pytest.raises(Conflict) as caught:
            submitting.go_on_when_settled(session, matter, "paid", now=NOW)
        assert caught.value.field == "order"

    @pytest.mark.parametrize("end", [None, OrderState.CANCELLED, OrderState.EXPIRED])
    def test_does_not_open_for_a_direct_update(
        self, session: Session, people: Cast, end: OrderState | None
    ) -> None:
        matter = submitted(session, people)
        if end is not None:
            orders.move(session, order_of(session, matter), end, "x", now=NOW)
        save = session.begin_nested()
        with pytest.raises(IntegrityError, match="not paid"):
            session.execute(
                text("UPDATE matter SET status = 'submitted' WHERE id = :id"), {"id": matter.id}
            )
        save.rollback()

    def test_is_no_gate_where_nothing_is_charged(self, session: Session, people: Cast) -> None:
        matter = submitted(session, people, TIANJIN)
        assert matter.status == MatterState.SUBMITTED
        assert fees.order_of(session, matter.id) is None

    def test_lets_pass_at_once_what_costs_nothing_and_says_why(
        self, session: Session, people: Cast
    ) -> None:
        matter = drafted(session, people, CHARGING)
        form = {**FORM, "category": "text"}
        matters.change(session, matter, Draft(form, papers(people.pledge.number)))
        submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
        assert matter.status == MatterState.SUBMITTED
        assert order_of(session, matter).status == OrderState.PAID

    def test_asks_anew_when_the_order_has_expired(self, session: Session, people: Cast) -> None:
        matter = submitted(session, people)
        first = order_of(session, matter)
        submitting.ask_for_payment(session, matter, now=NOW)
        assert order_of(session, matter).id == first.id
        orders.move(session, first, OrderState.EXPIRED, "not paid", now=NOW)
        submitting.ask_for_payment(session, matter, now=NOW + timedelta(seconds=1))
        assert order_of(session, matter).id != first.id
        pay(session, matter)
        assert matter.status == MatterState.SUBMITTED

    def test_asks_for_nothing_while_the_matter_is_edited(
        self, session: Session, people: Cast
    ) -> None:
        with pytest.raises(IllegalTransition):
            submitting.ask_for_payment(session, drafted(session, people, CHARGING), now=NOW)


class TestTheNotice:
    def notices(self, session: Session, matter: Matter) -> list[str]:
        found = noticing.of_matter(session, matter.id)
        return [each.content.decode() for each in found if each.kind == "payment"]

    def test_says_what_is_due_line_by_line_and_until_when(
        self, session: Session, people: Cast
    ) -> None:
        matter = submitted(session, people)
        (said,) = self.notices(session, matter)
        until = (order_of(session, matter).expires_at + timedelta(hours=8)).date()
        for words in ("登记费", "150.00 CNY", f"{until.year}年{until.month}月{until.day}日"):
            assert words in said

    def test_comes_once_for_each_order(self, session: Session, people: Cast) -> None:
        matter = submitted(session, people)
        submitting.ask_for_payment(session, matter, now=NOW)
        assert len(self.notices(session, matter)) == 1
        orders.expire_one(session, now=LONG_AFTER)
        submitting.ask_for_payment(session, matter, now=LONG_AFTER)
        assert len(self.notices(session, matter)) == 2

    def test_is_not_sent_where_nothing_is_due(self, session: Session, people: Cast) -> None:
        matter = submitted(session, people, TIANJIN)
        assert not self.notices(session, matter)

    def test_goes_with_a_message_only_where_something_is_due(
        self, session: Session, people: Cast
    ) -> None:
        submitted(session, people, TIANJIN)
        kinds = select(Message.kind).where(Message.account_id == people.applicant)
        assert set(session.scalars(kinds)) == {"submitted"}
        submitted(session, people)
        assert "payment_asked" in set(session.scalars(kinds))


class TestTakingBack:
    def test_cancels_the_order_and_a_late_payment_goes_back(
        self, session: Session, people: Cast
    ) -> None:
        matter = submitted(session, people)
        order = order_of(session, matter)
        request = asked(session, order)
        submitting.recall(session, matter, now=NOW)
        assert matter.status == MatterState.DRAFT
        assert order_of(session, matter).status == OrderState.CANCELLED
        late = settling.take(session, told(request), now=LONG_AFTER)
        assert not late.settled
        assert matter.status == MatterState.DRAFT
        assert refunding.next_owed(session, now=LONG_AFTER) is not None

    def test_by_withdrawing_cancels_it_too(self, session: Session, people: Cast) -> None:
        matter = submitted(session, people)
        matters.withdraw(session, matter, now=NOW)
        assert order_of(session, matter).status == OrderState.CANCELLED

    def test_by_the_clock_cancels_it_too(self, session: Session, people: Cast) -> None:
        bare = charging()
        matter = submitted(session, people, bare)
        pay(session, matter)
        returned(session, people, matter)
        resubmit(session, people, matter, category="music")
        assert matter.status == MatterState.PAYMENT
        assert ticks.lapse(session, now=LONG_AFTER)
        assert order_of(session, matter).status == OrderState.CANCELLED

    def test_a_matter_recalled_and_submitted_again_is_paid_once(
        self, session: Session, people: Cast
    ) -> None:
        matter = submitted(session, people)
        submitting.recall(session, matter, now=NOW)
        submitting.submit(
            session, RING, matter, people.evidence.number, now=NOW + timedelta(seconds=1)
        )
        pay(session, matter)
        assert matter.status == MatterState.SUBMITTED


class TestAResubmission:
    def test_is_not_paid_for_twice(self, session: Session, people: Cast) -> None:
        matter = submitted(session, people)
        pay(session, matter)
        returned(session, people, matter)
        resubmit(session, people, matter, category="music")
        assert matter.status == MatterState.SUBMITTED
        assert len(orders.settled_for(session, Subject("matter", matter.id))) == 1

    def test_pays_the_difference_where_the_office_waives_nothing(
        self, session: Session, people: Cast
    ) -> None:
        matter = submitted(session, people, charging())
        pay(session, matter)
        returned(session, people, matter)
        resubmit(session, people, matter, category="music")
        assert matter.status == MatterState.PAYMENT
        assert order_of(session, matter).total == Decimal("30.00")
        pay(session, matter)
        assert matter.status == MatterState.SUBMITTED


class TestARefusal:
    def refused(self, session: Session, people: Cast, profile: Profile) -> Matter:
        matter = submitted(session, people, profile)
        pay(session, matter)
        refused(session, people, matter)
        return matter

    def test_pays_back_in_the_same_transaction(self, session: Session, people: Cast) -> None:
        matter = self.refused(session, people, CHARGING)
        order = order_of(session, matter)
        assert order.status == OrderState.REFUNDING
        owed = refunding.next_owed(session, now=NOW)
        assert owed is not None
        assert owed.wanted.amount == Decimal("150.00")
        refunding.record_done(session, owed.wanted.reference, "R1", now=NOW)
        assert order_of(session, matter).status == OrderState.REFUNDED

    def test_pays_back_nothing_where_the_office_does_not(
        self, session: Session, people: Cast
    ) -> None:
        matter = self.refused(session, people, charging(refund=False))
        assert order_of(session, matter).status == OrderState.PAID
        assert refunding.next_owed(session, now=LONG_AFTER) is None

    def test_is_told_of_money_back_only_where_some_comes_back(
        self, session: Session, people: Cast
    ) -> None:
        paid = self.refused(session, people, CHARGING)
        assert "退还" in noticing.of_matter(session, paid.id)[-1].content.decode()
        others = cast(session)
        free = drafted(session, others, CHARGING)
        matters.change(
            session, free, Draft({**FORM, "category": "photograph"}, papers(others.pledge.number))
        )
        submitting.submit(session, RING, free, others.evidence.number, now=NOW)
        assert free.status == MatterState.SUBMITTED, "nothing is charged for photographs"
        refused(session, others, free)
        assert "退还" not in noticing.of_matter(session, free.id)[-1].content.decode()


class TestUrgentHandling:
    def asked_for(self, session: Session, people: Cast, profile: Profile) -> Matter:
        matter = drafted(session, people, profile)
        said = Draft({**FORM, "urgent": True}, papers(people.pledge.number))
        matters.change(session, matter, said)
        submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
        return matter

    def test_costs_what_the_office_says(self, session: Session, people: Cast) -> None:
        matter = self.asked_for(session, people, charging(urgent=True))
        lines = orders.lines_of(session, order_of(session, matter).id)
        assert [line.code for line in lines] == ["registration", "urgent"]
        assert order_of(session, matter).total == Decimal("650.00")

    @pytest.mark.parametrize("profile", [CHARGING, TIANJIN])
    def test_is_refused_where_it_has_no_price(
        self, session: Session, people: Cast, profile: Profile
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            self.asked_for(session, people, profile)
        assert caught.value.field == "urgent"

    def test_is_not_had_for_nothing_by_a_correction(self, session: Session, people: Cast) -> None:
        matter = submitted(session, people, charging(RESUBMISSION, urgent=True))
        pay(session, matter)
        returned(session, people, matter)
        with pytest.raises(InvalidInput) as caught:
            resubmit(session, people, matter, urgent=True)
        assert caught.value.field == "urgent"


@pytest.mark.parametrize(
    ("office", "form", "total"),
    [
        ("zhejiang", {}, "150.00"),
        ("zhejiang", {"category": "music"}, "150.00"),
        ("tianjin", {}, "0"),
        ("shandong", {}, "100.00"),
        ("national", {"category": "text"}, "300.00"),
        ("national", {}, "0"),
    ],
)
def test_the_shipped_offices_charge_what_they_say(
    office: str, form: dict[str, str], total: str
) -> None:
    profile = shipped()[office]
    said = matters.forms.parse({**FORM, **form})
    assert fees.quoted(profile, said).total == Decimal(total)
