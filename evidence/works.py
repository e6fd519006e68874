"""Works and versions: a draft until deposited, then unchangeable."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput, NotFound, TooLarge
from core.paging import newest_first
from evidence import references
from evidence.digest import require_hex32
from evidence.limits import EARLIEST, IntakeLimits
from evidence.models import Evidence, Upload, VersionFile, Work, WorkVersion
from evidence.names import clean_file_name, clean_words, extension

CATEGORIES: Final = (
    "text", "oral", "music", "drama", "quyi", "dance", "acrobatics", "fine_art", "architecture",
    "photograph", "audiovisual", "graphic", "model", "software", "other",
)  # fmt: skip
"""The form's fourteen kinds (domain.md §3.1) and software."""

NATURES: Final = (
    "original", "adaptation", "translation", "compilation", "annotation", "arrangement", "other",
)  # fmt: skip


@dataclass(frozen=True)
class Description:
    """What a depositor declares of a work; everything but the title may be left out."""

    title: str | None = None
    description: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    creation_nature: str | None = None
    completion_date: date | None = None
    authors: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeclaredFile:
    """A file as its owner describes it; without `upload_id` we never see the bytes."""

    name: str
    size: int
    sha256: str
    sm3: str | None = None
    upload_id: uuid.UUID | None = None


def create_work(
    session: Session, owner_id: uuid.UUID, about: Description, limits: IntakeLimits,
    agent_id: uuid.UUID | None = None, *, now: datetime,
) -> WorkVersion:  # fmt: skip
    """A new work with its first draft version; `agent_id` is who makes it for the owner."""
    work = Work(id=uuid.uuid4(), owner_id=owner_id, agent_id=agent_id, created_at=now)
    session.add(work)
    session.flush()
    return _add_version(session, work.id, 1, check_description(about, limits, now=now), now=now)


def create_version(
    session: Session, work: Work, about: Description, limits: IntakeLimits, *, now: datetime
) -> WorkVersion:
    """The next draft of a work whose last version is frozen."""
    last = latest_version(session, work.id, lock=True)
    if last.frozen_at is None:
        raise Conflict("已有未存证的草稿版本 / a draft version exists already: change that one")
    about = check_description(about, limits, now=now)
    return _add_version(session, work.id, last.number + 1, about, now=now)


def change_draft(
    session: Session, version: WorkVersion, about: Description, limits: IntakeLimits, *,
    now: datetime,
) -> None:  # fmt: skip
    """Replace a draft's description."""
    require_draft(version)
    checked = check_description(about, limits, now=now)
    for name in Description.__dataclass_fields__:
        value = getattr(checked, name)
        setattr(version, name, list(value) if isinstance(value, tuple) else value)
    session.flush()


def set_files(
    session: Session,
    version: WorkVersion,
    owner_id: uuid.UUID,
    files: Sequence[DeclaredFile],
    limits: IntakeLimits,
) -> list[VersionFile]:
    """Replace a draft's files. The same content twice is refused by its digest (SD-75).

    Raises:
        InvalidInput: number, size, name, digest or upload at fault; the field says which file.
        Conflict: the version is frozen.
    """
    require_draft(version)
    rows = checked_files(session, version.id, owner_id, files, limits)
    for old in version_files(session, version.id):
        session.delete(old)
    session.flush()
    session.add_all(rows)
    session.flush()
    return rows


def checked_files(
    session: Session,
    version_id: uuid.UUID,
    owner_id: uuid.UUID,
    files: Sequence[DeclaredFile],
    limits: IntakeLimits,
) -> list[VersionFile]:
    """The rows of a version's files, not yet added; what they name is kept from deletion.

    Raises:
        InvalidInput: number, size, name, digest or upload at fault; the field says which file.
    """
    if not 1 <= len(files) <= limits.max_files:
        raise InvalidInput(
            f"一次须有 1–{limits.max_files} 个文件 / between 1 and {limits.max_files} files",
            field="files",
        )
    rows = [
        checked_file(session, version_id, owner_id, place, file, limits)
        for place, file in enumerate(files)
    ]
    digests = [row.sha256 for row in rows]
    for place, digest in enumerate(digests):
        if digest in digests[:place]:
            raise InvalidInput(
                "请勿提交相同文件 / the same file is listed twice: remove one",
                field=f"files[{place}]",
            )
    references.hold(session, [row.sha256 for row in rows if row.upload_id is not None])
    return rows


def claim_uploads(session: Session, files: Iterable[VersionFile]) -> None:
    """Before a version is frozen: its uploads are whole, and each stands for one content only.

    Without this, an upload whose bytes have moved to their content address could be named again
    with the digest of a stranger's file, and that file would be found "stored".

    Raises:
        InvalidInput: an upload that already stands for other bytes; the field says which file.
    """
    for file in files:
        if file.upload_id is None:
            continue
        upload = session.get_one(Upload, file.upload_id, with_for_update=True)
        elsewhere = session.scalar(
            select(VersionFile.id)
            .join(WorkVersion, WorkVersion.id == VersionFile.version_id)
            .where(
                VersionFile.upload_id == upload.id,
                VersionFile.sha256 != file.sha256,
                WorkVersion.frozen_at.is_not(None),
                ~exists().where(
                    Evidence.version_id == WorkVersion.id, Evidence.rejected_at.is_not(None)
                ),
            )
            .limit(1)
        )
        if elsewhere is not None or upload.stored_sha256 not in {None, file.sha256}:
            raise InvalidInput(
                "此上传的内容另有摘要,请重新上传 / "
                "this upload holds other bytes than declared: upload again",
                field=f"files[{file.position}].sha256",
            )


def version_files(
    session: Session, version_id: uuid.UUID, purpose: str = "work"
) -> Sequence[VersionFile]:
    return session.scalars(
        select(VersionFile)
        .where(VersionFile.version_id == version_id, VersionFile.purpose == purpose)
        .order_by(VersionFile.position)
    ).all()


def file_at(
    session: Session, version_id: uuid.UUID, position: int, purpose: str = "work"
) -> VersionFile:
    """One file of a version, or NotFound."""
    for file in version_files(session, version_id, purpose):
        if file.position == position:
            return file
    raise NotFound("文件不存在 / no such file")


def owned_work(
    session: Session, owner_id: uuid.UUID, work_id: uuid.UUID, agent_id: uuid.UUID | None = None
) -> Work:
    """The work, or NotFound: not this owner's; or, for an agent, not made by that agent."""
    work = session.get(Work, work_id)
    if work is None or work.owner_id != owner_id or agent_id not in {None, work.agent_id}:
        raise NotFound("作品不存在 / no such work")
    return work


def owned_works(
    session: Session, owner_id: uuid.UUID, after: uuid.UUID | None, limit: int,
    agent_id: uuid.UUID | None = None, only: Sequence[ColumnElement[bool]] = (),
) -> Sequence[Work]:  # fmt: skip
    """Newest first; `after` is the last id of the page before; an agent's own only, if one asks;
    `only` are further conditions (`evidence.listing`).
    """
    made = [] if agent_id is None else [Work.agent_id == agent_id]
    own = select(Work).where(Work.owner_id == owner_id)
    return newest_first(session, own, (Work.created_at, Work.id), after, limit, [*made, *only])


def versions(session: Session, work_id: uuid.UUID) -> Sequence[WorkVersion]:
    """Every version of a work, oldest first."""
    return session.scalars(
        select(WorkVersion).where(WorkVersion.work_id == work_id).order_by(WorkVersion.number)
    ).all()


def version_of(session: Session, work_id: uuid.UUID, number: int) -> WorkVersion:
    """One version, or NotFound."""
    found = session.scalar(
        select(WorkVersion).where(WorkVersion.work_id == work_id, WorkVersion.number == number)
    )
    if found is None:
        raise NotFound("版本不存在 / no such version")
    return found


def evidence_of(session: Session, version_id: uuid.UUID) -> Evidence | None:
    """What a version was deposited as, if it was."""
    return session.scalar(select(Evidence).where(Evidence.version_id == version_id))


def delete_draft(session: Session, version: WorkVersion) -> None:
    """Forget a draft; with the last version goes the work. Conflict when it was deposited."""
    require_draft(version)
    for purpose in ("work", "display"):
        for file in version_files(session, version.id, purpose):
            session.delete(file)
    session.flush()
    session.delete(version)
    session.flush()
    if version.number == 1:
        session.delete(session.get_one(Work, version.work_id))
        session.flush()


def forget(session: Session, version: WorkVersion, files: Sequence[VersionFile]) -> None:
    """Take back a work that was added in this transaction, with its only version."""
    for row in (*files, version, session.get_one(Work, version.work_id)):
        session.delete(row)
        session.flush()


def latest_version(session: Session, work_id: uuid.UUID, *, lock: bool = False) -> WorkVersion:
    query = (
        select(WorkVersion)
        .where(WorkVersion.work_id == work_id)
        .order_by(WorkVersion.number.desc())
        .limit(1)
    )
    return session.scalars(query.with_for_update() if lock else query).one()


def require_draft(version: WorkVersion) -> None:
    if version.frozen_at is not None:
        raise Conflict("已存证的版本不可更改,请新建版本 / deposited: make a new version instead")


def check_description(about: Description, limits: IntakeLimits, *, now: datetime) -> Description:
    """Clean and check every declared value; InvalidInput names the field."""
    if about.category is not None and about.category not in CATEGORIES:
        raise InvalidInput(f"category 可用 / accepts: {', '.join(CATEGORIES)}", field="category")
    if about.creation_nature is not None and about.creation_nature not in NATURES:
        raise InvalidInput(
            f"creation_nature 可用 / accepts: {', '.join(NATURES)}", field="creation_nature"
        )
    done = about.completion_date
    # A depositor east of us may already live in tomorrow: one day of grace.
    if done is not None and not (done >= EARLIEST and (done - now.date()).days <= 1):
        raise InvalidInput(
            f"完成日期须在 {EARLIEST.year} 年至今天之间 / between {EARLIEST.year} and today",
            field="completion_date",
        )
    if len(about.tags) > limits.max_tags:
        raise InvalidInput(f"标签至多 {limits.max_tags} 个 / at most", field="tags")
    if len(about.authors) > limits.max_authors:
        raise InvalidInput(f"作者至多 {limits.max_authors} 位 / at most", field="authors")
    return Description(
        title=_optional(about.title, "title", limits.max_title_characters),
        description=_optional(
            about.description, "description", limits.max_description_characters, multiline=True
        ),
        category=about.category,
        tags=tuple(clean_words(tag, "tags", limits.max_person_characters) for tag in about.tags),
        creation_nature=about.creation_nature,
        completion_date=done,
        authors=tuple(
            clean_words(name, "authors", limits.max_person_characters) for name in about.authors
        ),
    )


def _optional(text: str | None, field: str, maximum: int, *, multiline: bool = False) -> str | None:
    return None if text is None else clean_words(text, field, maximum, multiline=multiline)


def _add_version(
    session: Session, work_id: uuid.UUID, number: int, about: Description, *, now: datetime
) -> WorkVersion:
    version = new_version(uuid.uuid4(), work_id, number, about, now=now)
    session.add(version)
    session.flush()
    return version


def new_version(
    version_id: uuid.UUID, work_id: uuid.UUID, number: int, about: Description, *, now: datetime
) -> WorkVersion:
    """The row of a draft, not yet added; `about` was checked."""
    return WorkVersion(
        id=version_id,
        work_id=work_id,
        number=number,
        title=about.title,
        description=about.description,
        category=about.category,
        tags=list(about.tags),
        creation_nature=about.creation_nature,
        completion_date=about.completion_date,
        authors=list(about.authors),
        created_at=now,
    )


def checked_file(
    session: Session,
    version_id: uuid.UUID,
    owner_id: uuid.UUID,
    place: int,
    file: DeclaredFile,
    limits: IntakeLimits,
    member: str = "files",
) -> VersionFile:
    """The row for a declared file, not yet added; errors name `member[place]`.

    Raises:
        InvalidInput, TooLarge: empty, too large, a bad name or digest, an unknown format.
        NotFound, Conflict: an upload of somebody else, or one that is not finished.
    """
    field = f"{member}[{place}]"
    if file.size < 1:
        raise InvalidInput("空文件不能存证 / an empty file cannot be deposited", field=field)
    if file.size > limits.max_file_bytes:
        raise TooLarge(
            f"单个文件至多 {limits.max_file_bytes} 字节 / at most, in bytes", field=field
        )
    name = clean_file_name(file.name, f"{field}.name", limits.max_name_characters)
    if extension(name) not in limits.formats:
        known = "、".join(sorted(limits.formats))
        raise InvalidInput(f"不支持的格式,可用: {known} / accepted: {known}", field=f"{field}.name")
    if file.upload_id is not None:
        # FOR KEY SHARE: the sweeper cannot delete the row before ours refers to it.
        upload = session.get(
            Upload, file.upload_id, with_for_update={"read": True, "key_share": True}
        )
        if upload is None or upload.owner_id != owner_id:
            raise NotFound("上传不存在 / no such upload", field=f"{field}.upload")
        if upload.received != upload.length:
            raise Conflict(
                "上传尚未完成,请续传 / the upload is not finished: resume it", field=field
            )
        if upload.length != file.size:
            raise InvalidInput(
                "大小与上传不符 / size differs from the upload", field=f"{field}.size"
            )
    return VersionFile(
        id=uuid.uuid4(),
        version_id=version_id,
        purpose="work",
        position=place,
        name=name,
        size=file.size,
        sha256=require_hex32(file.sha256, f"{field}.sha256"),
        sm3=None if file.sm3 is None else require_hex32(file.sm3, f"{field}.sm3"),
        upload_id=file.upload_id,
    )
