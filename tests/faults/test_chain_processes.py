"""The whole stack in front of a node of its own that is cut off, and that reorganises.

The embedded node of a stack comes back from snapshots, which forget; this one does not.
"""

import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from api.queue import make_celery
from api.stack.keeping import read_environment
from chain.ethereum import EthereumLedger
from chain.lifecycle import AttemptStatus
from core.lifecycle import Transition
from tests.faults.harness import Deposited, Victim, anchored_once, until, victim
from tests.grounds.anvil import started
from tests.grounds.proxy import SEND, Proxy, proxy

DEPTH = 3


@dataclass
class Hurt:
    victim: Victim
    url: str
    between: Proxy

    @cached_property
    def node(self) -> EthereumLedger:
        return EthereumLedger(self.url)

    def mine(self, blocks: int) -> None:
        self.node.ask("anvil_mine", hex(blocks))

    def settings(self) -> dict[str, str]:
        return dict(read_environment(self.victim.stack.var / "env"))

    def transitions(self, to: str) -> int:
        """How often any attempt has become this."""
        engine = create_engine(self.settings()["DATABASE_URL"])
        try:
            with engine.connect() as connection:
                query = select(func.count()).where(Transition.became == to)
                return connection.scalar(query) or 0
        finally:
            engine.dispose()

    def reaches(self, deposited: Deposited, state: str) -> None:
        client = self.victim.client
        until(lambda: client.evidence(deposited.number)["state"] == state, f"state {state}")

    def all_hold(self, *deposited: Deposited) -> None:
        roots = {self.victim.await_certificate(item)["root"] for item in deposited}
        for item in deposited:
            self.victim.verify(item)
        anchored_once(self.url, sorted(roots))
        self.victim.fsck()


@pytest.fixture(scope="module")
def hurt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hurt]:
    folder = tmp_path_factory.mktemp("chain")
    with (
        started("--block-time", "1") as url,
        proxy(url) as between,
        victim(folder, YINJI_RPC_URLS=between.url, YINJI_CHAIN_DEPTH=str(DEPTH)) as stack,
    ):
        yield Hurt(stack, url, between)


def test_a_connection_cut_after_forwarding_anchors_once(hurt: Hurt) -> None:
    hurt.between.cut_after = {SEND}
    deposited = hurt.victim.deposit(b"cut after forwarding\n" * 20)
    until(lambda: hurt.between.did("cut-after", SEND) >= 1, "a cut connection")
    hurt.between.cut_after = set()
    hurt.all_hold(deposited)


def test_a_node_out_of_reach_is_waited_for(hurt: Hurt) -> None:
    hurt.between.cut_before = {SEND}
    deposited = hurt.victim.deposit(b"never forwarded\n" * 20)
    until(lambda: hurt.between.did("cut-before", SEND) >= 1, "a refused connection")
    hurt.between.cut_before = set()
    hurt.all_hold(deposited)


@pytest.mark.parametrize("turn", [1, 2])
def test_a_reorganisation_before_finality_is_seen_and_outlived(hurt: Hurt, turn: int) -> None:
    hurt.node.ask("evm_setIntervalMining", 0)
    try:
        before = hurt.transitions(AttemptStatus.REORGED)
        deposited = hurt.victim.deposit(f"reorganised {turn}\n".encode() * 20)
        hurt.reaches(deposited, "broadcast")
        hurt.mine(1)
        hurt.reaches(deposited, "mined")
        hurt.node.ask("anvil_reorg", 1, [])
        until(lambda: hurt.transitions(AttemptStatus.REORGED) > before, "the fall back")
        assert hurt.victim.client.evidence(deposited.number)["state"] != "anchored"
    finally:
        hurt.node.ask("evm_setIntervalMining", 1)
    hurt.all_hold(deposited)


def test_a_worker_killed_between_mined_and_final_changes_nothing(hurt: Hurt) -> None:
    hurt.node.ask("evm_setIntervalMining", 0)
    try:
        deposited = hurt.victim.deposit(b"killed between\n" * 20)
        hurt.reaches(deposited, "broadcast")
        hurt.mine(1)
        hurt.reaches(deposited, "mined")
        hurt.victim.arm("observed")
        hurt.victim.await_hit("observed")
    finally:
        hurt.node.ask("evm_setIntervalMining", 1)
    hurt.all_hold(deposited)


def test_two_workers_woken_for_the_same_batch_anchor_it_once(hurt: Hurt) -> None:
    workers = [hurt.victim.child(f"-n worker-{number}@") for number in (1, 2)]
    logs = [hurt.victim.stack.var / "log" / f"worker-{number}.log" for number in (1, 2)]
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        deposited = [
            hurt.victim.deposit(f"for two {number}\n".encode() * 20) for number in range(12)
        ]
        # Two messages of our own, so that each worker has one whatever was waiting.
        with make_celery(hurt.settings()["BROKER_URL"]) as queue:
            for _ in range(4):
                queue.send_task("work.advance")
    finally:
        woken = time.time()
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    hurt.all_hold(*deposited)
    until(lambda: overlap(*logs, woken), "two workers at work at the same time")


def overlap(first: Path, second: Path, since: float) -> bool:
    """Whether a run of one worker shared time with a run of the other, by their logs."""
    mine, yours = ([run for run in runs(log) if run[1] > since] for log in (first, second))
    return any(a[0] < b[1] and b[0] < a[1] for a in mine for b in yours)


def runs(log: Path) -> Iterator[tuple[float, float]]:
    """Start and end of each finished task, in seconds since 1970, from Celery's own lines."""
    began: dict[str, float] = {}
    line = re.compile(
        r"\[([\d: -]+),(\d{3}): INFO/MainProcess\] "
        r"Task work\.advance\[([0-9a-f-]+)\] (received|succeeded)"
    )
    for match in line.finditer(log.read_text(errors="replace")):
        at = time.mktime(time.strptime(match[1], "%Y-%m-%d %H:%M:%S")) + int(match[2]) / 1000
        if match[4] == "received":
            began[match[3]] = at
        elif match[3] in began:
            yield began.pop(match[3]), at
