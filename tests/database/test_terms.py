"""Terms of real matters: counted with the office's holidays, extended, reminded of, ended."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput, NotFound
from registry import calendars, examining, matters, terms
from registry.examining import Remark
from registry.lifecycle import MatterState, Role
from registry.matters import form_of, profile_of
from registry.offices import shipped
from registry.term_models import EVERYWHERE, HolidayChange, TermChange
from tests.grounds import ticks
from tests.grounds.clocks import (
    WORKING,
    clock,
    edition,
    last_day,
    messages,
    resubmitted,
    returned,
    submitted,
    term_of,
)
from tests.grounds.matters import (
    NOW,
    Cast,
    cast,
)


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


class TestCounting:
    def test_thirty_working_days_pass_over_the_published_holidays(
        self, session: Session, people: Cast
    ) -> None:
        # Spring Festival 2026 is free from 15 to 23 February; 14 and 28 February are worked.
        matter = submitted(session, people, WORKING, datetime(2026, 2, 9, 2, tzinfo=UTC))
        assert last_day(matter.examine_by) == date(2026, 3, 27)

    def test_the_table_of_the_office_comes_before_the_library(
        self, session: Session, people: Cast
    ) -> None:
        for day in (date(2026, 3, 25), date(2026, 3, 26)):
            calendars.set_day(session, "tianjin", day, "停电", working=False, by=None, now=NOW)
        matter = submitted(session, people, WORKING, datetime(2026, 2, 9, 2, tzinfo=UTC))
        assert last_day(matter.examine_by) == date(2026, 3, 31)

    def test_another_offices_table_does_not_count(self, session: Session, people: Cast) -> None:
        day = date(2026, 3, 27)
        calendars.set_day(session, "zhejiang", day, "停电", working=False, by=None, now=NOW)
        matter = submitted(session, people, WORKING, datetime(2026, 2, 9, 2, tzinfo=UTC))
        assert last_day(matter.examine_by) == day

    def test_the_operators_table_counts_unless_the_office_says_otherwise(
        self, session: Session, people: Cast
    ) -> None:
        for day in (date(2026, 3, 25), date(2026, 3, 26)):
            calendars.set_day(session, EVERYWHERE, day, "停电", working=False, by=None, now=NOW)
        calendars.set_day(
            session, "tianjin", date(2026, 3, 25), "照常", working=True, by=None, now=NOW
        )
        matter = submitted(session, people, WORKING, datetime(2026, 2, 9, 2, tzinfo=UTC))
        assert last_day(matter.examine_by) == date(2026, 3, 30)

    def test_a_day_is_a_day_in_shanghai(self, session: Session, people: Cast) -> None:
        evening = submitted(session, people, WORKING, datetime(2026, 2, 9, 15, 59, tzinfo=UTC))
        midnight = submitted(session, cast(session), WORKING, datetime(2026, 2, 9, 16, tzinfo=UTC))
        assert last_day(evening.examine_by) == date(2026, 3, 27)
        assert last_day(midnight.examine_by) == date(2026, 3, 30)

    def test_a_term_over_days_nobody_has_announced_is_provisional(
        self, session: Session, people: Cast
    ) -> None:
        matter = submitted(session, people, WORKING, datetime(2031, 2, 9, 2, tzinfo=UTC))
        term = term_of(session, matter, "examination")
        assert term is not None
        assert term.provisional

    @pytest.mark.parametrize(
        ("office", "form", "purpose", "due"),
        [
            # From Tuesday, 3 March 2026. 4 to 6 April and 1 to 5 May are free.
            ("tianjin", "work", "examination", date(2026, 4, 3)),  # a month
            ("shandong", "work", "examination", date(2026, 4, 3)),
            ("zhejiang", "work", "examination", date(2026, 4, 15)),  # 30 working days
            ("national", "work", "examination", date(2026, 4, 15)),
            ("national", "software", "examination", date(2026, 5, 6)),  # 60 days
            ("tianjin", "work", "correction", date(2026, 5, 6)),  # 60 days
            ("shandong", "work", "correction", date(2026, 5, 6)),
            ("zhejiang", "work", "correction", date(2026, 6, 3)),  # three months
            ("national", "work", "correction", date(2026, 5, 6)),  # two months
            ("national", "software", "correction", date(2026, 4, 2)),  # 30 days
            ("national", "work", "acceptance_notice", date(2026, 3, 4)),  # a working day
            ("national", "work", "progress", date(2026, 3, 5)),  # two working days
            ("zhejiang", "work", "certificate_making", date(2026, 3, 10)),  # about a week
        ],
    )
    def test_each_office_takes_and_gives_its_own_time(
        self, session: Session, office: str, form: str, purpose: str, due: date
    ) -> None:
        profile = shipped()[office]
        found = profile.clock(purpose, form)
        assert found is not None
        calendar = calendars.of_office(session, office)
        assert calendar.due(date(2026, 3, 3), found.amount, found.unit).day == due


class TestTurns:
    def test_the_examination_begins_anew_when_the_correction_comes(
        self, session: Session, people: Cast
    ) -> None:
        matter = returned(session, people, WORKING, NOW)
        assert term_of(session, matter, "examination") is None
        assert matter.examine_by is None
        later = NOW + timedelta(days=20)
        resubmitted(session, people, matter, later)
        term = term_of(session, matter, "examination")
        assert term is not None
        assert term.began_at == later
        assert matter.examine_by == term.due_at
        assert term_of(session, matter, "correction") is None

    def test_where_nothing_restarts_the_examination_runs_on(
        self, session: Session, people: Cast
    ) -> None:
        rules = edition(
            clock("examination", "submission", 60, "days")
            + clock("correction", "return_notice", 30, "days")
        )
        matter = submitted(session, people, rules, NOW)
        due = matter.examine_by
        examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
        remarks = [Remark("field", "title", "请写明具体名称")]
        examining.return_for_correction(session, people.first, matter, remarks, "", now=NOW)
        assert matter.examine_by == due
        resubmitted(session, people, matter, NOW + timedelta(days=10))
        assert matter.examine_by == due

    def test_giving_it_back_to_the_queue_changes_no_term(
        self, session: Session, people: Cast
    ) -> None:
        matter = submitted(session, people, WORKING, NOW)
        due = matter.examine_by
        examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
        examining.release(session, people.first, matter, now=NOW + timedelta(days=3))
        assert matter.examine_by == due

    def test_no_term_runs_on_when_the_matter_has_ended(
        self, session: Session, people: Cast
    ) -> None:
        matter = returned(session, people, WORKING, NOW)
        matters.withdraw(session, matter, now=NOW)
        assert not terms.of_matter(session, matter.id)
        assert (matter.due_at, matter.examine_by) == (None, None)

    def test_an_overdue_examination_is_seen_and_nothing_else_happens(
        self, session: Session, people: Cast
    ) -> None:
        matter = submitted(session, people, WORKING, NOW)
        (shown,) = [
            each
            for each in terms.shown(session, matter, WORKING, form_of(matter).form)
            if each.clock.purpose == "examination"
        ]
        assert not shown.overdue(shown.term.due_at)
        assert shown.overdue(shown.term.due_at + timedelta(microseconds=1))
        assert not ticks.lapse(session, now=NOW + timedelta(days=4000))
        assert matter.status == MatterState.SUBMITTED


class TestExtension:
    def test_counts_on_from_the_last_day_and_only_so_often(
        self, session: Session, people: Cast
    ) -> None:
        matter = returned(session, people, WORKING, NOW)
        assert last_day(matter.due_at) == date(2026, 6, 1)
        matters.extend(session, matter, now=NOW)
        assert last_day(matter.due_at) == date(2026, 7, 1)
        (change,) = session.scalars(select(TermChange)).all()
        assert (change.reason, last_day(change.was), last_day(change.became)) == (
            "extension", date(2026, 6, 1), date(2026, 7, 1),
        )  # fmt: skip
        with pytest.raises(Conflict) as caught:
            matters.extend(session, matter, now=NOW)
        assert caught.value.field == "extension"
        assert len(messages(session, people.applicant, "extended")) == 1

    def test_is_kept_also_where_holidays_that_are_none_any_more_gave_as_much(
        self, session: Session, people: Cast
    ) -> None:
        matter = returned(session, people, WORKING, NOW)
        days = [last_day(matter.due_at) + timedelta(days=each) for each in range(40)]
        for day in days:
            calendars.set_day(session, "tianjin", day, "x", working=False, by=None, now=NOW)
        assert ticks.recount(session, now=NOW)
        moved = matter.due_at
        for day in days:
            calendars.drop_day(session, "tianjin", day, by=None, now=NOW)
        matters.extend(session, matter, now=NOW)
        assert matter.due_at == moved
        (change,) = session.scalars(
            select(TermChange).where(TermChange.reason == "extension")
        ).all()  # what was told, and used up
        assert (change.was, change.became, change.at) == (moved, moved, NOW)

    def test_comes_too_late_after_the_last_day(self, session: Session, people: Cast) -> None:
        matter = returned(session, people, WORKING, NOW)
        assert matter.due_at is not None
        with pytest.raises(Conflict) as caught:
            matters.extend(session, matter, now=matter.due_at + timedelta(seconds=1))
        assert caught.value.field == "due_at"

    def test_is_not_given_by_an_office_without_one(self, session: Session, people: Cast) -> None:
        rules = edition(
            clock("examination", "submission", 60, "days")
            + clock("correction", "return_notice", 30, "days")
        )
        matter = returned(session, people, rules, NOW)
        with pytest.raises(Conflict, match="no extension"):
            matters.extend(session, matter, now=NOW)


class TestLapse:
    def test_waits_for_the_end_of_the_last_day(self, session: Session, people: Cast) -> None:
        matter = returned(session, people, WORKING, NOW)
        assert matter.due_at is not None
        assert not ticks.lapse(session, now=matter.due_at)
        assert ticks.lapse(session, now=matter.due_at + timedelta(seconds=1))
        assert matter.status == MatterState.LAPSED
        assert len(messages(session, people.applicant, "lapsed")) == 1

    def test_does_not_end_what_a_new_holiday_still_saves(
        self, session: Session, people: Cast
    ) -> None:
        matter = returned(session, people, WORKING, NOW)
        due = matter.due_at
        assert due is not None
        calendars.set_day(
            session, "tianjin", date(2026, 6, 1), "台风", working=False, by=None, now=NOW
        )
        assert ticks.lapse(session, now=due + timedelta(hours=2))
        assert matter.status == MatterState.RETURNED
        assert last_day(matter.due_at) == date(2026, 6, 2)


class TestTheTableChanges:
    def counted(self, session: Session, now: datetime = NOW) -> None:
        for _ in range(50):
            if not ticks.recount(session, now=now):
                return
        raise AssertionError("it never comes to an end")

    def test_running_terms_move_and_the_change_is_kept(
        self, session: Session, people: Cast
    ) -> None:
        matter = submitted(session, people, WORKING, NOW)
        was = last_day(matter.examine_by)
        self.counted(session)
        calendars.set_day(session, "tianjin", was, "台风", working=False, by=None, now=NOW)
        self.counted(session)
        assert last_day(matter.examine_by) == was + timedelta(days=1)
        (change,) = session.scalars(select(TermChange)).all()
        assert (change.reason, last_day(change.was)) == ("calendar", was)

    def test_an_applicant_is_never_given_less_time_than_was_told(
        self, session: Session, people: Cast
    ) -> None:
        matter = returned(session, people, WORKING, NOW)
        due = matter.due_at
        calendars.set_day(session, "tianjin", last_day(due), "x", working=False, by=None, now=NOW)
        self.counted(session)
        later = matter.due_at
        assert later is not None
        assert due is not None
        assert later > due
        assert len(messages(session, people.applicant, "moved")) == 1
        calendars.drop_day(session, "tianjin", last_day(due), by=None, now=NOW)
        self.counted(session)
        assert matter.due_at == later

    def test_terms_that_have_ended_stay_as_they_were(self, session: Session, people: Cast) -> None:
        matter = submitted(session, people, WORKING, NOW)
        term = term_of(session, matter, "examination")
        assert term is not None
        due = term.due_at
        matters.withdraw(session, matter, now=NOW)
        calendars.set_day(session, "tianjin", last_day(due), "x", working=False, by=None, now=NOW)
        self.counted(session)
        session.refresh(term)
        assert term.due_at == due

    def test_who_changed_which_day_is_kept(self, session: Session, people: Cast) -> None:
        day, by = date(2026, 10, 8), people.final.account_id
        calendars.set_day(session, "tianjin", day, "国庆节", working=False, by=by, now=NOW)
        calendars.drop_day(session, "tianjin", day, by=by, now=NOW)
        rows = session.scalars(select(HolidayChange).order_by(HolidayChange.id)).all()
        assert [(row.day, row.working, row.account_id) for row in rows] == [
            (day, False, by), (day, None, by),
        ]  # fmt: skip
        with pytest.raises(NotFound):
            calendars.drop_day(session, "tianjin", day, by=by, now=NOW)

    @pytest.mark.parametrize("day", [date(1999, 12, 31), date(2200, 1, 1)])
    def test_a_day_out_of_reach_is_refused(self, session: Session, day: date) -> None:
        with pytest.raises(InvalidInput) as caught:
            calendars.set_day(session, "tianjin", day, "x", working=False, by=None, now=NOW)
        assert caught.value.field == "day"


def test_profile_of_the_tests_keeps_its_clocks(session: Session, people: Cast) -> None:
    matter = submitted(session, people, WORKING, NOW)
    assert profile_of(session, matter).clock("correction") == WORKING.clock("correction")
