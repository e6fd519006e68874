"""The holiday table of an office: its registrar keeps it, every officer sees it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from accounts.staff import Role
from api import hints
from api.auth import OfficerHere, Wired
from api.database import transaction
from api.following_schemas import HolidayIn, HolidayOut, HolidayPage
from api.openapi import answers
from api.schemas import Day
from api.wiring import utc_now
from registry import calendars
from registry.term_models import EVERYWHERE

router = APIRouter(prefix="/api/v1/offices/{office}/holidays", tags=["holidays"])

Year = Annotated[int, Query(ge=calendars.FIRST.year, le=calendars.LAST.year)]


@router.get("")
def list_holidays(year: Year, services: Wired, officer: OfficerHere) -> HolidayPage:
    """The days of a year that this office or the operator has said something of."""
    with transaction(services.sessions) as session:
        rows = calendars.table(session, officer.office, year)
        return HolidayPage(
            items=[
                HolidayOut(
                    day=row.day, working=row.working, name=row.name,
                    by_operator=row.office == EVERYWHERE,
                )
                for row in rows
            ],
            published_until=calendars.published_until(),
        )  # fmt: skip


@router.put("/{day}", status_code=204)
def set_holiday(
    request: Request, day: Day, body: HolidayIn, services: Wired, officer: OfficerHere
) -> None:
    """Say of one day whether it is worked. Terms that run are counted again."""
    officer.require(Role.REGISTRAR)
    with transaction(services.sessions) as session:
        calendars.set_day(
            session, officer.office, day, body.name, working=body.working, by=officer.account_id,
            now=utc_now(),
        )  # fmt: skip
    hints.work_is_waiting(request)


@router.delete("/{day}", status_code=204, responses=answers(404))
def drop_holiday(request: Request, day: Day, services: Wired, officer: OfficerHere) -> None:
    """Take a day out of the office's own table again."""
    officer.require(Role.REGISTRAR)
    with transaction(services.sessions) as session:
        calendars.drop_day(session, officer.office, day, by=officer.account_id, now=utc_now())
    hints.work_is_waiting(request)
