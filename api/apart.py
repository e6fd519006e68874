"""One broken row, or one stage with a defect, must not stop what stands behind it."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from core.errors import OutsideError

log = structlog.get_logger()

_PLACES: Final = 5


@contextmanager
def apart(stage: str, subject: object = None) -> Iterator[None]:
    """Log what is raised within, and go on; an outside system that is away is the caller's matter.

    The log names the error's kind and places: its words might hold what must not be logged.
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
