"""Row 10 of the life of a file: freeze what the certificate says, then make its bytes.

`freeze` takes content and number in one transaction. `certs.making` draws and signs while no
transaction is open; `record_made` keeps the digest of the stored bytes. A repeat finds the same
number.
"""

import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from certs import content as said
from certs import dossier as dossiers
from certs.dossier import Dossier
from certs.models import Certificate
from chain.models import Leaf
from core.canonical import format_time
from evidence.about import REGISTRATION
from evidence.models import Evidence
from evidence.objects import ObjectStore


@dataclass(frozen=True)
class Issuing:
    """What is the same on every certificate of this installation."""

    issuer: said.Issuer
    public_url: str
    trust_sha256: str
    sample: bool
    chain_zh: str
    chain_en: str
    chain_controller_zh: str
    chain_controller_en: str
    time_controller_zh: str
    time_controller_en: str


@dataclass(frozen=True)
class Unmade:
    """A certificate whose content is frozen and whose bytes do not exist yet."""

    certificate_id: uuid.UUID
    content: bytes
    documents: dict[str, bytes]


def freeze(
    session: Session, evidence_id: uuid.UUID, terms: Issuing, *, now: datetime
) -> Certificate | None:
    """Fix content and number of the next edition; None when the current one stands.

    Raises:
        NotReady: not anchored or not time-stamped yet.
    """
    evidence = session.get_one(Evidence, evidence_id, with_for_update=True)
    standing = session.scalar(
        select(Certificate).where(
            Certificate.evidence_id == evidence_id, Certificate.superseded_at.is_(None)
        )
    )
    session.execute(
        update(Leaf)
        .where(Leaf.evidence_id == evidence_id)
        .values(issued=True)
        .execution_options(synchronize_session=False)
    )
    if standing is not None or evidence.erased_at is not None:
        return None
    last = session.scalar(
        select(func.max(Certificate.edition)).where(Certificate.evidence_id == evidence_id)
    )
    edition = (last or 0) + 1
    known = dossiers.gather(session, evidence)
    kind: said.Kind = "registration" if evidence.kind == REGISTRATION else "evidence"
    content = compose(known, terms, edition, kind, now=now)
    certificate = Certificate(
        id=uuid.uuid4(),
        evidence_id=evidence_id,
        edition=edition,
        number=content.certificate_number,
        sample=content.sample,
        content=said.to_canonical(content),
        frozen_at=now,
    )
    session.add(certificate)
    session.flush()
    return certificate


def compose(
    known: Dossier, terms: Issuing, edition: int, kind: said.Kind, *, now: datetime
) -> said.CertificateContent:
    """Every printed value, from the dossier and from nothing else."""
    evidence, anchor, token, proof = known.evidence, known.anchor, known.token, known.proof
    values = {fact.name: fact.value for fact in known.facts}
    stored_at = values.get("stored_at")
    block_hash = "0x" + anchor.block_hash.hex()
    return said.CertificateContent(
        kind=kind,
        number=evidence.number,
        certificate_number=f"{evidence.number}-{edition}",
        edition=edition,
        sample=terms.sample,
        issuer=terms.issuer,
        verify_url=f"{terms.public_url}/v/{evidence.number}-{evidence.check_code}",
        trust_sha256=terms.trust_sha256,
        facts=tuple(said.Fact(f.name, _plain(f.value)) for f in known.facts),
        files=tuple(
            said.FileEntry(place, file.size, file.sha256, file.sm3)
            for place, file in enumerate(known.statement.files, 1)
        ),
        custody_mode="hash_only" if evidence.custody_mode == "hash_only" else "stored",
        statement_sha256=hashlib.sha256(known.statement_bytes).hexdigest(),
        leaf_hash=known.leaf_hash,
        tree=said.Tree(proof.tree_size, proof.leaf_index, proof.root.hex(), len(proof.path)),
        times=said.Times(
            submitted_at=format_time(evidence.submitted_at),
            stored_at=stored_at if isinstance(stored_at, str) else None,
            token=said.TokenTime(
                gen_time=format_time(token.gen_time),
                serial=token.serial,
                policy=token.policy,
                tsa_name=token.authority,
                controller_zh=terms.time_controller_zh,
                controller_en=terms.time_controller_en,
            ),
            block=said.BlockTime(
                time=format_time(anchor.block_time),
                number=anchor.block_number,
                hash=block_hash,
                controller_zh=terms.chain_controller_zh,
                controller_en=terms.chain_controller_en,
            ),
            issued_at=format_time(now),
        ),
        chain=said.Chain(
            name_zh=terms.chain_zh,
            name_en=terms.chain_en,
            chain_id=anchor.chain_id,
            contract="0x" + anchor.contract.hex(),
            transaction="0x" + anchor.transaction_hash.hex(),
            block_number=anchor.block_number,
            block_hash=block_hash,
            log_index=known.log_index,
            confirmations=anchor.confirmations,
        ),
        family=said.Family(known.statement.family.version, known.statement.family.previous),
        notes=(),
    )


def unmade(session: Session, limit: int, skip: Collection[uuid.UUID] = ()) -> Sequence[uuid.UUID]:
    """Certificates without bytes, oldest first."""
    return session.scalars(
        select(Certificate.id)
        .where(
            Certificate.pdf_sha256.is_(None),
            Certificate.content.is_not(None),
            Certificate.id.not_in(skip),
        )
        .order_by(Certificate.frozen_at)
        .limit(limit)
    ).all()


def plan(session: Session, certificate_id: uuid.UUID) -> Unmade | None:
    """What `make` needs, or None when the bytes exist."""
    certificate = session.get_one(Certificate, certificate_id)
    if certificate.pdf_sha256 is not None or certificate.content is None:
        return None
    evidence = session.get_one(Evidence, certificate.evidence_id)
    documents = dossiers.gather(session, evidence).documents()
    return Unmade(certificate.id, certificate.content, dict(documents))


def record_made(session: Session, item: Unmade, pdf_sha256: str, *, now: datetime) -> None:
    """The bytes are stored: the certificate is whole. The first maker wins."""
    session.execute(
        update(Certificate)
        .where(Certificate.id == item.certificate_id, Certificate.pdf_sha256.is_(None))
        .values(pdf_sha256=pdf_sha256, made_at=now)
    )


def current(session: Session, evidence_id: uuid.UUID) -> Certificate | None:
    """The newest edition, whether made or not."""
    return session.scalars(
        select(Certificate)
        .where(Certificate.evidence_id == evidence_id)
        .order_by(Certificate.edition.desc())
        .limit(1)
    ).first()


def current_among(
    session: Session, evidence_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Certificate]:
    """As `current`, of each evidence that has any."""
    if not evidence_ids:
        return {}
    rows = session.scalars(
        select(Certificate)
        .where(Certificate.evidence_id.in_(evidence_ids))
        .order_by(Certificate.edition)
    )
    return {row.evidence_id: row for row in rows}


def is_made(session: Session, evidence_id: uuid.UUID) -> bool:
    """Whether the newest edition can be fetched."""
    certificate = current(session, evidence_id)
    return certificate is not None and certificate.pdf_sha256 is not None


def stored_pdf(store: ObjectStore, sha256: str) -> bytes:
    """The signed bytes, exactly as issued."""
    with store.open(sha256) as file:
        return file.read()


def _plain(value: object) -> said.FactValue:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]
