"""A database that ended its connections is noticed, without asking before every use."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from api import database
from tests.grounds.database import Cluster


@pytest.fixture(scope="module")
def url(postgres: Cluster) -> str:
    return postgres.fresh()


@contextmanager
def pool(url: str, fresh_seconds: float) -> Iterator[Engine]:
    made = database.make_engine(url, fresh_seconds)
    yield made
    made.dispose()


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        found: int = connection.scalar(text("SELECT pg_backend_pid()"))
        return found


def end(url: str, pid: int) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_connection_that_rested_is_asked_first_and_replaced(url: str) -> None:
    with pool(url, fresh_seconds=0) as engine:
        first = backend(engine)
        end(url, first)
        assert backend(engine) != first


def test_one_that_was_just_used_is_not_asked_and_costs_one_error_at_most(url: str) -> None:
    with pool(url, fresh_seconds=60) as engine:
        first = backend(engine)
        assert backend(engine) == first
        end(url, first)
        with pytest.raises(OperationalError):
            backend(engine)
        assert backend(engine) != first


def test_after_that_error_no_other_connection_of_the_pool_is_used(url: str) -> None:
    with pool(url, fresh_seconds=60) as engine:
        with engine.connect() as one, engine.connect() as another:
            pids = [each.scalar(text("SELECT pg_backend_pid()")) for each in (one, another)]
        for pid in pids:
            end(url, pid)
        with pytest.raises(OperationalError):
            backend(engine)
        assert backend(engine) not in pids
