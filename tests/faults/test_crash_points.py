"""kill -9 at every named point along rows 1 to 10, each at least twice, broadcast above all."""

import pytest

from tests.faults.harness import CRASH_POINTS, Victim, anchored_once

ROUNDS = [
    *((point, turn) for turn in (1, 2) for point in CRASH_POINTS),
    *(("broadcast", turn) for turn in (3, 4, 5)),
]


@pytest.fixture(scope="module", autouse=True)
def before(hurt: Victim) -> tuple[int, int]:
    """Points hit and deaths told before the first of these tests."""
    return len(hurt.hits), hurt.printed.count("SIGKILL")


@pytest.mark.parametrize(("point", "turn"), ROUNDS)
def test_a_process_killed_there_loses_and_doubles_nothing(
    hurt: Victim, point: str, turn: int
) -> None:
    hurt.arm(point)
    deposited = hurt.deposit(f"{point} {turn}\n".encode() * 50)
    hurt.await_hit(point)
    seen = hurt.await_certificate(deposited)
    hurt.verify(deposited)
    anchored_once(hurt.stack.local["rpc"], [seen["root"]])
    hurt.fsck()


def test_the_supervisor_saw_each_death_by_signal_9(hurt: Victim, before: tuple[int, int]) -> None:
    hits, deaths = before
    assert len(hurt.hits) - hits == len(ROUNDS)
    assert hurt.printed.count("SIGKILL") - deaths >= len(ROUNDS), hurt.printed
