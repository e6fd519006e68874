"""A supervisor in a process of its own, and ways to look at what it has started."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
STANDIN = Path(__file__).with_name("standin.py")


def wait_until(holds: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"did not come true within {seconds} s"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process exists and is more than a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def descendants(pid: int) -> dict[int, str]:
    """All living processes below `pid` with their command lines."""
    parents, names = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(
                    (entry / "stat").read_text().rpartition(")")[2].split()[1]
                )
                names[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
            except (FileNotFoundError, ProcessLookupError):
                continue
    found: dict[int, str] = {}
    frontier = {pid}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier}
        found |= {child: names[child] for child in frontier}
    return found


@dataclass
class Stack:
    """One supervisor process; `output` is all it has printed so far."""

    process: subprocess.Popen[bytes]
    var: Path
    printed: Path

    @property
    def output(self) -> str:
        return self.printed.read_text(encoding="utf-8")

    @property
    def children(self) -> dict[int, str]:
        return descendants(self.process.pid)

    def one(self, words: str) -> int:
        """The direct child whose command line holds `words`."""
        (pid,) = [
            pid
            for pid, name in self.children.items()
            if words in name and os.getpgid(pid) == os.getpgid(self.process.pid)
        ]
        return pid

    def until_up(self, seconds: float = 60.0) -> "Stack":
        wait_until(lambda: "Yinji: http" in self.output or self.process.poll() is not None, seconds)
        assert self.process.poll() is None, self.output
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


Starter = Callable[..., Stack]
