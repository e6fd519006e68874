"""Which terms a step begins and ends, and when reminders go out: no database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from registry.clockwork import Step, begun, day_of, end_of, ended, next_reminder, reached
from registry.lifecycle import MatterState
from registry.offices import shipped
from registry.profile_parts import Clock
from registry.tables import messages, standings

S = MatterState
EXAMINATION = Clock(
    "examination", "submission", 30, "working_days", "office", "overdue", "manual",
    restarts=("resubmission",), remind_before=(10, 3),
)  # fmt: skip
CORRECTION = Clock(
    "correction", "return_notice", 30, "days", "applicant", "lapse", "rule",
    remind_before=(14, 3, 1),
)  # fmt: skip
SUBMITTED = Step(S.PAYMENT, S.SUBMITTED, correcting=False)
RESUBMITTED = Step(S.PAYMENT, S.SUBMITTED, correcting=True)
RETURNED = Step(S.FIRST_EXAMINATION, S.RETURNED, correcting=False)
DUE = end_of(datetime(2026, 6, 30, 4, tzinfo=UTC).date())


class TestBegun:
    def test_an_examination_begins_when_the_application_reaches_the_examiners(self) -> None:
        assert begun([EXAMINATION, CORRECTION], "work", SUBMITTED) == (EXAMINATION,)

    @pytest.mark.parametrize("starts", ["submission", "payment", "acceptance"])
    def test_submission_payment_and_acceptance_are_one_moment(self, starts: str) -> None:
        clock = replace(EXAMINATION, starts=starts)
        assert begun([clock], "work", SUBMITTED) == (clock,)

    def test_an_examination_begins_anew_with_the_correction_only_where_the_office_says_so(
        self,
    ) -> None:
        going_on = replace(EXAMINATION, restarts=())
        assert begun([EXAMINATION], "work", RESUBMITTED) == (EXAMINATION,)
        assert begun([going_on], "work", RESUBMITTED) == ()

    @pytest.mark.parametrize("was", [S.FIRST_EXAMINATION, S.FINAL_EXAMINATION])
    def test_nothing_begins_when_officers_give_it_back_among_themselves(
        self, was: MatterState
    ) -> None:
        assert (
            begun([EXAMINATION, CORRECTION], "work", Step(was, S.SUBMITTED, correcting=False)) == ()
        )

    def test_a_clock_of_another_form_does_not_begin(self) -> None:
        software = replace(EXAMINATION, form=("software",))
        assert begun([software], "work", SUBMITTED) == ()
        assert begun([software], "software", SUBMITTED) == (software,)

    @pytest.mark.parametrize("was", [S.SIGNING, S.PAYMENT])
    def test_a_correction_taken_back_for_editing_runs_on(self, was: MatterState) -> None:
        step = Step(was, S.RETURNED, correcting=True)
        assert begun([EXAMINATION, CORRECTION], "work", step) == ()
        assert not ended(CORRECTION, step)

    def test_a_correction_begins_with_the_return(self) -> None:
        assert begun([EXAMINATION, CORRECTION], "work", RETURNED) == (CORRECTION,)


class TestEnded:
    @pytest.mark.parametrize("end", [S.REGISTERED, S.REFUSED, S.LAPSED, S.WITHDRAWN])
    def test_every_term_ends_with_the_matter(self, end: MatterState) -> None:
        assert ended(EXAMINATION, Step(S.FINAL_EXAMINATION, end, correcting=False))
        assert ended(CORRECTION, Step(S.RETURNED, end, correcting=True))

    def test_an_examination_that_begins_anew_ends_with_the_return(self) -> None:
        assert ended(EXAMINATION, RETURNED)
        assert not ended(replace(EXAMINATION, restarts=()), RETURNED)

    def test_a_correction_ends_only_when_it_is_handed_in(self) -> None:
        assert ended(CORRECTION, RESUBMITTED)
        assert not ended(CORRECTION, RETURNED)

    def test_the_first_look_ends_the_term_of_progress(self) -> None:
        clock = replace(EXAMINATION, purpose="progress")
        assert ended(clock, Step(S.SUBMITTED, S.FIRST_EXAMINATION, correcting=False))
        assert not ended(clock, RETURNED)


class TestReminders:
    def test_go_out_at_nine_in_the_morning_of_the_office(self) -> None:
        assert next_reminder(CORRECTION, DUE, DUE - timedelta(days=20)) == datetime(
            2026, 6, 16, 1, tzinfo=UTC
        )

    def test_of_several_that_were_missed_only_the_last_counts(self) -> None:
        assert reached(CORRECTION, DUE, datetime(2026, 6, 28, 0, tzinfo=UTC)) == 3
        assert reached(CORRECTION, DUE, datetime(2026, 6, 1, tzinfo=UTC)) is None

    def test_none_is_left_after_the_last(self) -> None:
        assert next_reminder(CORRECTION, DUE, datetime(2026, 6, 29, 2, tzinfo=UTC)) is None


def test_a_term_ends_with_its_day_in_shanghai() -> None:
    assert end_of(day_of(datetime(2026, 6, 29, 16, tzinfo=UTC))).isoformat() == (
        "2026-06-30T23:59:59.999999+08:00"
    )


def test_every_state_and_every_message_has_words_in_both_languages() -> None:
    assert {each.value for each in MatterState} <= set(standings())
    for told in messages().values():
        assert all((told.subject.zh, told.subject.en, told.text.zh, told.text.en))
    for standing in standings().values():
        for words in (standing.state, standing.next, standing.todo):
            assert all((words.zh, words.en))


@pytest.mark.parametrize("office", sorted(shipped()))
@pytest.mark.parametrize("state", [S.SUBMITTED, S.RETURNED])
def test_at_every_office_each_turn_has_its_term(office: str, state: MatterState) -> None:
    purpose = {S.SUBMITTED: "examination", S.RETURNED: "correction"}[state]
    profile = shipped()[office]
    for form in profile.forms:
        step = RETURNED if state is S.RETURNED else SUBMITTED
        assert purpose in {clock.purpose for clock in begun(profile.clocks, form, step)}
