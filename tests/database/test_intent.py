"""The intent is written before the irreversible act."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from chain.keccak import keccak256
from tests.grounds.anchoring import Bench, simulated_bench
from tests.grounds.database import Cluster


@pytest.fixture
def database(postgres: Cluster) -> str:
    return postgres.fresh()


@pytest.fixture
def bench(database: str) -> Iterator[Bench]:
    with simulated_bench(database) as made:
        yield made


def test_bytes_handed_to_a_node_are_committed_already(bench: Bench, database: str) -> None:
    stranger = create_engine(database)
    seen: list[bool] = []
    deliver = bench.ledger.send

    def send(raw: bytes) -> None:
        with stranger.connect() as connection:
            query = text("SELECT count(*) FROM attempt WHERE hash = :hash")
            seen.append(connection.scalar(query, {"hash": keccak256(raw)}) == 1)
        deliver(raw)

    bench.ledger.send = send
    bench.leaves(2)
    bench.settle()
    stranger.dispose()
    assert seen
    assert all(seen)
