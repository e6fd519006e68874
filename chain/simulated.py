"""A chain in memory, for tests of what we do when a chain misbehaves. It is nobody's evidence.

What is real: signed bytes are decoded and their sender recovered, nonces and replacement rules
hold, our contract's two calls have their effects and refusals, and every block has a header and
receipts in the encoding of Ethereum, so that its proofs pass the same check as any other.
What is not: there is no consensus, no gas is spent, state and transaction roots are made up.
`certs` and `api` never use it; a trust file that named it would trust whoever holds the process.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import rlp

from chain import blockdata
from chain.keccak import keccak256
from chain.ledger import Fees, Head, Log, ProvenReceipt, Receipt
from chain.signing import (
    ANCHOR_SELECTOR,
    ANCHORED_TOPIC,
    REVOKE_SELECTOR,
    REVOKED_TOPIC,
    ReadCall,
    read_signed,
)
from core.errors import InvalidInput, OutcomeUnknown

BLOCK_SECONDS: Final = 12
_BLOOM: Final = bytes(256)
_BUMP: Final = 110
_GAS: Final = 48_900


@dataclass(frozen=True)
class _Executed:
    read: ReadCall
    raw: bytes
    succeeded: bool
    logs: tuple[Log, ...]
    receipt: bytes


@dataclass(frozen=True)
class _Block:
    header: bytes
    hash: bytes
    time: datetime
    transactions: tuple[_Executed, ...]
    nonces: dict[bytes, int]
    used: frozenset[bytes]
    """Events that stand after this block: topic ‖ key."""


@dataclass
class SimulatedChain:
    """The chain itself. Several `SimulatedLedger`s may show it, each in its own way.

    `base_fee` in wei per gas; `holders` may make our calls, everybody else is refused.
    """

    chain_id: int
    contract: bytes
    holders: frozenset[bytes]
    automine: bool = True
    base_fee: int = 1_000_000_000
    balance: int = 10**20
    pool: dict[tuple[bytes, int], bytes] = field(default_factory=dict)
    blocks: list[_Block] = field(default_factory=list)
    _branches: int = 0

    def __post_init__(self) -> None:
        if not self.blocks:
            self._append([])

    def submit(self, raw: bytes) -> None:
        """What a node does with bytes it is given.

        Raises:
            OutcomeUnknown: refused, with a node's words.
        """
        try:
            read = read_signed(raw)
        except InvalidInput as error:
            raise OutcomeUnknown("rlp: cannot decode") from error
        place = (read.sender, read.call.nonce)
        if read.call.chain_id != self.chain_id:
            raise OutcomeUnknown("invalid chain id")
        if read.call.nonce < self.blocks[-1].nonces.get(read.sender, 0):
            raise OutcomeUnknown("nonce too low")
        if read.call.max_fee < self.base_fee:
            raise OutcomeUnknown("max fee per gas less than block base fee")
        standing = self.pool.get(place)
        if standing is not None and standing != raw:
            old = read_signed(standing).call
            if (
                read.call.max_fee * 100 < old.max_fee * _BUMP
                or read.call.max_priority_fee * 100 < old.max_priority_fee * _BUMP
            ):
                raise OutcomeUnknown("replacement transaction underpriced")
        self.pool[place] = raw
        if self.automine:
            self.mine()

    def mine(self, count: int = 1) -> None:
        """Make blocks; the first takes everything in the pool that can be executed."""
        for _ in range(count):
            self._append(self._ready())

    def mine_bytes(self, raw: bytes) -> None:
        """Mine exactly these bytes: an older attempt wins the race."""
        read = read_signed(raw)
        self.pool.pop((read.sender, read.call.nonce), None)
        self._append([raw])

    def drop(self, hashes: Iterable[bytes] | None = None) -> None:
        """Forget pooled transactions; all of them by default."""
        gone = None if hashes is None else set(hashes)
        self.pool = {
            place: raw
            for place, raw in self.pool.items()
            if gone is not None and keccak256(raw) not in gone
        }

    def reorg(self, depth: int, *, requeue: bool) -> None:
        """Replace the last `depth` blocks by as many empty ones of another branch.

        Public nodes put the transactions back into the pool (`requeue`), anvil drops them.
        """
        depth = min(depth, len(self.blocks) - 1)
        if depth == 0:
            return
        removed, self.blocks = self.blocks[-depth:], self.blocks[:-depth]
        self._branches += 1
        if requeue:
            for block in removed:
                for each in block.transactions:
                    self.pool.setdefault((each.read.sender, each.read.call.nonce), each.raw)
        for _ in removed:
            self._append([])

    def events(self, key: bytes) -> int:
        """How many transactions of the chain carry an event that names `key`."""
        return sum(
            log.topics[1] == key
            for block in self.blocks
            for each in block.transactions
            for log in each.logs
        )

    def _ready(self) -> list[bytes]:
        nonces = dict(self.blocks[-1].nonces)
        found = []
        for sender, nonce in sorted(self.pool):
            raw = self.pool[sender, nonce]
            if nonce < nonces.get(sender, 0):
                del self.pool[sender, nonce]
            elif nonce == nonces.get(sender, 0) and read_signed(raw).call.max_fee >= self.base_fee:
                found.append(self.pool.pop((sender, nonce)))
                nonces[sender] = nonce + 1
        return found

    def _append(self, raws: list[bytes]) -> None:
        parent = self.blocks[-1] if self.blocks else None
        nonces = dict(parent.nonces) if parent else {}
        used = set(parent.used) if parent else set()
        done: list[_Executed] = []
        for raw in raws:
            read = read_signed(raw)
            logs = self._execute(read, used)
            nonces[read.sender] = read.call.nonce + 1
            receipt = _receipt(len(done), logs)
            done.append(_Executed(read, raw, logs is not None, logs or (), receipt))
        number = len(self.blocks)
        seconds = 1_700_000_000 + number * BLOCK_SECONDS
        trie = blockdata.receipt_trie([each.receipt for each in done])
        header: bytes = rlp.encode(
            [
                parent.hash if parent else bytes(32), keccak256(rlp.encode([])), bytes(20),
                keccak256(repr(sorted(used)).encode()), keccak256(b"".join(raws)),
                bytes(trie.root_hash), _BLOOM, 0, number, 30_000_000, _GAS * len(done), seconds,
                self._branches.to_bytes(4, "big"), bytes(32), bytes(8), self.base_fee,
            ]
        )  # fmt: skip
        moment = datetime.fromtimestamp(seconds, UTC)
        self.blocks.append(
            _Block(header, keccak256(header), moment, tuple(done), nonces, frozenset(used))
        )

    def _execute(self, read: ReadCall, used: set[bytes]) -> tuple[Log, ...] | None:
        """The logs of the call, or None when it reverts."""
        selector, key, word = read.call.data[:4], read.call.data[4:36], read.call.data[36:68]
        topic = {ANCHOR_SELECTOR: ANCHORED_TOPIC, REVOKE_SELECTOR: REVOKED_TOPIC}.get(selector)
        refused = (
            topic is None
            or read.call.contract != self.contract
            or read.sender not in self.holders
            or topic + key in used
        )
        if refused or topic is None:
            return None
        used.add(topic + key)
        return (Log(self.contract, (topic, key, bytes(12) + read.sender), word),)


@dataclass
class SimulatedLedger:
    """One provider of a simulated chain, with the faults of a provider.

    `lag` blocks behind the chain; `away` does not answer; `cuts` answers a sending with a broken
    connection after the bytes went through; `blind` shows no receipts; `claimed_chain_id` lies.
    """

    chain: SimulatedChain
    lag: int = 0
    away: bool = False
    cuts: bool = False
    blind: bool = False
    claimed_chain_id: int | None = None
    sent: list[bytes] = field(default_factory=list)

    def chain_id(self) -> int:
        self._ask()
        return self.chain.chain_id if self.claimed_chain_id is None else self.claimed_chain_id

    def head(self) -> Head:
        blocks = self._visible()
        return Head(len(blocks) - 1, blocks[-1].hash, blocks[-1].time)

    def canonical_hash(self, number: int) -> bytes | None:
        blocks = self._visible()
        return blocks[number].hash if 0 <= number < len(blocks) else None

    def receipt(self, transaction_hash: bytes) -> Receipt | None:
        found = None if self.blind else self._find(transaction_hash)
        if found is None:
            return None
        number, place = found
        block = self.chain.blocks[number]
        succeeded = block.transactions[place].succeeded
        return Receipt(transaction_hash, block.hash, number, succeeded)

    def send(self, raw: bytes) -> None:
        self._ask()
        self.sent.append(raw)
        self.chain.submit(raw)
        if self.cuts:
            raise OutcomeUnknown("connection cut after forwarding")

    def nonce(self, address: bytes) -> int:
        return self._visible()[-1].nonces.get(address, 0)

    def balance(self, address: bytes) -> int:
        _ = address
        self._ask()
        return self.chain.balance

    def fees(self) -> Fees:
        self._ask()
        return Fees(base=self.chain.base_fee, priority=10**9)

    def final_number(self, depth: int) -> int:
        return self.head().number - depth + 1

    def bury(self, number: int, depth: int) -> None:
        missing = number + depth - len(self.chain.blocks)
        if self.chain.automine and missing > 0:
            self.chain.mine(missing)

    def prove(self, receipt: Receipt) -> ProvenReceipt:
        found = self._find(receipt.transaction_hash)
        if found is None or self.chain.blocks[found[0]].hash != receipt.block_hash:
            raise OutcomeUnknown("unknown block")
        number, place = found
        block = self.chain.blocks[number]
        trie = blockdata.receipt_trie([each.receipt for each in block.transactions])
        mined = block.transactions[place]
        return ProvenReceipt(
            header=block.header,
            index=place,
            nodes=blockdata.proof_nodes(trie, place),
            succeeded=mined.succeeded,
            logs=mined.logs,
            time=block.time,
        )

    def call_behind(self, contract: bytes, topic: bytes, key: bytes, since: int) -> bytes | None:
        for block in self._visible()[since:]:
            for mined in block.transactions:
                if any((log.address, *log.topics[:2]) == (contract, topic, key)
                       for log in mined.logs):  # fmt: skip
                    return mined.raw
        return None

    def _find(self, transaction_hash: bytes) -> tuple[int, int] | None:
        for number, block in enumerate(self._visible()):
            for place, mined in enumerate(block.transactions):
                if mined.read.hash == transaction_hash:
                    return number, place
        return None

    def _visible(self) -> list[_Block]:
        self._ask()
        return self.chain.blocks[: max(1, len(self.chain.blocks) - self.lag)]

    def _ask(self) -> None:
        if self.away:
            raise OutcomeUnknown("connection refused")


def _receipt(place: int, logs: tuple[Log, ...] | None) -> bytes:
    body: bytes = rlp.encode(
        [
            b"" if logs is None else b"\x01",
            _GAS * (place + 1),
            _BLOOM,
            [[log.address, list(log.topics), log.data] for log in logs or ()],
        ]
    )
    return b"\x02" + body
