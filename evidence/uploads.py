"""Uploads by offset: the row's `received` is the only truth, advanced after the bytes are durable.

`create`, `advance`, `terminate` and `drop_expired` are verbs on rows; `StagedFile` is the bytes.
"""

import errno
import fcntl
import os
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import ColumnElement, CursorResult, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from accounts.models import Account
from core.errors import (
    ConcurrentChange,
    Conflict,
    Gone,
    InvalidInput,
    NotFound,
    OutsideError,
    TooLarge,
)
from evidence.limits import IntakeLimits
from evidence.models import Evidence, Upload, VersionFile, WorkVersion
from evidence.names import clean_file_name

CHECKPOINT: Final = 64 * 1024 * 1024
"""At most this many received bytes are sent again after a kill."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Busy(Conflict):
    """Another request is writing this upload now."""

    code = "upload-busy"


class WrongVersion(InvalidInput):
    """The client speaks another version of tus."""

    code = "tus-version"


class WrongChecksum(InvalidInput):
    """A piece arrived damaged; nothing of it is kept."""

    code = "checksum-mismatch"


def create(
    session: Session,
    owner_id: uuid.UUID,
    length: int,
    file_name: str | None,
    limits: IntakeLimits,
    life: timedelta,
    agent_id: uuid.UUID | None = None,
    *,
    now: datetime,
) -> Upload:
    """A new upload of `length` bytes; `agent_id` is who begins it for its owner.

    Raises:
        InvalidInput: empty, or an unusable name. TooLarge: beyond the limit.
        Conflict: this account has too many uploads that no deposit has taken, or too many bytes.
    """
    if length < 1:
        raise InvalidInput(
            "空文件不能上传 / an empty file cannot be uploaded", field="Upload-Length"
        )
    if length > limits.max_file_bytes:
        raise TooLarge(
            f"单个文件至多 {limits.max_file_bytes} 字节 / at most, in bytes", field="Upload-Length"
        )
    if file_name is not None:
        file_name = clean_file_name(file_name, "Upload-Metadata", limits.max_name_characters)
    _require_room(session, owner_id, length, limits, now=now)
    upload = Upload(
        id=uuid.uuid4(),
        owner_id=owner_id,
        agent_id=agent_id,
        length=length,
        received=0,
        file_name=file_name,
        created_at=now,
        expires_at=now + life,
    )
    session.add(upload)
    session.flush()
    return upload


def _require_room(
    session: Session, owner_id: uuid.UUID, length: int, limits: IntakeLimits, *, now: datetime
) -> None:
    """What a draft names does not expire, and waits like what nothing names."""
    # Two at once would both find room.
    session.execute(
        select(Account.id).where(Account.id == owner_id).with_for_update(key_share=True)
    )
    count, size = session.execute(
        select(func.count(), func.coalesce(func.sum(Upload.length), 0)).where(
            Upload.owner_id == owner_id, or_(Upload.expires_at > now, _named()), ~_deposited()
        )
    ).one()
    if count >= limits.max_waiting:
        raise Conflict(
            f"未存证的上传已达 {limits.max_waiting} 个,请先存证或删除 / "
            "too many uploads that no deposit has taken: deposit or delete some"
        )
    if size + length > limits.max_waiting_bytes:
        raise Conflict(
            f"未存证的上传合计至多 {limits.max_waiting_bytes} 字节,请先存证或删除 / "
            "at most so many bytes that no deposit has taken: deposit or delete some",
            field="Upload-Length",
        )


def owned(
    session: Session,
    owner_id: uuid.UUID,
    upload_id: uuid.UUID,
    agent_id: uuid.UUID | None = None,
    *,
    now: datetime,
) -> Upload:
    """The upload; NotFound when it is somebody else's, or one that this agent did not begin; Gone
    when it has expired.
    """
    upload = session.get(Upload, upload_id)
    if upload is None or upload.owner_id != owner_id or agent_id not in {None, upload.agent_id}:
        raise NotFound("上传不存在 / no such upload")
    if upload.stored_sha256 is None and upload.expires_at <= now and not _used(session, upload_id):
        raise Gone("上传已过期,请重新上传 / the upload has expired: start again")
    return upload


def advance(
    session: Session, upload_id: uuid.UUID, was: int, to: int, life: timedelta, *, now: datetime
) -> None:
    """Record durable bytes. Raises ConcurrentChange when the offset is not `was` any more."""
    result = session.execute(
        update(Upload)
        .where(Upload.id == upload_id, Upload.received == was)
        .values(received=to, expires_at=now + life)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows SQLAlchemy's type
    if result.rowcount != 1:
        raise ConcurrentChange(
            "上传位置已改变,请查询后续传 / the offset has moved: ask for it again"
        )


def require_begun_by(
    session: Session, agent_id: uuid.UUID, files: Mapping[str, uuid.UUID | None]
) -> None:
    """An agent names only uploads it began itself. `files`: uploads by the field that names them.

    Raises:
        NotFound: another one, of whomever; the field says which.
    """
    for field, upload_id in files.items():
        if upload_id is not None:
            upload = session.get(Upload, upload_id)
            if upload is None or upload.agent_id != agent_id:
                raise NotFound("上传不存在 / no such upload", field=field)


def terminate(
    session: Session, owner_id: uuid.UUID, upload_id: uuid.UUID, agent_id: uuid.UUID | None = None
) -> None:
    """Forget an upload that no version needs; an agent only one it began."""
    # Whoever is about to name it holds the row (FOR KEY SHARE): wait, then look who does.
    upload = session.get(Upload, upload_id, with_for_update=True)
    if upload is None or upload.owner_id != owner_id or agent_id not in {None, upload.agent_id}:
        raise NotFound("上传不存在 / no such upload")
    if _used(session, upload_id):
        raise Conflict("此上传已用于作品,不能删除 / a work uses this upload")
    _let_go(session, [upload_id])
    session.delete(upload)


def drop_unnamed(session: Session, owner_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Forget every upload of an owner that no version needs, finished or not; their staged bytes
    may go after.
    """
    chosen = session.scalars(
        select(Upload.id).where(Upload.owner_id == owner_id, ~_named()).with_for_update()
    ).all()
    _let_go(session, chosen)
    session.execute(delete(Upload).where(Upload.id.in_(chosen)))
    return chosen


def expired(session: Session, limit: int, *, now: datetime) -> Sequence[uuid.UUID]:
    """Uploads past their time that no version needs."""
    return session.scalars(_expired(now).limit(limit)).all()


def drop_expired(
    session: Session, upload_ids: Sequence[uuid.UUID], *, now: datetime
) -> Sequence[uuid.UUID]:
    """Forget those of these that are `expired`, still; their staged bytes may go after."""
    chosen = session.scalars(
        _expired(now).where(Upload.id.in_(upload_ids)).with_for_update(skip_locked=True)
    ).all()
    _let_go(session, chosen)
    # What somebody named just now the foreign key keeps; the next sweep looks again.
    session.execute(delete(Upload).where(Upload.id.in_(chosen)))
    return chosen


def unknown(session: Session, names: Sequence[str]) -> list[str]:
    """Which of these staged files no upload needs: it is gone, or its bytes are stored."""
    ids = {}
    for name in names:
        try:
            ids[uuid.UUID(name)] = name
        except ValueError:
            continue
    needed = select(Upload.id).where(Upload.id.in_(ids), Upload.stored_sha256.is_(None))
    known = set(session.scalars(needed).all())
    return [name for key, name in ids.items() if key not in known]


def _expired(now: datetime) -> Select[uuid.UUID]:
    return select(Upload.id).where(Upload.expires_at <= now, ~_named())


def _deposited() -> ColumnElement[bool]:
    return (
        select(VersionFile.id)
        .join(WorkVersion, WorkVersion.id == VersionFile.version_id)
        .where(VersionFile.upload_id == Upload.id, WorkVersion.frozen_at.is_not(None), ~_rejected())
        .exists()
    )


def _named() -> ColumnElement[bool]:
    """By a draft or a deposit that needs it."""
    return select(VersionFile.id).where(VersionFile.upload_id == Upload.id, ~_rejected()).exists()


def _rejected() -> ColumnElement[bool]:
    """Whether a file is one of a deposit that was rejected: what it had declared stays, but the
    upload waits as if nobody had named it, for the true digest or for its end.
    """
    return (
        select(Evidence.id)
        .where(
            Evidence.version_id == VersionFile.version_id,
            Evidence.rejected_at.is_not(None),
            VersionFile.purpose == "work",
        )
        .exists()
    )


def _let_go(session: Session, upload_ids: Sequence[uuid.UUID]) -> None:
    """Rejected deposits name these uploads no more."""
    session.execute(
        update(VersionFile)
        .where(VersionFile.upload_id.in_(upload_ids), _rejected())
        .values(upload_id=None)
        .execution_options(synchronize_session=False)
    )


def _used(session: Session, upload_id: uuid.UUID) -> bool:
    query = select(VersionFile.id).where(VersionFile.upload_id == upload_id, ~_rejected()).limit(1)
    return session.scalar(query) is not None


class StagedFile:
    """The bytes of one upload, held by one writer at a time (flock: it ends with the process)."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise Busy("上传正在进行 / another request is writing this upload") from error

    def write(self, data: bytes, offset: int) -> None:
        """All of `data` at `offset`."""
        view = memoryview(data)
        while view:
            try:
                written = os.pwrite(self._descriptor, view, offset)
            except OSError as error:
                if error.errno in _FULL:
                    raise OutsideError(
                        "服务器磁盘空间不足,请稍后续传 / the server's disk is full: resume later"
                    ) from error
                raise
            view, offset = view[written:], offset + written

    def sync(self) -> None:
        """Durable from here on."""
        os.fdatasync(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)
