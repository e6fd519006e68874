"""Row 5 of the life of a file: fix the order and the root of waiting leaves."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from chain.merkle import Tree
from chain.models import Batch, Leaf
from evidence.marking import mark
from evidence.models import StatementRow

_LOCK = 0x59_49_4E_4A_49_05  # "YINJI" row 5: one sealer at a time


@dataclass(frozen=True)
class BatchLimits:
    """A batch is sealed when either limit is reached."""

    size: int = 1000
    age: timedelta = timedelta(seconds=1)


def seal_batch(session: Session, limits: BatchLimits, *, now: datetime) -> Batch | None:
    """Seal waiting statements in the order they were fixed, or None when it is too early."""
    if not session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
        return None
    waiting = session.execute(
        select(StatementRow.evidence_id, StatementRow.leaf_hash, StatementRow.fixed_at)
        .where(~StatementRow.sealed)
        .order_by(StatementRow.sequence)
        .limit(limits.size)
    ).all()
    if not waiting:
        return None
    if len(waiting) < limits.size and min(row.fixed_at for row in waiting) > now - limits.age:
        return None
    tree = Tree([row.leaf_hash for row in waiting])
    batch = Batch(id=uuid.uuid4(), root=tree.root, size=tree.size, sealed_at=now)
    session.add(batch)
    session.flush()
    session.execute(
        insert(Leaf),
        [
            {
                "evidence_id": row.evidence_id,
                "batch_id": batch.id,
                "index": index,
                "leaf_hash": row.leaf_hash,
                "path": path,
            }
            for index, (row, path) in enumerate(zip(waiting, tree.paths(), strict=True))
        ],
    )
    mark(session, [row.evidence_id for row in waiting], sealed=True)
    return batch


def next_seal_in(session: Session, limits: BatchLimits, *, now: datetime) -> timedelta | None:
    """How long until the oldest waiting leaf reaches the age limit; None when none waits."""
    oldest = session.scalar(select(func.min(StatementRow.fixed_at)).where(~StatementRow.sealed))
    return None if oldest is None else max(oldest + limits.age - now, timedelta(0))
