"""A fork server: it imports what our programs have in common once, and becomes them by fork(2).

usage: python -m api.stack.forkserver DESCRIPTOR MODULE…

Speaks with the supervisor over a socket at DESCRIPTOR, one JSON object a packet: a program to
start, its output's descriptor going along, is answered by {"pid"}; {"ended", "code"} follows when
it has ended. It imports the modules in their order, and serves in between, so that a program need
not wait for what others use. It has one thread, and opens nothing that a child must not inherit.
"""

import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from setproctitle import setproctitle

from api.stack.tether import tie_to_parent

MOST_BYTES: Final = 256 * 1024
"""Of one packet: the environment is most of it."""


@dataclass(frozen=True)
class Birth:
    """What the child is to be: `python -m module argument…`, in `folder`, writing to `output`."""

    module: str
    arguments: Sequence[str]
    environment: dict[str, str]
    folder: str
    output: int

    def become(self) -> None:
        """Be that program; returns or raises as it ends."""
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        for standard in (1, 2):
            os.dup2(self.output, standard)
        os.close(self.output)
        setproctitle(f"{sys.executable} -m {self.module} {' '.join(self.arguments)}")
        sys.argv[1:] = self.arguments
        gc.enable()
        runpy.run_module(self.module, run_name="__main__", alter_sys=True)


def serve(channel: socket.socket, modules: Sequence[str]) -> Birth | None:
    """Fork for each request. Returns in each child what it is to be, here None at the end."""
    pending = list(modules)
    ended, woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler nothing would wake us
    while True:
        watched: list[socket.socket | int] = [channel, ended]
        readable, _, _ = select.select(watched, [], [], 0 if pending else None)
        if ended in readable:
            os.read(ended, MOST_BYTES)
            _tell_ends(channel)
        if channel in readable:
            birth = _receive(channel)
            if birth is None:
                return None
            us = os.getpid()
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for descriptor in (ended, woken):
                    os.close(descriptor)
                channel.close()
                tie_to_parent(signal.SIGKILL)
                if os.getppid() != us:  # it died between fork and the line above
                    os._exit(1)
                return birth
            os.close(birth.output)
            _tell(channel, {"pid": pid})
        elif pending:
            _import(pending.pop(0))


def _import(module: str) -> None:
    try:
        import_module(module)
    except ImportError:  # whoever needs it meets the same, and says so in its own log
        traceback.print_exc()
    gc.freeze()


def _receive(channel: socket.socket) -> Birth | None:
    packet, descriptors, _, _ = socket.recv_fds(channel, MOST_BYTES, 1)
    if not packet:
        return None
    asked = json.loads(packet)
    return Birth(**asked, output=descriptors[0])


def _tell_ends(channel: socket.socket) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            _tell(channel, {"ended": ended[0], "code": os.waitstatus_to_exitcode(ended[1])})


def _tell(channel: socket.socket, news: dict[str, int]) -> None:
    """A supervisor that is gone hears nothing; the next read finds that out."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        channel.send(json.dumps(news).encode())


def main() -> None:
    """Serve until the supervisor closes the channel; in a child, be the program asked for."""
    # Before anything of the environment moves: the title's place is found by what stands around it.
    setproctitle(f"{sys.executable} -m api.stack.forkserver")
    gc.disable()  # what is imported stays: see core.loading
    channel = socket.socket(fileno=int(sys.argv[1]))
    birth = serve(channel, sys.argv[2:])
    if birth is not None:
        birth.become()


if __name__ == "__main__":
    main()
