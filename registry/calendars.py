"""The working days of an office: its own table, the operator's, the library, weekends.

A table can be changed at any time. Each change is kept, and makes a new edition of the calendar;
terms that run are counted again (`registry.ticking.recount`).
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Final

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import audit
from core.calendar import Calendar
from core.errors import InvalidInput, NotFound
from core.published_holidays import PublishedHolidays
from core.text import clean_text
from registry.term_models import EVERYWHERE, Holiday, HolidayChange

FIRST: Final = date(2000, 1, 1)
LAST: Final = date(2199, 12, 31)
_MOST_NAME: Final = 40
_YEARS: Final = 10_000


@cache
def _published() -> PublishedHolidays:
    return PublishedHolidays()


def of_office(session: Session, office: str) -> Calendar:
    """The office's days as they stand now; its own table outdoes the operator's."""
    rows = session.scalars(
        select(Holiday).where(Holiday.office.in_([EVERYWHERE, office])).order_by(Holiday.office)
    )
    return Calendar({row.day: row.working for row in rows}, _published())


def edition(session: Session) -> int:
    """A number that grows with each change of a table, and with each year the library learns."""
    changes = session.scalar(select(func.max(HolidayChange.id))) or 0
    return changes * _YEARS + _published().last_year


def edition_of_changes(session: Session, before: datetime) -> int:
    """The least edition of a term that was counted with every change of a table `before` then."""
    query = select(func.max(HolidayChange.id)).where(HolidayChange.at < before)
    return (session.scalar(query) or 0) * _YEARS


def published_until() -> int:
    """The last year whose holidays the library knows."""
    return _published().last_year


def table(session: Session, office: str, year: int) -> Sequence[Holiday]:
    """What office and operator have said of the days of a year; the office's own row counts."""
    rows = session.scalars(
        select(Holiday)
        .where(
            Holiday.office.in_([EVERYWHERE, office]),
            Holiday.day.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .order_by(Holiday.office)
    )
    by_day = {row.day: row for row in rows}
    return [by_day[day] for day in sorted(by_day)]


def set_day(
    session: Session,
    office: str,
    day: date,
    name: str,
    *,
    working: bool,
    by: uuid.UUID | None,
    now: datetime,
) -> None:
    """Say of one day whether it is worked. `by` None is the operator.

    Raises:
        InvalidInput: a day before 2000 or after 2199, or an unusable name.
    """
    _require_day(day)
    _one_after_the_other(session)
    told = clean_text(name, "name", _MOST_NAME)
    session.execute(
        insert(Holiday)
        .values(office=office, day=day, working=working, name=told)
        .on_conflict_do_update(
            index_elements=["office", "day"], set_={"working": working, "name": told}
        )
    )
    _note(session, office, day, working, told, by, now)


def drop_day(
    session: Session, office: str, day: date, *, by: uuid.UUID | None, now: datetime
) -> None:
    """Take a day out of the table again.

    Raises:
        NotFound: the table does not have it.
    """
    _require_day(day)
    _one_after_the_other(session)
    gone = session.execute(
        delete(Holiday).where(Holiday.office == office, Holiday.day == day).returning(Holiday.name)
    ).first()
    if gone is None:
        raise NotFound("节假日表中没有这一天 / the table does not have this day", field="day")
    _note(session, office, day, None, gone.name, by, now)


def _require_day(day: date) -> None:
    if not FIRST <= day <= LAST:
        raise InvalidInput("日期须在 2000–2199 年 / a day of 2000 to 2199", field="day")


def _one_after_the_other(session: Session) -> None:
    """Changes commit in the order of their ids; else an edition could be seen, and grow later."""
    session.execute(text("LOCK TABLE holiday_change IN SHARE ROW EXCLUSIVE MODE"))


def _note(
    session: Session,
    office: str,
    day: date,
    working: bool | None,  # noqa: FBT001 - the column's value
    name: str,
    by: uuid.UUID | None,
    now: datetime,
) -> None:
    session.add(
        HolidayChange(office=office, day=day, working=working, name=name, account_id=by, at=now)
    )
    session.flush()
    stream = audit.of_office(office) if office else audit.INSTALLATION
    facts = {"working": working, "name": name}
    audit.note(session, stream, "holiday.changed", f"holiday:{day.isoformat()}", by, facts, now=now)
