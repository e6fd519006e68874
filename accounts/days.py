"""Days as the offices count them: those of Asia/Shanghai (UTC+8, no summer time since 1991)."""

from datetime import date, datetime, timedelta, timezone
from typing import Final

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


def day_of(moment: datetime) -> date:
    """The day it is in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()
