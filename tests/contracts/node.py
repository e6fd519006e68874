"""The real chain node for a test: started on a free loopback port, gone with the test.

Speaks JSON-RPC with the standard library and encodes the few static types by hand, so that what
these tests see does not depend on a client library.
"""

import json
import re
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from chain.artefact import Artefact, evidence_anchor

from .tools import tool

WORD = 32
START_SECONDS = 20
MINE_SECONDS = 20


@dataclass(frozen=True)
class Refused(Exception):
    """The node answered with an error; `data` is what the contract reverted with."""

    data: bytes


@dataclass(frozen=True)
class Node:
    """A running node with unlocked accounts that mines a block for every transaction."""

    url: str

    def call(self, method: str, *params: object) -> Any:
        """One JSON-RPC call. Raises `Refused` on an error answer."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        # S310: the address is the loopback port of the process started below.
        request = urllib.request.Request(  # noqa: S310
            self.url, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            document = json.load(answer)
        if "error" in document:
            data = document["error"].get("data") or "0x"
            raise Refused(bytes.fromhex(data.removeprefix("0x")))
        return document["result"]

    def send(self, sender: str, data: bytes, to: str | None = None) -> dict[str, Any]:
        """Send a transaction and return its receipt, whose status says whether it reverted."""
        transaction = {"from": sender, "data": "0x" + data.hex(), **({"to": to} if to else {})}
        sent = self.call("eth_sendTransaction", transaction)
        # The node answers before it has mined, so the first look may find no receipt.
        deadline = time.monotonic() + MINE_SECONDS
        while time.monotonic() < deadline:
            receipt: dict[str, Any] | None = self.call("eth_getTransactionReceipt", sent)
            if receipt is not None:
                return receipt
            time.sleep(0.01)
        raise AssertionError(f"not mined after {MINE_SECONDS} seconds: {sent}")

    def read(self, to: str, data: bytes, sender: str | None = None) -> list[int]:
        """Call without a transaction; the 32-byte words of the answer as numbers.

        Raises `Refused` with the contract's error when it reverts.
        """
        call = {"to": to, "data": "0x" + data.hex(), **({"from": sender} if sender else {})}
        raw = bytes.fromhex(self.call("eth_call", call, "latest").removeprefix("0x"))
        return [int.from_bytes(raw[at : at + WORD]) for at in range(0, len(raw), WORD)]


@dataclass(frozen=True)
class Deployed:
    """The committed artefact at an address, with one account for each role."""

    node: Node
    artefact: Artefact
    address: str
    receipt: dict[str, Any]
    admin: str
    anchorer: str
    registrar: str

    def encode(self, signature: str, *arguments: bytes | int | str) -> bytes:
        """Call data: the selector, then each static argument in a word."""
        return self.artefact.selectors[signature] + b"".join(map(word, arguments))

    def send(self, sender: str, data: bytes) -> dict[str, Any]:
        """A transaction to the contract; its receipt."""
        return self.node.send(sender, data, self.address)

    def view(self, signature: str, *arguments: bytes | int | str) -> list[int]:
        """What a view answers, in words."""
        return self.node.read(self.address, self.encode(signature, *arguments))


def word(value: bytes | int | str) -> bytes:
    """One 32-byte word: bytes32 as it is, a number or a hex address to the right."""
    if isinstance(value, bytes):
        return value.ljust(WORD, b"\0")
    return (int(value, 16) if isinstance(value, str) else value).to_bytes(WORD)


@contextmanager
def running_node() -> Iterator[Node]:
    """Start the node, wait until it listens, and end it afterwards."""
    # The output goes to a file: a pipe that nobody empties would stop the node when it is full.
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [tool("anvil"), "--host", "127.0.0.1", "--port", "0"],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Node(f"http://{_listening(process, output)}")
        finally:
            process.terminate()
            process.wait(timeout=20)


def _listening(process: subprocess.Popen[bytes], output: IO[str]) -> str:
    """The address and port the node chose, once it says so."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        output.seek(0)
        said = re.search(r"Listening on (127\.0\.0\.1:\d+)\n", output.read())
        if said:
            return said[1]
        time.sleep(0.02)
    output.seek(0)
    raise AssertionError(f"the node does not listen: {output.read()}")


def deploy(node: Node) -> Deployed:
    """Deploy the committed bytecode with three different keys."""
    artefact = evidence_anchor()
    deployer, admin, anchorer, registrar = node.call("eth_accounts")[:4]
    arguments = b"".join(map(word, (0, admin, anchorer, registrar)))
    receipt = node.send(deployer, artefact.bytecode + arguments)
    return Deployed(node, artefact, receipt["contractAddress"], receipt, admin, anchorer, registrar)
