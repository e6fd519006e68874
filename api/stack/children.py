"""What is to be run, as data: children live as long as the stack, steps end by themselves."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from api.stack.forking import ForkServer, Process
from api.stack.tether import tether


@dataclass(frozen=True, kw_only=True)
class Identity:
    """As whom a program runs: behind a prefix that changes that, as another user, or as we do."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None


OURSELVES = Identity()


def _always() -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Child:
    """A program that must be running.

    `command` is asked anew before every start, and may tidy up what the last run left behind.
    `ready` says whether it would serve a user now; it is asked often and must answer within about
    a second. `upkeep` is called every two seconds while it runs, `before_stop` once before an
    orderly end. Durations are in seconds. `remedy` completes "what to do" when it keeps dying.

    `orphan_signal` ends it without ceremony: sent by the kernel when the supervisor dies, and by
    the supervisor when `stop_seconds` were not enough. A `forked` child is one of our own programs,
    `[python, "-m", module, argument…]`, and comes from the fork server.
    """

    name: str
    command: Callable[[], Sequence[str]]
    environment: Mapping[str, str]
    folder: Path
    remedy: str
    ready: Callable[[], bool] = _always
    ready_seconds: float = 60.0
    identity: Identity = OURSELVES
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    orphan_signal: signal.Signals = signal.SIGKILL
    upkeep: Callable[[], object] | None = None
    before_stop: Callable[[], object] | None = None
    forked: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """A program that must end with exit code 0 within `limit` seconds before the next stage.

    `meanwhile` are children that start at its side and are awaited after it; `done` is a file that
    is there from its good end on, and not before, for whoever has to wait for that. `forked` is as
    of a child.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    remedy: str
    limit: float = 300.0
    meanwhile: Sequence[Child] = ()
    done: Path | None = None
    forked: bool = False


Stage = Sequence[Child] | Step


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Stages in their order; the children of one stage start together and stop together.

    `announce` gives the lines to print when everything is ready; it is asked then. Children that
    are forked come from `forks`.
    """

    stages: Sequence[Stage]
    logs: Path
    announce: Callable[[], Sequence[str]]
    forks: ForkServer
    loop_deaths: int = 5
    """So many ends of one child within a minute stop everything."""


def spawn(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    output: IO[bytes],
    identity: Identity = OURSELVES,
    orphan_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Start a tethered process in our own process group; its words go to `output`.

    Raises OSError when the program cannot be started.
    """
    return subprocess.Popen(
        [*identity.prefix, *command],
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        user=identity.uid,
        group=identity.gid,
        extra_groups=[] if identity.uid is not None and os.geteuid() == 0 else None,
        # The supervisor has one thread, and this must run between fork and exec: see tether.py.
        preexec_fn=tether(orphan_signal),  # noqa: PLW1509
    )


def start_program(
    program: Child | Step, command: Sequence[str], output: IO[bytes], forks: ForkServer
) -> Process:
    """Start one of a plan's programs, each in its way. Raises OSError when it cannot be started."""
    environment, folder = program.environment, program.folder
    if program.forked:
        return forks.spawn(command, environment=environment, folder=folder, output=output)
    if isinstance(program, Step):
        return spawn(command, environment=environment, folder=folder, output=output)
    return spawn(
        command,
        environment=environment,
        folder=folder,
        output=output,
        identity=program.identity,
        orphan_signal=program.orphan_signal,
    )
