"""I3, I11: every certificate, the stored bytes first and then as a stranger would check it."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from api.fsck.objects import unread
from certs.models import Certificate
from certs.presented import PresentedFile
from certs.report import Verdict
from certs.trust import TrustFile
from certs.verifying import check
from chain.node import Node
from core.errors import NotFound
from core.sealed import DoesNotOpen, KeyMissing
from evidence.digest import FileDigest
from evidence.models import Evidence, VersionFile
from evidence.objects import ObjectStore

_ACCEPTED: Final = frozenset({Verdict.VALID, Verdict.REVOKED, Verdict.SUPERSEDED})


def check_certificates(
    session: Session,
    store: ObjectStore,
    trust: TrustFile,
    node: Node,
    found: Findings,
    kinds: Sequence[str] = (),
    *,
    now: datetime,
) -> None:
    """The bytes of every edition are what was stored; of the one in force every step of the public
    check passes. Of all kinds of evidence, unless `kinds` names some.
    """
    query = (
        select(Certificate, Evidence)
        .join(Evidence, Evidence.id == Certificate.evidence_id)
        .where(Certificate.pdf_sha256.is_not(None), Evidence.erased_at.is_(None))
    )
    if kinds:
        query = query.where(Evidence.kind.in_(kinds))
    for certificate, evidence in session.execute(query).all():
        pdf = _stored(store, certificate, found)
        if pdf is None or certificate.superseded_at is not None:
            continue
        files = [
            PresentedFile(str(file.position), FileDigest(file.size, file.sha256, file.sm3))
            for file in session.scalars(
                select(VersionFile).where(
                    VersionFile.version_id == evidence.version_id, VersionFile.purpose == "work"
                )
            )
        ]
        report = check(pdf, files, trust, node, offline=False, now=now)
        found.look(
            "I3",
            holds=report.verdict in _ACCEPTED,
            subject=certificate.number,
            detail=report.summary,
        )


def _stored(store: ObjectStore, certificate: Certificate, found: Findings) -> bytes | None:
    """The bytes, if they are those whose digest was kept for ever."""
    digest = certificate.pdf_sha256 or ""
    try:
        with store.open(digest) as file:
            pdf = file.read()
    except (NotFound, DoesNotOpen, KeyMissing) as error:
        missing = "bytes missing" if isinstance(error, NotFound) else unread(error)
        found.look("I11", holds=False, subject=certificate.number, detail=missing)
        return None
    found.look("I11", holds=True, subject=certificate.number, detail="")
    same = hashlib.sha256(pdf).hexdigest() == digest
    found.look("I3", holds=same, subject=certificate.number, detail="not the bytes stored")
    return pdf if same else None


def check_editions(session: Session, found: Findings) -> None:
    """I3: an evidence has at most one certificate in force."""
    standing = Counter(
        session.scalars(select(Certificate.evidence_id).where(Certificate.superseded_at.is_(None)))
    )
    for evidence_id, count in standing.items():
        found.look(
            "I3",
            holds=count == 1,
            subject=evidence_id,
            detail="two certificates in force",
        )
