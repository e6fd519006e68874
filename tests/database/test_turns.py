"""Stages take turns: work that keeps arriving at one does not starve those behind it."""

from collections.abc import Iterator

import pytest

from api import jobs
from api.wiring import Services
from tests.grounds.anchoring import Bench, simulated_bench
from tests.grounds.database import Cluster


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
