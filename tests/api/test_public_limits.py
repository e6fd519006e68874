"""Strangers are counted by address: one who tries numbers out is slowed down, and no other."""

import http.client
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import address_of
from api.limits import make_async_limiter
from api.settings import Settings
from core.errors import Misconfigured
from evidence import numbers
from tests.grounds.callers import fresh_address, visitor
from tests.grounds.stack import RunningStack

LIMIT = 600
TRIES = 10_000


def test_trying_ten_thousand_numbers_meets_the_limiter(stack: RunningStack) -> None:
    address, place = fresh_address(), urlsplit(stack.address)

    def guess(many: int) -> tuple[Counter[int], set[str]]:
        found: Counter[int] = Counter()
        waits: set[str] = set()
        connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
        for _ in range(many):
            path = f"/api/v1/public/evidence/{numbers.new_number()}"
            connection.request("GET", path, headers={"X-Forwarded-For": address})
            answer = connection.getresponse()
            answer.read()
            found[answer.status] += 1
            if answer.status == 429:
                waits.add(answer.headers.get("Retry-After", ""))
        connection.close()
        return found, waits

    begun = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(guess, [TRIES // 4] * 4))
    minutes = (time.monotonic() - begun) / 60
    found = sum((each for each, _ in parts), Counter())
    waits = set().union(*(each for _, each in parts))
    assert set(found) == {404, 429}, found
    assert found.total() == TRIES
    # A minute may see up to two thirds more than the limit, where two windows meet.
    assert found[404] <= LIMIT * (1 + minutes) * 5 / 3, found
    assert all(1 <= int(wait) <= 120 for wait in waits), waits
    other = visitor(stack).get(f"/api/v1/public/evidence/{numbers.new_number()}")
    assert other.status_code == 404


class Peer:
    """As much of a request as counting needs."""

    def __init__(self, host: str) -> None:
        self.client = type("Address", (), {"host": host})()


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("not an address", "unknown"),
    ],
)
def test_a_subscriber_counts_once(host: str, counted: str) -> None:
    assert address_of(Peer(host)) == counted  # type: ignore[arg-type]


def statuses(proxies: str, *forwarded: str) -> list[int]:
    """What a server with these trusted proxies answers its one peer, at two a minute."""
    settings = Settings.from_environment(
        {
            "YINJI_PUBLIC_URL": "http://127.0.0.1",
            "YINJI_PUBLIC_PER_MINUTE": "2",
            "YINJI_TRUSTED_PROXIES": proxies,
            "YINJI_RPC_URLS": "http://127.0.0.1:9",
            "DATABASE_URL": "postgresql+psycopg://127.0.0.1:9/nobody",
            "BROKER_URL": "memory://",
        },
        Path("/nonexistent"),
    )
    app = create_app(settings)
    app.state.public_limiter = make_async_limiter(settings.broker_url)
    client = TestClient(app, client=("203.0.113.9", 1234))
    return [
        client.get("/api/v1/public/digests/none", headers={"X-Forwarded-For": each}).status_code
        for each in forwarded
    ]


class TestProxies:
    def test_nobody_is_believed_unless_named(self) -> None:
        assert statuses("", "192.0.2.1", "192.0.2.2", "192.0.2.3") == [422, 422, 429]

    def test_a_named_one_is(self) -> None:
        assert statuses("203.0.113.0/24", "192.0.2.1", "192.0.2.2", "192.0.2.3") == [422] * 3

    def test_what_was_written_before_the_proxy_is_not(self) -> None:
        forged = [f"198.51.100.{n}, 192.0.2.1" for n in range(3)]
        assert statuses("203.0.113.9", *forged) == [422, 422, 429]

    @pytest.mark.parametrize("text", ["*", "proxy.example", "10.0.0.1/8"])
    def test_only_addresses_can_be_named(self, text: str) -> None:
        with pytest.raises(Misconfigured) as refusal:
            statuses(text)
        assert refusal.value.field == "YINJI_TRUSTED_PROXIES"
