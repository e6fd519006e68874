"""A checker's view of a chain: a few JSON-RPC reads with the standard library alone.

`certs.verifying` needs no more than this, and stays quick to start: web3 is not imported.
"""

import http.client
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from chain.keccak import keccak256
from core.errors import OutcomeUnknown

TIMEOUT_SECONDS: Final = 10.0
MAX_ANSWER: Final = 16 * 1024 * 1024
_REVOCATION_OF: Final = keccak256(b"revocationOf(bytes32)")[:4]


@dataclass(frozen=True)
class SeenBlock:
    number: int
    hash: bytes
    time: datetime


@dataclass(frozen=True)
class SeenRevocation:
    """`reason` 0 means: not revoked."""

    reason: int
    revoked_at: datetime


class Node(Protocol):
    """Reads that raise OutcomeUnknown when the node cannot be asked."""

    def chain_id(self) -> int: ...

    def head(self) -> SeenBlock: ...

    def block_at(self, number: int) -> SeenBlock | None: ...

    def block_of(self, transaction: bytes) -> bytes | None:
        """The hash of the block that holds a transaction; None when it is not known."""

    def knows_block(self, block_hash: bytes) -> bool: ...

    def code_hash(self, contract: bytes) -> bytes: ...

    def revocation(self, contract: bytes, leaf: bytes) -> SeenRevocation: ...


class HttpNode:
    """`Node` over HTTP JSON-RPC. Redirects are not followed; answers are limited in size."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._parts = urlsplit(url)
        self._timeout = timeout

    def chain_id(self) -> int:
        return _integer(self._ask("eth_chainId"))

    def head(self) -> SeenBlock:
        return _block(self._ask("eth_getBlockByNumber", "latest", False))

    def block_at(self, number: int) -> SeenBlock | None:
        found = self._ask("eth_getBlockByNumber", hex(number), False)
        return None if found is None else _block(found)

    def block_of(self, transaction: bytes) -> bytes | None:
        found = self._ask("eth_getTransactionByHash", "0x" + transaction.hex())
        if not isinstance(found, dict) or found.get("blockHash") is None:
            return None
        return _bytes(found["blockHash"])

    def knows_block(self, block_hash: bytes) -> bool:
        return self._ask("eth_getBlockByHash", "0x" + block_hash.hex(), False) is not None

    def code_hash(self, contract: bytes) -> bytes:
        return keccak256(_bytes(self._ask("eth_getCode", "0x" + contract.hex(), "latest")))

    def revocation(self, contract: bytes, leaf: bytes) -> SeenRevocation:
        data = "0x" + (_REVOCATION_OF + leaf).hex()
        call = {"to": "0x" + contract.hex(), "data": data}
        raw = _bytes(self._ask("eth_call", call, "latest"))
        if len(raw) != 64:  # noqa: PLR2004 - two ABI words
            raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape")
        seconds = int.from_bytes(raw[:32], "big")
        return SeenRevocation(int.from_bytes(raw[32:], "big"), _time(seconds))

    def _ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
        secure = self._parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        try:
            connection = kind(self._parts.netloc, timeout=self._timeout)
            try:
                connection.request(
                    "POST", self._parts.path or "/", body, {"Content-Type": "application/json"}
                )
                answer = json.loads(connection.getresponse().read(MAX_ANSWER))
            finally:
                connection.close()
            return answer["result"]
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            raise OutcomeUnknown(
                f"无法询问链节点 / the chain node cannot be asked: {method}"
            ) from error


def _block(found: object) -> SeenBlock:
    if not isinstance(found, dict):
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape")
    try:
        number, seconds = _integer(found["number"]), _integer(found["timestamp"])
        return SeenBlock(number, _bytes(found["hash"]), _time(seconds))
    except KeyError as error:
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape") from error


def _integer(value: object) -> int:
    try:
        return int(str(value), 16)
    except ValueError as error:
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape") from error


def _bytes(value: object) -> bytes:
    try:
        return bytes.fromhex(str(value).removeprefix("0x"))
    except ValueError as error:
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape") from error


def _time(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise OutcomeUnknown("节点回答有误 / the node's answer has the wrong shape") from error
