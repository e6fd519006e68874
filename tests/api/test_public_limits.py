"""Strangers are counted by address: one who tries numbers out is slowed down, and no other."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import address_of
from api.limits import make_async_limiter
from api.settings import Settings
from core.errors import Misconfigured
from tests.grounds.guesses import tried_numbers
from tests.grounds.stack import RunningStack


def test_trying_ten_thousand_numbers_meets_the_limiter(stack: RunningStack) -> None:
    tried_numbers(stack, 10_000)


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
