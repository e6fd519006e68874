"""A running embedded stack, and the command line beside it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from api.settings import Settings
from api.stack.keeping import read_environment
from api.strict import Forbidden
from api.wiring import Services

_FORBIDDEN = f"error={Forbidden.__name__}"
CHECKOUT = Path(__file__).resolve().parents[2]
YINJI = Path(sys.executable).parent / "yinji"
_START_SECONDS = 120.0
_PASSED_ON = ("PATH", "LANG", "HOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Ran:
    """What a command of `yinji` did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class RunningStack:
    """`var` is its data folder; `address` what it printed."""

    process: subprocess.Popen[bytes]
    var: Path
    address: str

    def yinji(self, *arguments: str | Path, timeout: float = 120.0, **environment: str) -> Ran:
        """Run a command of the command line against this stack."""
        done = subprocess.run(
            [YINJI, *map(str, arguments)],
            env={**clean_environment(self.var), **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @property
    def local(self) -> dict[str, str]:
        """cli.json: server, key, rpc."""
        found: dict[str, str] = json.loads((self.var / "cli.json").read_text())
        return found

    @contextmanager
    def services(self) -> Iterator[Services]:
        """What the stack's own parts work with, in this process."""
        values = read_environment(self.var / "env")
        with connected(Settings.from_environment(values, CHECKOUT)) as found:
            yield found

    def http(self) -> httpx2.Client:
        """A client with the local account's key."""
        headers = {"Authorization": f"Bearer {self.local['key']}"}
        return httpx2.Client(base_url=self.address, headers=headers, timeout=60, trust_env=False)


@contextmanager
def connected(settings: Settings) -> Iterator[Services]:
    """Services whose connections are closed in the end."""
    found = Services(settings)
    try:
        yield found
    finally:
        found.engine.dispose()


def clean_environment(var: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    ours = {
        "YINJI_VAR": str(var),
        "XDG_STATE_HOME": str(var.parent / "state"),
        "YINJI_STRICT": "1",
        "YINJI_PASSWORD_MIB": "19",  # the least that is allowed: people sign up all the time here
        "YINJI_TRUSTED_PROXIES": "127.0.0.1",
    }
    return {**kept, **ours}


def launch(var: Path, printed: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start `yinji up` on `var`; its words go to `printed`."""
    with printed.open("wb") as output:
        return subprocess.Popen(
            [YINJI, "up"],
            env={**clean_environment(var), "YINJI_DIE_WITH_PARENT": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def await_address(process: subprocess.Popen[bytes], printed: Path) -> str:
    """The address, once it is printed; fails with what was printed instead."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        for line in printed.read_text().splitlines():
            if line.startswith("Yinji: "):
                return line.removeprefix("Yinji: ").strip()
        time.sleep(0.05)
    raise AssertionError(f"the stack did not start:\n{printed.read_text()}")


def nothing_forbidden(logs: Path) -> None:
    """No worker waited for a disk or a program inside a transaction: what `api.strict` refuses
    fails a request for all to see, but of a stage's work only one line tells.
    """
    for log in logs.glob("*.log*"):
        lines = [
            line for line in log.read_text(errors="replace").splitlines() if _FORBIDDEN in line
        ]
        assert not lines, f"{log.name}: {lines[0]}"


@contextmanager
def running_stack(folder: Path, **environment: str) -> Iterator[RunningStack]:
    """A stack in `folder`, stopped in the end."""
    printed = folder / "printed"
    process = launch(folder / "var", printed, **environment)
    try:
        yield RunningStack(process, folder / "var", await_address(process, printed))
        nothing_forbidden(folder / "var" / "log")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
