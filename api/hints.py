"""Telling the workers that there is something to do. A lost hint costs one tick, nothing else."""

import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING

import structlog
from fastapi import Request

if TYPE_CHECKING:
    from celery import Celery

log = structlog.get_logger()

_SPACING = 0.1
"""Seconds between two hints: under load the workers are awake anyway."""


class Hints:
    """Sends `work.advance`, at most ten times a second, never failing the request."""

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self._lock = threading.Lock()
        self._last = 0.0

    def send(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._last < _SPACING:
                return
            self._last = now
        # Celery is heavy: it is imported at the first hint, so that no start waits for it.
        from kombu.exceptions import OperationalError  # noqa: PLC0415

        from api.queue import ADVANCE  # noqa: PLC0415

        try:
            self._queue.send_task(ADVANCE, retry=False, expires=30)
        except OperationalError:
            log.warning("hint.lost")

    @cached_property
    def _queue(self) -> "Celery":
        from api.queue import make_celery  # noqa: PLC0415

        return make_celery(self._broker_url)


def work_is_waiting(request: Request) -> None:
    """Call it after the commit."""
    hints: Hints = request.app.state.hints
    hints.send()
