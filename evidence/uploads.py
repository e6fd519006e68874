"""Uploads by offset: the row's `received` is the only truth, advanced after the bytes are durable.

`create`, `advance`, `terminate` and `expired` are verbs on rows; `StagedFile` is the bytes.
"""

import fcntl
import os
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from core.errors import ConcurrentChange, Conflict, Gone, InvalidInput, NotFound, TooLarge
from evidence.limits import IntakeLimits
from evidence.models import Upload, VersionFile
from evidence.names import clean_file_name

CHECKPOINT: Final = 64 * 1024 * 1024
"""At most this many received bytes are sent again after a kill."""


class Busy(Conflict):
    """Another request is writing this upload now."""

    code = "upload-busy"


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
    upload = session.get(Upload, upload_id)
    if upload is None or upload.owner_id != owner_id:
        raise NotFound("上传不存在 / no such upload")
    if _used(session, upload_id):
        raise Conflict("此上传已用于作品,不能删除 / a work uses this upload")
    session.delete(upload)


def expired(session: Session, limit: int, *, now: datetime) -> Sequence[uuid.UUID]:
    """Uploads past their time that no version names."""
    return session.scalars(
        select(Upload.id)
        .where(
            Upload.expires_at <= now,
            ~select(VersionFile.id).where(VersionFile.upload_id == Upload.id).exists(),
        )
        .limit(limit)
    ).all()


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
            written = os.pwrite(self._descriptor, view, offset)
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
