"""The queue's settings, apart from the tasks: the API only sends hints."""

from typing import Final

from celery import Celery

ADVANCE: Final = "work.advance"
"""Somebody has done something: what follows from it."""
TICK: Final = "work.tick"
"""Everything there is to look after."""
_TICK: Final = 3.0
"""Seconds. What is begun is seen through at once (`api.jobs.advance`); a tick is for lost hints and
for what only time brings."""


def make_celery(broker_url: str) -> Celery:
    """The queue's settings: a lost worker's message comes back, a late one does no harm."""
    made = Celery("yinji", broker=broker_url)
    made.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=True,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": 600},
        task_serializer="json",
        accept_content=["json"],
        beat_schedule={
            "tick": {"task": TICK, "schedule": _TICK, "options": {"expires": 2 * _TICK}},
        },
    )
    return made
