"""An EVM chain through JSON-RPC (web3). One instance speaks to one provider.

web3's own retries are off: it would repeat `eth_sendRawTransaction`, and a repeat after a timeout
turns "sent" into an error. Every failure here is OutsideError; after sending, OutcomeUnknown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import requests.exceptions
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3Exception
from web3.types import RPCEndpoint

from chain import blockdata
from chain.ledger import Fees, Head, Receipt
from chain.proof import BlockEvidence
from core.errors import OutcomeUnknown, OutsideError

TIMEOUT_SECONDS: Final = 10.0
_PRIORITY_FALLBACK: Final = 1_000_000_000
# Node texts that mean: these very bytes are here already.
_KNOWN: Final = ("already known", "already imported", "known transaction")


class EthereumLedger:
    """`Ledger` over HTTP JSON-RPC."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._web3 = Web3(
            HTTPProvider(
                url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None
            )
        )

    def chain_id(self) -> int:
        return int(self.ask("eth_chainId"), 16)

    def head(self) -> Head:
        block = self.ask("eth_getBlockByNumber", "latest", False)
        return Head(int(block["number"], 16), _bytes(block["hash"]), _time(block))

    def genesis(self) -> bytes:
        return _bytes(self.ask("eth_getBlockByNumber", "0x0", False)["hash"])

    def canonical_hash(self, number: int) -> bytes | None:
        block = self.ask("eth_getBlockByNumber", hex(number), False)
        return None if block is None else _bytes(block["hash"])

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

    def send(self, raw: bytes) -> None:
        try:
            self.ask("eth_sendRawTransaction", _hex(raw))
        except OutcomeUnknown:
            raise
        except OutsideError as error:
            if any(text in error.message.lower() for text in _KNOWN):
                return
            # Whatever the node says now, an earlier sending may have reached it.
            raise OutcomeUnknown(error.message) from error

    def nonce(self, address: bytes) -> int:
        return int(self.ask("eth_getTransactionCount", _hex(address), "latest"), 16)

    def balance(self, address: bytes) -> int:
        return int(self.ask("eth_getBalance", _hex(address), "latest"), 16)

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

    def code(self, address: bytes) -> bytes:
        """The contract's runtime code at the head; empty when there is none."""
        return _bytes(self.ask("eth_getCode", _hex(address), "latest"))

    def call(self, contract: bytes, data: bytes) -> bytes:
        """Read a view at the head."""
        return _bytes(self.ask("eth_call", {"to": _hex(contract), "data": _hex(data)}, "latest"))

    def block_by_hash(self, block_hash: bytes) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.ask("eth_getBlockByHash", _hex(block_hash), False)
        return found

    def block_evidence(
        self, receipt: Receipt, contract: bytes, root: bytes
    ) -> tuple[BlockEvidence, datetime]:
        block = self.block_by_hash(receipt.block_hash)
        if block is None:
            raise OutcomeUnknown("节点不认识该区块 / the node does not know the block")
        receipts = self.ask("eth_getBlockReceipts", _hex(receipt.block_hash))
        if not isinstance(receipts, list):
            raise OutcomeUnknown("节点没有返回收据 / the node gave no receipts")
        found = blockdata.block_evidence(block, receipts, receipt.transaction_hash, contract, root)
        return found, _time(block)

    def ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON-RPC
        """One JSON-RPC call, sent once; the result as JSON."""
        with _translated(method):
            answer = self._web3.provider.make_request(RPCEndpoint(method), list(parameters))
        if "error" in answer:
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
