"""Row 3 of the life of a file: read back, compare, store, then fix the statement.

Three parts, so that no disk is read inside a transaction: `plan` gathers, `store_files` acts,
`fix_statement` or `reject` records. All of it may be done twice.
"""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import Account
from core import canonical
from core.canonical import Json
from core.errors import InvalidInput, NotFound
from evidence import custody, works
from evidence.deposits import HASH_ONLY
from evidence.digest import FileDigest, digest_chunks, sha256_chunks
from evidence.limits import IntakeLimits
from evidence.models import (
    Blob,
    Evidence,
    EvidenceFact,
    StatementFile,
    StatementRow,
    Upload,
    VersionFile,
    WorkVersion,
)
from evidence.objects import ObjectStore, Staging, read_chunks
from evidence.sniff import HEAD_BYTES, media_type
from evidence.statement import SALT_BYTES, Fact, Family, compose, leaf_hash

ALWAYS_DISCLOSED: Final = frozenset({"custody_mode", "stored_at", "submitted_at"})
"""No copy may hide how the file was kept, or when it was submitted and read back."""


@dataclass(frozen=True)
class PlannedFile:
    position: int
    name: str
    declared: FileDigest
    upload_id: uuid.UUID | None


@dataclass(frozen=True)
class Plan:
    """What must be read back before this evidence can be stated."""

    evidence_id: uuid.UUID
    files: tuple[PlannedFile, ...]


@dataclass(frozen=True)
class StoredFile:
    digest: FileDigest
    media_type: str


def pending(session: Session, limit: int) -> Sequence[uuid.UUID]:
    """Evidence that still has no statement, oldest first."""
    return session.scalars(
        select(Evidence.id)
        .where(Evidence.stated_at.is_(None), Evidence.rejected_at.is_(None))
        .order_by(Evidence.submitted_at)
        .limit(limit)
    ).all()


def plan(session: Session, evidence_id: uuid.UUID) -> Plan | None:
    """What to read, or None when it is done already or waits for the version before it."""
    evidence = session.get_one(Evidence, evidence_id)
    if evidence.stated_at is not None or evidence.rejected_at is not None:
        return None
    if _previous(session, evidence).waits:
        return None
    files = works.version_files(session, evidence.version_id)
    return Plan(
        evidence_id,
        tuple(
            PlannedFile(f.position, f.name, FileDigest(f.size, f.sha256, f.sm3), f.upload_id)
            for f in files
        ),
    )


def store_files(
    todo: Plan, store: ObjectStore, staging: Staging, limits: IntakeLimits
) -> list[StoredFile]:
    """Read every uploaded file back, compare with what was declared, move it to its address.

    Raises:
        InvalidInput: the bytes are not what was declared; nothing has moved.
        OSError: the disk failed; nothing is recorded and it is tried again.
    """
    found = [_read_back(file, store, staging, limits) for file in todo.files]
    for file, stored in zip(todo.files, found, strict=True):
        staged = staging.path(file.upload_id)
        if file.upload_id is not None and staged.exists():
            store.adopt(staged, stored.digest)
    return found


def fix_statement(
    session: Session, todo: Plan, stored: Sequence[StoredFile], *, now: datetime
) -> None:
    """Record the objects, make facts and commitments, and write the statement's exact bytes."""
    evidence = session.get_one(Evidence, todo.evidence_id, with_for_update=True)
    if evidence.stated_at is not None or evidence.rejected_at is not None:
        return
    version = session.get_one(WorkVersion, evidence.version_id)
    _record_objects(session, todo, stored, now=now)
    owner = session.get_one(Account, evidence.owner_id)
    facts = [
        Fact(name, value, secrets.token_bytes(SALT_BYTES))
        for name, value in _values(evidence, version, owner, todo, stored, now=now).items()
    ]
    before = _previous(session, evidence)
    statement = compose(
        evidence.number,
        [item.digest for item in stored],
        facts,
        Family(version.work_id.hex, version.number, before.leaf_hash),
        secrets.token_bytes(SALT_BYTES),
    )
    body = statement.encode()
    session.add_all(
        EvidenceFact(
            evidence_id=evidence.id,
            name=fact.name,
            value={"value": fact.value},
            salt=fact.salt,
            commitment=fact.commitment(),
        )
        for fact in facts
    )
    session.add(
        StatementRow(
            evidence_id=evidence.id,
            body=body,
            leaf_hash=bytes.fromhex(leaf_hash(body)),
            fixed_at=now,
        )
    )
    session.flush()
    session.add_all(
        StatementFile(evidence_id=evidence.id, position=place, sha256=item.digest.sha256)
        for place, item in enumerate(stored)
    )
    evidence.stated_at = now
    if evidence.custody_mode != HASH_ONLY:
        detail = {"sha256": [item.digest.sha256 for item in stored]}
        custody.note(session, evidence.id, "stored", detail, now=now)
    custody.note(session, evidence.id, "stated", {"leaf_hash": leaf_hash(body)}, now=now)


def reject(session: Session, evidence_id: uuid.UUID, error: InvalidInput, *, now: datetime) -> None:
    """The bytes were not what was declared: this evidence ends here, and says why."""
    result = session.execute(
        update(Evidence)
        .where(
            Evidence.id == evidence_id,
            Evidence.stated_at.is_(None),
            Evidence.rejected_at.is_(None),
        )
        .values(
            rejected_at=now,
            rejection={"code": error.code, "field": error.field, "message": error.message},
        )
        .returning(Evidence.id)
    )
    if result.first() is not None:
        custody.note(session, evidence_id, "rejected", {"code": error.code}, now=now)


def check_promptly(todo: Plan, staging: Staging, limits: IntakeLimits) -> None:
    """Before a deposit is answered: types always, digests when the files are small together.

    Raises:
        InvalidInput: content and declaration differ.
    """
    total = sum(file.declared.size for file in todo.files)
    for file in todo.files:
        if file.upload_id is None:
            continue
        path = staging.path(file.upload_id)
        if not path.exists():
            continue  # already at its content address: this is a repeat
        field = f"files[{file.position}]"
        with path.open("rb") as opened:
            media_type(opened.read(HEAD_BYTES), file.name, f"{field}.name", limits)
            if total <= limits.prompt_digest_bytes:
                opened.seek(0)
                # SM3 takes long: only a declared one is worth the wait; the worker makes both.
                digest = sha256_chunks if file.declared.sm3 is None else digest_chunks
                _compare(file, digest(read_chunks(opened)))


def _read_back(
    file: PlannedFile, store: ObjectStore, staging: Staging, limits: IntakeLimits
) -> StoredFile:
    if file.upload_id is None:
        return StoredFile(file.declared, "application/octet-stream")
    staged = staging.path(file.upload_id)
    opened: BinaryIO
    try:
        opened = staged.open("rb")
    except FileNotFoundError:
        try:
            opened = store.open(file.declared.sha256)
        except NotFound as error:
            raise InvalidInput(
                "上传的内容已不在,请重新上传 / the uploaded bytes are gone: upload again",
                field=f"files[{file.position}]",
            ) from error
    with opened:
        kind = media_type(
            opened.read(HEAD_BYTES), file.name, f"files[{file.position}].name", limits
        )
        opened.seek(0)
        digest = digest_chunks(read_chunks(opened))
    _compare(file, digest)
    return StoredFile(digest, kind)


def _compare(file: PlannedFile, digest: FileDigest) -> None:
    declared = file.declared
    same = declared.size == digest.size and declared.sha256 == digest.sha256
    if not same or declared.sm3 not in {None, digest.sm3}:
        raise InvalidInput(
            "上传内容的摘要与申报不符,请重新计算并上传 / "
            "the uploaded bytes have another digest than declared: compute it again and re-upload",
            field=f"files[{file.position}].sha256",
        )


def _record_objects(
    session: Session, todo: Plan, stored: Sequence[StoredFile], *, now: datetime
) -> None:
    for file, item in zip(todo.files, stored, strict=True):
        if file.upload_id is None:
            continue
        digest = item.digest
        session.execute(
            insert(Blob)
            .values(
                sha256=digest.sha256,
                sm3=digest.sm3,
                size=digest.size,
                media_type=item.media_type,
                stored_at=now,
            )
            .on_conflict_do_nothing()
        )
        session.execute(
            update(Upload).where(Upload.id == file.upload_id).values(stored_sha256=digest.sha256)
        )


def _values(
    evidence: Evidence,
    version: WorkVersion,
    owner: Account,
    todo: Plan,
    stored: Sequence[StoredFile],
    *,
    now: datetime,
) -> Mapping[str, Json]:
    kept = evidence.custody_mode != HASH_ONLY
    completed = version.completion_date
    values: dict[str, Any] = {
        "title": version.title,
        "description": version.description,
        "category": version.category,
        "tags": version.tags or None,
        "creation_nature": version.creation_nature,
        "completion_date": None if completed is None else completed.isoformat(),
        "authors": version.authors or None,
        "depositor": owner.name,
        "custody_mode": evidence.custody_mode,
        "file_names": [file.name for file in todo.files],
        "media_types": [item.media_type for item in stored] if kept else None,
        "submitted_at": canonical.format_time(evidence.submitted_at),
        "stored_at": canonical.format_time(now) if kept else None,
    }
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class _Before:
    waits: bool
    leaf_hash: str | None


def _previous(session: Session, evidence: Evidence) -> _Before:
    """The leaf of the nearest earlier deposited version of the same work."""
    version = session.get_one(WorkVersion, evidence.version_id)
    row = session.execute(
        select(Evidence.id, Evidence.stated_at)
        .join(WorkVersion, WorkVersion.id == Evidence.version_id)
        .where(
            WorkVersion.work_id == version.work_id,
            WorkVersion.number < version.number,
            Evidence.rejected_at.is_(None),
        )
        .order_by(WorkVersion.number.desc())
        .limit(1)
    ).first()
    if row is None:
        return _Before(waits=False, leaf_hash=None)
    if row.stated_at is None:
        return _Before(waits=True, leaf_hash=None)
    leaf = session.scalar(select(StatementRow.leaf_hash).where(StatementRow.evidence_id == row.id))
    return _Before(waits=False, leaf_hash=None if leaf is None else leaf.hex())


def file_of(session: Session, evidence: Evidence, position: int) -> VersionFile:
    """One file of an evidence, or NotFound."""
    for file in works.version_files(session, evidence.version_id):
        if file.position == position:
            return file
    raise NotFound("文件不存在 / no such file")
