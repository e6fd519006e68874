"""Stages take turns: work that keeps arriving at one does not starve those behind it."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from api import anchoring, jobs
from api.database import transaction
from api.wiring import Services
from chain.models import Anchor, Attempt
from tests.grounds.anchoring import Bench, simulated_bench
from tests.grounds.database import Cluster

HOUR = timedelta(hours=1)


@pytest.fixture
def bench(postgres: Cluster) -> Iterator[Bench]:
    with simulated_bench(postgres.fresh()) as made:
        yield made


def test_a_stage_that_never_runs_dry_lets_the_next_one_work(bench: Bench) -> None:
    reached: list[str] = []

    def endless(_services: Services) -> bool:
        return True

    def behind(_services: Services) -> bool:
        reached.append("behind")
        return False

    steps = jobs.advance(bench.services, [endless, behind], seconds=1.5)
    assert len(reached) >= 2
    assert steps > len(reached)


def test_what_was_just_sent_is_looked_at_until_it_is_final(bench: Bench) -> None:
    """No tick comes in here: the stages are run again because of what is under way."""
    bench.leaves()
    bench.terms(resend_after=HOUR, replace_after=HOUR)  # or something would move all the time
    idle = 0

    def mine(_services: Services) -> bool:
        """Nothing moves for two rounds after it was sent; then comes the block, and those on it."""
        nonlocal idle
        if bench.all(Attempt):
            idle += 1
            if idle == 4:
                bench.ledger.chain.mine(4)
        return False

    jobs.advance(bench.services, [*anchoring.STAGES, mine], seconds=10)
    assert len(bench.all(Anchor)) == 1


def test_what_was_sent_long_ago_is_left_to_the_next_tick(bench: Bench) -> None:
    bench.leaves()
    for _ in range(3):
        bench.run("seal", "sign", "broadcast")
    with transaction(bench.services.sessions) as session:
        session.execute(text("UPDATE attempt SET signed_at = signed_at - interval '6 seconds'"))
    began = time.monotonic()
    jobs.advance(bench.services, [anchoring.confirm], seconds=10)
    assert time.monotonic() - began < 5
    assert bench.all(Anchor) == []
