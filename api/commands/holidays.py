"""`yinji holidays`: the days that are worked or free, for every office or for one."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import InvalidInput

if TYPE_CHECKING:
    from api.wiring import Services


def holidays(
    action: Annotated[str, typer.Argument(help="list, off, work, drop")],
    day: Annotated[str, typer.Argument(help="日期或年份 a day (2026-10-01), or a year to list")],
    name: Annotated[str, typer.Option(help="名称 name, as 国庆节")] = "",
    office: Annotated[str, typer.Option(help="登记机构,空为全部 one office; else all")] = "",
) -> int:
    """维护节假日表 / keep the holiday table; terms that run are counted again."""
    from api.commands.local import running_settings
    from api.database import transaction
    from api.wiring import Services, utc_now
    from registry import calendars, offices

    services = Services(running_settings())
    if office:
        offices.get(office, services.offices)
    if action == "list":
        _list(services, office, day)
        return 0
    if action not in {"off", "work", "drop"}:
        raise InvalidInput("可用 / accepts: list, off, work, drop", field="action")
    one, now = _day(day), utc_now()
    with transaction(services.sessions) as session:
        if action == "drop":
            calendars.drop_day(session, office, one, by=None, now=now)
        else:
            calendars.set_day(
                session, office, one, name, working=action == "work", by=None, now=now
            )
    print(f"已保存,进行中的期限将重新计算 kept; running terms are counted again: {one}")
    return 0


def _list(services: "Services", office: str, year: str) -> None:
    from api.database import transaction
    from registry import calendars

    if not (year.isascii() and year.isdigit() and len(year) == len("2026")):
        raise InvalidInput("年份写作 2026 / a year as 2026", field="day")
    with transaction(services.sessions) as session:
        for row in calendars.table(session, office, int(year)):
            worked = "work 上班" if row.working else "off  放假"
            print(f"{row.day}  {worked}  {row.name}  {row.office or '*'}")
    print(f"已公布至 announced until {calendars.published_until()}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("日期写作 2026-10-01 / a day as 2026-10-01", field="day") from error
