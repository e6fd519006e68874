"""Working days: the operator's table, the published calendar, the week; due dates from them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import Calendar, Due, parse_holidays
from core.errors import InvalidInput
from core.published_holidays import PublishedHolidays

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
MONDAY = date(2031, 3, 3)


class TestDays:
    def test_the_table_is_asked_before_the_library(self) -> None:
        national_day = date(2025, 10, 1)
        library = PublishedHolidays()
        assert not Calendar(published=library).day(national_day).working
        mended = Calendar({national_day: True}, library).day(national_day)
        assert mended.working
        assert mended.source == "table"

    def test_the_library_knows_worked_weekends(self) -> None:
        sunday = date(2025, 9, 28)
        known = Calendar(published=PublishedHolidays()).day(sunday)
        assert known.working
        assert known.source == "library"

    def test_a_year_nobody_has_announced_goes_by_the_week_and_says_so(self) -> None:
        calendar = Calendar(published=PublishedHolidays())
        saturday, monday = date(2091, 1, 6), date(2091, 1, 8)
        assert not calendar.day(saturday).working
        assert calendar.day(monday).working
        assert calendar.day(monday).provisional


class TestDue:
    def test_the_first_day_is_not_counted(self) -> None:
        assert Calendar().due(MONDAY, 1, "working_days").day == MONDAY + timedelta(days=1)
        assert Calendar().due(MONDAY, 5, "working_days").day == MONDAY + timedelta(days=7)
        assert Calendar().due(MONDAY, 1, "days").day == MONDAY + timedelta(days=1)

    def test_holidays_and_worked_weekends_move_it(self) -> None:
        off = {MONDAY + timedelta(days=1): False, MONDAY + timedelta(days=5): True}
        due = Calendar(off).due(MONDAY, 4, "working_days")
        assert due.day == MONDAY + timedelta(days=5)

    def test_a_term_of_months_ends_on_the_same_day_or_the_last(self) -> None:
        assert Calendar().due(date(2031, 1, 31), 1, "months").day == date(2031, 2, 28)
        assert Calendar().due(date(2031, 1, 31), 2, "months").day == date(2031, 3, 31)
        assert Calendar().due(date(2031, 11, 15), 3, "months").day == date(2032, 2, 16)  # Sunday

    def test_a_last_day_that_is_not_worked_moves_on(self) -> None:
        assert Calendar().due(MONDAY, 5, "days").day == MONDAY + timedelta(days=7)

    def test_it_is_provisional_exactly_when_it_rests_on_unannounced_days(self) -> None:
        announced = {MONDAY + timedelta(days=each): each % 7 < 5 for each in range(15)}
        assert Calendar(announced).due(MONDAY, 10, "working_days") == Due(
            MONDAY + timedelta(days=14), provisional=False
        )
        assert Calendar(announced).due(MONDAY, 11, "working_days").provisional

    def test_an_extension_counts_on_from_the_old_end(self) -> None:
        calendar = Calendar()
        first = calendar.due(MONDAY, 30, "days")
        assert calendar.extended(first, 1, "months").day == calendar.due(first.day, 1, "months").day

    @pytest.mark.parametrize("amount", [0, -1, 10_000])
    def test_an_impossible_term_is_refused(self, amount: int) -> None:
        with pytest.raises(InvalidInput):
            Calendar().due(MONDAY, amount, "working_days")

    @given(DAYS, st.integers(1, 120), st.dictionaries(DAYS, st.booleans()))
    def test_so_many_working_days_lie_in_it(
        self, start: date, amount: int, table: dict[date, bool]
    ) -> None:
        calendar = Calendar(table)
        due = calendar.due(start, amount, "working_days").day
        assert calendar.day(due).working
        assert calendar.working_days_left(start, due) == amount

    @given(DAYS, st.integers(1, 60), st.sampled_from(["days", "months"]))
    def test_it_never_ends_early_nor_on_a_free_day(
        self, start: date, amount: int, unit: str
    ) -> None:
        calendar = Calendar()
        due = calendar.due(start, amount, "days" if unit == "days" else "months").day
        assert calendar.day(due).working
        least = amount if unit == "days" else amount * 28
        assert least <= (due - start).days


class TestTable:
    def test_rows_are_read(self) -> None:
        assert parse_holidays({"2027-10-01": "off", "2027-10-09": "work"}) == {
            date(2027, 10, 1): False, date(2027, 10, 9): True,
        }  # fmt: skip

    @pytest.mark.parametrize("row", [("2027-02-30", "off"), ("soon", "off"), ("2027-10-01", "x")])
    def test_a_bad_row_is_named(self, row: tuple[str, str]) -> None:
        with pytest.raises(InvalidInput) as caught:
            parse_holidays(dict([row]))
        assert caught.value.field == f"holidays.{row[0]}"
