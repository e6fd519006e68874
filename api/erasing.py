"""Erasure across the stages: facts and names, certificates, then the bytes on the disks.

Rows first, in one transaction; disks after its commit. `finish` repeats the second half for
everything erased lately, so that a process dying in between leaves nothing behind.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.database import lease, transaction
from api.wiring import Services
from certs.models import Certificate
from core.errors import NotReady
from evidence import erasure, references
from evidence.models import Evidence

_AGAIN: Final = timedelta(days=2)


def erase(
    session: Session, evidence: Evidence, *, keep_files: bool, now: datetime
) -> erasure.Erased:
    """Everything that one transaction can do; give the answer to `clear_disks` after it.

    Raises:
        NotReady: the certificate is still being made; erase once it is there.
    """
    made = session.scalars(
        select(Certificate.pdf_sha256).where(Certificate.evidence_id == evidence.id)
    ).all()
    # What is on its way to the chain goes there: its proof rests on the facts until then.
    if evidence.rejected_at is None and not any(made):
        raise NotReady(
            "存证尚未完成,请在取得证书后再删除 / not finished yet: erase it once certified"
        )
    erased = erasure.erase(session, evidence, keep_files=keep_files, now=now)
    session.execute(
        update(Certificate).where(Certificate.evidence_id == evidence.id).values(content=None)
    )
    return erased


def clear_disks(
    services: Services, evidence_id: UUID, erased: erasure.Erased | None = None
) -> None:
    """Delete certificates of an erased evidence, and what nobody needs any more."""
    with transaction(services.sessions) as session:
        papers = session.scalars(
            select(Certificate.pdf_sha256)
            .join(Evidence, Evidence.id == Certificate.evidence_id)
            .where(Evidence.id == evidence_id, Evidence.erased_at.is_not(None))
        ).all()
    for digest in papers:
        if digest is not None:
            services.store.delete(digest)
    if erased is not None:
        for upload_id in erased.uploads:
            services.staging.path(upload_id).unlink(missing_ok=True)
        for digest in erased.digests:
            services.previews.forget(digest)
    drop_unneeded(services)


def drop_unneeded(services: Services, limit: int = 100) -> int:
    """Delete objects no version needs any more; returns how many went."""
    with transaction(services.sessions) as session:
        digests = references.unneeded(session, limit)
    dropped = 0
    for digest in digests:
        with lease(services.engine, references.lock_name(digest)) as held:
            if not held:
                continue
            with transaction(services.sessions) as session:
                gone = references.forget(session, digest)
            if gone:
                services.store.delete(digest)
                dropped += 1
    return dropped


def finish(services: Services, *, now: datetime) -> None:
    """Again for what was erased lately: a certificate may have been under way just then."""
    with transaction(services.sessions) as session:
        lately = session.scalars(
            select(Evidence.id).where(Evidence.erased_at > now - _AGAIN).limit(1000)
        ).all()
    for evidence_id in lately:
        clear_disks(services, evidence_id)
