"""From rows of evidence and works to what an owner sees, a page at a time.

What rests on the rows of a page is asked for once for all of them: a page of fifty asks as many
questions as a single row.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.errors import TYPE_PREFIX, status_of
from api.listed_schemas import VersionMatterOut, VersionOfOut
from api.schemas import (
    BriefOrderOut,
    DepositedOut,
    EvidenceOut,
    FileOut,
    Refusal,
    Rejection,
    VersionOut,
    WorkOut,
)
from api.wiring import Services
from billing import orders
from certs import issuing
from certs.models import Certificate
from chain.lifecycle import (
    AnchoringFacts,
    AttemptStatus,
    TransactionStatus,
    anchoring_state,
)
from chain.models import Anchor, Attempt, Batch, Leaf, Transaction
from chain.revoking import revoked_among
from core.errors import ServiceError
from evidence import delivery
from evidence.delivery import DeliveryState
from evidence.models import (
    Evidence,
    StatementRow,
    TimestampToken,
    VersionFile,
    Work,
    WorkVersion,
)
from evidence.pictures import DISPLAY
from registry.models import Matter, Registration


@dataclass(frozen=True)
class _Resting:
    """What rests on some evidence: by its id, unless said otherwise."""

    versions: Mapping[UUID, WorkVersion]
    """By their own ids."""
    files: Mapping[UUID, Sequence[VersionFile]]
    """By version."""
    pictures: Mapping[UUID, int]
    """By version, where it has any."""
    statements: Mapping[UUID, StatementRow]
    tokens: Mapping[UUID, TimestampToken]
    leaves: Mapping[UUID, Leaf]
    batches: Mapping[UUID, Batch]
    """By their own ids, as anchors and attempts."""
    anchors: Mapping[UUID, Anchor]
    attempts: Mapping[UUID, Sequence[Attempt]]
    certificates: Mapping[UUID, Certificate]
    waits: Mapping[UUID, DeliveryState]
    revoked: frozenset[UUID]
    orders: Mapping[UUID, BriefOrderOut]


def evidence_out(session: Session, evidence: Evidence, services: Services) -> EvidenceOut:
    """Everything at once; states are derived from the rows that exist."""
    return evidence_page(session, [evidence], services)[0]


def evidence_page(
    session: Session, page: Sequence[Evidence], services: Services
) -> list[EvidenceOut]:
    """As `evidence_out`, of each."""
    resting = _resting(session, page, services)
    return [_evidence(each, resting, services) for each in page]


def _resting(session: Session, page: Sequence[Evidence], services: Services) -> _Resting:
    # Nothing rests on what is not stated yet: most answers to a deposit need no look at it.
    stated = [each.id for each in page if each.stated_at is not None]
    versions = [each.version_id for each in page]
    leaves = _by(session, Leaf.evidence_id, stated)
    batches = {leaf.batch_id for leaf in leaves.values()}
    certificates = issuing.current_among(session, leaves)
    held = [each.id for each in page] if services.evidence_terms.any else certificates
    return _Resting(
        versions=_by(session, WorkVersion.id, versions),
        files=_files_of(session, versions),
        pictures=pictures_of(session, versions),
        statements=_by(session, StatementRow.evidence_id, stated),
        tokens=_by(session, TimestampToken.evidence_id, stated),
        leaves=leaves,
        batches=_by(session, Batch.id, batches),
        anchors=_by(session, Anchor.batch_id, batches),
        attempts=_attempts(session, batches),
        certificates=certificates,
        waits=delivery.states(session, held),
        revoked=revoked_among(session, leaves),
        orders=_orders(session, page, services),
    )


def _evidence(evidence: Evidence, resting: _Resting, services: Services) -> EvidenceOut:
    statement, token = resting.statements.get(evidence.id), resting.tokens.get(evidence.id)
    leaf = resting.leaves.get(evidence.id)
    anchor = None if leaf is None else resting.anchors.get(leaf.batch_id)
    batch = None if leaf is None else resting.batches[leaf.batch_id]
    attempts = () if leaf is None else resting.attempts.get(leaf.batch_id, ())
    version = resting.versions[evidence.version_id]
    certificate = resting.certificates.get(evidence.id)
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
    waits = resting.waits.get(evidence.id, DeliveryState.READY)
    newest = attempts[-1].hash if attempts else None
    transaction = newest if anchor is None else anchor.transaction_hash
    return EvidenceOut(
        evidence_number=evidence.number,
        state=state.value,
        confirmations=None if anchor is None else anchor.confirmations,
        confirmations_needed=services.settings.chain.depth,
        custody_mode=evidence.custody_mode,
        title=version.title,
        work=version_of(version, resting.pictures),
        files=_files(resting.files.get(version.id, ())),
        public=evidence.public,
        personal=evidence.personal_at is not None,
        submitted_at=evidence.submitted_at,
        stored_at=None if evidence.custody_mode == "hash_only" else evidence.stated_at,
        timestamped_at=None if token is None else token.gen_time,
        block_time=None if anchor is None else anchor.block_time,
        anchored_at=None if anchor is None else anchor.anchored_at,
        certificate_issued_at=None if certificate is None else certificate.frozen_at,
        delivery=waits.value,
        order=resting.orders.get(evidence.id),
        certificate_ready=certificate is not None
        and waits is DeliveryState.READY
        and certificate.pdf_sha256 is not None
        and evidence.erased_at is None,
        statement_sha256=None if statement is None else hashlib.sha256(statement.body).hexdigest(),
        leaf_hash=None if statement is None else statement.leaf_hash.hex(),
        root=None if batch is None else batch.root.hex(),
        transaction=None if transaction is None else "0x" + transaction.hex(),
        revoked=evidence.id in resting.revoked,
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


def brief_orders(
    session: Session, kind: str, ids: Collection[UUID]
) -> Mapping[UUID, BriefOrderOut]:
    """As much of an order as stands beside what it is for: of each subject that has one."""
    found = orders.latest_each(session, kind, ids)
    ways = orders.ways_of(session, [each.id for each in found.values()])
    return {
        subject: BriefOrderOut(
            id=order.id, number=order.number, state=order.status, way=ways.get(order.id),
            total=order.total, currency=order.currency,
        )
        for subject, order in found.items()
    }  # fmt: skip


def version_of(version: WorkVersion, pictures: Mapping[UUID, int]) -> VersionOfOut:
    """Where the work that a deposit froze is found."""
    return VersionOfOut(
        id=version.work_id, version=version.number, pictures=pictures.get(version.id, 0)
    )


def pictures_of(session: Session, version_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How many display pictures each version has, of those that have any."""
    if not version_ids:
        return {}
    query = (
        select(VersionFile.version_id, func.count())
        .where(VersionFile.version_id.in_(version_ids), VersionFile.purpose == DISPLAY)
        .group_by(VersionFile.version_id)
    )
    return dict(session.execute(query).all())


def _orders(
    session: Session, page: Sequence[Evidence], services: Services
) -> Mapping[UUID, BriefOrderOut]:
    """Of each that has one: there are none where evidence is not charged."""
    if not services.evidence_terms.any:
        return {}
    return brief_orders(session, delivery.EVIDENCE, [each.id for each in page])


def work_out(session: Session, work: Work, agent_id: UUID | None) -> WorkOut:
    """A work with all its versions, oldest first; matters as this agent sees them, if one asks."""
    return work_page(session, [work], agent_id)[0]


def work_page(session: Session, page: Sequence[Work], agent_id: UUID | None) -> list[WorkOut]:
    """As `work_out`, of each."""
    versions = _versions_of(session, [work.id for work in page])
    ids = [version.id for each in versions.values() for version in each]
    files, pictures = (_files_of(session, ids, purpose) for purpose in ("work", DISPLAY))
    deposited = _by(session, Evidence.version_id, ids)
    filed = _matters(session, [each.id for each in deposited.values()], agent_id)
    return [
        WorkOut(
            id=work.id,
            created_at=work.created_at,
            versions=[
                _version(
                    each, files.get(each.id, ()), pictures.get(each.id, ()),
                    deposited.get(each.id), filed,
                )
                for each in versions.get(work.id, ())
            ],
        )
        for work in page
    ]  # fmt: skip


def _version(
    version: WorkVersion,
    files: Sequence[VersionFile],
    pictures: Sequence[VersionFile],
    evidence: Evidence | None,
    filed: Mapping[UUID, VersionMatterOut],
) -> VersionOut:
    return VersionOut(
        number=version.number,
        title=version.title,
        description=version.description,
        category=version.category,
        tags=version.tags,
        creation_nature=version.creation_nature,
        completion_date=version.completion_date,
        authors=version.authors,
        files=_files(files),
        pictures=_files(pictures),
        cover_sha256=version.cover_sha256,
        created_at=version.created_at,
        frozen_at=version.frozen_at,
        evidence_number=None if evidence is None else evidence.number,
        matter=None if evidence is None else filed.get(evidence.id),
    )


def _matters(
    session: Session, evidence_ids: Collection[UUID], agent_id: UUID | None
) -> Mapping[UUID, VersionMatterOut]:
    """Of each evidence the newest matter that was filed with it; an agent sees what it files."""
    query = (
        select(Matter.evidence_id, Matter.id, Matter.number, Matter.status, Registration.number)
        .outerjoin(Registration, Registration.matter_id == Matter.id)
        .where(Matter.evidence_id.in_(evidence_ids))
        .order_by(Matter.created_at, Matter.id)
    )
    if agent_id is not None:
        query = query.where(Matter.agent_id == agent_id)
    return {
        evidence: VersionMatterOut(
            id=matter, number=number, state=state, registration_number=registered
        )
        for evidence, matter, number, state, registered in session.execute(query)
        if evidence is not None
    }


def _files(files: Sequence[VersionFile]) -> list[FileOut]:
    return [
        FileOut(position=f.position, name=f.name, size=f.size, sha256=f.sha256, sm3=f.sm3)
        for f in files
    ]


def _files_of(
    session: Session, version_ids: Collection[UUID], purpose: str = "work"
) -> Mapping[UUID, Sequence[VersionFile]]:
    """Of each version that has any, in order."""
    found = defaultdict[UUID, list[VersionFile]](list)
    if version_ids:
        query = (
            select(VersionFile)
            .where(VersionFile.version_id.in_(version_ids), VersionFile.purpose == purpose)
            .order_by(VersionFile.position)
        )
        for file in session.scalars(query):
            found[file.version_id].append(file)
    return found


def _versions_of(
    session: Session, work_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[WorkVersion]]:
    """Of each work every version, oldest first."""
    found = defaultdict[UUID, list[WorkVersion]](list)
    query = select(WorkVersion).where(WorkVersion.work_id.in_(work_ids))
    for version in session.scalars(query.order_by(WorkVersion.number)):
        found[version.work_id].append(version)
    return found


def _attempts(session: Session, batches: Collection[UUID]) -> Mapping[UUID, Sequence[Attempt]]:
    """Of each batch, those that may still become final or have, in order."""
    found = defaultdict[UUID, list[Attempt]](list)
    if batches:
        query = (
            select(Transaction.batch_id, Attempt)
            .join(Attempt, Attempt.transaction_id == Transaction.id)
            .where(
                Transaction.batch_id.in_(batches),
                Transaction.status != TransactionStatus.FAILED,
            )
            .order_by(Attempt.number)
        )
        for batch, attempt in session.execute(query):
            if batch is not None:
                found[batch].append(attempt)
    return found


def _by(
    session: Session, key: InstrumentedAttribute[UUID], values: Collection[UUID]
) -> dict[UUID, Any]:
    """Rows by a column that is unique."""
    if not values:
        return {}
    rows = session.scalars(select(key.class_).where(key.in_(values)))
    return {getattr(row, key.key): row for row in rows}
