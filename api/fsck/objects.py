"""I1, I6 and I11: bytes, uploads and custody."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from certs.models import Certificate
from core.errors import NotFound, ServiceError
from core.sealed import DoesNotOpen, KeyMissing
from evidence.digest import FileDigest
from evidence.models import Blob, CustodyEvent, Evidence, Upload, VersionFile
from evidence.objects import ABANDONED, ObjectStore, Staging, digest_object
from registry.notice_models import Notice
from registry.signing_models import SigningRevision

GRACE: Final = timedelta(hours=1)
"""An object without a row is an orphan only when no crash of the last hour explains it."""


def check_blobs(session: Session, store: ObjectStore, found: Findings) -> None:
    """I1: every stored object, read back whole, and opened where it lies sealed."""
    for blob in session.scalars(select(Blob)):
        try:
            read = digest_object(store, blob.sha256)
        except (NotFound, DoesNotOpen, KeyMissing) as error:
            found.look("I1", holds=False, subject=blob.sha256, detail=unread(error))
            continue
        same = read == FileDigest(blob.size, blob.sha256, blob.sm3)
        found.look("I1", holds=same, subject=blob.sha256, detail="object differs from its row")


def unread(error: ServiceError) -> str:
    """Why an object could not be read. A key that is not there says nothing of the bytes."""
    if isinstance(error, KeyMissing):
        return f"not looked at: {error.field} is missing, put it back into YINJI_KEYS"
    return "object missing" if isinstance(error, NotFound) else "sealed object does not open"


def check_notices(session: Session, store: ObjectStore, found: Findings) -> None:
    """I1: the file of every notice that was made is there, and is what was made."""
    for notice in session.scalars(select(Notice).where(Notice.pdf_sha256.is_not(None))):
        digest = notice.pdf_sha256 or ""
        same, detail = False, "file of a notice lost"
        try:
            same = digest_object(store, digest).sha256 == digest
        except (NotFound, DoesNotOpen, KeyMissing) as error:
            detail = f"file of a notice: {unread(error)}"
        found.look("I1", holds=same, subject=notice.number, detail=detail)


def check_stored_evidence(session: Session, found: Findings) -> None:
    """I1: every file of a stored evidence has its object's row, but for those let go by erasure."""
    rows = session.execute(
        select(Evidence.number, VersionFile.sha256, Blob.sha256.label("blob"))
        .join(VersionFile, VersionFile.version_id == Evidence.version_id)
        .outerjoin(Blob, Blob.sha256 == VersionFile.sha256)
        .where(
            Evidence.custody_mode == "stored",
            Evidence.stated_at.is_not(None),
            Evidence.erased_at.is_(None) | VersionFile.upload_id.is_not(None),
            VersionFile.purpose == "work",
        )
    )
    for row in rows:
        found.look("I1", holds=row.blob is not None, subject=row.number, detail="file not stored")


def check_uploads(
    session: Session,
    store: ObjectStore,
    staging: Staging,
    later: Callable[[], AbstractContextManager[Session]],
    found: Findings,
) -> None:
    """I1: acknowledged bytes of unfinished uploads are on the disk.

    The disk is not part of the snapshot: whatever seems lost is asked again in a transaction of
    `later`, for it may have been stored or given up since.
    """
    listed = session.execute(
        select(Upload.id, Upload.received).where(Upload.stored_sha256.is_(None))
    ).all()
    for upload_id, received in listed:
        holds = _staged(staging, upload_id) >= received
        if not holds:
            with later() as now:
                holds = _safe_elsewhere(now, store, upload_id)
        found.look("I1", holds=holds, subject=upload_id, detail="acknowledged bytes lost")


def _staged(staging: Staging, upload_id: UUID) -> int:
    try:
        return staging.path(upload_id).stat().st_size
    except FileNotFoundError:
        return 0


def _safe_elsewhere(session: Session, store: ObjectStore, upload_id: UUID) -> bool:
    """Given up, recorded as stored, or moved to its content address and not recorded yet."""
    upload = session.get(Upload, upload_id)
    if upload is None or upload.stored_sha256 is not None:
        return True
    named = select(VersionFile.sha256).where(VersionFile.upload_id == upload_id)
    for digest in session.scalars(named):
        try:
            if digest_object(store, digest).size == upload.received:
                return True
        except KeyMissing:
            return True  # it is there; that it cannot be read is told of the object
        except (NotFound, DoesNotOpen):
            continue
    return False


def check_orphans(
    session: Session, store: ObjectStore, staging: Staging, found: Findings, *, now: datetime
) -> None:
    """I11: every object and staged file belongs to a row, or is too young to tell; no draft of an
    object is older than the sweep leaves them.
    """
    wanted = set(session.scalars(select(Blob.sha256)))
    wanted |= set(
        session.scalars(select(Certificate.pdf_sha256).where(Certificate.pdf_sha256.is_not(None)))
    )
    wanted |= set(session.scalars(select(Notice.pdf_sha256).where(Notice.pdf_sha256.is_not(None))))
    # Noted before they are stored, so that none is stored that no row knows.
    wanted |= set(session.scalars(select(SigningRevision.sha256)))
    for digest in store.digests():
        if digest in wanted:
            found.look("I11", holds=True, subject=digest, detail="")
        else:
            young = now - store.written_at(digest) < GRACE
            found.look("I11", holds=young, subject=digest, detail="object without a row")
    uploads = {str(upload_id) for upload_id in session.scalars(select(Upload.id))}
    for name in store.drafts(now - ABANDONED - GRACE):
        found.look("I11", holds=False, subject=name, detail="draft that nobody goes on with")
    for name in staging.names():
        young = now - staging.written_at(name) < GRACE
        found.look(
            "I11", holds=name in uploads or young, subject=name, detail="staged file without a row"
        )


def check_custody(session: Session, found: Findings) -> None:
    """I6: events of each evidence are numbered 1, 2, 3 … and times do not run backwards."""
    rows = session.execute(
        select(CustodyEvent.evidence_id, CustodyEvent.sequence, CustodyEvent.kind).order_by(
            CustodyEvent.evidence_id, CustodyEvent.sequence
        )
    )
    seen: set[UUID] = set()
    for evidence_id, events in groupby(rows, key=lambda row: row.evidence_id):
        listed = list(events)
        seen.add(evidence_id)
        whole = [row.sequence for row in listed] == list(range(1, len(listed) + 1))
        begins = listed[0].kind == "received"
        found.look("I6", holds=whole and begins, subject=evidence_id, detail="hole in custody")
    for evidence_id in session.scalars(select(Evidence.id)):
        if evidence_id not in seen:
            found.look("I6", holds=False, subject=evidence_id, detail="no custody at all")
