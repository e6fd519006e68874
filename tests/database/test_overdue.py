"""Work that waits too long has an alarm, and only while it waits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chain import ages
from chain.models import Alarm, Batch
from tests.grounds.anchoring import Bench, simulated_bench
from tests.grounds.database import Cluster

LATER = timedelta(minutes=10)


@pytest.fixture
def bench(postgres: Cluster) -> Iterator[Bench]:
    with simulated_bench(postgres.fresh()) as made:
        yield made


def watch(bench: Bench, after: timedelta = timedelta(0)) -> set[str]:
    with bench.session() as session:
        ages.watch(session, ages.Deadlines(), now=datetime.now(UTC) + after)
    return bench.alarms()


def test_nothing_is_overdue_before_its_deadline(bench: Bench) -> None:
    bench.leaves(3)
    assert watch(bench) == set()


def test_leaves_without_batch_or_token_are_named_by_their_number(bench: Bench) -> None:
    bench.leaves(3)
    assert watch(bench, LATER) == {"seal-overdue", "token-overdue"}
    assert all("3" in alarm.message for alarm in bench.all(Alarm))


def test_a_batch_is_overdue_until_it_is_anchored(bench: Bench) -> None:
    bench.leaves()
    bench.run("seal")
    assert "anchor-overdue" in watch(bench, LATER)
    named = {a.subject for a in bench.all(Alarm) if a.kind == "anchor-overdue"}
    assert named == {str(bench.one(Batch).id)}
    bench.run("sign", "broadcast")
    bench.ledger.chain.mine(3)
    bench.run("confirm")
    assert "anchor-overdue" not in watch(bench, LATER)
