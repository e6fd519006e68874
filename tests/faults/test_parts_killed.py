"""Whole parts killed or emptied while deposits are under way."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import redis

from api.stack.keeping import read_environment
from tests.faults.harness import Deposited, Victim, anchored_once, kill_part, until


def deposit_many(hurt: Victim, label: str, count: int) -> list[Deposited]:
    """Deposits from four threads; every one is acknowledged in the end."""

    def one(number: int) -> Deposited:
        return hurt.deposit(f"{label} {number}\n".encode() * 20, key=f"{label}-{number}")

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, range(count)))


def all_hold(hurt: Victim, deposited: list[Deposited]) -> None:
    roots = {hurt.await_certificate(item)["root"] for item in deposited}
    for item in deposited:
        hurt.verify(item)
    anchored_once(hurt.stack.local["rpc"], sorted(roots))
    hurt.fsck()


def settings(hurt: Victim) -> dict[str, str]:
    return dict(read_environment(hurt.stack.var / "env"))


def test_an_emptied_broker_costs_nothing(hurt: Victim) -> None:
    with redis.Redis.from_url(settings(hurt)["BROKER_URL"]) as broker:
        first = deposit_many(hurt, "flush-before", 4)
        broker.flushall()
        assert broker.dbsize() <= 2  # what the workers' own connections put back at once
        second = deposit_many(hurt, "flush-after", 4)
    all_hold(hurt, first + second)


def test_a_killed_database_loses_nothing_acknowledged(hurt: Victim) -> None:
    before = deposit_many(hurt, "database-before", 4)
    address = settings(hurt)["DATABASE_URL"].replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        (backend,) = connection.execute("SELECT pg_postmaster_start_time()").fetchone() or ("",)
    kill_part(hurt, "postgres -D")
    after = deposit_many(hurt, "database-after", 4)
    with psycopg.connect(address) as connection:
        (again,) = connection.execute("SELECT pg_postmaster_start_time()").fetchone() or ("",)
    assert again != backend
    all_hold(hurt, before + after)


@pytest.mark.parametrize(
    "words", ["valkey-server", "anvil", "-A api.worker worker", "api.stack.forkserver"]
)
def test_a_killed_part_comes_back_and_everything_goes_on(hurt: Victim, words: str) -> None:
    label = words.split(maxsplit=1)[0]
    before = deposit_many(hurt, f"{label}-before", 3)
    kill_part(hurt, words)
    after = deposit_many(hurt, f"{label}-after", 3)
    all_hold(hurt, before + after)


def test_an_api_killed_amid_an_upload_takes_the_rest_of_it(hurt: Victim) -> None:
    """What had arrived and was not on the disk yet is asked for again."""
    content = b"amid an upload " * (8 * 2**20)
    incoming = hurt.stack.var / "incoming"
    known = set(incoming.iterdir())

    def arrived() -> int:
        fresh = set(incoming.iterdir()) - known
        return sum(each.stat().st_size for each in fresh if each.exists())

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(hurt.deposit, content)
        until(lambda: arrived() > 0 or running.done(), "the first bytes", pause=0.002)
        kill_part(hurt, "uvicorn api.app")
        assert 0 < arrived() < len(content), "it was killed amid the upload"
        deposited = running.result()
    all_hold(hurt, [deposited])


def test_kill_9_of_everything_amid_deposits(hurt: Victim) -> None:
    all_killed_amid(hurt, 20)


def all_killed_amid(hurt: Victim, count: int) -> None:
    """Deposits from four threads; when some are acknowledged everything dies, is started again, and
    asked the same again: as many evidence as deposits, and none acknowledged is lost.
    """
    label = f"of-{count}"

    def one(number: int) -> Deposited:
        return hurt.deposit(f"{label} {number}\n".encode() * 30, f"{label}-{number}")

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(one, number) for number in range(count)]
        until(lambda: sum(future.done() for future in running) >= count * 2 // 5, "some deposits")
        hurt.kill_all()
        hurt.start_again()
        for future in running:
            future.exception()  # those that gave up are asked again below
    deposited = [one(number) for number in range(count)]
    assert len({item.number for item in deposited}) == count
    acknowledged = [future.result() for future in running if future.exception() is None]
    assert {item.number for item in acknowledged} <= {item.number for item in deposited}
    all_hold(hurt, deposited)
