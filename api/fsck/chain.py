"""I2, I4 and I8: trees, transactions, nonces."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from certs.models import Certificate
from chain.keccak import keccak256
from chain.ledger import Ledger
from chain.lifecycle import AttemptStatus, TransactionStatus
from chain.merkle import Tree
from chain.models import Anchor, Attempt, Batch, Leaf, Sender, Transaction
from chain.proof import Proof, parse_block, verify_anchor
from core.errors import InvalidInput, VerificationFailed
from evidence.models import StatementRow, TimestampToken
from evidence.statement import leaf_hash


def check_batches(session: Session, found: Findings) -> None:
    """I2: every root is the root of its leaves, and every leaf the hash of its statement."""
    for batch in session.scalars(select(Batch)):
        leaves = session.execute(
            select(Leaf.index.label("place"), Leaf.leaf_hash, Leaf.path, StatementRow.body)
            .join(StatementRow, StatementRow.evidence_id == Leaf.evidence_id)
            .where(Leaf.batch_id == batch.id)
            .order_by(Leaf.index)
        ).all()
        whole = [row.place for row in leaves] == list(range(batch.size))
        same = all(bytes.fromhex(leaf_hash(row.body)) == row.leaf_hash for row in leaves)
        tree = Tree([row.leaf_hash for row in leaves]) if leaves else None
        root = tree is not None and tree.root == batch.root
        found.look(
            "I2", holds=whole and same and root, subject=batch.id, detail="leaves and root differ"
        )
        paths = tree is not None and list(tree.paths()) == [row.path for row in leaves]
        found.look("I2", holds=paths, subject=batch.id, detail="a leaf's path is not its proof")


def check_successes(session: Session, found: Findings) -> None:
    """I2: at most one final transaction for a batch, and exactly then an anchor."""
    finals: dict[UUID, int] = dict(
        session.execute(
            select(Transaction.batch_id, func.count())
            .where(Transaction.batch_id.is_not(None), Transaction.status == TransactionStatus.FINAL)
            .group_by(Transaction.batch_id)
        ).all()  # type: ignore[arg-type]
    )
    anchored = set(session.scalars(select(Anchor.batch_id).where(Anchor.suspended_at.is_(None))))
    for batch_id in session.scalars(select(Batch.id)):
        count = finals.get(batch_id, 0)
        holds = count <= 1 and (count == 1) == (batch_id in anchored)
        found.look("I2", holds=holds, subject=batch_id, detail=f"{count} final transactions")


def check_anchors(session: Session, ledger: Ledger, found: Findings) -> None:
    """I2, I3: each anchor's event proves root and size, in a block that is canonical now."""
    rows = session.execute(select(Anchor, Batch).join(Batch, Batch.id == Anchor.batch_id)).all()
    for anchor, batch in rows:
        if anchor.suspended_at is not None:
            continue
        try:
            shown = verify_anchor(
                Proof(0, batch.size, (), batch.root, anchor.chain_id, anchor.contract,
                      anchor.transaction_hash),
                parse_block(anchor.block_document),
            )  # fmt: skip
            holds = (shown.hash, shown.number) == (anchor.block_hash, anchor.block_number)
        except (VerificationFailed, InvalidInput):
            holds = False
        found.look("I2", holds=holds, subject=batch.id, detail="the event does not prove the root")
        canonical = ledger.canonical_hash(anchor.block_number) == anchor.block_hash
        found.look("I3", holds=canonical, subject=batch.id, detail="block not on the chain")


def check_marks(session: Session, found: Findings) -> None:
    """I4: the queue's marks say what the rows say, so that nothing is left waiting unseen."""
    timed = select(TimestampToken.evidence_id).where(
        TimestampToken.evidence_id == StatementRow.evidence_id
    )
    sealed = select(Leaf.evidence_id).where(Leaf.evidence_id == StatementRow.evidence_id)
    settled = select(Anchor.batch_id).where(
        Anchor.batch_id == Batch.id, Anchor.suspended_at.is_(None)
    )
    issued = select(Certificate.id).where(Certificate.evidence_id == Leaf.evidence_id)
    wrong = {
        "timed": select(StatementRow.evidence_id).where(StatementRow.timed != timed.exists()),
        "sealed": select(StatementRow.evidence_id).where(StatementRow.sealed != sealed.exists()),
        "settled": select(Batch.id).where(Batch.settled != settled.exists()),
        "issued": select(Leaf.evidence_id).where(~Leaf.issued, issued.exists()),
    }
    for mark, query in wrong.items():
        found.look("I4", holds=True, subject="", detail="")
        for subject in session.scalars(query):
            found.look("I4", holds=False, subject=subject, detail=f"wrong mark: {mark}")


def check_attempts(session: Session, found: Findings) -> None:
    """I8: raw bytes hash to the transaction hash; at most one success within a nonce."""
    successes: dict[UUID, int] = defaultdict(int)
    for attempt in session.scalars(select(Attempt)):
        same = keccak256(attempt.raw) == attempt.hash
        found.look("I8", holds=same, subject=attempt.id, detail="bytes do not hash to the hash")
        successes[attempt.transaction_id] += attempt.status == AttemptStatus.FINAL
    for transaction_id, count in successes.items():
        found.look("I8", holds=count <= 1, subject=transaction_id, detail="two final attempts")


def check_nonces(session: Session, found: Findings) -> None:
    """I8: what a sender gave out is contiguous up to its counter."""
    for sender in session.scalars(select(Sender)):
        nonces = session.scalars(
            select(Transaction.nonce)
            .where(Transaction.sender == sender.address, Transaction.chain_id == sender.chain_id)
            .order_by(Transaction.nonce)
        ).all()
        expected = list(range(sender.next_nonce - len(nonces), sender.next_nonce))
        found.look(
            "I8", holds=list(nonces) == expected, subject=sender.address.hex(), detail="nonce gap"
        )
