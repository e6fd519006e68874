"""Telling the workers that there is something to do. A lost hint costs one tick, nothing else."""

import threading
import time

import structlog
from celery import Celery
from fastapi import Request
from kombu.exceptions import OperationalError

log = structlog.get_logger()

_SPACING = 0.1
"""Seconds between two hints: under load the workers are awake anyway."""


class Hints:
    """Sends `work.advance`, at most ten times a second, never failing the request."""

    def __init__(self, queue: Celery) -> None:
        self._queue = queue
        self._lock = threading.Lock()
        self._last = 0.0

    def send(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._last < _SPACING:
                return
            self._last = now
        try:
            self._queue.send_task("work.advance", retry=False, expires=30)
        except OperationalError:
            log.warning("hint.lost")


def work_is_waiting(request: Request) -> None:
    """Call it after the commit."""
    hints: Hints = request.app.state.hints
    hints.send()
