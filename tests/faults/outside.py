"""A stack in front of a node of its own, behind a proxy: cut off, reorganised, raced for.

The embedded node of a stack comes back from snapshots, which forget; this one does not.
"""

import os
import re
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import create_engine, func, select

from api.queue import ADVANCE, make_celery
from api.stack.keeping import read_environment
from chain.ethereum import EthereumLedger
from chain.lifecycle import AttemptStatus
from core.lifecycle import Transition
from tests.faults.harness import Deposited, Victim, anchored_once, until, victim
from tests.grounds.anvil import started
from tests.grounds.proxy import SEND, Proxy, proxy

DEPTH = 3


@dataclass
class Outside:
    """`victim` speaks to the node at `url` through `between`. Every fault here deposits, waits
    until its effect was seen, and gives back what must hold in the end.
    """

    victim: Victim
    url: str
    between: Proxy

    @cached_property
    def node(self) -> EthereumLedger:
        return EthereumLedger(self.url)

    def cut(self, label: str, *, forwarding: bool) -> list[Deposited]:
        """The connection breaks whenever a transaction is sent, after or before it is passed on."""
        cut = self.between.cut_after if forwarding else self.between.cut_before
        what = "cut-after" if forwarding else "cut-before"
        before = self.between.did(what, SEND)
        cut.add(SEND)
        try:
            deposited = self.deposit(label)
            until(lambda: self.between.did(what, SEND) > before, f"connection {what}")
        finally:
            cut.discard(SEND)
        return [deposited]

    def reorganise(self, label: str) -> list[Deposited]:
        """The block that holds the transaction is replaced by an empty one before finality."""
        with self.mining_by_hand():
            before = self.transitions(AttemptStatus.REORGED)
            deposited = self.mined(label)
            self.node.ask("anvil_reorg", 1, [])
            until(lambda: self.transitions(AttemptStatus.REORGED) > before, "the fall back")
            assert self.victim.client.evidence(deposited.number)["state"] != "anchored"
        return [deposited]

    def kill_unfinished(self, label: str) -> list[Deposited]:
        """A worker dies between mined and final."""
        with self.mining_by_hand():
            deposited = self.mined(label)
            self.victim.arm("observed")
            self.victim.await_hit("observed")
        return [deposited]

    def wake_both(self, label: str, count: int) -> list[Deposited]:
        """Both workers find the same deposits waiting and are at work at the same time."""
        workers = [self.victim.child(f"-n worker-{number}@") for number in (1, 2)]
        logs = [self.victim.stack.var / "log" / f"worker-{number}.log" for number in (1, 2)]
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        try:
            deposited = [self.deposit(f"{label} {number}") for number in range(count)]
            # Messages of our own, so that each worker has one whatever was waiting.
            with make_celery(self.settings["BROKER_URL"]) as queue:
                for _ in range(4):
                    queue.send_task(ADVANCE)
        finally:
            woken = time.time()
            for pid in workers:
                os.kill(pid, signal.SIGCONT)
        until(lambda: overlap(logs, woken), "two workers at work at the same time")
        return deposited

    def all_hold(self, deposited: Sequence[Deposited]) -> None:
        """Certified, verified, anchored once each; and fsck finds nothing."""
        roots = {self.victim.await_certificate(item)["root"] for item in deposited}
        for item in deposited:
            self.victim.verify(item)
        anchored_once(self.url, sorted(roots))
        self.victim.fsck()

    def deposit(self, label: str) -> Deposited:
        return self.victim.deposit(f"{label}\n".encode() * 20)

    def mined(self, label: str) -> Deposited:
        """A deposit whose transaction stands in one block, and no more."""
        deposited = self.deposit(label)
        self.reaches(deposited, "broadcast")
        self.node.ask("anvil_mine", "0x1")
        self.reaches(deposited, "mined")
        return deposited

    def reaches(self, deposited: Deposited, state: str) -> None:
        client = self.victim.client
        until(lambda: client.evidence(deposited.number)["state"] == state, f"state {state}")

    @contextmanager
    def mining_by_hand(self) -> Iterator[None]:
        self.node.ask("evm_setIntervalMining", 0)
        try:
            yield
        finally:
            self.node.ask("evm_setIntervalMining", 1)

    @property
    def settings(self) -> dict[str, str]:
        return dict(read_environment(self.victim.stack.var / "env"))

    def transitions(self, to: str) -> int:
        """How often any attempt has become this."""
        engine = create_engine(self.settings["DATABASE_URL"])
        try:
            with engine.connect() as connection:
                query = select(func.count()).where(Transition.became == to)
                return connection.scalar(query) or 0
        finally:
            engine.dispose()


@contextmanager
def outside(folder: Path) -> Iterator[Outside]:
    """A node with a block a second, a proxy before it, and a stack that waits for three."""
    with (
        started("--block-time", "1") as url,
        proxy(url) as between,
        victim(folder, YINJI_RPC_URLS=between.url, YINJI_CHAIN_DEPTH=str(DEPTH)) as stack,
    ):
        yield Outside(stack, url, between)


def overlap(logs: Sequence[Path], since: float) -> bool:
    """Whether a run of one worker shared time with a run of the other, by their logs."""
    mine, yours = ([run for run in runs(log) if run[1] > since] for log in logs)
    return any(a[0] < b[1] and b[0] < a[1] for a in mine for b in yours)


def runs(log: Path) -> Iterator[tuple[float, float]]:
    """Start and end of each finished task, in seconds since 1970, from Celery's own lines."""
    began: dict[str, float] = {}
    line = re.compile(
        r"\[([\d: -]+),(\d{3}): INFO/MainProcess\] "
        r"Task work\.(?:advance|tick)\[([0-9a-f-]+)\] (received|succeeded)"
    )
    for match in line.finditer(log.read_text(errors="replace")):
        at = time.mktime(time.strptime(match[1], "%Y-%m-%d %H:%M:%S")) + int(match[2]) / 1000
        if match[4] == "received":
            began[match[3]] = at
        elif match[3] in began:
            yield began.pop(match[3]), at
