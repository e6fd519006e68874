"""The checker's view of a node, over real HTTP on loopback."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from chain import node as nodes
from chain.node import HttpNode
from core.errors import InvalidInput, OutcomeUnknown
from tests.vectors.recording import Answers, replayed

BLOCK = {"number": "0x2", "timestamp": "0x6a000000", "hash": "0x" + "5a" * 32, "transactions": []}
Ask = Callable[[HttpNode], Any]
QUESTIONS: dict[str, Ask] = {
    "eth_chainId": lambda node: node.chain_id(),
    "eth_getBlockByNumber": lambda node: node.head(),
    "eth_getCode": lambda node: node.code_hash(bytes(20)),
    "eth_call": lambda node: node.revocation(bytes(20), bytes(32)),
}


def _params(method: str) -> list[Any]:
    contract = "0x" + "00" * 20
    return {
        "eth_chainId": [],
        "eth_getBlockByNumber": ["latest", False],
        "eth_getCode": [contract, "latest"],
        "eth_call": [{"to": contract, "data": "0xcb74c873" + "00" * 32}, "latest"],
    }[method]


@contextmanager
def _saying(method: str, result: Any) -> Iterator[HttpNode]:
    answers: Answers = [{"method": method, "params": _params(method), "result": result}]
    with replayed(answers) as address:
        yield HttpNode(address, timeout=5)


@contextmanager
def _serving(status: int, body: bytes, **headers: str) -> Iterator[HttpNode]:
    """A server that answers every question with these bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield HttpNode(f"http://127.0.0.1:{server.server_port}", timeout=5)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_block_is_read_with_its_transactions() -> None:
    said = {**BLOCK, "transactions": ["0x" + "01" * 32, "0x" + "02" * 32]}
    with _saying("eth_getBlockByNumber", said) as node:
        block = node.head()
    assert (block.number, block.hash) == (2, b"\x5a" * 32)
    assert block.transactions == (b"\x01" * 32, b"\x02" * 32)


def test_a_revocation_is_two_words() -> None:
    words = (1_800_000_000).to_bytes(32, "big") + (2).to_bytes(32, "big")
    with _saying("eth_call", "0x" + words.hex()) as node:
        found = node.revocation(bytes(20), bytes(32))
    assert (found.reason, found.revoked_at.year) == (2, 2027)


@pytest.mark.parametrize("method", QUESTIONS)
@pytest.mark.parametrize("result", [None, [], {}, "0xzz", "hello", 7.5, {"number": "0x1"}])
def test_an_answer_of_another_shape_is_unknown(method: str, result: Any) -> None:
    with _saying(method, result) as node, pytest.raises(OutcomeUnknown):
        QUESTIONS[method](node)


def test_a_block_of_another_height_than_asked_for_is_unknown() -> None:
    answers: Answers = [
        {"method": "eth_getBlockByNumber", "params": ["0x7", False], "result": BLOCK}
    ]
    with replayed(answers) as address, pytest.raises(OutcomeUnknown):
        HttpNode(address).block_at(7)


def test_no_block_at_a_height_is_an_answer() -> None:
    answers: Answers = [
        {"method": "eth_getBlockByNumber", "params": ["0x7", False], "result": None}
    ]
    with replayed(answers) as address:
        assert HttpNode(address).block_at(7) is None


@pytest.mark.parametrize("method", QUESTIONS)
def test_an_error_is_unknown(method: str) -> None:
    with replayed([]) as address, pytest.raises(OutcomeUnknown):
        QUESTIONS[method](HttpNode(address))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>"),
        (500, b"{}"),
        (200, b"[1]"),
        (200, b"null"),
        (500, b'{"result":"0x1"}'),
        (200, b'{"result":"0x1","error":{"code":1}}'),
        (200, b'{"result":' + b"[" * 200_000),
        *[(200, b'{"result":"%s"}' % odd) for odd in (b"1", b"0x", b"0x_1", b"-0x1", b" 0x1")],
    ],
)
def test_what_is_no_json_rpc_is_unknown(status: int, body: bytes) -> None:
    with _serving(status, body) as node, pytest.raises(OutcomeUnknown):
        node.chain_id()


def test_a_redirect_is_not_followed() -> None:
    answers: Answers = [{"method": "eth_chainId", "params": [], "result": "0x1"}]
    with replayed(answers) as address, _serving(307, b"", Location=address) as node:
        assert HttpNode(address).chain_id() == 1
        with pytest.raises(OutcomeUnknown):
            node.chain_id()


def test_an_endless_answer_is_cut() -> None:
    body = b'{"result":"0x' + b"0" * nodes.MAX_ANSWER + b'1"}'
    with _serving(200, body) as node, pytest.raises(OutcomeUnknown):
        node.chain_id()


def test_a_node_that_does_not_answer_is_unknown_and_where_its_address_stands_is_told() -> None:
    with pytest.raises(OutcomeUnknown, match="--rpc or YINJI_RPC_URLS"):
        HttpNode("http://127.0.0.1:9", timeout=2).chain_id()


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8545", "ftp://host", "http://", "http://[::1", "http://a:b@host", "http://h:x",
     "file:///etc/passwd"],
)  # fmt: skip
def test_an_address_that_is_not_http_is_refused_at_once(url: str) -> None:
    with pytest.raises(InvalidInput):
        HttpNode(url)
