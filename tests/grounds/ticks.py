"""What the clock does, as the worker does it: the first that is due and can be acted on."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from accounts import expiring
from api.jobs import Act, Find
from registry import matters, ticking

_PAGE: Final = 200


class First:
    """Does one thing that is due; False when there is none."""

    def __init__(self, find: Find, act: Act) -> None:
        self._find, self._act = find, act

    def __call__(self, session: Session, *, now: datetime) -> bool:
        found = self._find(session, _PAGE, now=now)
        return any(self._act(session, each, now=now) for each in found)


lapse = First(matters.overdue, matters.lapse)
recount = First(ticking.outdated, ticking.recount)
remind = First(ticking.to_remind, ticking.remind)
remind_of_papers = First(expiring.to_remind, expiring.remind)
announce = First(ticking.certified, ticking.announce)
