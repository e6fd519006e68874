"""From rows to what an owner sees."""

import hashlib
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import avatars
from accounts.models import Account, ApiKey
from api.errors import TYPE_PREFIX, status_of
from api.schemas import (
    AccountOut,
    AvatarOut,
    DepositedOut,
    EvidenceOut,
    FileOut,
    KeyOut,
    Refusal,
    Rejection,
    VersionOut,
    WorkOut,
)
from api.wiring import Services
from certs import issuing
from chain.lifecycle import (
    AnchoringFacts,
    AttemptStatus,
    TransactionStatus,
    anchoring_state,
)
from chain.models import Anchor, Attempt, Batch, Leaf, Transaction
from chain.revoking import is_revoked
from core.errors import ServiceError
from evidence import delivery, works
from evidence.delivery import DeliveryState
from evidence.models import Evidence, StatementRow, TimestampToken, Work, WorkVersion
from evidence.pictures import DISPLAY


def evidence_out(session: Session, evidence: Evidence, services: Services) -> EvidenceOut:
    """Everything at once; states are derived from the rows that exist."""
    # Nothing rests on what is not stated yet: most answers to a deposit need no look at it.
    stated = evidence.stated_at is not None
    statement = session.get(StatementRow, evidence.id) if stated else None
    token = session.get(TimestampToken, evidence.id) if stated else None
    leaf = session.get(Leaf, evidence.id) if stated else None
    anchor = None if leaf is None else session.get(Anchor, leaf.batch_id)
    batch = None if leaf is None else session.get(Batch, leaf.batch_id)
    attempts = [] if leaf is None else _attempts(session, leaf)
    version = session.get_one(WorkVersion, evidence.version_id)
    certificate = None if leaf is None else issuing.current(session, evidence.id)
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
    terms = services.settings.delivery
    waits = DeliveryState.READY
    if terms.any or certificate is not None:
        waits = delivery.state(session, evidence.id)
    newest = attempts[-1].hash if attempts else None
    transaction = newest if anchor is None else anchor.transaction_hash
    return EvidenceOut(
        evidence_number=evidence.number,
        state=state.value,
        confirmations=None if anchor is None else anchor.confirmations,
        confirmations_needed=services.settings.chain.depth,
        custody_mode=evidence.custody_mode,
        title=version.title,
        files=_files(session, version),
        public=evidence.public,
        personal=evidence.personal_at is not None,
        submitted_at=evidence.submitted_at,
        stored_at=None if evidence.custody_mode == "hash_only" else evidence.stated_at,
        timestamped_at=None if token is None else token.gen_time,
        block_time=None if anchor is None else anchor.block_time,
        anchored_at=None if anchor is None else anchor.anchored_at,
        certificate_issued_at=None if certificate is None else certificate.frozen_at,
        delivery=waits.value,
        certificate_ready=certificate is not None
        and waits is DeliveryState.READY
        and certificate.pdf_sha256 is not None
        and evidence.erased_at is None,
        statement_sha256=None if statement is None else hashlib.sha256(statement.body).hexdigest(),
        leaf_hash=None if statement is None else statement.leaf_hash.hex(),
        root=None if batch is None else batch.root.hex(),
        transaction=None if transaction is None else "0x" + transaction.hex(),
        revoked=leaf is not None and is_revoked(session, evidence.id),
        erased_at=evidence.erased_at,
        rejection=None if evidence.rejection is None else Rejection(**evidence.rejection),
        verify_url=_verify_url(evidence, services),
    )


def deposited_out(key: str, made: Evidence | ServiceError, services: Services) -> DepositedOut:
    """One answer of a batch."""
    if isinstance(made, ServiceError):
        refusal = Refusal(
            type=TYPE_PREFIX + made.code,
            status=status_of(made),
            detail=made.message,
            field=made.field,
        )
        return DepositedOut(
            key=key, evidence_number=None, submitted_at=None, verify_url=None, problem=refusal
        )
    return DepositedOut(
        key=key,
        evidence_number=made.number,
        submitted_at=made.submitted_at,
        verify_url=_verify_url(made, services),
        problem=None,
    )


def _verify_url(evidence: Evidence, services: Services) -> str:
    return f"{services.settings.public_url}/v/{evidence.number}-{evidence.check_code}"


def work_out(session: Session, work: Work) -> WorkOut:
    """A work with all its versions, oldest first."""
    return WorkOut(
        id=work.id,
        created_at=work.created_at,
        versions=[_version(session, each) for each in works.versions(session, work.id)],
    )


def account_out(account: Account) -> AccountOut:
    return AccountOut(
        id=account.id,
        name=account.name,
        email=account.email,
        mobile=account.mobile,
        created_at=account.created_at,
    )


def avatar_out(session: Session, services: Services, account_id: UUID) -> AvatarOut:
    """What is said of an account's picture, there or not, and of what is taken as one."""
    row, limits = avatars.of_account(session, account_id), services.settings.avatar
    return AvatarOut(
        size=None if row is None else row.size,
        sha256=None if row is None else row.sha256,
        changed_at=None if row is None else row.changed_at,
        most_bytes=limits.most_bytes,
        most_pixels=limits.most_pixels,
        formats=list(limits.formats),
    )


def key_out(key: ApiKey) -> KeyOut:
    return KeyOut(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=key.scopes,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


def _version(session: Session, version: WorkVersion) -> VersionOut:
    evidence = works.evidence_of(session, version.id)
    return VersionOut(
        number=version.number,
        title=version.title,
        description=version.description,
        category=version.category,
        tags=version.tags,
        creation_nature=version.creation_nature,
        completion_date=version.completion_date,
        authors=version.authors,
        files=_files(session, version),
        pictures=_files(session, version, DISPLAY),
        cover_sha256=version.cover_sha256,
        created_at=version.created_at,
        frozen_at=version.frozen_at,
        evidence_number=None if evidence is None else evidence.number,
    )


def _files(session: Session, version: WorkVersion, purpose: str = "work") -> list[FileOut]:
    return [
        FileOut(position=f.position, name=f.name, size=f.size, sha256=f.sha256, sm3=f.sm3)
        for f in works.version_files(session, version.id, purpose)
    ]


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
