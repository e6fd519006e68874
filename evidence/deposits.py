"""Deposit: a version is frozen and the submission time taken, once for one idempotency key."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import canonical
from core.errors import Conflict, IdempotencyMismatch, InvalidInput, NotFound
from evidence import custody, numbers, works
from evidence.limits import IntakeLimits
from evidence.models import Evidence, WorkVersion
from evidence.works import DeclaredFile, Description

STORED: Final = "stored"
HASH_ONLY: Final = "hash_only"
MAX_KEY: Final = 255


@dataclass(frozen=True)
class Deposit:
    """A whole deposit in one request: a new work, its files, how they are kept."""

    about: Description
    files: tuple[DeclaredFile, ...]
    custody_mode: str
    public: bool = False

    def digest(self) -> bytes:
        """Identifies the request, to tell a repeat from a reuse of its key.

        Upload ids are left out: a client that lost its answer may have uploaded again.
        """
        about = self.about
        return hashlib.sha256(
            canonical.encode(
                {
                    "title": about.title,
                    "description": about.description,
                    "category": about.category,
                    "tags": list(about.tags),
                    "nature": about.creation_nature,
                    "completed": None
                    if about.completion_date is None
                    else about.completion_date.isoformat(),
                    "authors": list(about.authors),
                    "mode": self.custody_mode,
                    "public": self.public,
                    "files": [[f.name, f.size, f.sha256, f.sm3] for f in self.files],
                }
            )
        ).digest()


def find_repeat(
    session: Session, owner_id: uuid.UUID, key: str, request_digest: bytes
) -> Evidence | None:
    """The evidence this key already made.

    Raises:
        IdempotencyMismatch: the key was used for another request.
    """
    check_key(key)
    found = session.scalar(
        select(Evidence).where(Evidence.owner_id == owner_id, Evidence.idempotency_key == key)
    )
    if found is not None and found.request_digest != request_digest:
        raise IdempotencyMismatch(
            "此幂等键已用于另一请求,请换新键 / this Idempotency-Key was used for another request",
            field="Idempotency-Key",
        )
    return found


def deposit_new_work(
    session: Session,
    owner_id: uuid.UUID,
    request: Deposit,
    key: str,
    limits: IntakeLimits,
    *,
    now: datetime,
) -> Evidence:
    """Row 2 of the life of a file, for a work that begins with this deposit.

    A repeat with the same key returns the same evidence.
    """
    if (known := find_repeat(session, owner_id, key, request.digest())) is not None:
        return known
    version = works.create_work(session, owner_id, request.about, limits, now=now)
    works.set_files(session, version, owner_id, request.files, limits)
    return deposit_version(
        session,
        owner_id,
        version,
        request.custody_mode,
        key,
        request.digest(),
        public=request.public,
        now=now,
    )


def deposit_version(
    session: Session,
    owner_id: uuid.UUID,
    version: WorkVersion,
    custody_mode: str,
    key: str,
    request_digest: bytes,
    *,
    public: bool,
    now: datetime,
) -> Evidence:
    """Freeze a draft and take its submission time.

    Raises:
        InvalidInput: no files, or files that do not fit the custody mode.
        Conflict: frozen already, or another request with the same key is under way.
    """
    check_key(key)
    works.require_draft(version)
    files = works.version_files(session, version.id)
    if not files:
        raise InvalidInput("至少需要一个文件 / at least one file is needed", field="files")
    if custody_mode == STORED and any(file.upload_id is None for file in files):
        raise InvalidInput(
            "托管存证须先上传每个文件 / every file must be uploaded, or use hash_only",
            field="custody_mode",
        )
    if custody_mode == HASH_ONLY and any(file.upload_id is not None for file in files):
        raise InvalidInput(
            "仅哈希存证不接收文件 / hash_only takes no uploads", field="custody_mode"
        )
    works.claim_uploads(session, version)
    evidence_id = session.scalar(
        insert(Evidence)
        .values(
            id=uuid.uuid4(),
            number=numbers.new_number(),
            check_code=numbers.new_check_code(),
            owner_id=owner_id,
            version_id=version.id,
            custody_mode=custody_mode,
            idempotency_key=key,
            request_digest=request_digest,
            submitted_at=now,
            public=public,
        )
        .on_conflict_do_nothing()
        .returning(Evidence.id)
    )
    if evidence_id is None:
        raise Conflict("同一请求正在处理,请稍后重试 / the same request is under way: try again")
    version.frozen_at = now
    custody.note(
        session,
        evidence_id,
        "received",
        {"files": len(files), "custody_mode": custody_mode},
        now=now,
    )
    return session.get_one(Evidence, evidence_id)


def by_number(session: Session, number: str) -> Evidence:
    """The evidence with this number, or NotFound."""
    found = session.scalar(select(Evidence).where(Evidence.number == number))
    if found is None:
        raise NotFound("存证不存在 / no such evidence")
    return found


def owned_by_number(session: Session, owner_id: uuid.UUID, number: str) -> Evidence:
    """As `by_number`; somebody else's does not exist for this owner."""
    found = by_number(session, number)
    if found.owner_id != owner_id:
        raise NotFound("存证不存在 / no such evidence")
    return found


def owned_list(
    session: Session,
    owner_id: uuid.UUID,
    after: uuid.UUID | None,
    limit: int,
    key: str | None = None,
) -> Sequence[Evidence]:
    """Newest first; `after` is the last id of the page before, `key` an idempotency key."""
    query = select(Evidence).where(Evidence.owner_id == owner_id)
    if key is not None:
        check_key(key)
        query = query.where(Evidence.idempotency_key == key)
    if after is not None:
        edge = session.get(Evidence, after)
        if edge is None or edge.owner_id != owner_id:
            raise InvalidInput("游标无效 / no such cursor", field="cursor")
        query = query.where(
            (Evidence.submitted_at < edge.submitted_at)
            | ((Evidence.submitted_at == edge.submitted_at) & (Evidence.id < edge.id))
        )
    return session.scalars(
        query.order_by(Evidence.submitted_at.desc(), Evidence.id.desc()).limit(limit)
    ).all()


def check_key(key: str) -> None:
    """An Idempotency-Key is 1 to 255 visible ASCII characters."""
    if not 1 <= len(key) <= MAX_KEY or not all("!" <= character <= "~" for character in key):
        raise InvalidInput(
            "Idempotency-Key 须为 1–255 个可见 ASCII 字符 / 1 to 255 visible ASCII characters",
            field="Idempotency-Key",
        )
