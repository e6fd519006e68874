"""Tying a process to the one that started it, so that it ends when the other does.

Promises, on Linux, that a tethered process receives its signal at the death of the process that
started it, by whatever cause: the kernel sends it (prctl(2), PR_SET_PDEATHSIG). The tether survives
exec, and also the move into a user namespace; it is set after any change of user, which would cut
it.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def stop_signals() -> set[signal.Signals]:
    """What ends us. SIGHUP is none under nohup, which asks for it to be ignored."""
    asked = {signal.SIGINT, signal.SIGTERM}
    return asked if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else {*asked, signal.SIGHUP}


def tie_to_parent(death_signal: signal.Signals) -> None:
    """Ask for `death_signal` when this process's parent ends. Raises OSError when refused."""
    if sys.platform == "linux" and _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


def tether(death_signal: signal.Signals) -> Callable[[], None]:
    """What a child runs between fork and exec: tied to us, and with a sane signal mask.

    Ctrl-C in a terminal reaches the whole process group at once. A child must not stop before
    those that use it, so SIGINT stays blocked in it and the supervisor ends it in its turn;
    a program that sets a mask of its own (Postgres does) is beyond this.
    """
    parent = os.getpid()

    def between_fork_and_exec() -> None:
        tie_to_parent(death_signal)
        if os.getppid() != parent:  # it died between fork and the line above
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGINT})

    return between_fork_and_exec
