"""Deposit: a version is frozen and the submission time taken, once for one idempotency key."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import canonical
from core.errors import Conflict, InvalidInput, NotFound, ServiceError
from core.idempotency import check_key, require_same
from core.paging import newest_first
from evidence import custody, numbers, works
from evidence.limits import IntakeLimits
from evidence.models import Evidence, VersionFile, Work, WorkVersion
from evidence.works import DeclaredFile, Description

STORED: Final = "stored"
HASH_ONLY: Final = "hash_only"


@dataclass(frozen=True)
class Deposit:
    """A whole deposit in one request: a new work, its files, how they are kept."""

    about: Description
    files: tuple[DeclaredFile, ...]
    custody_mode: str
    public: bool = False
    personal: bool = False

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
                    **({"personal": True} if self.personal else {}),
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
    if found is not None:
        require_same(found.request_digest, request_digest)
    return found


def to_read(
    session: Session,
    owner_id: uuid.UUID,
    request: Deposit,
    key: str,
    limits: IntakeLimits,
) -> list[VersionFile]:
    """The files to look at before this deposit is recorded; none of them for a repeat.

    The rows are checked (whose uploads they are, and whether they are whole) but never added.

    Raises:
        InvalidInput, TooLarge, NotFound, Conflict: as `works.checked_files`.
    """
    if find_repeat(session, owner_id, key, request.digest()) is not None:
        return []
    return works.checked_files(session, uuid.uuid4(), owner_id, request.files, limits)


def deposit_new_work(
    session: Session,
    owner_id: uuid.UUID,
    request: Deposit,
    key: str,
    limits: IntakeLimits,
    agent_id: uuid.UUID | None = None,
    *,
    now: datetime,
) -> Evidence:
    """Row 2 of the life of a file, for a work that begins with this deposit.

    A repeat with the same key returns the same evidence. `agent_id` is who deposits for the owner.

    Raises:
        InvalidInput: something declared is at fault, or files that do not fit the custody mode.
        Conflict: another request with the same key is under way.
    """
    if (known := find_repeat(session, owner_id, key, request.digest())) is not None:
        return known
    new = _prepare(session, owner_id, request, key, limits, now=now)
    works.claim_uploads(session, new.files)
    _insert(session, [new], agent_id, now=now)
    return new.accepted()


def deposit_digests(
    session: Session,
    owner_id: uuid.UUID,
    asked: Sequence[tuple[str, Deposit]],
    limits: IntakeLimits,
    agent_id: uuid.UUID | None = None,
    *,
    now: datetime,
) -> list[Evidence | ServiceError]:
    """Row 2 for many works at once of which only digests are deposited; answers in order.

    Each has a key of its own, and a repeat is answered as by `deposit_new_work`. What cannot be
    deposited is answered with its error; the others go on.
    """
    known = {
        evidence.idempotency_key: evidence
        for evidence in session.scalars(
            select(Evidence).where(
                Evidence.owner_id == owner_id,
                Evidence.idempotency_key.in_([key for key, _ in asked]),
            )
        )
    }
    fresh: dict[str, _New] = {}
    answers: list[Evidence | ServiceError | _New] = []
    for key, request in asked:
        try:
            check_key(key)
            earlier = known.get(key) or fresh.get(key)
            if earlier is not None:
                require_same(earlier.request_digest, request.digest())
            else:
                earlier = fresh[key] = _prepare(session, owner_id, request, key, limits, now=now)
            answers.append(earlier)
        except ServiceError as error:
            answers.append(error)
    # In the order of the keys: two bodies with the same keys wait for each other, never crosswise.
    _insert(session, sorted(fresh.values(), key=lambda new: new.key), agent_id, now=now)
    return [_settled(answer) for answer in answers]


@dataclass
class _New:
    """The rows of a deposit that was checked; `evidence` once it is inserted."""

    key: str
    request_digest: bytes
    custody_mode: str
    public: bool
    personal: bool
    owner_id: uuid.UUID
    version: WorkVersion
    files: list[VersionFile]
    evidence: Evidence | None = None

    def accepted(self) -> Evidence:
        """Raises Conflict when somebody else was first with this key."""
        if self.evidence is None:
            raise Conflict("同一请求正在处理,请稍后重试 / the same request is under way: try again")
        return self.evidence


def _settled(answer: "Evidence | ServiceError | _New") -> Evidence | ServiceError:
    if not isinstance(answer, _New):
        return answer
    try:
        return answer.accepted()
    except Conflict as error:
        return error


def _prepare(
    session: Session,
    owner_id: uuid.UUID,
    request: Deposit,
    key: str,
    limits: IntakeLimits,
    *,
    now: datetime,
) -> _New:
    about = works.check_description(request.about, limits, now=now)
    version_id = uuid.uuid4()
    files = works.checked_files(session, version_id, owner_id, request.files, limits)
    check_mode(request.custody_mode, files)
    version = works.new_version(version_id, uuid.uuid4(), 1, about, now=now)
    version.frozen_at = now
    return _New(
        key, request.digest(), request.custody_mode, request.public, request.personal, owner_id,
        version, files,
    )  # fmt: skip


def _insert(
    session: Session, deposits: Sequence[_New], agent_id: uuid.UUID | None, *, now: datetime
) -> None:
    """Work, version, files and evidence of each; nothing remains of one whose key was taken."""
    if not deposits:
        return
    session.add_all(
        Work(id=new.version.work_id, owner_id=new.owner_id, agent_id=agent_id, created_at=now)
        for new in deposits
    )
    session.flush()
    session.add_all(new.version for new in deposits)
    session.flush()
    session.add_all(file for new in deposits for file in new.files)
    session.flush()
    made = session.scalars(
        insert(Evidence).on_conflict_do_nothing().returning(Evidence),
        [
            {
                "id": uuid.uuid4(),
                "number": numbers.new_number(),
                "check_code": numbers.new_check_code(),
                "owner_id": new.owner_id,
                "agent_id": agent_id,
                "version_id": new.version.id,
                "custody_mode": new.custody_mode,
                "idempotency_key": new.key,
                "request_digest": new.request_digest,
                "submitted_at": now,
                "public": new.public,
                "personal_at": now if new.personal else None,
            }
            for new in deposits
        ],
    ).all()
    by_version = {evidence.version_id: evidence for evidence in made}
    for new in deposits:
        new.evidence = by_version.get(new.version.id)
        if new.evidence is None:
            works.forget(session, new.version, new.files)
    custody.begin(
        session,
        {
            new.evidence.id: {"files": len(new.files), "custody_mode": new.custody_mode}
            for new in deposits
            if new.evidence is not None
        },
        now=now,
    )


def deposit_version(
    session: Session,
    owner_id: uuid.UUID,
    version: WorkVersion,
    custody_mode: str,
    key: str,
    request_digest: bytes,
    agent_id: uuid.UUID | None = None,
    *,
    public: bool,
    personal: bool = False,
    now: datetime,
) -> Evidence:
    """Freeze a draft and take its submission time; `agent_id` is who deposits for the owner.

    Raises:
        InvalidInput: no files, or files that do not fit the custody mode.
        Conflict: frozen already, or another request with the same key is under way.
    """
    check_key(key)
    works.require_draft(version)
    files = works.version_files(session, version.id)
    if not files:
        raise InvalidInput("至少需要一个文件 / at least one file is needed", field="files")
    check_mode(custody_mode, files)
    works.claim_uploads(session, [*files, *works.version_files(session, version.id, "display")])
    evidence_id = session.scalar(
        insert(Evidence)
        .values(
            id=uuid.uuid4(),
            number=numbers.new_number(),
            check_code=numbers.new_check_code(),
            owner_id=owner_id,
            agent_id=agent_id,
            version_id=version.id,
            custody_mode=custody_mode,
            idempotency_key=key,
            request_digest=request_digest,
            submitted_at=now,
            public=public,
            personal_at=now if personal else None,
        )
        .on_conflict_do_nothing()
        .returning(Evidence.id)
    )
    if evidence_id is None:
        raise Conflict("同一请求正在处理,请稍后重试 / the same request is under way: try again")
    version.frozen_at = now
    received = {"files": len(files), "custody_mode": custody_mode}
    custody.begin(session, {evidence_id: received}, now=now)
    return session.get_one(Evidence, evidence_id)


def by_number(session: Session, number: str) -> Evidence:
    """The evidence with this number, or NotFound."""
    found = session.scalar(select(Evidence).where(Evidence.number == number))
    if found is None:
        raise NotFound("存证不存在 / no such evidence")
    return found


def owned_by_number(
    session: Session, owner_id: uuid.UUID, number: str, agent_id: uuid.UUID | None = None
) -> Evidence:
    """As `by_number`; somebody else's does not exist for this owner, nor for an agent what that
    agent did not deposit.
    """
    found = by_number(session, number)
    if found.owner_id != owner_id or (
        agent_id is not None and _agent_of(session, found) != agent_id
    ):
        raise NotFound("存证不存在 / no such evidence")
    return found


def _agent_of(session: Session, evidence: Evidence) -> uuid.UUID | None:
    """Who deposited it for its owner; None for the owner."""
    return session.scalar(
        select(Work.agent_id)
        .join(WorkVersion, WorkVersion.work_id == Work.id)
        .where(WorkVersion.id == evidence.version_id)
    )


def owned_list(
    session: Session,
    owner_id: uuid.UUID,
    after: uuid.UUID | None,
    limit: int,
    key: str | None = None,
    agent_id: uuid.UUID | None = None,
    limited: Sequence[ColumnElement[bool]] = (),
) -> Sequence[Evidence]:
    """Newest first; `after` is the last id of the page before, `key` an idempotency key.

    Only what this agent deposited, if one asks; `limited` as `evidence.listing` says.
    """
    only = list(limited)
    if agent_id is not None:
        by_agent = select(WorkVersion.id).join(Work).where(Work.agent_id == agent_id)
        only.append(Evidence.version_id.in_(by_agent))
    if key is not None:
        check_key(key)
        only.append(Evidence.idempotency_key == key)
    own = select(Evidence).where(Evidence.owner_id == owner_id)
    return newest_first(session, own, (Evidence.submitted_at, Evidence.id), after, limit, only)


def check_mode(custody_mode: str, files: Sequence[VersionFile]) -> None:
    """What is kept was uploaded, and nothing else was.

    Raises:
        InvalidInput: files that do not fit the custody mode.
    """
    if custody_mode == STORED and any(file.upload_id is None for file in files):
        raise InvalidInput(
            "托管存证须先上传每个文件 / every file must be uploaded, or use hash_only",
            field="custody_mode",
        )
    if custody_mode == HASH_ONLY and any(file.upload_id is not None for file in files):
        raise InvalidInput(
            "仅哈希存证不接收文件 / hash_only takes no uploads", field="custody_mode"
        )
