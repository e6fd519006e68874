"""Our own programs as children: set-up first, then the API, then workers and scheduler."""

import http.client
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.stack.children import Child, Stage, Step
from api.stack.ports import LOOPBACK

_REMEDY = "见上面的日志 · see the log above"

FORKED: Final = (
    "api.setup", "uvicorn", "api.app", "uvloop", "httptools",
    "celery.bin.worker", "celery.bin.beat", "celery.apps.worker", "celery.apps.beat",
    "kombu.transport.redis", "celery.concurrency.solo", "api.jobs", "chain.embedded",
)  # fmt: skip
"""What our programs import, in the order in which they start; nothing here reads the settings."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What an application finds: its place, and in `environment` where everything else is."""

    checkout: Path
    var: Path
    logs: Path
    port: int
    environment: Mapping[str, str]


Application = Callable[[Surroundings], Sequence[Stage]]


def our_own(here: Surroundings) -> Sequence[Stage]:
    """The step that prepares everything, the API at its side; then two workers and a scheduler.

    The address is given out as soon as the API answers: a deposit is taken from then on, and the
    workers, which are slower to start, follow.
    """
    done = here.var / "set-up"
    prepare = Step(
        name="setup",
        command=[sys.executable, "-m", "api.cli", "setup"],
        environment=here.environment,
        folder=here.checkout,
        remedy=_REMEDY,
        meanwhile=[_api(here, done)],
        done=done,
        forked=True,
    )
    behind = [_worker(here, "worker-1"), _worker(here, "worker-2"), _scheduler(here)]
    return [prepare, behind]


def _api(here: Surroundings, awaited: Path) -> Child:
    command = [sys.executable, "-m", "api.ahead", "uvicorn", "api.app:create_app", "--factory"]
    # No access log: addresses of evidence carry check codes.
    command += ["--host", LOOPBACK, "--port", str(here.port), "--no-server-header"]
    # Whose X-Forwarded-For counts is a setting of the application.
    command += ["--no-access-log", "--no-proxy-headers"]
    command += ["--timeout-graceful-shutdown", "10"]
    return Child(
        name="api",
        command=lambda: command,
        environment={**here.environment, "YINJI_AWAIT": str(awaited)},
        folder=here.checkout,
        ready=lambda: answers(here.port),
        ready_seconds=360.0,  # the first set-up may take long
        stop_seconds=15.0,
        remedy=_REMEDY,
        forked=True,
    )


def _worker(here: Surroundings, name: str) -> Child:
    options = ["worker", "--pool", "solo", "--concurrency", "1", "-n", f"{name}@%h"]
    # Two workers that need not know each other: saves a second at every start.
    options += ["--without-gossip", "--without-mingle"]
    return _celery(here, name, options)


def _scheduler(here: Surroundings) -> Child:
    schedule = here.var / "beat"
    schedule.mkdir(exist_ok=True, mode=0o700)
    # No pid file: after a kill it would only be stale, and the tether sees to there being one.
    options = ["beat", "--schedule", str(schedule / "schedule"), "--pidfile", ""]
    return _celery(here, "beat", options)


def _celery(here: Surroundings, name: str, options: list[str]) -> Child:
    command = [sys.executable, "-m", "celery", "-A", "api.worker", *options, "--loglevel", "INFO"]
    return Child(
        name=name,
        command=lambda: command,
        environment=here.environment,
        folder=here.checkout,
        stop_seconds=20.0,
        remedy=_REMEDY,
        forked=True,
    )


def answers(port: int) -> bool:
    """Whether GET / answers 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
