"""A proxy in front of a chain node that misbehaves as providers do. It keeps a log of what it did.

A fault counts in a test only when the log shows that it happened.
"""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SEND = "eth_sendRawTransaction"


@dataclass
class Proxy:
    """`url` is what a client is given; the flags can be changed while it runs.

    `cut_after` and `cut_before` name methods whose connection breaks after or before forwarding;
    `too_many` those answered 429; `null` those answered null; `claims` results of our own, `raw`
    whole answers of our own.
    """

    url: str
    node: str
    cut_after: set[str] = field(default_factory=set)
    cut_before: set[str] = field(default_factory=set)
    too_many: set[str] = field(default_factory=set)
    null: set[str] = field(default_factory=set)
    garbled: set[str] = field(default_factory=set)
    claims: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    delay: dict[str, float] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)

    def did(self, what: str, method: str) -> int:
        """How often a fault was really made."""
        return self.log.count((what, method))


class _Handler(BaseHTTPRequestHandler):
    """`proxy` of the class made for each proxy is whose faults it makes."""

    proxy: Proxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request, made = json.loads(body), self.proxy
        method = request["method"]
        time.sleep(made.delay.get(method, 0))
        if method in made.cut_before:
            self.drop("cut-before", method)
        elif method in made.too_many:
            made.log.append(("too-many", method))
            self.answer(429, b"{}")
        elif method in made.raw:
            made.log.append(("claimed", method))
            self.answer(200, made.raw[method])
        elif method in made.null or method in made.claims:
            made.log.append(("claimed", method))
            said = {"jsonrpc": "2.0", "id": request["id"], "result": made.claims.get(method)}
            self.answer(200, json.dumps(said).encode())
        else:
            self.pass_on(body, method)

    def pass_on(self, body: bytes, method: str) -> None:
        answer = _forward(self.proxy.node, body)
        if method in self.proxy.cut_after:
            self.drop("cut-after", method)
        elif method in self.proxy.garbled:
            self.proxy.log.append(("garbled", method))
            self.answer(200, answer[: len(answer) // 2])
        else:
            self.answer(200, answer)

    def drop(self, what: str, method: str) -> None:
        self.proxy.log.append((what, method))
        self.close_connection = True
        self.connection.close()

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""

    def finish(self) -> None:
        with suppress(OSError, ValueError):  # we closed it ourselves
            super().finish()


@contextmanager
def proxy(node: str) -> Iterator[Proxy]:
    """A proxy on a free loopback port in front of the node at this address."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    made = Proxy(f"http://127.0.0.1:{server.server_address[1]}", node)
    handler.proxy = made
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _forward(node: str, body: bytes) -> bytes:
    connection = http.client.HTTPConnection(node.removeprefix("http://"), timeout=20)
    try:
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        return connection.getresponse().read()
    finally:
        connection.close()
