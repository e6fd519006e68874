"""One broken row, or one stage with a defect, must not stop what stands behind it: neither by
what it raises nor by the place it takes among those that wait.
"""

import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar, cast

import structlog
from sqlalchemy.orm import Session

from api.database import transaction
from api.wiring import Services
from core.errors import OutsideError

log = structlog.get_logger()

Row = TypeVar("Row")
Key = TypeVar("Key")

_PLACES: Final = 5
_PAGES: Final = 10
_FIRST_REST: Final = 1.0
_LONGEST_REST: Final = 120.0
_MOST_RESTING: Final = 2000


@dataclass
class _Rest:
    seconds: float
    until: float


class Resting:
    """Rows that failed in this process and are left alone, each time twice as long, up to two
    minutes: so that a row that can go no further does not fill the log. Others try for themselves.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rests: dict[tuple[str, object], _Rest] = {}

    def failed(self, stage: str, subject: object) -> None:
        """Leave it alone for a while."""
        was, now = self._rests.pop((stage, subject), None), self._clock()
        seconds = _FIRST_REST if was is None else min(2 * was.seconds, _LONGEST_REST)
        self._rests[stage, subject] = _Rest(seconds, now + seconds)
        if len(self._rests) > _MOST_RESTING:  # the one that failed longest ago
            self._rests.pop(next(iter(self._rests)), None)

    def of(self, stage: str) -> set[object]:
        """Which rows to leave alone now."""
        now = self._clock()
        return {
            subject
            for (where, subject), rest in list(self._rests.items())
            if where == stage and now < rest.until
        }


RESTING: Final = Resting()


def candidates(
    services: Services,
    stage: str,
    find: Callable[[Session, int, Collection[Key]], Sequence[Row]],
    page: int,
    *,
    key: Callable[[Row], Key],
) -> Iterator[Row]:
    """What waits for a stage, page after page, but for what rests after a failure.

    `find` gives at most so many rows, without those whose keys it is given: so that what waits for
    something else, however much it is, does not hide what stands behind it.
    """
    passed = cast("set[Key]", RESTING.of(stage))  # what one stage is about is of one kind
    for _ in range(_PAGES):
        with transaction(services.sessions) as session:
            found = find(session, page, passed)
        yield from found
        if len(found) < page:
            return
        passed |= {key(each) for each in found}


@contextmanager
def apart(stage: str, subject: object = None) -> Iterator[None]:
    """Log what is raised within, and go on; an outside system that is away is the caller's matter.

    The log names the error's kind and places: its words might hold what must not be logged. The
    subject rests for a while.
    """
    try:
        yield
    except OutsideError:
        raise
    except Exception as error:  # noqa: BLE001 - any defect: the others' work goes on
        frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
        places = [f"{each.filename.rpartition('/')[2]}:{each.lineno}" for each in frames]
        log.error(  # noqa: TRY400 - without the error's words
            "stage.failed", stage=stage, subject=str(subject), error=type(error).__name__,
            places=places,
        )  # fmt: skip
        if subject is not None:
            RESTING.failed(stage, subject)
