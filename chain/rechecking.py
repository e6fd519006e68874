"""Row 9′ beyond finality: a block we called final is looked at again for a while.

Only another block standing at its height undoes anything; a chain that is too short says nothing.
What is undone: the anchor is suspended, transaction and attempts fall back, and the same bytes go
out again. The history stays in the transitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chain import alarms, calls
from chain.confirming import DEEP_REORG, TRANSACTIONS
from chain.ledger import Ledger
from chain.lifecycle import AttemptStatus, TransactionStatus
from chain.models import Anchor, Attempt, Batch, Transaction
from chain.sending import ATTEMPTS, ChainTerms
from core.lifecycle import move

_ENDED: Final = frozenset({AttemptStatus.FINAL, AttemptStatus.REVERTED})
_REASON: Final = "block left the chain after it was final"


@dataclass(frozen=True)
class FinalBlock:
    """A block that something of ours rests on."""

    number: int
    hash: bytes


def final_blocks(session: Session, above: int) -> Sequence[FinalBlock]:
    """The blocks higher than `above` that hold what we called final, the newest first."""
    rows = session.execute(
        select(Attempt.block_number, Attempt.block_hash)
        .where(Attempt.status.in_(_ENDED), Attempt.block_number > above)
        .distinct()
        .order_by(Attempt.block_number.desc())
    )
    return [FinalBlock(row.block_number, row.block_hash) for row in rows]


def lost_blocks(blocks: Sequence[FinalBlock], ledger: Ledger) -> Sequence[FinalBlock]:
    """Those whose height now carries another block.

    Raises:
        OutsideError: the chain cannot be asked, or the providers disagree.
    """
    return [
        block for block in blocks if ledger.canonical_hash(block.number) not in {None, block.hash}
    ]


def lowest_to_recheck(ledger: Ledger, terms: ChainTerms) -> int:
    """Blocks above this number are looked at again."""
    return ledger.head().number - terms.recheck_depth


def undo(session: Session, block: FinalBlock, *, now: datetime) -> bool:
    """Let everything that rested on a lost block fall back; False when nothing did any more."""
    attempts = session.scalars(
        select(Attempt)
        .where(Attempt.block_hash == block.hash, Attempt.status.in_(_ENDED))
        .order_by(Attempt.id)
        .with_for_update()
    ).all()
    for attempt in attempts:
        transaction = session.get_one(Transaction, attempt.transaction_id, with_for_update=True)
        if attempt.status == AttemptStatus.FINAL:
            _undo_success(session, attempt, transaction, now=now)
        else:
            _undo_failure(session, attempt, transaction, now=now)
    return bool(attempts)


def _undo_success(
    session: Session, attempt: Attempt, transaction: Transaction, *, now: datetime
) -> None:
    move(session, TRANSACTIONS, Transaction, transaction.id, was=TransactionStatus.FINAL,
         to=TransactionStatus.OPEN, reason=_REASON, now=now)  # fmt: skip
    _fall_back(session, attempt, AttemptStatus.FINAL, now=now)
    _revive_family(session, transaction, now=now)
    subject = transaction.batch_id or transaction.revocation_id
    if transaction.batch_id is not None:
        session.execute(
            update(Anchor)
            .where(Anchor.batch_id == transaction.batch_id)
            .values(suspended_at=now)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(Batch)
            .where(Batch.id == transaction.batch_id)
            .values(settled=False)
            .execution_options(synchronize_session=False)
        )
    alarms.raise_alarm(
        session,
        DEEP_REORG,
        subject,
        "链发生超过终局深度的重组,已暂停并重新上链 / a reorganisation past finality: suspended, "
        "and sent again",
        now=now,
    )


def _undo_failure(
    session: Session, attempt: Attempt, transaction: Transaction, *, now: datetime
) -> None:
    """The nonce is free again, and those after it wait for it: the bytes must go out again."""
    _fall_back(session, attempt, AttemptStatus.REVERTED, now=now)
    _revive_family(session, transaction, now=now)
    call = calls.call_of(session, transaction)
    others = session.scalar(
        select(Transaction.id).where(
            calls.of_call(call), Transaction.status != TransactionStatus.FAILED
        )
    )
    # With a live successor it stays failed and only fills its nonce (one live one for a call).
    if others is None and transaction.status == TransactionStatus.FAILED:
        move(session, TRANSACTIONS, Transaction, transaction.id, was=TransactionStatus.FAILED,
             to=TransactionStatus.OPEN, reason=_REASON, now=now)  # fmt: skip


def _revive_family(session: Session, transaction: Transaction, *, now: datetime) -> None:
    """On the new branch any attempt of the nonce may be mined."""
    for sibling in session.scalars(
        select(Attempt).where(
            Attempt.transaction_id == transaction.id, Attempt.status == AttemptStatus.REPLACED
        )
    ):
        _fall_back(session, sibling, AttemptStatus.REPLACED, now=now)


def _fall_back(session: Session, attempt: Attempt, was: AttemptStatus, *, now: datetime) -> None:
    move(session, ATTEMPTS, Attempt, attempt.id, was=was, to=AttemptStatus.REORGED,
         reason=_REASON, now=now, block_hash=None, block_number=None, succeeded=None,
         sent_at=None)  # fmt: skip
