"""The supervisor's side of the fork server: processes that start with everything imported.

They are the server's children, not ours: what we know of them it has told us. When it dies the
kernel ends them too, and that is how we take its silence.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, Protocol

from api.stack.forkserver import MOST_BYTES
from api.stack.tether import tether

_ANSWER_SECONDS: Final = 30.0
_LOST: Final = -signal.SIGKILL
"""How a process ended whose server did not live to tell."""


class Process(Protocol):
    """What the supervisor needs of a process; `subprocess.Popen` is one."""

    pid: int

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


class ForkServer:
    """One server, started when it is first needed, and again after its death."""

    def __init__(
        self,
        modules: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        patience: float = _ANSWER_SECONDS,
    ) -> None:
        self._modules = modules
        self._environment = environment
        self._folder = folder
        self.log = log
        self._patience = patience
        self._server: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._living: dict[int, Forked] = {}

    def start(self) -> None:
        """Start the server if there is none. Raises OSError when it cannot be."""
        if self._server is not None and self._server.poll() is None:
            return
        self.stop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST_BYTES)
        command = [sys.executable, "-m", "api.stack.forkserver", str(theirs.fileno())]
        with theirs, self.log.open("ab") as output:
            self._server = subprocess.Popen(
                [*command, *self._modules],
                env=dict(self._environment),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                # One thread, and between fork and exec: see api.stack.children.spawn.
                preexec_fn=tether(signal.SIGKILL),  # noqa: PLW1509
            )
        self._channel = ours

    def spawn(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        output: IO[bytes],
    ) -> "Forked":
        """Start `[python, "-m", module, argument…]`, as `api.stack.children.spawn` would.

        Raises OSError when it cannot be started.
        """
        self.start()
        module, *arguments = command[2:]
        asked = {
            "module": module,
            "arguments": arguments,
            "environment": dict(environment),
            "folder": str(folder),
        }
        assert self._channel is not None  # noqa: S101 - it was started
        socket.send_fds(self._channel, [json.dumps(asked).encode()], [output.fileno()])
        end = time.monotonic() + self._patience
        while (answer := self.hear(max(0.0, end - time.monotonic()))) is not None:
            if "pid" in answer:
                born = Forked(answer["pid"], self)
                self._living[born.pid] = born
                return born
        self.stop()  # a late answer would be taken for that to the next question
        raise OSError(f"the fork server does not answer, see {self.log.name}")

    def stop(self) -> None:
        """End the server; children that are still there die with it."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._server is not None:
            self._server.kill()
            self._server.wait()
        for child in self._living.values():
            child.returncode = _LOST
        self._living.clear()

    def hear(self, seconds: float | None) -> dict[str, Any] | None:
        """The next news; ends are noted. None when none came within (None: whatever it takes), or
        when the server is no more.
        """
        if self._channel is None or not select.select([self._channel], [], [], seconds)[0]:
            return None
        packet = self._channel.recv(MOST_BYTES)
        if not packet:
            self.stop()
            return None
        news: dict[str, Any] = json.loads(packet)
        if "ended" in news:
            self._living.pop(news["ended"]).returncode = news["code"]
        return news


class Forked:
    """A process of the fork server, used as one of `subprocess.Popen`."""

    def __init__(self, pid: int, server: ForkServer) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._server = server

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        while self.returncode is None and self._server.hear(0.0) is not None:
            pass
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired after so many seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            self._server.hear(left)
        assert self.returncode is not None  # noqa: S101 - poll said so
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Nothing when it has ended already."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
