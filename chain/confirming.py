"""Rows 8, 9 and 9′: what the chain shows, when it is final, and what a reorganisation undoes.

`watched` gathers, `look` asks the ledger (no database transaction is open), `record` writes.
A missing receipt moves nothing to an end; only a block that is canonical, deep enough and holds
our event makes an anchor.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain import alarms, proof
from chain.ledger import Ledger, Receipt
from chain.lifecycle import TRANSACTION, AttemptStatus, TransactionStatus
from chain.models import Anchor, Attempt, Batch, Transaction
from chain.sending import ATTEMPTS, ChainTerms
from core.errors import ConcurrentChange
from core.lifecycle import Lifecycle, move

TRANSACTIONS: Final = Lifecycle("transaction", TRANSACTION)
_UNMINED: Final = frozenset({AttemptStatus.SIGNED, AttemptStatus.BROADCAST, AttemptStatus.REORGED})


@dataclass(frozen=True)
class Watched:
    """An attempt of an open transaction, and what we last saw of it."""

    attempt_id: uuid.UUID
    transaction_id: uuid.UUID
    status: AttemptStatus
    hash: bytes
    block_hash: bytes | None
    block_number: int | None
    root: bytes | None
    size: int | None


@dataclass(frozen=True)
class Sighting:
    """What the chain shows of one attempt. `receipt` is None when no canonical block holds it."""

    receipt: Receipt | None
    fell_out: bool
    """The block we saw it in is not on the chain any more."""
    final: bool
    anchor: "FoundAnchor | None"


@dataclass(frozen=True)
class FoundAnchor:
    """The verified bundle of a final, successful anchoring."""

    block_document: bytes
    block_time: datetime
    confirmations: int


def watched(session: Session, limit: int = 500) -> Sequence[Watched]:
    """Every attempt of open transactions: an older one may be mined instead of its successor."""
    rows = session.execute(
        select(
            Attempt.id,
            Attempt.transaction_id,
            Attempt.status,
            Attempt.hash,
            Attempt.block_hash,
            Attempt.block_number,
            Batch.root,
            Batch.size,
        )
        .join(Transaction, Transaction.id == Attempt.transaction_id)
        .outerjoin(Batch, Batch.id == Transaction.batch_id)
        .where(
            Transaction.status == TransactionStatus.OPEN,
            Attempt.status.in_([*_UNMINED, AttemptStatus.MINED]),
        )
        .order_by(Transaction.created_at, Attempt.number)
        .limit(limit)
    )
    return [
        Watched(
            row.id, row.transaction_id, AttemptStatus(row.status), row.hash,
            row.block_hash, row.block_number, row.root, row.size,
        )
        for row in rows
    ]  # fmt: skip


def look(item: Watched, ledger: Ledger, terms: ChainTerms) -> Sighting:
    """Ask the chain about one attempt; reads are pinned to block hashes.

    Raises:
        OutsideError: the provider cannot be asked; nothing follows from that.
    """
    receipt = ledger.receipt(item.hash)
    if receipt is not None and ledger.canonical_hash(receipt.block_number) != receipt.block_hash:
        receipt = None
    fell_out = (
        item.block_number is not None
        and (receipt is None or receipt.block_hash != item.block_hash)
        and ledger.canonical_hash(item.block_number) != item.block_hash
    )
    if receipt is None:
        return Sighting(None, fell_out, final=False, anchor=None)
    final_number = ledger.final_number(terms.depth)
    final = receipt.block_number <= final_number
    anchor = None
    if final and receipt.succeeded and item.root is not None and item.size is not None:
        anchor = _find_anchor(item.root, item.size, receipt, ledger, terms)
    # The head may have moved to another branch while we asked.
    if ledger.canonical_hash(receipt.block_number) != receipt.block_hash:
        return Sighting(None, fell_out, final=False, anchor=None)
    return Sighting(receipt, fell_out, final, anchor)


def record(
    session: Session, item: Watched, seen: Sighting, terms: ChainTerms, *, now: datetime
) -> bool:
    """Write what was seen; True when something moved. A race with another worker is harmless."""
    try:
        return _record(session, item, seen, terms, now=now)
    except ConcurrentChange:
        return False


def _record(
    session: Session, item: Watched, seen: Sighting, terms: ChainTerms, *, now: datetime
) -> bool:
    status, moved = item.status, False
    if status is AttemptStatus.MINED and seen.fell_out:
        _move(session, item, status, AttemptStatus.REORGED, "block left the chain", now=now,
              block_hash=None, block_number=None, succeeded=None, sent_at=None)  # fmt: skip
        status, moved = AttemptStatus.REORGED, True
    receipt = seen.receipt
    if receipt is None:
        return moved
    if status in _UNMINED:
        _move(session, item, status, AttemptStatus.MINED, "seen in a block", now=now,
              block_hash=receipt.block_hash, block_number=receipt.block_number,
              succeeded=receipt.succeeded)  # fmt: skip
        status, moved = AttemptStatus.MINED, True
    if not seen.final:
        return moved
    if receipt.succeeded:
        _finish(session, item, receipt, seen, terms, now=now)
    else:
        _fail(session, item, now=now)
    return True


def _finish(
    session: Session,
    item: Watched,
    receipt: Receipt,
    seen: Sighting,
    terms: ChainTerms,
    *,
    now: datetime,
) -> None:
    move(session, TRANSACTIONS, Transaction, item.transaction_id, was=TransactionStatus.OPEN,
         to=TransactionStatus.FINAL, reason="final success", now=now)  # fmt: skip
    _move(session, item, AttemptStatus.MINED, AttemptStatus.FINAL, "final", now=now)
    _retire_siblings(session, item, now=now)
    transaction = session.get_one(Transaction, item.transaction_id)
    alarms.clear_alarm(session, "fee-cap", item.transaction_id, now=now)
    if transaction.batch_id is None:
        return
    found = seen.anchor
    if found is None:
        raise ConcurrentChange("上链证据尚未取得 / the anchor's evidence was not read")
    values = {
        "attempt_id": item.attempt_id,
        "chain_id": transaction.chain_id,
        "contract": terms.contract,
        "transaction_hash": item.hash,
        "block_hash": receipt.block_hash,
        "block_number": receipt.block_number,
        "block_time": found.block_time,
        "block_document": found.block_document,
        "confirmations": found.confirmations,
        "anchored_at": now,
        "suspended_at": None,
    }
    anchor = session.get(Anchor, transaction.batch_id)
    if anchor is None:
        session.add(Anchor(batch_id=transaction.batch_id, **values))
    else:  # mined again after a reorganisation past finality
        for name, value in values.items():
            setattr(anchor, name, value)
        alarms.clear_alarm(session, "deep-reorg", transaction.batch_id, now=now)
    session.flush()


def _fail(session: Session, item: Watched, *, now: datetime) -> None:
    move(session, TRANSACTIONS, Transaction, item.transaction_id, was=TransactionStatus.OPEN,
         to=TransactionStatus.FAILED, reason="final revert", now=now)  # fmt: skip
    _move(session, item, AttemptStatus.MINED, AttemptStatus.REVERTED, "final revert", now=now)
    _retire_siblings(session, item, now=now)
    alarms.raise_alarm(
        session,
        "call-reverted",
        item.transaction_id,
        "合约调用被回滚 / the contract refused the call; a new transaction will be signed",
        now=now,
    )


def _retire_siblings(session: Session, item: Watched, *, now: datetime) -> None:
    siblings = session.execute(
        select(Attempt.id, Attempt.status).where(
            Attempt.transaction_id == item.transaction_id, Attempt.id != item.attempt_id
        )
    ).all()
    for sibling in siblings:
        was = AttemptStatus(sibling.status)
        if was is not AttemptStatus.REPLACED:
            move(session, ATTEMPTS, Attempt, sibling.id, was=was, to=AttemptStatus.REPLACED,
                 reason="another attempt of this nonce is final", now=now)  # fmt: skip


def _move(
    session: Session,
    item: Watched,
    was: AttemptStatus,
    to: AttemptStatus,
    reason: str,
    *,
    now: datetime,
    **values: object,
) -> None:
    move(session, ATTEMPTS, Attempt, item.attempt_id, was=was, to=to, reason=reason, now=now,
         **values)  # fmt: skip


def _find_anchor(
    root: bytes, size: int, receipt: Receipt, ledger: Ledger, terms: ChainTerms
) -> FoundAnchor:
    evidence, block_time = ledger.block_evidence(receipt, terms.contract, root)
    document = evidence.encode()
    # What happened must be what was written: the same check that every verifier makes.
    proof.verify_anchor(
        proof.Proof(
            leaf_index=0,
            tree_size=size,
            path=(),
            root=root,
            chain_id=terms.chain_id,
            contract=terms.contract,
            transaction=receipt.transaction_hash,
        ),
        proof.parse_block(document),
    )
    confirmations = ledger.head().number - receipt.block_number + 1
    return FoundAnchor(document, block_time, confirmations)
