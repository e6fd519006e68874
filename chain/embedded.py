"""The embedded chain: anvil, whose blocks are final only when a durable snapshot holds them.

It mines on demand, so that nothing would bury a block: `bury` asks for the missing ones.
"""

from chain import snapshot
from chain.blockdata import encode_header
from chain.ethereum import EthereumLedger
from chain.keccak import keccak256
from chain.ledger import Fees, Head, ProvenReceipt, Receipt


class SnapshottedLedger:
    """`Ledger` over anvil. A restart from an older snapshot is a reorganisation to us."""

    def __init__(
        self, node: EthereumLedger, rpc_url: str, snapshots: snapshot.SnapshotStore
    ) -> None:
        self._node = node
        self._rpc_url = rpc_url
        self._snapshots = snapshots

    def final_number(self, depth: int) -> int:
        """Counts from the newest durable block that is canonical.

        Takes a snapshot when that is not the head. A large chain's snapshot takes seconds: then
        not each block gets one, and many become final with the next. The height alone would not
        tell what is durable: after a reorganisation another block may stand there.
        """
        head = self._node.head()
        if not self._holds(head) and self._snapshots.is_due():
            self._snapshots.take(self._rpc_url, unless=lambda: self._holds(head))
        header = self._snapshots.best_header()
        if header is None:
            return snapshot.NOTHING_DURABLE
        number = snapshot.number_of(header)
        if self._node.canonical_hash(number) != keccak256(encode_header(header)):
            return snapshot.NOTHING_DURABLE  # it left the chain: asked again
        return number - depth + 1

    def bury(self, number: int, depth: int) -> None:
        """Mine the empty blocks that are missing above `number`, at most depth − 1."""
        missing = number + depth - 1 - self._node.head().number
        if 0 < missing < depth:
            self._node.ask("anvil_mine", hex(missing))

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

    def prove(self, receipt: Receipt) -> ProvenReceipt:
        return self._node.prove(receipt)

    def call_behind(self, contract: bytes, topic: bytes, key: bytes, since: int) -> bytes | None:
        return self._node.call_behind(contract, topic, key, since)

    def _holds(self, head: Head) -> bool:
        """Is exactly this block the newest durable one? (A later one replaces it soon enough.)"""
        header = self._snapshots.best_header()
        return header is not None and keccak256(encode_header(header)) == head.hash
