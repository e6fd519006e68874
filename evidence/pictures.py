"""Display pictures of a draft: at most four, small, real pictures; the first is the cover.

Three parts, so that no disk is read inside a transaction: `plan` checks what is declared,
`keep` looks at the bytes and moves them to their content address, `record` writes the rows.
Display pictures are shown beside a work; they are not part of the statement.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound, TooLarge, UnsupportedType
from evidence import references, works
from evidence.digest import FileDigest, digest_chunks
from evidence.limits import IntakeLimits
from evidence.models import Blob, Upload, VersionFile, WorkVersion
from evidence.names import extension
from evidence.objects import ObjectStore, Staging, read_chunks
from evidence.sniff import HEAD_BYTES, media_type
from evidence.works import DeclaredFile

DISPLAY = "display"


@dataclass(frozen=True)
class Picture:
    """A checked declaration; `stored` is what its upload is known to hold, if it has moved."""

    row: VersionFile
    upload_id: uuid.UUID
    stored: str | None


@dataclass(frozen=True)
class Kept:
    picture: Picture
    digest: FileDigest
    media_type: str


def plan(
    session: Session,
    version: WorkVersion,
    owner_id: uuid.UUID,
    files: Sequence[DeclaredFile],
    limits: IntakeLimits,
) -> list[Picture]:
    """Check the declarations (SD-78 … SD-81).

    Raises:
        InvalidInput, TooLarge, UnsupportedType, NotFound: the field says which picture.
        Conflict: the version is frozen.
    """
    works.require_draft(version)
    if len(files) > limits.max_display_pictures:
        raise InvalidInput(
            f"展示图片至多 {limits.max_display_pictures} 张 / at most "
            f"{limits.max_display_pictures} display pictures",
            field="pictures",
        )
    found: list[Picture] = []
    for place, file in enumerate(files):
        field = f"pictures[{place}]"
        if file.upload_id is None:
            raise InvalidInput("展示图片须上传 / upload the picture first", field=f"{field}.upload")
        if file.size > limits.max_display_bytes:
            raise TooLarge(
                f"展示图片至多 {limits.max_display_bytes} 字节 / at most, in bytes", field=field
            )
        if extension(file.name) not in limits.display_extensions:
            known = "、".join(sorted(limits.display_extensions))
            raise UnsupportedType(f"展示图片可用 / accepted: {known}", field=f"{field}.name")
        row = works.checked_file(session, version.id, owner_id, place, file, limits, "pictures")
        row.purpose = DISPLAY
        if any(row.sha256 == other.row.sha256 for other in found):
            raise InvalidInput(
                "请勿提交相同图片 / the same picture is listed twice: remove one", field=field
            )
        upload = session.get_one(Upload, file.upload_id)
        found.append(Picture(row, upload.id, upload.stored_sha256))
    return found


def keep(
    pictures: Sequence[Picture],
    store: ObjectStore,
    staging: Staging,
    limits: IntakeLimits,
    check: Callable[[Kept, bytes], object],
) -> list[Kept]:
    """Look at the bytes of every picture, then copy them to their content address. `check` sees
    each before any is copied, so that one it refuses leaves no object that nobody knows of.

    They are copied, not moved: whatever is refused after this, the upload still has its bytes.

    Raises:
        InvalidInput: other bytes than declared, or not the kind of picture its name says; or what
            `check` raises.
    """
    found = [_look(picture, store, staging, limits, check) for picture in pictures]
    for kept in found:
        staged = staging.path(kept.picture.upload_id)
        if staged.exists():
            store.write(staged.read_bytes())
    return found


def release(kept: Sequence[Kept], staging: Staging) -> None:
    """Drop the staged copies of pictures that were recorded."""
    for each in kept:
        staging.path(each.picture.upload_id).unlink(missing_ok=True)


def record(session: Session, version: WorkVersion, kept: Sequence[Kept], *, now: datetime) -> None:
    """Replace the draft's display pictures; the first becomes the cover (SD-79)."""
    works.require_draft(version)
    references.hold(session, [item.digest.sha256 for item in kept])
    for old in works.version_files(session, version.id, DISPLAY):
        session.delete(old)
    session.flush()
    for item in kept:
        session.execute(
            insert(Blob)
            .values(
                sha256=item.digest.sha256,
                sm3=item.digest.sm3,
                size=item.digest.size,
                media_type=item.media_type,
                stored_at=now,
            )
            .on_conflict_do_nothing()
        )
        session.execute(
            update(Upload)
            .where(Upload.id == item.picture.upload_id)
            .values(stored_sha256=item.digest.sha256)
        )
        session.add(item.picture.row)
    version.cover_sha256 = kept[0].digest.sha256 if kept else None
    session.flush()


def _look(
    picture: Picture,
    store: ObjectStore,
    staging: Staging,
    limits: IntakeLimits,
    check: Callable[[Kept, bytes], object],
) -> Kept:
    row = picture.row
    field = f"pictures[{row.position}]"
    try:
        opened: BinaryIO = staging.path(picture.upload_id).open("rb")
    except FileNotFoundError:
        # Moved before. Only what this very upload was seen to hold may be read here: a digest
        # alone would open strangers' files.
        if picture.stored != row.sha256:
            raise _differs(field) from None
        try:
            opened = store.open(row.sha256)
        except NotFound as error:
            raise _differs(field) from error
    with opened:
        kind = media_type(opened.read(HEAD_BYTES), row.name, f"{field}.name", limits)
        opened.seek(0)
        digest = digest_chunks(read_chunks(opened))
        if digest.size != row.size or digest.sha256 != row.sha256:
            raise _differs(field)
        opened.seek(0)
        kept = Kept(picture, digest, kind)
        check(kept, opened.read())
    return kept


def _differs(field: str) -> InvalidInput:
    return InvalidInput(
        "图片内容与申报的摘要不符,请重新上传 / other bytes than declared: upload again",
        field=f"{field}.sha256",
    )
