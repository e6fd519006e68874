"""A checker's view of a chain: a few JSON-RPC reads with the standard library alone.

`certs.verifying` needs no more than this, and stays quick to start: web3 is not imported.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from chain.keccak import keccak256
from core.canonical import MAX_DEPTH, nesting
from core.errors import InvalidInput, OutcomeUnknown

TIMEOUT_SECONDS: Final = 10.0
MAX_ANSWER: Final = 16 * 1024 * 1024
OK: Final = 200
_QUANTITY: Final = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA: Final = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_REVOCATION_OF: Final = keccak256(b"revocationOf(bytes32)")[:4]


@dataclass(frozen=True)
class SeenBlock:
    """A block as a node shows it; `transactions` are the hashes in their order."""

    number: int
    hash: bytes
    time: datetime
    transactions: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class SeenRevocation:
    """`reason` 0 means: not revoked."""

    reason: int
    revoked_at: datetime


class Node(Protocol):
    """Reads that raise OutcomeUnknown when the node cannot be asked."""

    def chain_id(self) -> int: ...

    def head(self) -> SeenBlock: ...

    def block_at(self, number: int) -> SeenBlock | None:
        """The block that now stands at `number`; None above the node's head."""

    def code_hash(self, contract: bytes) -> bytes: ...

    def revocation(self, contract: bytes, leaf: bytes) -> SeenRevocation: ...


class HttpNode:
    """`Node` over HTTP JSON-RPC. Redirects are not followed; answers are limited in size.

    `timeout` is in seconds, for each question. Raises InvalidInput for an address that is not
    http(s) or that carries a user name: keys belong into the path.
    """

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or "@" in parts.netloc:
            raise InvalidInput(
                "节点地址须为 http(s)://主机[:端口] / the node's address must be http(s)://host[:port]",
                field="rpc",
            )
        self._host, self._secure = parts.netloc, parts.scheme == "https"
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._timeout = timeout

    def chain_id(self) -> int:
        return _integer(self.ask("eth_chainId"))

    def head(self) -> SeenBlock:
        return _block(self.ask("eth_getBlockByNumber", "latest", False))

    def block_at(self, number: int) -> SeenBlock | None:
        found = self.ask("eth_getBlockByNumber", hex(number), False)
        if found is None:
            return None
        block = _block(found)
        if block.number != number:
            raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape")
        return block

    def code_hash(self, contract: bytes) -> bytes:
        return keccak256(_bytes(self.ask("eth_getCode", "0x" + contract.hex(), "latest")))

    def balance(self, address: bytes) -> int:
        """In wei, at the head."""
        return _integer(self.ask("eth_getBalance", "0x" + address.hex(), "latest"))

    def revocation(self, contract: bytes, leaf: bytes) -> SeenRevocation:
        data = "0x" + (_REVOCATION_OF + leaf).hex()
        call = {"to": "0x" + contract.hex(), "data": data}
        raw = _bytes(self.ask("eth_call", call, "latest"), 64)  # two ABI words
        seconds = int.from_bytes(raw[:32], "big")
        return SeenRevocation(int.from_bytes(raw[32:], "big"), _time(seconds))

    def ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC
        """The `result` of one JSON-RPC call. Raises OutcomeUnknown when there is none."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
        # Only those who ask a node pay for this import: it brings the mail package along.
        import http.client  # noqa: PLC0415

        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        try:
            connection = kind(self._host, timeout=self._timeout)
            try:
                connection.request("POST", self._target, body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                answer = _read(response.status, response.read(MAX_ANSWER + 1))
            finally:
                connection.close()
            return answer["result"]
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            raise OutcomeUnknown(
                f"无法询问链节点({method}):请确认它在运行,且 --rpc 或 YINJI_RPC_URLS 是它的地址 / "
                f"the chain node cannot be asked ({method}): see that it runs, and that --rpc or "
                "YINJI_RPC_URLS is its address"
            ) from error


def _read(status: int, body: bytes) -> Any:  # noqa: ANN401 - JSON
    """The JSON-RPC object in an HTTP answer. Raises ValueError for anything else."""
    # A parser on the C stack must not meet what is nested without end.
    if status != OK or len(body) > MAX_ANSWER or nesting(body) > MAX_DEPTH:
        raise ValueError
    answer = json.loads(body)
    if not isinstance(answer, dict) or answer.get("error") is not None:
        raise ValueError
    return answer


def _block(found: object) -> SeenBlock:
    if not isinstance(found, dict):
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape")
    try:
        number, seconds = _integer(found["number"]), _integer(found["timestamp"])
        transactions = tuple(_bytes(each, 32) for each in _list(found["transactions"]))
        return SeenBlock(number, _bytes(found["hash"], 32), _time(seconds), transactions)
    except (KeyError, TypeError) as error:
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape") from error


def _integer(value: object) -> int:
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape")
    return int(value, 16)


def _bytes(value: object, size: int | None = None) -> bytes:
    if not isinstance(value, str) or not _DATA.fullmatch(value):
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape")
    found = bytes.fromhex(value[2:])
    if size is not None and len(found) != size:
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape")
    return found


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape")
    return value


def _time(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape") from error
