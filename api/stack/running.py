"""One child as it lives and dies: its process, its log, its restarts."""

import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from api.stack.children import Child, start_program
from api.stack.forking import ForkServer, Process

LOOP_SECONDS: Final = 60.0
_UPKEEP_SECONDS: Final = 2.0
_READY_SECONDS: Final = 0.05
_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 5.0
_LAST_PATIENCE_SECONDS: Final = 5.0


@dataclass
class Running:
    """A child and its present process. All times are of the monotonic clock, in seconds."""

    child: Child
    log: Path
    loop_deaths: int
    forks: ForkServer
    process: Process | None = None
    ready: bool = False
    deaths: list[float] = field(default_factory=list)
    last_words: str = ""
    _started: float = 0.0
    _again: float = 0.0
    _ask: float = 0.0

    def start(self) -> None:
        """Start a process; a command that cannot be started counts as a death."""
        self.ready = False
        self._started = self._ask = time.monotonic()
        with self.log.open("ab") as output:
            try:
                self.process = start_program(self.child, self.child.command(), output, self.forks)
            except OSError as reason:
                output.write(f"cannot be started: {reason}\n".encode())
                self._died("cannot be started")

    def tend(self) -> str | None:
        """Do what is due now. The news, if there is any that a person should hear."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._again:
                self.start()
            return None
        code = self.process.poll()
        if code is not None:
            return self._died(_exit(code))
        if not self.ready:
            if now >= self._ask:
                self._ask = now + _READY_SECONDS
                self.ready = self.child.ready()
            if not self.ready and now - self._started > self.child.ready_seconds:
                self.process.kill()
                self.process.wait()
                return self._died(f"not ready after {self.child.ready_seconds:.0f} s")
        elif self.child.upkeep is not None and now >= self._ask:
            self.child.upkeep()
            self._ask = time.monotonic() + _UPKEEP_SECONDS
        return None

    @property
    def looping(self) -> bool:
        """Whether it keeps dying, so that another restart would only hide the cause."""
        return len(self.deaths) >= self.loop_deaths

    def request_stop(self) -> None:
        if self.process is not None:
            if self.child.before_stop is not None and self.ready and self.process.poll() is None:
                self.child.before_stop()
            with suppress(ProcessLookupError):
                self.process.send_signal(self.child.stop_signal)

    def await_stop(self, end: float) -> bool:
        """Wait until the process is gone; after `end`, make it go. Whether it went by itself."""
        if self.process is None or _gone(self.process, max(0.0, end - time.monotonic())):
            return True
        self.process.send_signal(self.child.orphan_signal)
        if not _gone(self.process, _LAST_PATIENCE_SECONDS):
            self.process.kill()
            self.process.wait()
        return False

    def _died(self, how: str) -> str:
        now = time.monotonic()
        self.process = None
        self.ready = False
        self.last_words = how
        self.deaths = [*(death for death in self.deaths if now - death < LOOP_SECONDS), now]
        pause = self._pause()
        self._again = now + pause
        return (
            f"{self.child.name} 已停止({how}),{pause:.2g} 秒后重启 · "
            f"ended ({how}), starting again in {pause:.2g} s"
        )

    def _pause(self) -> float:
        """It grows with each death, to its longest at the last one that is allowed."""
        part = min(1.0, (len(self.deaths) - 1) / max(1, self.loop_deaths - 1))
        growth: float = (_LONGEST_PAUSE_SECONDS / _FIRST_PAUSE_SECONDS) ** part
        return _FIRST_PAUSE_SECONDS * growth


def _gone(process: Process, seconds: float) -> bool:
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _exit(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
