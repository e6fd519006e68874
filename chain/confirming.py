"""Rows 8, 9 and 9′: what the chain shows, when it is final, and what a reorganisation undoes.

`watched` gathers, `look` asks the ledger (no database transaction is open), `record` writes.
A missing receipt moves nothing to an end; only a block that is canonical, deep enough and holds
our event makes an anchor, and only a proven receipt makes a failure.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from chain import alarms, calls, proof
from chain.ledger import Ledger, ProvenReceipt, Receipt
from chain.lifecycle import TRANSACTION, AttemptStatus, TransactionStatus
from chain.models import Anchor, Attempt, Batch, Leaf, Revocation, Transaction
from chain.sending import ATTEMPTS, FEE_CAP, UNMINED, ChainTerms
from chain.signing import ANCHORED_TOPIC, REVOKED_TOPIC
from core.errors import ConcurrentChange, InvalidInput, OutsideError, VerificationFailed
from core.lifecycle import Lifecycle, move

TRANSACTIONS: Final = Lifecycle("transaction", TRANSACTION)
DEEP_REORG: Final = "deep-reorg"
REVERTED: Final = "call-reverted"


@dataclass(frozen=True)
class Watched:
    """An attempt whose end is not known, and what we last saw of it.

    `key` is what its event must name: the root (then `size` is set) or the leaf.
    """

    attempt_id: uuid.UUID
    transaction_id: uuid.UUID
    open: bool
    status: AttemptStatus
    hash: bytes
    block_hash: bytes | None
    block_number: int | None
    key: bytes
    size: int | None


@dataclass(frozen=True)
class FoundAnchor:
    """The verified bundle of a final, successful anchoring."""

    block_document: bytes
    block_time: datetime
    confirmations: int


@dataclass(frozen=True)
class Sighting:
    """What the chain shows of one attempt. `receipt` is None when no canonical block holds it."""

    receipt: Receipt | None
    fell_out: bool = False
    """Another block stands where we saw it, or another block holds it now."""
    missing: bool = False
    """The chain is shorter than where we saw it: lagging or rolled back, nobody can tell."""
    final: bool = False
    anchor: FoundAnchor | None = None


@dataclass(frozen=True)
class Recorded:
    """What `record` did. `renewed` names a batch whose anchor stands in another block now."""

    moved: bool
    renewed: uuid.UUID | None = None


def watched(session: Session, limit: int = 500) -> Sequence[Watched]:
    """Every attempt of open transactions: an older one may be mined instead of its successor.

    Also attempts of failed ones that a reorganisation past finality set going again.
    """
    rows = session.execute(
        select(
            Attempt.id,
            Attempt.transaction_id,
            Transaction.status.label("transaction_status"),
            Attempt.status,
            Attempt.hash,
            Attempt.block_hash,
            Attempt.block_number,
            Batch.root,
            Batch.size,
            Leaf.leaf_hash,
        )
        .join(Transaction, Transaction.id == Attempt.transaction_id)
        .outerjoin(Batch, Batch.id == Transaction.batch_id)
        .outerjoin(Revocation, Revocation.id == Transaction.revocation_id)
        .outerjoin(Leaf, Leaf.evidence_id == Revocation.evidence_id)
        .where(
            Attempt.status.in_([*UNMINED, AttemptStatus.MINED]),
            or_(
                Transaction.status == TransactionStatus.OPEN,
                and_(
                    Transaction.status == TransactionStatus.FAILED,
                    Attempt.succeeded.is_not(True),
                ),
            ),
        )
        .order_by(Transaction.created_at, Attempt.number)
        .limit(limit)
    )
    return [
        Watched(
            attempt_id=row.id,
            transaction_id=row.transaction_id,
            open=row.transaction_status == TransactionStatus.OPEN,
            status=AttemptStatus(row.status),
            hash=row.hash,
            block_hash=row.block_hash,
            block_number=row.block_number,
            key=row.leaf_hash if row.root is None else row.root,
            size=row.size,
        )
        for row in rows
    ]


def look(item: Watched, ledger: Ledger, terms: ChainTerms) -> Sighting:
    """Ask the chain about one attempt; reads are pinned to block hashes.

    Raises:
        OutsideError: the provider cannot be asked, or what it says does not hold together;
            nothing follows from that.
    """
    receipt = ledger.receipt(item.hash)
    if receipt is not None and ledger.canonical_hash(receipt.block_number) != receipt.block_hash:
        receipt = None
    fell_out = missing = False
    if item.block_number is not None and (receipt is None or receipt.block_hash != item.block_hash):
        standing = ledger.canonical_hash(item.block_number)
        missing = receipt is None and standing is None
        # A transaction stands in one canonical block only: seen elsewhere, it left the old one.
        fell_out = receipt is not None or standing not in {None, item.block_hash}
    if receipt is None:
        return Sighting(None, fell_out=fell_out, missing=missing)
    # Buried first: a snapshot without the blocks above it would be made for nothing.
    ledger.bury(receipt.block_number, terms.depth)
    final = receipt.block_number <= ledger.final_number(terms.depth)
    anchor = _evidence(item, receipt, ledger, terms) if final else None
    # The head may have moved to another branch while we asked.
    if ledger.canonical_hash(receipt.block_number) != receipt.block_hash:
        return Sighting(None, fell_out=fell_out)
    return Sighting(receipt, fell_out=fell_out, final=final, anchor=anchor)


def record(
    session: Session, item: Watched, seen: Sighting, terms: ChainTerms, *, now: datetime
) -> Recorded:
    """Write what was seen. A race with another worker is harmless: the first one counts."""
    try:
        with session.begin_nested():
            return _record(session, item, seen, terms, now=now)
    except ConcurrentChange:
        return Recorded(moved=False)


def _record(
    session: Session, item: Watched, seen: Sighting, terms: ChainTerms, *, now: datetime
) -> Recorded:
    status, moved = item.status, False
    if status is AttemptStatus.MINED and seen.fell_out:
        _move(session, item, status, AttemptStatus.REORGED, "block left the chain", now=now,
              block_hash=None, block_number=None, succeeded=None, sent_at=None)  # fmt: skip
        status, moved = AttemptStatus.REORGED, True
    elif status is AttemptStatus.MINED and seen.missing:
        _send_again(session, item, terms, now=now)
    receipt = seen.receipt
    if receipt is None:
        return Recorded(moved)
    if status in UNMINED:
        _move(session, item, status, AttemptStatus.MINED, "seen in a block", now=now,
              block_hash=receipt.block_hash, block_number=receipt.block_number,
              succeeded=receipt.succeeded, sent_at=now)  # fmt: skip
        moved = True
    if not seen.final:
        return Recorded(moved)
    if not item.open:
        return _end_of_failed(session, item, receipt, moved=moved, now=now)
    if receipt.succeeded:
        return Recorded(True, _finish(session, item, receipt, seen, terms, now=now))
    _fail(session, item, now=now)
    return Recorded(moved=True)


def _send_again(session: Session, item: Watched, terms: ChainTerms, *, now: datetime) -> None:
    """No state follows from a short chain, but the same bytes can always be sent once more."""
    session.execute(
        update(Attempt)
        .where(
            Attempt.id == item.attempt_id,
            Attempt.status == AttemptStatus.MINED,
            Attempt.sent_at < now - terms.resend_after,
        )
        .values(sent_at=None)
    )


def _end_of_failed(
    session: Session, item: Watched, receipt: Receipt, *, moved: bool, now: datetime
) -> Recorded:
    """A failed transaction's nonce is used again. If its call succeeds now, `adopting` sees it."""
    if receipt.succeeded:
        return Recorded(moved)
    _move(session, item, AttemptStatus.MINED, AttemptStatus.REVERTED, "final revert", now=now)
    retire_siblings(session, item.transaction_id, item.attempt_id, now=now)
    return Recorded(moved=True)


def _finish(
    session: Session,
    item: Watched,
    receipt: Receipt,
    seen: Sighting,
    terms: ChainTerms,
    *,
    now: datetime,
) -> uuid.UUID | None:
    """The transaction is final; the batch whose anchor was renewed, if one was."""
    move(session, TRANSACTIONS, Transaction, item.transaction_id, was=TransactionStatus.OPEN,
         to=TransactionStatus.FINAL, reason="final success", now=now)  # fmt: skip
    _move(session, item, AttemptStatus.MINED, AttemptStatus.FINAL, "final", now=now)
    retire_siblings(session, item.transaction_id, item.attempt_id, now=now)
    transaction = session.get_one(Transaction, item.transaction_id, populate_existing=True)
    subject = transaction.batch_id or transaction.revocation_id
    alarms.clear_alarm(session, FEE_CAP, item.transaction_id, now=now)
    alarms.clear_alarm(session, DEEP_REORG, subject, now=now)
    if transaction.batch_id is None:
        return None
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
    session.execute(
        update(Batch)
        .where(Batch.id == transaction.batch_id)
        .values(settled=True)
        .execution_options(synchronize_session=False)
    )
    anchor = session.get(Anchor, transaction.batch_id, populate_existing=True)
    if anchor is None:
        session.add(Anchor(batch_id=transaction.batch_id, **values))
        session.flush()
        return None
    if anchor.block_hash == receipt.block_hash:
        anchor.suspended_at = None  # the old branch is the chain again: all that was said holds
        session.flush()
        return None
    for name, value in values.items():
        setattr(anchor, name, value)
    session.flush()
    return transaction.batch_id


def _fail(session: Session, item: Watched, *, now: datetime) -> None:
    move(session, TRANSACTIONS, Transaction, item.transaction_id, was=TransactionStatus.OPEN,
         to=TransactionStatus.FAILED, reason="final revert", now=now)  # fmt: skip
    _move(session, item, AttemptStatus.MINED, AttemptStatus.REVERTED, "final revert", now=now)
    retire_siblings(session, item.transaction_id, item.attempt_id, now=now)
    alarms.raise_alarm(
        session,
        REVERTED,
        item.transaction_id,
        "合约调用被回滚 / the contract refused the call; a new transaction will be signed",
        now=now,
    )
    transaction = session.get_one(Transaction, item.transaction_id, populate_existing=True)
    calls.note_failure(session, calls.call_of(session, transaction), now=now)


def retire_siblings(
    session: Session, transaction_id: uuid.UUID, final_id: uuid.UUID | None, *, now: datetime
) -> None:
    """The nonce is used for good: every other attempt of it is over."""
    siblings = session.execute(
        select(Attempt.id, Attempt.status).where(Attempt.transaction_id == transaction_id)
    ).all()
    for sibling in siblings:
        was = AttemptStatus(sibling.status)
        if sibling.id != final_id and was is not AttemptStatus.REPLACED:
            move(session, ATTEMPTS, Attempt, sibling.id, was=was, to=AttemptStatus.REPLACED,
                 reason="the nonce is used otherwise", now=now)  # fmt: skip


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


def _evidence(
    item: Watched, receipt: Receipt, ledger: Ledger, terms: ChainTerms
) -> FoundAnchor | None:
    """What happened must be what was written: proven from the block's own header."""
    proven = ledger.prove(receipt)
    if proven.succeeded != receipt.succeeded:
        raise OutsideError("收据前后不一 / the receipt and its block say different things")
    if not proven.succeeded:
        return None
    topic = REVOKED_TOPIC if item.size is None else ANCHORED_TOPIC
    place = _event(proven, terms.contract, topic, item.key)
    if item.size is None:
        return None
    evidence = proof.BlockEvidence(proven.header, proven.index, place, proven.nodes)
    claim = proof.Proof(
        leaf_index=0,
        tree_size=item.size,
        path=(),
        root=item.key,
        chain_id=terms.chain_id,
        contract=terms.contract,
        transaction=receipt.transaction_hash,
    )
    document = evidence.encode()
    try:
        # The same check that every verifier makes.
        anchored = proof.verify_anchor(claim, proof.parse_block(document))
    except (VerificationFailed, InvalidInput) as error:
        raise OutsideError(f"节点给出的证据不成立 / unusable evidence: {error.message}") from error
    confirmations = ledger.head().number - receipt.block_number + 1
    return FoundAnchor(document, anchored.time, confirmations)


def _event(proven: ProvenReceipt, contract: bytes, topic: bytes, key: bytes) -> int:
    for place, log in enumerate(proven.logs):
        if log.address == contract and log.topics[:2] == (topic, key):
            return place
    raise OutsideError("区块中没有我们的事件 / the block does not hold our event")
