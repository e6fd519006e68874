"""Which terms begin and which end when a matter moves: pure, from the office's clocks.

A matter is *accepted* (受理) when it reaches the examiners: everything is signed and paid then. So
submission, payment and acceptance are the same moment here, and no office waits for a person to
accept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from registry.lifecycle import MatterState
from registry.numbering import BEIJING
from registry.profile_parts import Clock

REMINDING_HOUR: Final = time(9)
"""Reminders go out in the morning, at UTC+8."""

_S = MatterState
EXAMINED: Final = frozenset({_S.FIRST_EXAMINATION, _S.PASSED, _S.FINAL_EXAMINATION})
"""From these a matter comes back to `submitted` without its applicant."""

ENDS: Final = frozenset({_S.REGISTERED, _S.REFUSED, _S.LAPSED, _S.WITHDRAWN})


@dataclass(frozen=True)
class Step:
    """A move of a matter; `correcting`: it answers a return, or would have."""

    was: MatterState
    to: MatterState
    correcting: bool

    @property
    def handed_in(self) -> bool:
        """The applicant's application reaches the examiners."""
        return self.to is _S.SUBMITTED and self.was not in EXAMINED

    @property
    def events(self) -> frozenset[str]:
        """What happens now, in the words of `Clock.starts`."""
        if self.handed_in:
            first = {"submission", "payment", "acceptance"}
            return frozenset({"resubmission"} if self.correcting else first)
        at = {_S.RETURNED: "return_notice", _S.REGISTERED: "approval"}
        # Taken back from signing or payment it is still the return of before.
        if self.to is _S.RETURNED and self.was not in EXAMINED:
            return frozenset()
        return frozenset({at[self.to]} if self.to in at else ())


def begun(clocks: Iterable[Clock], form: str, step: Step) -> tuple[Clock, ...]:
    """The clocks that begin with this step, or begin anew."""
    events = step.events
    return tuple(
        clock
        for clock in clocks
        if (not clock.form or form in clock.form)
        and (clock.starts in events or ("resubmission" in events and clock.restarts))
    )


def ended(clock: Clock, step: Step) -> bool:
    """Whether a running term of this clock ends with this step."""
    if step.to in ENDS:
        return True
    match clock.purpose:
        case "correction":
            return step.handed_in
        case "examination":
            return step.to is _S.RETURNED and bool(clock.restarts)
        case "progress":
            return step.to is _S.FIRST_EXAMINATION
        case _:
            return False


def end_of(day: date) -> datetime:
    """The last moment of a day at the office."""
    return datetime.combine(day, time.max, BEIJING)


def day_of(at: datetime) -> date:
    """The day it is at the office."""
    return at.astimezone(BEIJING).date()


def reminding(due: datetime, days: int) -> datetime:
    """When a reminder goes out, so many calendar days before a term's last day."""
    return datetime.combine(day_of(due) - timedelta(days=days), REMINDING_HOUR, BEIJING)


def next_reminder(clock: Clock, due: datetime, after: datetime) -> datetime | None:
    """The first reminder later than `after`; None when no more is to come."""
    times = (reminding(due, days) for days in clock.remind_before)
    return min((each for each in times if each > after), default=None)


def reached(clock: Clock, due: datetime, now: datetime) -> int | None:
    """The reminder that is due now: of several that were missed only the last; days before."""
    passed = [days for days in clock.remind_before if reminding(due, days) <= now]
    return min(passed, default=None)
