"""The embedded chain: anvil, whose blocks are final only when a durable snapshot holds them."""

from datetime import datetime

from chain import snapshot
from chain.ethereum import EthereumLedger
from chain.ledger import Fees, Head, Receipt
from chain.proof import BlockEvidence


class SnapshottedLedger:
    """`Ledger` over anvil. A restart from an older snapshot is a reorganisation to us."""

    def __init__(
        self, node: EthereumLedger, rpc_url: str, snapshots: snapshot.SnapshotStore
    ) -> None:
        self._node = node
        self._rpc_url = rpc_url
        self._snapshots = snapshots

    def final_number(self, depth: int) -> int:
        """Takes a snapshot when the newest is behind the head, and k empty blocks when asked."""
        head = self._node.head().number
        if self._snapshots.best_block_number() < head:
            self._snapshots.take(self._rpc_url)
        durable = min(self._snapshots.best_block_number(), head)
        return durable - depth + 1

    def send(self, raw: bytes) -> None:
        self._node.send(raw)
        # anvil 1.7.1 sometimes leaves a transaction pending although it mines on demand.
        snapshot.nudge(self._rpc_url)

    def chain_id(self) -> int:
        return self._node.chain_id()

    def head(self) -> Head:
        return self._node.head()

    def canonical_hash(self, number: int) -> bytes | None:
        return self._node.canonical_hash(number)

    def receipt(self, transaction_hash: bytes) -> Receipt | None:
        return self._node.receipt(transaction_hash)

    def nonce(self, address: bytes) -> int:
        return self._node.nonce(address)

    def balance(self, address: bytes) -> int:
        return self._node.balance(address)

    def fees(self) -> Fees:
        return self._node.fees()

    def block_evidence(
        self, receipt: Receipt, contract: bytes, root: bytes
    ) -> tuple[BlockEvidence, datetime]:
        return self._node.block_evidence(receipt, contract, root)
