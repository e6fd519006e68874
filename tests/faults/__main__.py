"""`make faults`: the same faults at larger sizes, in random order from a printed seed.

usage: python -m tests.faults [--seed N] [--rounds N] [--production]

Each round hurts the running stack, deposits meanwhile, waits for every certificate, checks each,
and runs fsck. One round in four hurts a second stack by way of its chain node; one in five kills
a part amid approvals of an office, one in six a process amid a payment. In the end two hundred
identity numbers go in while parts are killed, as many through all flows, and are looked for
everywhere; 32 writers tell the audit a thousand lines each; then a hundred thousand numbers of
evidence are guessed, and thousands of sign-ins that fail are timed. On machines of one's own (the
production profile) each part is killed amid approvals; with `--production` nothing else is done.
Ends with `faults N violations M`; exit code 1 when M is not 0.
"""

import argparse
import random
import secrets
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import redis
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from api.stack.keeping import read_environment
from tests.api.test_canaries import through_all_of_them
from tests.faults import numbers
from tests.faults.harness import (
    CRASH_POINTS,
    Deposited,
    Victim,
    anchored_once,
    kill_part,
    until,
    victim,
)
from tests.faults.outside import Outside, outside
from tests.faults.own_machines import PARTS as PRODUCTION_PARTS
from tests.faults.own_machines import approvals_amid_kills
from tests.faults.payments import PAYMENT_POINTS, TOLD_POINTS, Till, anybody_answers
from tests.faults.registrations import Desk
from tests.faults.test_parts_killed import all_killed_amid
from tests.grounds.database import cluster
from tests.grounds.guesses import timed_sign_ins, tried_numbers
from tests.grounds.writers import WRITERS, write_at_once

PARTS = (
    "postgres -D", "valkey-server", "anvil", "-A api.worker worker", "uvicorn api.app",
    "api.stack.forkserver",
)  # fmt: skip
FIFTY, GUESSES, SIGN_INS, LINES_EACH = 50, 100_000, 2_000, 1_000
EACH: Final = 12


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.faults")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--production", action="store_true")
    asked = parser.parse_args()
    say(f"seed {asked.seed}")
    violations = found(
        f"kill -9 of each part amid {EACH} approvals, production profile",
        lambda: say(f"registered {approvals_amid_kills(EACH)}: one number, one certificate each"),
    )
    if asked.production:
        say(f"faults {len(PRODUCTION_PARTS) + 1} violations {violations}")
        return 1 if violations else 0
    with (
        tempfile.TemporaryDirectory(prefix="yinji-faults-") as folder,
        victim(made(folder, "stack")) as hurt,
        outside(made(folder, "chain")) as chained,
    ):
        dice = random.Random(asked.seed)  # noqa: S311 - repeatable on purpose
        desk, till = Desk(hurt), Till(hurt)
        for number in range(asked.rounds):
            if number % 5 == 4:
                name, hit = draw_approvals(dice, hurt, desk)
            elif number % 6 == 5:
                name, hit = draw_payment(dice, till)
            elif number % 4 == 3:
                name, hit = draw_chain(dice, chained, number)
            else:
                name, hit = draw(dice, hurt, number)
            violations += found(f"round {number} {name}", hit)
        violations += found(
            f"kill -9 of everything amid {FIFTY} deposits", lambda: all_killed_amid(hurt, FIFTY)
        )
        violations += found(
            f"identity numbers {numbers.COUNT} amid kills", lambda: numbers.through(hurt, dice)
        )
        violations += found(
            f"identity numbers {numbers.COUNT} through all flows",
            lambda: through_all_of_them(hurt.stack, numbers.COUNT),
        )
        violations += found(f"audit lines {WRITERS} x {LINES_EACH} at once", all_in_one_chain)
        violations += found(f"{GUESSES} guesses", lambda: tried_numbers(hurt.stack, GUESSES))
        violations += found(
            f"sign-ins timed, {SIGN_INS} of each kind", lambda: timed_sign_ins(hurt.stack, SIGN_INS)
        )
    say(f"faults {asked.rounds} violations {violations}")
    return 1 if violations else 0


def all_in_one_chain() -> None:
    """T10 in a database of its own: what the writers tell is no line of any installation."""
    with tempfile.TemporaryDirectory(prefix="yinji-faults-") as home, cluster(Path(home)) as fresh:
        engine = create_engine(fresh.fresh(), pool_size=WRITERS, max_overflow=0)
        write_at_once(sessionmaker(engine), LINES_EACH)
        engine.dispose()


def found(name: str, hit: Callable[[], object]) -> int:
    """Do it, and say what came of it: 1 for a violation, else 0."""
    try:
        hit()
    except AssertionError as error:
        say(f"VIOLATION {name}: {error}")
        return 1
    say(name)
    return 0


@dataclass(frozen=True)
class Fault:
    """`hurt` does it; `seen` returns when its effect was observed."""

    name: str
    hurt: Callable[[Victim], object]
    seen: Callable[[Victim], object]


Round = tuple[str, Callable[[], None]]


def draw(dice: random.Random, hurt: Victim, number: int) -> Round:
    """One of the faults, crash points as often as all others together."""
    kind = dice.choice(["point", "point", "point", "part", "flush", "everything"])
    if kind == "point":
        point = dice.choice(CRASH_POINTS)
        fault = Fault(f"crash point {point}", lambda v: v.arm(point), lambda v: v.await_hit(point))
    elif kind == "part":
        words = dice.choice(PARTS)
        fault = Fault(f"kill -9 of {words}", lambda v: kill_part(v, words), nothing_more)
    elif kind == "flush":
        fault = Fault("FLUSHALL", flush, nothing_more)
    else:
        fault = Fault("kill -9 of everything", Victim.kill_all, Victim.start_again)
    count = dice.randint(1, 6)
    return fault.name, lambda: one_round(hurt, fault, f"round-{number}", count)


def draw_chain(dice: random.Random, chained: Outside, number: int) -> Round:
    """One of the faults that come by way of the node."""
    label, count = f"round-{number}", dice.randint(5, 60)
    kinds: dict[str, Callable[[], list[Deposited]]] = {
        "cut after forwarding": lambda: chained.cut(label, forwarding=True),
        "cut before forwarding": lambda: chained.cut(label, forwarding=False),
        "reorganisation": lambda: chained.reorganise(label),
        "kill -9 between mined and final": lambda: chained.kill_unfinished(label),
        "two workers at once": lambda: chained.wake_both(label, count),
    }
    name = dice.choice(list(kinds))
    return name, lambda: chained.all_hold(kinds[name]())


def draw_approvals(dice: random.Random, hurt: Victim, desk: Desk) -> Round:
    """A part, or everything, killed while an office approves."""
    words, count = dice.choice([*PARTS, "everything"]), dice.randint(3, 40)

    def hit() -> None:
        waiting = desk.bring(count)
        if words == "everything":
            desk.approve_amid(waiting, lambda: (hurt.kill_all(), hurt.start_again()))
        else:
            desk.approve_amid(waiting, lambda: kill_part(hurt, words))
        desk.all_hold(waiting)

    return f"kill -9 of {words} amid {count} approvals", hit


def draw_payment(dice: random.Random, till: Till) -> Round:
    """A process killed between what a provider said and our record of it."""
    point = dice.choice([*PAYMENT_POINTS, *TOLD_POINTS])

    def hit() -> None:
        until(lambda: anybody_answers(till.hurt), "an API that answers")
        till.hit(point)

    return f"crash point {point} amid a payment", hit


def nothing_more(_hurt: Victim) -> None:
    """The fault itself waited until its effect was seen."""


def one_round(hurt: Victim, fault: Fault, label: str, count: int) -> None:
    """So many deposits before and after the fault; all of them hold in the end."""
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


def made(folder: str, name: str) -> Path:
    path = Path(folder) / name
    path.mkdir()
    return path


def put(hurt: Victim, label: str) -> Deposited:
    return hurt.deposit(f"{label}\n".encode() * 40, key=label)


def flush(hurt: Victim) -> None:
    values = read_environment(hurt.stack.var / "env")
    with redis.Redis.from_url(values["BROKER_URL"]) as broker:
        broker.flushall()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
