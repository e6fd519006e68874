"""The two calls we make: anchor a batch's root, revoke a leaf. Which of them waits for a nonce."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, String, and_, cast, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from chain import alarms
from chain.lifecycle import TransactionStatus
from chain.models import Alarm, Batch, Leaf, Revocation, Transaction
from chain.signing import ANCHORED_TOPIC, REVOKED_TOPIC, anchor_data, revoke_data

STUCK: Final = "batch-stuck"
FOREIGN: Final = "foreign-call"
MAX_FAILURES: Final = 3
"""Nonces spent in vain on one call before an operator must look."""


@dataclass(frozen=True)
class WantedCall:
    """A call that must stand on the chain once: its bytes, and the event that shows it does."""

    batch_id: uuid.UUID | None
    revocation_id: uuid.UUID | None
    data: bytes
    topic: bytes
    key: bytes
    """What the event names: the root or the leaf hash."""
    size: int | None
    """Leaves in the tree; None for a revocation."""

    @property
    def subject(self) -> uuid.UUID:
        found = self.batch_id or self.revocation_id
        assert found is not None  # noqa: S101 - the table's check constraint
        return found


def batch_call(batch_id: uuid.UUID, root: bytes, size: int) -> WantedCall:
    return WantedCall(batch_id, None, anchor_data(root, size), ANCHORED_TOPIC, root, size)


def revocation_call(revocation_id: uuid.UUID, leaf: bytes, reason: int) -> WantedCall:
    return WantedCall(None, revocation_id, revoke_data(leaf, reason), REVOKED_TOPIC, leaf, None)


def call_of(session: Session, transaction: Transaction) -> WantedCall:
    """What a transaction pays for."""
    if transaction.batch_id is not None:
        batch = session.get_one(Batch, transaction.batch_id)
        return batch_call(batch.id, batch.root, batch.size)
    row = session.execute(
        select(Revocation.id, Leaf.leaf_hash, Revocation.reason)
        .join(Leaf, Leaf.evidence_id == Revocation.evidence_id)
        .where(Revocation.id == transaction.revocation_id)
    ).one()
    return revocation_call(row.id, row.leaf_hash, row.reason)


def waiting_calls(session: Session) -> list[WantedCall]:
    """The oldest batch and the oldest revocation without a live transaction.

    Those an operator must look at first (an open alarm names them) do not hold up the others.
    """
    batch = session.execute(
        select(Batch.id, Batch.root, Batch.size)
        .where(~Batch.settled, ~_live(Transaction.batch_id == Batch.id), ~_held_back(Batch.id))
        .order_by(Batch.sealed_at)
        .limit(1)
    ).first()
    revocation = session.execute(
        select(Revocation.id, Leaf.leaf_hash, Revocation.reason)
        .join(Leaf, Leaf.evidence_id == Revocation.evidence_id)
        .where(~_live(Transaction.revocation_id == Revocation.id), ~_held_back(Revocation.id))
        .order_by(Revocation.requested_at)
        .limit(1)
    ).first()
    found = []
    if batch is not None:
        found.append(batch_call(batch.id, batch.root, batch.size))
    if revocation is not None:
        found.append(revocation_call(revocation.id, revocation.leaf_hash, revocation.reason))
    return found


def claim(session: Session, call: WantedCall) -> bool:
    """Lock the call's row; False when it has a live transaction, or somebody else is at it."""
    model = Batch if call.batch_id is not None else Revocation
    row = session.scalars(
        select(model.id).where(model.id == call.subject).with_for_update(skip_locked=True)
    ).first()
    return row is not None and not session.scalar(select(_live(of_call(call))))


def of_call(call: WantedCall) -> ColumnElement[bool]:
    """Transactions of this call."""
    if call.batch_id is not None:
        return Transaction.batch_id == call.batch_id
    return Transaction.revocation_id == call.revocation_id


def note_failure(session: Session, call: WantedCall, *, now: datetime) -> None:
    """After every MAX_FAILURES nonces spent in vain the call waits for an operator.

    Clearing the alarm gives it as many tries again.
    """
    failures = len(
        session.scalars(
            select(Transaction.id).where(
                of_call(call), Transaction.status == TransactionStatus.FAILED
            )
        ).all()
    )
    if failures % MAX_FAILURES == 0:
        alarms.raise_alarm(
            session,
            STUCK,
            call.subject,
            f"{failures} 笔交易均未成功,已暂停 / {failures} transactions failed: it waits for you",
            now=now,
        )


def _live(of: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(Transaction.id).where(of, Transaction.status != TransactionStatus.FAILED).exists()


def _held_back(subject: InstrumentedAttribute[uuid.UUID]) -> ColumnElement[bool]:
    return (
        select(Alarm.id)
        .where(
            and_(
                Alarm.kind.in_([STUCK, FOREIGN]),
                Alarm.subject == cast(subject, String),
                Alarm.cleared_at.is_(None),
            )
        )
        .exists()
    )
