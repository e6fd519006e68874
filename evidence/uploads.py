"""Uploads by offset: the row's `received` is the only truth, advanced after the bytes are durable.

`create`, `advance`, `terminate` and `drop_expired` are verbs on rows; `StagedFile` is the bytes.
"""

import errno
import fcntl
import os
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import ColumnElement, CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

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
from evidence.models import Upload, VersionFile
from evidence.names import clean_file_name

CHECKPOINT: Final = 64 * 1024 * 1024
"""At most this many received bytes are sent again after a kill."""


MAX_OPEN: Final = 1000
"""Uploads of one account that no work uses yet."""

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
    *,
    now: datetime,
) -> Upload:
    """A new upload of `length` bytes.

    Raises:
        InvalidInput: empty, or an unusable name. TooLarge: beyond the limit.
        Conflict: this account has too many uploads that nothing uses.
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
    waiting = session.scalar(
        select(func.count())
        .select_from(Upload)
        .where(Upload.owner_id == owner_id, Upload.expires_at > now, ~_named())
    )
    if (waiting or 0) >= MAX_OPEN:
        raise Conflict(
            f"未使用的上传已达 {MAX_OPEN} 个,请先用于作品或删除 / "
            "too many uploads that no work uses: deposit or delete some"
        )
    upload = Upload(
        id=uuid.uuid4(),
        owner_id=owner_id,
        length=length,
        received=0,
        file_name=file_name,
        created_at=now,
        expires_at=now + life,
    )
    session.add(upload)
    session.flush()
    return upload


def owned(session: Session, owner_id: uuid.UUID, upload_id: uuid.UUID, *, now: datetime) -> Upload:
    """The upload; NotFound when it is somebody else's, Gone when it has expired."""
    upload = session.get(Upload, upload_id)
    if upload is None or upload.owner_id != owner_id:
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


def terminate(session: Session, owner_id: uuid.UUID, upload_id: uuid.UUID) -> None:
    """Forget an upload that no version names."""
    # Whoever is about to name it holds the row (FOR KEY SHARE): wait, then look who does.
    upload = session.get(Upload, upload_id, with_for_update=True)
    if upload is None or upload.owner_id != owner_id:
        raise NotFound("上传不存在 / no such upload")
    if _used(session, upload_id):
        raise Conflict("此上传已用于作品,不能删除 / a work uses this upload")
    session.delete(upload)


def drop_expired(session: Session, limit: int, *, now: datetime) -> Sequence[uuid.UUID]:
    """Forget uploads past their time that no version names; their staged bytes may go after."""
    chosen = (
        select(Upload.id)
        .where(Upload.expires_at <= now, ~_named())
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(delete(Upload).where(Upload.id.in_(chosen)).returning(Upload.id)).all()


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


def _named() -> ColumnElement[bool]:
    return select(VersionFile.id).where(VersionFile.upload_id == Upload.id).exists()


def _used(session: Session, upload_id: uuid.UUID) -> bool:
    query = select(VersionFile.id).where(VersionFile.upload_id == upload_id).limit(1)
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
