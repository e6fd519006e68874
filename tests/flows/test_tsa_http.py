"""A time-stamp authority asked over real HTTP on loopback."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core import pki
from core.errors import OutcomeUnknown, OutsideError
from evidence.authority import EmbeddedAuthority, LocalTimestampClient
from evidence.rfc3161 import QUERY_TYPE, REPLY_TYPE, request_token
from evidence.tsa_http import HttpTimestampClient
from tests.forging import POLICY

pytestmark = pytest.mark.integration

Behaviour = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def server(behaviour: Behaviour) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            behaviour(self, body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/tsa"
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def reply(handler: BaseHTTPRequestHandler, body: bytes, *, announced: int | None = None) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", REPLY_TYPE)
    handler.send_header("Content-Length", str(len(body) if announced is None else announced))
    handler.end_headers()
    handler.wfile.write(body)


def test_a_token_comes_over_http_and_is_checked() -> None:
    identity = pki.create_authority(pki.new_installation_id(), now=datetime.now(UTC))
    authority = EmbeddedAuthority(identity, POLICY, timedelta(seconds=1))
    local = LocalTimestampClient(authority, lambda: datetime.now(UTC))
    kinds: list[str] = []

    def stamp(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        kinds.append(handler.headers["Content-Type"])
        reply(handler, local.ask(body))

    with server(stamp) as url:
        token = request_token(
            HttpTimestampClient(url, timeout=5.0),
            b"statement",
            nonce=secrets.randbits(64),
            roots=frozenset({pki.fingerprint(identity.root)}),
            extra_certificates=identity.chain,
            policy=POLICY,
        )
    assert kinds == [QUERY_TYPE]
    assert abs(token.gen_time - datetime.now(UTC)) < timedelta(seconds=30)


def test_a_connection_that_breaks_off_is_unknown() -> None:
    def cut(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        reply(handler, b"half", announced=4000)

    with server(cut) as url, pytest.raises(OutcomeUnknown):
        HttpTimestampClient(url, timeout=5.0).ask(b"question")


def test_an_authority_that_trickles_is_given_up_in_time() -> None:
    def trickle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", REPLY_TYPE)
        handler.end_headers()
        for _each in range(30):
            try:
                handler.wfile.write(b"x")
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(0.1)

    begun = time.monotonic()
    with server(trickle) as url:
        with pytest.raises(OutcomeUnknown):
            HttpTimestampClient(url, timeout=0.5).ask(b"question")
        assert time.monotonic() - begun < 2.5


def test_an_authority_that_is_silent_is_given_up_in_time() -> None:
    release = threading.Event()

    def silent(_: BaseHTTPRequestHandler, __: bytes) -> None:
        release.wait(5)

    with server(silent) as url:
        try:
            with pytest.raises(OutcomeUnknown):
                HttpTimestampClient(url, timeout=0.5).ask(b"question")
        finally:
            release.set()


def test_an_authority_that_is_not_there_was_not_reached() -> None:
    with server(lambda *_: None) as url:
        pass
    with pytest.raises(OutsideError) as caught:
        HttpTimestampClient(url, timeout=1.0).ask(b"question")
    assert not isinstance(caught.value, OutcomeUnknown)
    assert not caught.value.permanent


def test_a_proxy_named_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(lambda *_: None) as nobody:
        pass
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, nobody)
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    with server(reply) as url:
        assert HttpTimestampClient(url, timeout=5.0).ask(b"echo") == b"echo"
