"""Whether our own clock can be believed: it says when a deposit was submitted, and nobody signs it.

The time-stamp authority's answer is the one other clock that every installation hears.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from chain import ages, alarms

CLOCK: Final = "clock"
TOLERATED: Final = timedelta(minutes=2)
"""An answer may have been under way for a while; a clock that is kept differs by milliseconds."""


def watch(session: Session, told: Sequence[datetime], *, now: datetime) -> None:
    """Raise an alarm when a time-stamp that was just received lies far from `now`; clear it when
    none does. With nothing told, nothing changes.
    """
    if not told:
        return
    off = max((now - each for each in told), key=abs)
    due = {}
    if abs(off) > TOLERATED:
        due[ages.ALL] = (
            f"本机时钟与时间戳机构相差 {off},请校时 / our clock and the authority's differ by so "
            "much: set ours; certificates print its submission times"
        )
    alarms.keep_open(session, CLOCK, due, now=now)
