"""An EVM chain through JSON-RPC (web3). One instance speaks to one provider.

web3's own retries are off: it would repeat `eth_sendRawTransaction`, and a repeat after a timeout
turns "sent" into an error. Every failure here is OutsideError, a malformed answer too; after
sending, OutcomeUnknown.

A head that goes back is a provider that lags (or several behind one address) until it has said so
several times running; meanwhile nothing is concluded from it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import requests.exceptions
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3Exception
from web3.types import RPCEndpoint

from chain import blockdata
from chain.keccak import keccak256
from chain.ledger import Fees, Head, ProvenReceipt, Receipt
from chain.signing import ANCHORED_TOPIC, encode_signed
from core.errors import InvalidInput, OutcomeUnknown, OutsideError

TIMEOUT_SECONDS: Final = 10.0
GOES_BACK_AFTER: Final = 5
"""Lower heads in a row before a provider is believed to have gone back."""

_PRIORITY_FALLBACK: Final = 1_000_000_000
_TYPED: Final = "0x2"
_ANCHOR_OF: Final = keccak256(b"anchorOf(bytes32)")[:4]
_REVOCATION_OF: Final = keccak256(b"revocationOf(bytes32)")[:4]
# Node texts that mean: these very bytes are here already.
_KNOWN: Final = ("already known", "already imported", "known transaction")


_UNREADABLE: Final = (
    TypeError, KeyError, ValueError, AttributeError, OverflowError, InvalidInput,
)  # fmt: skip

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


def _strict(
    method: Callable[Concatenate[S, P], R],
) -> Callable[Concatenate[S, P], R]:
    """An answer that cannot be read is no answer."""

    @wraps(method)
    def asked(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except _UNREADABLE as error:
            raise OutcomeUnknown(
                f"链节点的回答无法理解 / an unreadable answer from the node: {method.__name__}"
            ) from error

    return asked


class EthereumLedger:
    """`Ledger` over HTTP JSON-RPC."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._highest = 0
        self._lower_heads = 0
        self._web3 = Web3(
            HTTPProvider(
                url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None
            )
        )

    @_strict
    def chain_id(self) -> int:
        return int(self.ask("eth_chainId"), 16)

    @_strict
    def head(self) -> Head:
        block = self.ask("eth_getBlockByNumber", "latest", False)
        head = Head(int(block["number"], 16), _bytes(block["hash"]), _time(block))
        if head.number < self._highest:
            self._lower_heads += 1
            if self._lower_heads < GOES_BACK_AFTER:
                raise OutcomeUnknown("链节点落后于先前所见 / the node is behind what it showed")
        self._highest, self._lower_heads = head.number, 0
        return head

    @_strict
    def genesis(self) -> bytes:
        return _bytes(self.ask("eth_getBlockByNumber", "0x0", False)["hash"])

    @_strict
    def canonical_hash(self, number: int) -> bytes | None:
        block = self.ask("eth_getBlockByNumber", hex(number), False)
        return None if block is None else _bytes(block["hash"])

    @_strict
    def receipt(self, transaction_hash: bytes) -> Receipt | None:
        found = self.ask("eth_getTransactionReceipt", _hex(transaction_hash))
        if found is None or found.get("blockHash") is None:
            return None
        return Receipt(
            transaction_hash=_bytes(found["transactionHash"]),
            block_hash=_bytes(found["blockHash"]),
            block_number=int(found["blockNumber"], 16),
            succeeded=int(found["status"], 16) == 1,
        )

    @_strict
    def send(self, raw: bytes) -> None:
        try:
            taken = self.ask("eth_sendRawTransaction", _hex(raw))
        except OutcomeUnknown:
            raise
        except OutsideError as error:
            if any(text in error.message.lower() for text in _KNOWN):
                return
            # Whatever the node says now, an earlier sending may have reached it.
            raise OutcomeUnknown(error.message) from error
        if _bytes(taken) != keccak256(raw):
            raise OutcomeUnknown("节点没有收下这笔交易 / the node took something else")

    @_strict
    def nonce(self, address: bytes) -> int:
        return int(self.ask("eth_getTransactionCount", _hex(address), "latest"), 16)

    @_strict
    def balance(self, address: bytes) -> int:
        return int(self.ask("eth_getBalance", _hex(address), "latest"), 16)

    @_strict
    def fees(self) -> Fees:
        block = self.ask("eth_getBlockByNumber", "latest", False)
        base = int(block.get("baseFeePerGas") or "0x0", 16)
        try:
            priority = int(self.ask("eth_maxPriorityFeePerGas"), 16)
        except OutsideError:
            priority = _PRIORITY_FALLBACK  # not every chain has this method
        return Fees(base=base, priority=priority)

    def final_number(self, depth: int) -> int:
        return self.head().number - depth + 1

    @_strict
    def code(self, address: bytes) -> bytes:
        """The contract's runtime code at the head; empty when there is none."""
        return _bytes(self.ask("eth_getCode", _hex(address), "latest"))

    @_strict
    def call(self, contract: bytes, data: bytes) -> bytes:
        """Read a view at the head."""
        return _bytes(self.ask("eth_call", {"to": _hex(contract), "data": _hex(data)}, "latest"))

    @_strict
    def block_by_hash(self, block_hash: bytes) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.ask("eth_getBlockByHash", _hex(block_hash), False)
        return found

    def bury(self, number: int, depth: int) -> None:
        """A chain of others grows by itself."""

    @_strict
    def prove(self, receipt: Receipt) -> ProvenReceipt:
        block = self.block_by_hash(receipt.block_hash)
        if block is None:
            raise OutcomeUnknown("节点不认识该区块 / the node does not know the block")
        receipts = self.ask("eth_getBlockReceipts", _hex(receipt.block_hash))
        if not isinstance(receipts, list):
            raise OutcomeUnknown("节点没有返回收据 / the node gave no receipts")
        return blockdata.prove(block, receipts, receipt.transaction_hash, receipt.block_hash)

    @_strict
    def call_behind(self, contract: bytes, topic: bytes, key: bytes, since: int) -> bytes | None:
        # The view is asked first: nodes limit how many blocks a search for logs may span.
        anchored = topic == ANCHORED_TOPIC
        view = _ANCHOR_OF if anchored else _REVOCATION_OF
        words = self.call(contract, view + key)
        if not any(words):
            return None
        block = hex(int.from_bytes(words[64:96], "big")) if anchored else None
        wanted = {
            "address": _hex(contract),
            "topics": [_hex(topic), _hex(key)],
            "fromBlock": block or hex(since),
            "toBlock": block or "latest",
        }
        logs = self.ask("eth_getLogs", wanted)
        if not logs:
            raise OutcomeUnknown("节点没有返回事件 / the node did not give the event")
        found = self.ask("eth_getTransactionByHash", logs[0]["transactionHash"])
        if found is None or found.get("type") != _TYPED:
            raise OutcomeUnknown("节点没有返回该交易 / the node did not give the transaction")
        return encode_signed(found)

    def ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC
        """One JSON-RPC call, sent once; the result as JSON."""
        with _translated(method):
            answer = self._web3.provider.make_request(RPCEndpoint(method), list(parameters))
        if answer.get("error") is not None:
            message = str(answer["error"])[:300]
            raise OutsideError(f"链节点拒绝了 {method} / the node refused: {message}")
        return answer["result"]


@contextmanager
def _translated(method: str) -> Iterator[None]:
    try:
        yield
    except (requests.exceptions.RequestException, Web3Exception, OSError, ValueError) as error:
        kind = type(error).__name__
        raise OutcomeUnknown(
            f"链节点没有可用的回答 / no usable answer from the node: {method}, {kind}"
        ) from error


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()


def _time(block: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(block["timestamp"], 16), UTC)
