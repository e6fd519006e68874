"""Looks on while deposits are anchored: verifies every proof, counts who used the processors."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import transaction
from api.wiring import Services
from bench.running import processes
from chain.merkle import Tree, verify_inclusion
from chain.models import Anchor, Leaf
from chain.proof import Proof, parse_block, verify_anchor
from evidence.models import StatementRow, TimestampToken
from evidence.statement import leaf_hash

_TICKS = os.sysconf("SC_CLK_TCK")
_PARTS = {
    "api.stack.forkserver": "fork server",
    "api.app:create_app": "api",
    "postgres": "database",
    "anvil": "chain node",
    "valkey": "broker",
    "beat": "scheduler",
    "worker": "workers",
}


@dataclass
class Verifier:
    """Every leaf of every anchored batch, from the statement's bytes to the block, exactly once.

    A batch counts when each of its leaves also has its time-stamp token.
    """

    services: Services
    verified: int = 0
    batches: set[UUID] = field(default_factory=set)

    def look(self) -> int:
        """Verify what is new; how many leaves are anchored, time-stamped and verified now.

        Raises VerificationFailed when a proof does not hold.
        """
        with transaction(self.services.sessions) as session:
            anchors = session.scalars(
                select(Anchor).where(Anchor.batch_id.not_in(self.batches))
            ).all()
            for anchor in anchors:
                if verified := _verify_batch(session, anchor):
                    self.verified += verified
                    self.batches.add(anchor.batch_id)
        return self.verified


def _verify_batch(session: Session, anchor: Anchor) -> int:
    """How many leaves were verified; 0 while one of them has no token."""
    rows = session.execute(
        select(Leaf.index.label("place"), Leaf.leaf_hash, StatementRow.body, TimestampToken.serial)
        .join(StatementRow, StatementRow.evidence_id == Leaf.evidence_id)
        .outerjoin(TimestampToken, TimestampToken.evidence_id == Leaf.evidence_id)
        .where(Leaf.batch_id == anchor.batch_id)
        .order_by(Leaf.index)
    ).all()
    if any(row.serial is None for row in rows):
        return 0
    tree = Tree([row.leaf_hash for row in rows])
    block = parse_block(anchor.block_document)
    # The event is the same for all leaves of a batch: looked at once, as strictly as for one.
    verify_anchor(
        Proof(0, tree.size, (), tree.root, anchor.chain_id, anchor.contract,
              anchor.transaction_hash),
        block,
    )  # fmt: skip
    for row in rows:
        leaf = bytes.fromhex(leaf_hash(row.body))
        verify_inclusion(leaf, row.place, tree.size, tree.path(row.place), tree.root)
    return len(rows)


def processor_seconds(leader: int) -> dict[str, float]:
    """Processor seconds used so far by each part of the stack that `leader` supervises."""
    used: dict[str, float] = {}
    for pid, words in processes(leader).items():
        name = next((part for sign, part in _PARTS.items() if sign in words), "supervisor")
        used[name] = used.get(name, 0.0) + seconds_of(pid)
    return used


def seconds_of(pid: int) -> float:
    """Processor seconds of one process; 0 when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    # proc(5): after the name in brackets, utime and stime are the 12th and 13th fields.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
