"""What somebody says of files that are evidence already: a new evidence, without new bytes.

A register's entry is deposited so: over the files that were registered, with the entry as facts.
"""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import canonical
from core.canonical import Json
from core.errors import NotReady
from evidence import custody, numbers
from evidence.models import (
    Evidence,
    EvidenceFact,
    StatementRow,
    VersionFile,
    Work,
    WorkVersion,
)
from evidence.statement import Family, parse
from evidence.stating import Wording, write

DEPOSIT: Final = "deposit"
"""The kind of evidence that somebody deposited."""

REGISTRATION: Final = "registration"
"""The kind of evidence that is a register's entry."""

REVOCATION: Final = "revocation"
"""The kind of evidence that revokes a register's entry."""

OF_A_REGISTER: Final = frozenset({REGISTRATION, REVOCATION})

_OF_THE_FILES: Final = ("stored_at", "file_names", "media_types")


def deposit_about(
    session: Session,
    owner_id: uuid.UUID,
    source: Evidence,
    values: Mapping[str, Json],
    key: str,
    request_digest: bytes,
    *,
    now: datetime,
    kind: str = REGISTRATION,
) -> Evidence:
    """A new evidence over the files of `source`, stated at once: what its owner says of them now.

    No bytes move, and none are read: the digests are those of the statement of `source`. How the
    files are kept and when they were read back is what holds for `source`. The files' bytes are
    needed by the new evidence as well from now on.

    Raises:
        NotReady: `source` has no statement yet.
    """
    row = session.get(StatementRow, source.id)
    if row is None:
        raise NotReady("存证尚未入库,请稍后 / the evidence is not stored yet: ask again shortly")
    files = parse(row.body).files
    version = _frozen_version(session, owner_id, source, values, now=now)
    evidence = Evidence(
        id=uuid.uuid4(),
        number=numbers.new_number(),
        check_code=numbers.new_check_code(),
        kind=kind,
        owner_id=owner_id,
        version_id=version.id,
        custody_mode=source.custody_mode,
        idempotency_key=key,
        request_digest=request_digest,
        submitted_at=now,
        public=False,
    )
    session.add(evidence)
    session.flush()
    detail = {"files": len(files), "custody_mode": source.custody_mode}
    custody.note(session, evidence.id, "received", detail, now=now)
    held = {name: _fact(session, source, name) for name in _OF_THE_FILES}
    whole = {
        **values,
        **{name: value for name, value in held.items() if value is not None},
        "custody_mode": source.custody_mode,
        "submitted_at": canonical.format_time(now),
    }
    family = Family(version.work_id.hex, 1, None)
    write(session, [Wording(evidence, files, whole, family)], now=now)
    return evidence


def _frozen_version(
    session: Session,
    owner_id: uuid.UUID,
    source: Evidence,
    values: Mapping[str, Json],
    *,
    now: datetime,
) -> WorkVersion:
    """A work of the owner's own, with the same files; it was never a draft."""
    work = Work(id=uuid.uuid4(), owner_id=owner_id, created_at=now)
    session.add(work)
    session.flush()
    completed = values.get("completion_date")
    version = WorkVersion(
        id=uuid.uuid4(),
        work_id=work.id,
        number=1,
        title=values.get("title"),
        category=values.get("category"),
        creation_nature=values.get("creation_nature"),
        completion_date=date.fromisoformat(completed) if isinstance(completed, str) else None,
        authors=values.get("authors") or [],
        tags=[],
        created_at=now,
        frozen_at=now,
    )
    session.add(version)
    session.flush()
    session.add_all(
        VersionFile(
            id=uuid.uuid4(), version_id=version.id, purpose=file.purpose, position=file.position,
            name=file.name, size=file.size, sha256=file.sha256, sm3=file.sm3,
            upload_id=file.upload_id,
        )
        for file in session.scalars(
            select(VersionFile).where(
                VersionFile.version_id == source.version_id, VersionFile.purpose == "work"
            )
        )
    )  # fmt: skip
    session.flush()
    return version


def _fact(session: Session, evidence: Evidence, name: str) -> Json:
    row = session.get(EvidenceFact, (evidence.id, name))
    value: Json = None if row is None or row.value is None else row.value["value"]
    return value
