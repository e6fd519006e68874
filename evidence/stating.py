"""Row 3, second half: facts and commitments are made and the statement's exact bytes are fixed."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, aliased

from accounts.models import Account
from core import canonical
from core.canonical import Json
from evidence import custody
from evidence.deposits import HASH_ONLY
from evidence.digest import FileDigest
from evidence.models import (
    Evidence,
    EvidenceFact,
    StatementFile,
    StatementRow,
    VersionFile,
    WorkVersion,
)
from evidence.statement import SALT_BYTES, Fact, Family, compose, leaf_hash


@dataclass(frozen=True)
class StoredFile:
    """A file as the statement names it; `media_type` None when its bytes were never seen."""

    name: str
    digest: FileDigest
    media_type: str | None


@dataclass(frozen=True)
class Stating:
    """One evidence whose statement can be fixed. Its row is locked, and not stated yet."""

    evidence: Evidence
    version: WorkVersion
    depositor: str
    files: tuple[StoredFile, ...]
    previous: str | None
    """Leaf hash of the version before."""
    agent: str | None = None


@dataclass(frozen=True)
class Wording:
    """What one evidence's statement is to say: its files, its facts, its place among versions."""

    evidence: Evidence
    files: tuple[FileDigest, ...]
    values: Mapping[str, Json]
    family: Family


def fix(session: Session, items: Sequence[Stating], *, now: datetime) -> None:
    """Fix the statements in this order."""
    wordings = [
        Wording(
            item.evidence,
            tuple(file.digest for file in item.files),
            _values(item, now=now),
            Family(item.version.work_id.hex, item.version.number, item.previous),
        )
        for item in items
    ]
    write(session, wordings, now=now)


def write(session: Session, wordings: Sequence[Wording], *, now: datetime) -> None:
    """Commit to the values and write the exact bytes: one round of inserts for all of them."""
    facts: list[dict[str, Any]] = []
    statements: list[dict[str, Any]] = []
    files: list[dict[str, Any]] = []
    stored, stated = dict[uuid.UUID, Any](), dict[uuid.UUID, Any]()
    for item in wordings:
        evidence_id = item.evidence.id
        made = [
            Fact(name, value, secrets.token_bytes(SALT_BYTES))
            for name, value in item.values.items()
        ]
        statement = compose(
            item.evidence.number,
            item.files,
            made,
            item.family,
            secrets.token_bytes(SALT_BYTES),
        )
        body = statement.encode()
        leaf = leaf_hash(body)
        facts += [
            {
                "evidence_id": evidence_id,
                "name": fact.name,
                "value": {"value": fact.value},
                "salt": fact.salt,
                "commitment": statement.commitments[fact.name],
            }
            for fact in made
        ]
        statements.append(
            {
                "evidence_id": evidence_id,
                "body": body,
                "leaf_hash": bytes.fromhex(leaf),
                "fixed_at": now,
            }
        )
        digests = [digest.sha256 for digest in item.files]
        files += [
            {"evidence_id": evidence_id, "position": place, "sha256": digest}
            for place, digest in enumerate(digests)
        ]
        item.evidence.stated_at = now
        if item.evidence.custody_mode != HASH_ONLY:
            stored[evidence_id] = {"sha256": digests}
        stated[evidence_id] = {"leaf_hash": leaf}
    session.execute(insert(EvidenceFact), facts)
    session.execute(insert(StatementRow), statements)
    session.execute(insert(StatementFile), files)
    session.flush()
    custody.note_each(session, "stored", stored, now=now)
    custody.note_each(session, "stated", stated, now=now)


def fix_declared(session: Session, limit: int, *, now: datetime) -> int:
    """Fix what needs no reading: the oldest first versions of which only digests were declared.

    How many they were. What another worker is at is passed over.
    """
    agent = aliased(Account)
    rows = session.execute(
        select(Evidence, WorkVersion, Account.name, agent.name)
        .join(WorkVersion, WorkVersion.id == Evidence.version_id)
        .join(Account, Account.id == Evidence.owner_id)
        .outerjoin(agent, agent.id == Evidence.agent_id)
        .where(
            Evidence.stated_at.is_(None),
            Evidence.rejected_at.is_(None),
            Evidence.custody_mode == HASH_ONLY,
            WorkVersion.number == 1,
        )
        .order_by(Evidence.submitted_at)
        .limit(limit)
        .with_for_update(of=Evidence, skip_locked=True)
    ).all()
    if not rows:
        return 0
    declared = session.scalars(
        select(VersionFile)
        .where(
            VersionFile.version_id.in_([row[1].id for row in rows]),
            VersionFile.purpose == "work",
        )
        .order_by(VersionFile.version_id, VersionFile.position)
    )
    files = {
        version_id: tuple(
            StoredFile(file.name, FileDigest(file.size, file.sha256, file.sm3), None)
            for file in group
        )
        for version_id, group in groupby(declared, key=lambda file: file.version_id)
    }
    items = [Stating(row[0], row[1], row[2], files[row[1].id], None, row[3]) for row in rows]
    fix(session, items, now=now)
    return len(items)


def _values(item: Stating, *, now: datetime) -> Mapping[str, Json]:
    evidence, version = item.evidence, item.version
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
        "depositor": item.depositor,
        "agent": item.agent,
        "custody_mode": evidence.custody_mode,
        "file_names": [file.name for file in item.files],
        "media_types": [file.media_type for file in item.files] if kept else None,
        "submitted_at": canonical.format_time(evidence.submitted_at),
        "stored_at": canonical.format_time(now) if kept else None,
    }
    return {name: value for name, value in values.items() if value is not None}
