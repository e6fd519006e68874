"""The published holidays of the State Council, as the package `chinesecalendar` carries them."""

from datetime import date

import chinese_calendar
from chinese_calendar import constants


class PublishedHolidays:
    """What the installed package knows; `None` for a year it was not made for."""

    @property
    def last_year(self) -> int:
        """The last year that it knows."""
        return int(max(constants.holidays).year)

    def is_working(self, day: date) -> bool | None:
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            return None
