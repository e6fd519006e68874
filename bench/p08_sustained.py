"""P8: hash-only deposits through HTTP to the anchor, as fast as the stack keeps it up.

Eight clients deposit without pause, but never more than a bounded number ahead of what is anchored:
what is counted is what comes out at the far end, anchored and with its time-stamp token. Every leaf
is verified from its statement to the block while this goes on, by a process that competes for the
same processors, as the clients do.
"""

import os
import subprocess
import sys
import threading
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from typing import IO

from bench import running
from bench.figures import Row, Series, Target
from bench.machine import ROOT
from bench.terms import Terms
from bench.watching import Verifier, processor_seconds, seconds_of
from tests.grounds.stack import RunningStack

CLIENTS = 8
AHEAD = 1_000
EACH = 100
"""Deposits in one call of the second and third run."""

_LOOK = 0.25
_PATIENCE, _LAST_SECONDS = 120.0, 900.0


@dataclass(frozen=True)
class _Run:
    """`rates`: verified a second, from arrival to arrival; `parts`: processor s a deposit."""

    rates: tuple[float, ...]
    rate: float
    parts: dict[str, float]


def measure(terms: Terms) -> Row:
    """One request each; a hundred in a request; and the latter with certificates meanwhile."""
    alone = _run(running.anchoring_stack(terms.scratch / "alone"), terms, 1, to_the_last=True)
    assert alone.rate, "nothing was anchored in the window"
    many = _run(running.anchoring_stack(terms.scratch / "many"), terms, EACH, to_the_last=True)
    whole = _run(running.stack(terms.scratch / "whole"), terms, EACH, to_the_last=False)
    return Row(
        id="P8",
        title=f"hash-only deposits sustained, {CLIENTS} clients, to anchored and verified",
        series=(
            *_series("one request each", alone),
            *_series(f"{EACH} in a request", many),
            Series("the same with certificates made meanwhile", "1/s", (whole.rate,)),
        ),
        targets=(
            Target("one request each, anchored a second", "at least", 300, alone.rate, "1/s"),
            Target(f"{EACH} in a request, anchored a second", "at least", 300, many.rate, "1/s"),
        ),
        notes=(
            f"The window is at least {terms.size(30, 2)} s, from one arrival to another.",
            f"Clients stay at most {terms.size(AHEAD, 50):,} deposits ahead of what is anchored.",
            "Clients and verifier run on the same two processors and are counted above.",
        ),
    )


def _series(name: str, run: _Run) -> list[Series]:
    return [
        Series(f"{name}: anchored and verified, from arrival to arrival", "1/s", run.rates),
        Series(f"{name}: over the whole window", "1/s", (run.rate,)),
        *(
            Series(f"{name}: processor time a deposit, {part}", "ms", (used * 1000,))
            for part, used in sorted(run.parts.items(), key=lambda item: -item[1])
        ),
    ]


def _run(
    starting: AbstractContextManager[RunningStack], terms: Terms, each: int, *, to_the_last: bool
) -> _Run:
    with starting as stack:
        services = running.services_of(stack.var)
        verifier = Verifier(services)
        clients = _start_clients(stack, terms.size(AHEAD, 50), each)
        assert clients.stdin is not None
        assert clients.stdout is not None
        accepted = _Accepted(clients.stdout)
        try:
            # Batches come in steps: the window reaches from one arrival to another.
            _watch(verifier, clients.stdin, terms.size(8, 1))
            used = _used(stack, clients)
            seen = _watch(verifier, clients.stdin, terms.size(30, 2))
            seconds, count = seen[-1][0] - seen[0][0], seen[-1][1] - seen[0][1]
            spent = {name: each - used.get(name, 0) for name, each in _used(stack, clients).items()}
        finally:
            clients.stdin.write(b"\n")
            clients.stdin.close()
            clients.wait(60)
        assert clients.returncode == 0, "a client failed"
        if to_the_last:
            _await_last(verifier, accepted.last())
        services.engine.dispose()
    parts = {name: each / count for name, each in spent.items()} if count else {}
    return _Run(_rates(seen), count / seconds, parts)


def _start_clients(stack: RunningStack, ahead: int, each: int) -> subprocess.Popen[bytes]:
    words = ["-m", "bench.parts.depositors", stack.address, str(CLIENTS), str(ahead), str(each)]
    started = subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert started.stdin is not None
    started.stdin.write(stack.local["key"].encode() + b"\n")
    started.stdin.flush()
    return started


class _Accepted:
    """Reads what the clients say, so that they never wait for us."""

    def __init__(self, said: IO[bytes]) -> None:
        self._lines: list[bytes] = []
        self._thread = threading.Thread(target=lambda: self._lines.extend(said))
        self._thread.start()

    def last(self) -> int:
        """How many deposits were accepted in all, once the clients are done."""
        self._thread.join()
        return int(self._lines[-1])


def _await_last(verifier: Verifier, accepted: int) -> None:
    """What was taken is anchored and verified, to the last one."""
    end = time.monotonic() + _LAST_SECONDS
    while verifier.look() < accepted:
        assert time.monotonic() < end, f"{verifier.verified} of {accepted} anchored"
        time.sleep(_LOOK)


def _watch(verifier: Verifier, tell: IO[bytes], seconds: float) -> list[tuple[float, int]]:
    """Verify for some seconds and until the next arrival; each arrival's moment and total.

    Without an arrival in all our patience the last entry is the end of it.
    """
    seen = [(time.monotonic(), verifier.verified)]
    least = seen[0][0] + seconds
    most = least + _PATIENCE
    while seen[-1][0] < least and time.monotonic() < most:
        verified = verifier.look()
        if verified > seen[-1][1]:
            seen.append((time.monotonic(), verified))
        tell.write(b"%d\n" % verified)
        tell.flush()
        time.sleep(_LOOK)
    if seen[-1][0] < least:
        seen.append((time.monotonic(), verifier.verified))
    return seen


def _rates(seen: list[tuple[float, int]]) -> tuple[float, ...]:
    """From arrival to arrival."""
    return tuple(
        (after - before) / (later - sooner) for (sooner, before), (later, after) in pairwise(seen)
    ) or (0.0,)


def _used(stack: RunningStack, clients: subprocess.Popen[bytes]) -> dict[str, float]:
    return {
        **processor_seconds(stack.process.pid),
        "clients": seconds_of(clients.pid),
        "verifier": seconds_of(os.getpid()),
    }
