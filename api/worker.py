"""Celery: a hint that there is work, and a tick in case a hint was lost.

Messages carry nothing but the task's name; losing or doubling them is harmless. Workers load the
jobs when they start; the scheduler, which only ticks, never does.
"""

import os
import sys
from functools import cache
from pathlib import Path

from celery.signals import worker_init, worker_ready

from api import production, strict
from api.queue import ADVANCE, TICK, make_celery
from api.settings import Settings
from api.wiring import Services, utc_now
from core.errors import ServiceError
from core.loading import for_good

CHECKOUT = Path(__file__).resolve().parent.parent

app = make_celery(os.environ.get("BROKER_URL", "memory://"))


@cache
def services() -> Services:
    """Services of this process; database connections are made on first use."""
    return Services(Settings.from_environment(os.environ, CHECKOUT))


@worker_init.connect
def load_jobs(**_kwargs: object) -> None:
    """Import web3, reportlab and pyHanko before the worker says that it is ready."""
    with for_good():
        from api import jobs  # noqa: PLC0415 - the scheduler must not pay for it

    assert jobs.STAGES  # noqa: S101 - it is loaded
    strict.install(services().settings)
    try:
        production.check_start(services(), now=utc_now())
        assert services().terms.contract  # noqa: S101 - read before any transaction needs it
    except ServiceError as error:
        # Celery logs an exception here and goes on; this one means: do not.
        sys.exit(f"yinji: {error.message} [{error.field}]")


@worker_ready.connect
def look_for_work(**_kwargs: object) -> None:
    """What a process that died left behind is not left to the next tick."""
    app.send_task(TICK, expires=30)


@app.task(name=ADVANCE)
def advance() -> None:
    """Move everything that is ready."""
    from api import jobs  # noqa: PLC0415 - see load_jobs

    jobs.advance(services(), jobs.PROMPT)


@app.task(name=TICK)
def tick() -> None:
    """Move everything that is ready, or whose time has come."""
    from api import jobs  # noqa: PLC0415 - see load_jobs

    jobs.advance(services())
