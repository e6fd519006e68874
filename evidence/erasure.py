"""Erasing what is personal in an evidence, so that what was proved stays proved.

Values, salts, texts and names go; digests, commitments, the statement, tokens, proofs and the
custody lines stay. Copies of certificates in other hands go on being verifiable; we give out none.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core import audit
from core.errors import NotFound
from evidence import custody, works
from evidence.models import Evidence, EvidenceFact, Upload, VersionFile, WorkVersion

ERASED: Final = "erased"
"""The custody event."""


@dataclass(frozen=True)
class Erased:
    """What is left to remove from disks: staged uploads, and digests whose previews may go."""

    uploads: tuple[uuid.UUID, ...]
    digests: tuple[str, ...]


def erase(session: Session, evidence: Evidence, *, keep_files: bool, now: datetime) -> Erased:
    """Empty everything personal. With `keep_files` the deposited bytes stay; display pictures go.

    Doing it again changes nothing, except that files kept the first time can be let go.
    """
    version = session.get_one(WorkVersion, evidence.version_id, with_for_update=True)
    first = evidence.erased_at is None
    session.execute(
        update(EvidenceFact)
        .where(EvidenceFact.evidence_id == evidence.id)
        .values(value=None, salt=None)
    )
    version.title = version.description = version.category = None
    version.creation_nature = version.completion_date = version.cover_sha256 = None
    version.tags, version.authors = [], []
    uploads, digests = _let_go(session, version.id, keep_files=keep_files)
    if first:
        evidence.erased_at = now
        # Key and digest of the request were made from the title and names: they could be guessed.
        evidence.idempotency_key = f"erased:{evidence.id}"
        evidence.request_digest = b""
        custody.note(session, evidence.id, ERASED, {"files_kept": keep_files}, now=now)
        audit.note(session, audit.INSTALLATION, "evidence.erased", f"evidence:{evidence.id}",
                   evidence.owner_id, {"files_kept": keep_files}, now=now)  # fmt: skip
    session.flush()
    return Erased(uploads, digests)


def require_bytes(evidence: Evidence, file: VersionFile) -> None:
    """Raises NotFound when we never had this file's bytes or have let them go."""
    if file.upload_id is None:
        reason = "已按要求删除 / deleted on request"
        if evidence.erased_at is None:
            reason = "仅存摘要,本系统没有此文件 / only its digest was deposited"
        raise NotFound(f"文件不在此处: {reason}")


def _let_go(
    session: Session, version_id: uuid.UUID, *, keep_files: bool
) -> tuple[tuple[uuid.UUID, ...], tuple[str, ...]]:
    """Empty names; drop display pictures; drop uploads that nothing else names."""
    pictures = works.version_files(session, version_id, "display")
    files = works.version_files(session, version_id)
    released = [*pictures, *([] if keep_files else files)]
    candidates = {file.upload_id for file in released if file.upload_id is not None}
    named = {file.upload_id for file in files if file.upload_id is not None}
    session.execute(update(Upload).where(Upload.id.in_(named | candidates)).values(file_name=None))
    for picture in pictures:
        session.delete(picture)
    for file in files:
        file.name = ""
        if not keep_files:
            file.upload_id = None
    session.flush()
    unused = session.scalars(
        delete(Upload)
        .where(
            Upload.id.in_(candidates),
            ~select(VersionFile.id).where(VersionFile.upload_id == Upload.id).exists(),
        )
        .returning(Upload.id)
    ).all()
    return tuple(unused), tuple(file.sha256 for file in released)
