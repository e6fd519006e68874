"""Working days and due dates. A term is counted from the day after it starts.

Whether a day is worked is asked in this order: the holiday table an operator keeps, the library's
published calendar, and last the days of the week alone: such a day is *provisional*, because the
holidays of its year have not been announced, and a due date that crosses one may still move.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal, Protocol

from core.errors import InvalidInput

Unit = Literal["working_days", "days", "months"]

LONGEST: Final = {"working_days": 1000, "days": 3660, "months": 120}
_SATURDAY: Final = 5


class PublishedCalendar(Protocol):
    """Days whose holidays have been announced; `None` for a day it knows nothing of."""

    def is_working(self, day: date) -> bool | None: ...


@dataclass(frozen=True)
class WorkingDay:
    """Whether a day is worked, and who says so: `table`, `library` or `weekday`."""

    working: bool
    source: Literal["table", "library", "weekday"]

    @property
    def provisional(self) -> bool:
        return self.source == "weekday"


@dataclass(frozen=True)
class Due:
    """The last day of a term; `provisional` while it rests on days nobody has announced."""

    day: date
    provisional: bool


@dataclass(frozen=True)
class Calendar:
    """The days of an installation. `table` says of single days whether they are worked."""

    table: Mapping[date, bool] = field(default_factory=dict)
    published: PublishedCalendar | None = None

    def day(self, day: date) -> WorkingDay:
        """Whether this day is worked."""
        if day in self.table:
            return WorkingDay(self.table[day], "table")
        known = self.published.is_working(day) if self.published else None
        if known is not None:
            return WorkingDay(known, "library")
        return WorkingDay(day.weekday() < _SATURDAY, "weekday")

    def due(self, start: date, amount: int, unit: Unit) -> Due:
        """The last day of a term that starts on `start`, which is not counted itself.

        A term of days or months whose last day is not worked ends on the next working day.

        Raises:
            InvalidInput: an amount below 1 or beyond `LONGEST`.
        """
        if not 1 <= amount <= LONGEST[unit]:
            raise InvalidInput(f"期限为 1–{LONGEST[unit]} / a term from 1", field="amount")
        if unit == "working_days":
            return self._after_working_days(start, amount)
        last = start + timedelta(days=amount) if unit == "days" else _months_later(start, amount)
        return self._worked_from(last)

    def extended(self, due: Due, amount: int, unit: Unit) -> Due:
        """The new last day when a term is extended before it ends: counted on from its old one."""
        return self.due(due.day, amount, unit)

    def working_days_left(self, today: date, due: date) -> int:
        """How many working days remain after `today`, the last one counted; 0 when it is over."""
        span = max((due - today).days, 0)
        return sum(self.day(today + timedelta(days=1 + each)).working for each in range(span))

    def _after_working_days(self, start: date, amount: int) -> Due:
        day, left, provisional = start, amount, False
        while left:
            day += timedelta(days=1)
            known = self.day(day)
            provisional = provisional or known.provisional
            left -= known.working
        return Due(day, provisional)

    def _worked_from(self, day: date) -> Due:
        provisional = False
        while True:
            known = self.day(day)
            provisional = provisional or known.provisional
            if known.working:
                return Due(day, provisional)
            day += timedelta(days=1)


def parse_holidays(rows: Mapping[str, str]) -> dict[date, bool]:
    """An operator's table: ISO days to `off` or `work` (a worked weekend).

    Raises:
        InvalidInput: no such day, or another word; the field is `holidays.<day>`.
    """
    words = {"off": False, "work": True}
    found = {}
    for text, word in rows.items():
        where = f"holidays.{text[:32]}"
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise InvalidInput("日期写作 2026-10-01 / a day as 2026-10-01", field=where) from error
        if word not in words:
            raise InvalidInput("可用 / accepts: off, work", field=where)
        found[day] = words[word]
    return found


def _months_later(start: date, months: int) -> date:
    """The same day so many months later, or that month's last day when there is none."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
