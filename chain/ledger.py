"""The seam to a chain: what we ask of it, in values.

`chain.ethereum` is the real adapter, `chain.embedded` the same over anvil, `chain.simulated` an
honest chain in memory. Every read that decides something names a block hash; nothing is
concluded from absence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from core.errors import OutcomeUnknown

T = TypeVar("T")


@dataclass(frozen=True)
class Head:
    number: int
    hash: bytes
    time: datetime


@dataclass(frozen=True)
class Receipt:
    """What a node says of a mined transaction."""

    transaction_hash: bytes
    block_hash: bytes
    block_number: int
    succeeded: bool


@dataclass(frozen=True)
class Fees:
    """In wei per gas."""

    base: int
    priority: int


@dataclass(frozen=True)
class Log:
    """An event as a receipt carries it."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True)
class ProvenReceipt:
    """A receipt whose place in a block was recomputed from the block's own header.

    `nodes` is the receipt's Merkle-Patricia proof, `index` its place in the block.
    """

    header: bytes
    index: int
    nodes: tuple[bytes, ...]
    succeeded: bool
    logs: tuple[Log, ...]
    time: datetime


class Ledger(Protocol):
    """One EVM chain and our contract on it. All methods raise OutsideError when unreachable."""

    def chain_id(self) -> int: ...

    def head(self) -> Head: ...

    def canonical_hash(self, number: int) -> bytes | None:
        """The hash of the block that now stands at `number`; None above the head."""

    def receipt(self, transaction_hash: bytes) -> Receipt | None:
        """None means: not seen here now. It never means failed."""

    def send(self, raw: bytes) -> None:
        """Hand signed bytes to the node once. "Already known" is success.

        Raises:
            OutcomeUnknown: we cannot tell whether the node has it.
            OutsideError: the node refused the bytes as they are.
        """

    def nonce(self, address: bytes) -> int:
        """How many transactions of `address` are in the chain at its head."""

    def balance(self, address: bytes) -> int:
        """In wei."""

    def fees(self) -> Fees: ...

    def final_number(self, depth: int) -> int:
        """The highest block number that counts as final with `depth` confirmations."""

    def bury(self, number: int, depth: int) -> None:
        """Tell a chain that mines on demand that block `number` waits for `depth` confirmations.

        A chain that grows by itself does nothing.
        """

    def prove(self, receipt: Receipt) -> ProvenReceipt:
        """The receipt with its proof, from the block with exactly `receipt.block_hash`.

        Raises:
            OutsideError: what the provider says does not build that block.
        """

    def call_behind(self, contract: bytes, topic: bytes, key: bytes, since: int) -> bytes | None:
        """The signed bytes of the transaction whose event (`topic`, indexed `key`) stands on the
        chain now, looking from block `since` on; None when there is no such event.
        """


class AgreeingLedger:
    """Several independent providers that must say the same before anything is believed.

    Of heads, balances and fees the most careful answer counts: lowest, least, highest. Any other
    disagreement is *unknown* (a provider lags or lies), so the question is asked again later.
    Bytes are sent through each; one acceptance is enough.
    """

    def __init__(self, providers: Sequence[Ledger]) -> None:
        self._providers = tuple(providers)

    def chain_id(self) -> int:
        return self._same(lambda ledger: ledger.chain_id(), "chain id")

    def head(self) -> Head:
        return min((ledger.head() for ledger in self._providers), key=lambda head: head.number)

    def canonical_hash(self, number: int) -> bytes | None:
        return self._same(lambda ledger: ledger.canonical_hash(number), "block")

    def receipt(self, transaction_hash: bytes) -> Receipt | None:
        return self._same(lambda ledger: ledger.receipt(transaction_hash), "receipt")

    def send(self, raw: bytes) -> None:
        failures: list[OutcomeUnknown] = []
        accepted = False
        for ledger in self._providers:
            try:
                ledger.send(raw)
                accepted = True
            except OutcomeUnknown as error:
                failures.append(error)
        if not accepted:
            raise failures[0]

    def nonce(self, address: bytes) -> int:
        return self._same(lambda ledger: ledger.nonce(address), "nonce")

    def balance(self, address: bytes) -> int:
        return min(ledger.balance(address) for ledger in self._providers)

    def fees(self) -> Fees:
        return max((ledger.fees() for ledger in self._providers), key=lambda fees: fees.base)

    def final_number(self, depth: int) -> int:
        return min(ledger.final_number(depth) for ledger in self._providers)

    def bury(self, number: int, depth: int) -> None:
        for ledger in self._providers:
            ledger.bury(number, depth)

    def prove(self, receipt: Receipt) -> ProvenReceipt:
        return self._same(lambda ledger: ledger.prove(receipt), "block")

    def call_behind(self, contract: bytes, topic: bytes, key: bytes, since: int) -> bytes | None:
        return self._same(
            lambda ledger: ledger.call_behind(contract, topic, key, since), "transaction"
        )

    def _same(self, ask: Callable[[Ledger], T], what: str) -> T:
        answers = [ask(ledger) for ledger in self._providers]
        if any(answer != answers[0] for answer in answers):
            raise OutcomeUnknown(f"链节点回答不一致 / the providers disagree about a {what}")
        return answers[0]
