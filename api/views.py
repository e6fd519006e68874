"""From rows to what an owner sees."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.schemas import EvidenceOut, FileOut, Rejection
from api.wiring import Services
from certs import issuing
from chain.lifecycle import (
    AnchoringFacts,
    AttemptStatus,
    TransactionStatus,
    anchoring_state,
)
from chain.models import Anchor, Attempt, Batch, Leaf, Revocation, Transaction
from evidence import works
from evidence.models import Evidence, StatementRow, TimestampToken, WorkVersion


def evidence_out(session: Session, evidence: Evidence, services: Services) -> EvidenceOut:
    """Everything at once; states are derived from the rows that exist."""
    statement = session.get(StatementRow, evidence.id)
    token = session.get(TimestampToken, evidence.id)
    leaf = session.get(Leaf, evidence.id)
    anchor = None if leaf is None else session.get(Anchor, leaf.batch_id)
    batch = None if leaf is None else session.get(Batch, leaf.batch_id)
    attempts = [] if leaf is None else _attempts(session, leaf)
    version = session.get_one(WorkVersion, evidence.version_id)
    certificate = issuing.current(session, evidence.id)
    state = anchoring_state(
        AnchoringFacts(
            rejected=evidence.rejected_at is not None,
            stated_at=evidence.stated_at,
            token=token is not None,
            sealed=leaf is not None,
            attempts=frozenset(AttemptStatus(attempt.status) for attempt in attempts),
            anchored=anchor is not None,
            suspended=anchor is not None and anchor.suspended_at is not None,
        )
    )
    newest = attempts[-1].hash if attempts else None
    transaction = newest if anchor is None else anchor.transaction_hash
    return EvidenceOut(
        evidence_number=evidence.number,
        state=state.value,
        confirmations=None if anchor is None else anchor.confirmations,
        confirmations_needed=services.settings.chain.depth,
        custody_mode=evidence.custody_mode,
        title=version.title,
        files=[
            FileOut(position=f.position, name=f.name, size=f.size, sha256=f.sha256, sm3=f.sm3)
            for f in works.version_files(session, version.id)
        ],
        public=evidence.public,
        submitted_at=evidence.submitted_at,
        stored_at=None if evidence.custody_mode == "hash_only" else evidence.stated_at,
        timestamped_at=None if token is None else token.gen_time,
        block_time=None if anchor is None else anchor.block_time,
        anchored_at=None if anchor is None else anchor.anchored_at,
        certificate_issued_at=None if certificate is None else certificate.frozen_at,
        certificate_ready=certificate is not None and certificate.pdf_sha256 is not None,
        statement_sha256=None if statement is None else hashlib.sha256(statement.body).hexdigest(),
        leaf_hash=None if statement is None else statement.leaf_hash.hex(),
        root=None if batch is None else batch.root.hex(),
        transaction=None if transaction is None else "0x" + transaction.hex(),
        revoked=is_revoked(session, evidence),
        rejection=None if evidence.rejection is None else Rejection(**evidence.rejection),
        verify_url=f"{services.settings.public_url}/v/{evidence.number}-{evidence.check_code}",
    )


def is_revoked(session: Session, evidence: Evidence) -> bool:
    """Is the revocation final on the chain?"""
    return (
        session.scalar(
            select(Transaction.id)
            .join(Revocation, Revocation.id == Transaction.revocation_id)
            .where(
                Revocation.evidence_id == evidence.id,
                Transaction.status == TransactionStatus.FINAL,
            )
        )
        is not None
    )


def _attempts(session: Session, leaf: Leaf) -> list[Attempt]:
    return list(
        session.scalars(
            select(Attempt)
            .join(Transaction, Transaction.id == Attempt.transaction_id)
            .where(
                Transaction.batch_id == leaf.batch_id,
                Transaction.status != TransactionStatus.FAILED,
            )
            .order_by(Attempt.number)
        )
    )
