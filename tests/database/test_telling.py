"""Who is told what when a matter moves or a term nears its end, and how often."""

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts import staff
from accounts.inbox_models import Dispatch, Message
from accounts.models import OfficerRole
from certs.models import Certificate
from registry import examining, matters, opening, registering, submitting, terms
from registry.lifecycle import MatterState, Role
from tests.grounds import ticks
from tests.grounds.clocks import (
    WORKING,
    clock,
    edition,
    messages,
    resubmitted,
    returned,
    submitted,
    term_of,
)
from tests.grounds.matters import (
    NOW,
    Cast,
    brought_to,
    cast,
    drafted,
    officer,
)
from tests.grounds.people import RING


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


ZHEJIANG_AT_TIANJIN = edition(
    clock("examination", "submission", 30, "working_days", restarts='["resubmission"]',
          remind_before="[10, 3]")
    + clock("correction", "return_notice", 3, "months")
)  # fmt: skip


class TestReminders:
    def reminded(self, session: Session, now: datetime) -> int:
        count = 0
        while ticks.remind(session, now=now):
            count += 1
            assert count < 50
        return count

    def test_each_is_sent_once_however_often_the_clock_is_asked(
        self, session: Session, people: Cast
    ) -> None:
        matter = returned(session, people, WORKING, NOW)
        assert matter.due_at is not None
        for days in (31, 30, 29, 7, 6, 1, 0):
            self.reminded(session, matter.due_at - timedelta(days=days))
            self.reminded(session, matter.due_at - timedelta(days=days))
        sent = messages(session, people.applicant, "remind_correction")
        assert [each.facts["days"] for each in sent] == ["30", "7", "1"]
        assert {each.facts["due"] for each in sent} == {"2026-06-01"}

    def test_a_worker_that_was_down_sends_the_last_one_only(
        self, session: Session, people: Cast
    ) -> None:
        matter = returned(session, people, WORKING, NOW)
        assert matter.due_at is not None
        self.reminded(session, matter.due_at - timedelta(days=5))
        sent = messages(session, people.applicant, "remind_correction")
        assert [each.facts["days"] for each in sent] == ["5"]

    def test_more_time_means_new_reminders(self, session: Session, people: Cast) -> None:
        matter = returned(session, people, WORKING, NOW)
        assert matter.due_at is not None
        self.reminded(session, matter.due_at - timedelta(days=6))
        matters.extend(session, matter, now=matter.due_at - timedelta(days=6))
        self.reminded(session, matter.due_at - timedelta(days=6))
        assert len(messages(session, people.applicant, "remind_correction")) == 2

    def test_a_term_of_before_there_were_reminders_gets_them_when_it_is_counted(
        self, session: Session, people: Cast
    ) -> None:
        matter = returned(session, people, WORKING, NOW)
        term = term_of(session, matter, "correction")
        assert term is not None
        term.remind_at, term.reckoned = None, 0
        session.flush()
        assert ticks.recount(session, now=NOW)
        assert matter.due_at is not None
        self.reminded(session, matter.due_at - timedelta(days=6))
        assert len(messages(session, people.applicant, "remind_correction")) == 1

    def test_nobody_is_reminded_of_what_is_done(self, session: Session, people: Cast) -> None:
        matter = returned(session, people, WORKING, NOW)
        due = matter.due_at
        assert due is not None
        resubmitted(session, people, matter, NOW)
        self.reminded(session, due - timedelta(days=1))
        assert not messages(session, people.applicant, "remind_correction")

    def test_an_examiner_is_reminded_who_holds_the_matter(
        self, session: Session, people: Cast
    ) -> None:
        matter = drafted(session, people, ZHEJIANG_AT_TIANJIN)
        submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
        examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
        assert matter.examine_by is not None
        self.reminded(session, matter.examine_by - timedelta(days=2))
        (told,) = messages(session, people.first.account_id, "remind_examination")
        assert told.facts["days"] == "2"

    def test_officers_who_could_take_it_are_reminded_while_nobody_holds_it(
        self, session: Session, people: Cast
    ) -> None:
        here = officer(session, staff.Role.FIRST_EXAMINER, agency="exchange")
        elsewhere = officer(session, staff.Role.FIRST_EXAMINER, agency="publishing")
        matter = drafted(session, people, ZHEJIANG_AT_TIANJIN)
        submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
        assert matter.examine_by is not None
        self.reminded(session, matter.examine_by - timedelta(days=2))
        assert len(messages(session, here.account_id, "remind_examination")) == 1
        assert len(messages(session, here.account_id, "to_examine")) == 1
        assert not messages(session, elsewhere.account_id, "remind_examination")


class TestTelling:
    def kinds(self, session: Session, account_id: uuid.UUID) -> list[str]:
        query = select(Message.kind).where(Message.account_id == account_id)
        return list(session.scalars(query.order_by(Message.created_at, Message.id)))

    @pytest.mark.parametrize(
        ("state", "kind"),
        [
            (MatterState.SUBMITTED, "submitted"),
            (MatterState.FIRST_EXAMINATION, "examining"),
            (MatterState.RETURNED, "returned"),
            (MatterState.PASSED, "passed"),
            (MatterState.REGISTERED, "registered"),
            (MatterState.REFUSED, "refused"),
            (MatterState.LAPSED, "lapsed"),
            (MatterState.WITHDRAWN, "withdrawn"),
        ],
    )
    def test_the_applicant_hears_of_every_state(
        self, session: Session, people: Cast, state: MatterState, kind: str
    ) -> None:
        brought_to(session, people, state)
        assert kind in self.kinds(session, people.applicant)

    def test_a_correction_that_comes_is_confirmed(self, session: Session, people: Cast) -> None:
        matter = returned(session, people, WORKING, NOW)
        resubmitted(session, people, matter, NOW)
        assert "resubmitted" in self.kinds(session, people.applicant)

    def test_officers_hear_of_what_waits_for_them(self, session: Session, people: Cast) -> None:
        first = officer(session, staff.Role.FIRST_EXAMINER, agency="exchange")
        other = officer(session, staff.Role.FIRST_EXAMINER, agency="publishing")
        final = officer(session, staff.Role.FINAL_EXAMINER)
        brought_to(session, people, MatterState.PASSED)
        assert self.kinds(session, first.account_id) == ["to_examine"]
        assert self.kinds(session, final.account_id) == ["to_approve"]
        assert self.kinds(session, other.account_id) == []

    def test_an_officer_is_not_told_of_ones_own_application(
        self, session: Session, people: Cast
    ) -> None:
        session.add(
            OfficerRole(
                id=uuid.uuid4(), account_id=people.applicant, person_id=people.first.person_id,
                office="tianjin", agency="exchange", role="first_examiner", appointed_at=NOW,
            )
        )  # fmt: skip
        brought_to(session, people, MatterState.SUBMITTED)
        assert "to_examine" not in self.kinds(session, people.applicant)

    def test_the_officer_who_held_it_hears_of_a_withdrawal(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        matters.withdraw(session, matter, now=NOW)
        assert "gone_from_examiner" in self.kinds(session, people.first.account_id)

    def test_a_message_holds_no_name_no_title_and_no_reason(
        self, session: Session, people: Cast
    ) -> None:
        matter = returned(session, people, WORKING, NOW)
        matters.withdraw(session, matter, now=NOW)
        for message in session.scalars(select(Message)):
            assert set(message.facts) <= {
                "number", "office_zh", "office_en", "due", "days", "registration", "papers_to",
            }  # fmt: skip
            assert "山间" not in str(message.facts)
            assert "张三" not in str(message.facts)

    def test_what_is_urgent_goes_out_and_the_rest_stays_inside(
        self, session: Session, people: Cast
    ) -> None:
        brought_to(session, people, MatterState.RETURNED)
        query = select(Message.kind).join(Dispatch).where(Message.account_id == people.applicant)
        assert set(session.scalars(query)) == {"submitted", "returned"}
        assert session.scalar(select(func.count()).select_from(Dispatch)) == 2


def test_the_certificate_is_announced_once_and_its_making_ends(
    session: Session, people: Cast
) -> None:
    rules = edition(
        clock("examination", "submission", 60, "days")
        + clock("correction", "return_notice", 30, "days")
        + clock("certificate_making", "approval", 7, "days")
    )
    matter = submitted(session, people, rules, NOW)
    examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
    stages = {each.stage: tuple(each.checklist) for each in rules.stages}
    examining.pass_on(session, people.first, matter, stages["first"], "", now=NOW)
    examining.claim(session, people.final, matter, Role.FINAL_EXAMINER, now=NOW)
    opening.open_matter(session, people.final, matter, now=NOW)
    entry = registering.approve(
        session, people.final, matter, stages["final"], lambda _record: None, lambda: NOW
    )
    assert term_of(session, matter, "certificate_making") is not None
    assert not ticks.announce(session, now=NOW)
    session.add(
        Certificate(
            id=uuid.uuid4(), evidence_id=entry.record_evidence_id, edition=1, number="n",
            content=b"{}", sample=True, frozen_at=NOW, pdf_sha256="0" * 64, made_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    assert ticks.announce(session, now=NOW)
    assert not ticks.announce(session, now=NOW)
    assert not terms.of_matter(session, matter.id)
    (told,) = messages(session, people.applicant, "certificate_ready")
    assert told.facts["registration"] == entry.number
