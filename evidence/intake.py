"""Row 3 of the life of a file: read back, compare, store, then fix the statement.

Three parts, so that no disk is read inside a transaction: `plan` gathers, `store_files` acts,
`fix_statement` or `reject` records. All of it may be done twice.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import Account
from core.errors import InvalidInput
from evidence import custody, personal, stating, works
from evidence.digest import FileDigest, digest_chunks, sha256_chunks
from evidence.limits import IntakeLimits
from evidence.models import (
    Blob,
    Evidence,
    StatementRow,
    Upload,
    VersionFile,
    WorkVersion,
)
from evidence.objects import ObjectStore, Staging, read_chunks
from evidence.sniff import HEAD_BYTES, media_type
from evidence.stating import Stating, StoredFile

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
    """What must be read back before this evidence can be stated; `personal`: it is kept sealed."""

    evidence_id: uuid.UUID
    files: tuple[PlannedFile, ...]
    personal: bool = False


def pending(session: Session, limit: int, skip: Collection[uuid.UUID] = ()) -> Sequence[uuid.UUID]:
    """Evidence that still has no statement, oldest first; without those in `skip`."""
    return session.scalars(
        select(Evidence.id)
        .where(
            Evidence.stated_at.is_(None), Evidence.rejected_at.is_(None), Evidence.id.not_in(skip)
        )
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
    return Plan(evidence_id, planned(files), evidence.personal_at is not None)


def planned(files: Iterable[VersionFile]) -> tuple[PlannedFile, ...]:
    """What to read of these files."""
    return tuple(
        PlannedFile(f.position, f.name, FileDigest(f.size, f.sha256, f.sm3), f.upload_id)
        for f in files
    )


def store_files(
    todo: Plan, store: ObjectStore, staging: Staging, limits: IntakeLimits
) -> list[StoredFile]:
    """Read every uploaded file back, compare with what was declared, move it to its address.

    Raises:
        InvalidInput: the bytes are not what was declared; nothing has moved.
        NotFound: the bytes are not seen, here or at their address. They were acknowledged, so this
            ends nothing: a folder may not be mounted on this machine.
        OSError: the disk failed; nothing is recorded and it is tried again.
    """
    found = [_read_back(file, store, staging, limits) for file in todo.files]
    for file, stored in zip(todo.files, found, strict=True):
        staged = staging.path(file.upload_id)
        if file.upload_id is not None and staged.exists():
            store.adopt(staged, stored.digest, sealed=todo.personal)
        elif file.upload_id is not None and store.standing(stored.digest.sha256).sealed:
            store.seal(stored.digest.sha256)  # a kill may have left it plain beside
    return found


def fix_statement(
    session: Session, todo: Plan, stored: Sequence[StoredFile], *, now: datetime
) -> None:
    """Record the objects, and fix the statement."""
    evidence = session.get_one(Evidence, todo.evidence_id, with_for_update=True)
    if evidence.stated_at is not None or evidence.rejected_at is not None:
        return
    _record_objects(session, todo, stored, now=now)
    owner = session.get_one(Account, evidence.owner_id)
    version = session.get_one(WorkVersion, evidence.version_id)
    before = _previous(session, evidence)
    agent = None if evidence.agent_id is None else session.get_one(Account, evidence.agent_id).name
    item = Stating(evidence, version, owner.name, tuple(stored), before.leaf_hash, agent)
    stating.fix(session, [item], now=now)


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


def check_promptly(files: Sequence[PlannedFile], staging: Staging, limits: IntakeLimits) -> None:
    """Before a deposit is recorded: types always, digests when the files are small together.

    Raises:
        InvalidInput: content and declaration differ.
    """
    total = sum(file.declared.size for file in files)
    for file in files:
        if file.upload_id is None:
            continue
        try:
            opened = staging.path(file.upload_id).open("rb")
        except FileNotFoundError:
            continue  # at its content address already, or given up: recording will tell
        field = f"files[{file.position}]"
        with opened:
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
        return StoredFile(file.name, file.declared, None)
    staged = staging.path(file.upload_id)
    opened: BinaryIO
    try:
        opened = staged.open("rb")
    except FileNotFoundError:
        opened = store.open(file.declared.sha256)
    with opened:
        kind = media_type(
            opened.read(HEAD_BYTES), file.name, f"files[{file.position}].name", limits
        )
        opened.seek(0)
        digest = digest_chunks(read_chunks(opened))
    _compare(file, digest)
    return StoredFile(file.name, digest, kind)


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
        new = session.scalar(
            insert(Blob)
            .values(
                sha256=digest.sha256,
                sm3=digest.sm3,
                size=digest.size,
                media_type=item.media_type,
                stored_at=now,
            )
            .on_conflict_do_nothing()
            .returning(Blob.sha256)
        )
        if new is None and not todo.personal:
            personal.compare_again(session, [digest.sha256])
        session.execute(
            update(Upload).where(Upload.id == file.upload_id).values(stored_sha256=digest.sha256)
        )


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
    return works.file_at(session, evidence.version_id, position)
