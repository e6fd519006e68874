"""Batches: each leaf once, in the order of its statement, by size or by age."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from chain import sealing
from chain.models import Batch, Leaf
from chain.sealing import BatchLimits
from tests.grounds.anchoring import Bench, simulated_bench
from tests.grounds.database import Cluster


@pytest.fixture
def bench(postgres: Cluster) -> Iterator[Bench]:
    with simulated_bench(postgres.fresh()) as made:
        yield made


def seal(bench: Bench, limits: BatchLimits) -> None:
    with bench.session() as session:
        sealing.seal_batch(session, limits, now=datetime.now(UTC))


class TestSeal:
    def test_waits_for_either_limit(self, bench: Bench) -> None:
        bench.leaves(3)
        seal(bench, BatchLimits(size=4, age=timedelta(hours=1)))
        assert bench.all(Batch) == []
        seal(bench, BatchLimits(size=3, age=timedelta(hours=1)))
        assert bench.one(Batch).size == 3

    def test_keeps_the_order_of_the_statements(self, bench: Bench) -> None:
        evidence = bench.leaves(20)
        seal(bench, BatchLimits(size=100, age=timedelta(0)))
        rows = sorted(bench.all(Leaf), key=lambda leaf: leaf.index)
        assert [row.evidence_id for row in rows] == evidence

    def test_puts_every_leaf_into_exactly_one_batch_whoever_seals(self, bench: Bench) -> None:
        evidence = bench.leaves(200)
        limits = BatchLimits(size=7, age=timedelta(0))

        def worker(_: int) -> None:
            for _ in range(40):
                seal(bench, limits)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(worker, range(4)))
        # Whoever found another one sealing went away: what is left waits for the next tick.
        for _ in range(200):
            seal(bench, limits)
        assert {leaf.evidence_id for leaf in bench.all(Leaf)} == set(evidence)
        assert sum(batch.size for batch in bench.all(Batch)) == 200

    def test_asks_the_database_no_more_often_for_more_leaves(self, bench: Bench) -> None:
        counts = []
        for leaves in (1, 500):
            bench.leaves(leaves)
            statements: list[str] = []

            def heard(*arguments: object, into: list[str] = statements) -> None:
                into.append(str(arguments[2]))

            event.listen(bench.services.engine, "before_cursor_execute", heard)
            seal(bench, BatchLimits(size=1000, age=timedelta(0)))
            event.remove(bench.services.engine, "before_cursor_execute", heard)
            counts.append(len(statements))
        assert counts[0] == counts[1]
