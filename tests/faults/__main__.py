"""`make faults`: the same faults at larger sizes, in random order from a printed seed.

usage: python -m tests.faults [--seed N] [--rounds N]

Each round hurts the running stack, deposits meanwhile, waits for every certificate, checks each,
and runs fsck. Ends with `faults N violations M`; exit code 1 when M is not 0.
"""

import argparse
import os
import random
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis

from api.stack.keeping import read_environment
from tests.faults.harness import (
    CRASH_POINTS,
    Deposited,
    Victim,
    anchored_once,
    until,
    victim,
    zombie,
)

PARTS = ("postgres -D", "valkey-server", "anvil", "celery -A api.worker worker", "uvicorn api.app")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.faults")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--rounds", type=int, default=60)
    asked = parser.parse_args()
    say(f"seed {asked.seed}")
    violations = 0
    with (
        tempfile.TemporaryDirectory(prefix="yinji-faults-") as folder,
        victim(Path(folder)) as hurt,
    ):
        dice = random.Random(asked.seed)  # noqa: S311 - repeatable on purpose
        for number in range(asked.rounds):
            fault = draw(dice)
            try:
                one_round(hurt, dice, fault, number)
            except AssertionError as error:
                violations += 1
                say(f"VIOLATION round {number} {fault.name}: {error}")
            else:
                say(f"round {number} {fault.name}")
    say(f"faults {asked.rounds} violations {violations}")
    return 1 if violations else 0


@dataclass(frozen=True)
class Fault:
    """`hurt` does it; `seen` returns when its effect was observed."""

    name: str
    hurt: Callable[[Victim], object]
    seen: Callable[[Victim], object]


def draw(dice: random.Random) -> Fault:
    """One of the faults, crash points as often as all others together."""
    kind = dice.choice(["point", "point", "point", "part", "flush", "everything"])
    if kind == "point":
        point = dice.choice(CRASH_POINTS)
        return Fault(f"crash point {point}", lambda v: v.arm(point), lambda v: v.await_hit(point))
    if kind == "part":
        words = dice.choice(PARTS)
        return Fault(f"kill -9 of {words}", lambda v: kill_part(v, words), nothing_more)
    if kind == "flush":
        return Fault("FLUSHALL", flush, nothing_more)
    return Fault("kill -9 of everything", Victim.kill_all, Victim.start_again)


def nothing_more(_hurt: Victim) -> None:
    """The fault itself waited until its effect was seen."""


def one_round(hurt: Victim, dice: random.Random, fault: Fault, number: int) -> None:
    """Deposits before and after the fault; all of them hold in the end."""
    label, count = f"round-{number}", dice.randint(1, 6)
    deposited = [put(hurt, f"{label}-a{place}") for place in range(count)]
    fault.hurt(hurt)
    if hurt.stack.process.poll() is not None:
        fault.seen(hurt)  # everything was killed: it is started again first
    deposited += [put(hurt, f"{label}-b{place}") for place in range(count)]
    roots = {hurt.await_certificate(item)["root"] for item in deposited}
    if fault.name.startswith("crash point"):
        fault.seen(hurt)
    for item in deposited:
        hurt.verify(item)
    anchored_once(hurt.stack.local["rpc"], sorted(roots))
    hurt.fsck()


def put(hurt: Victim, label: str) -> Deposited:
    return hurt.deposit(f"{label}\n".encode() * 40, key=label)


def kill_part(hurt: Victim, words: str) -> None:
    pid = hurt.child(words)
    os.kill(pid, signal.SIGKILL)
    until(lambda: zombie(pid), f"end of {words}")


def flush(hurt: Victim) -> None:
    values = read_environment(hurt.stack.var / "env")
    with redis.Redis.from_url(values["BROKER_URL"]) as broker:
        broker.flushall()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
