"""The published holidays of the State Council, as the package `chinesecalendar` carries them."""

from datetime import date

import chinese_calendar


class PublishedHolidays:
    """What the installed package knows; `None` for a year it was not made for."""

    def is_working(self, day: date) -> bool | None:
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            return None
