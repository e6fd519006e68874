"""What an office tells its public beside the register: news, notices, rules, guides, answers
(TJ-14, TJ-28, ZJ-11 … ZJ-17). Its registrars and supervisors publish, change and withdraw; every
act is a line of the office's audit. Plain text: nothing in it is run or shown as anything else.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import audit
from core.db import Base, Id
from core.errors import InvalidInput, NotFound
from core.paging import holds, newest_first
from registry import tables


class Article(Base):
    """One article. `published_at` is when it was first there; one that was withdrawn stays: it may
    mark the place of a page.
    """

    __tablename__ = "office_article"
    __table_args__ = (
        Index("ix_office_article_office", "office", "published_at", "id"),
        Index("ix_office_article_section", "office", "section", "published_at", "id"),
    )

    id: Mapped[Id]
    office: Mapped[str]
    section: Mapped[str]
    title_zh: Mapped[str]
    title_en: Mapped[str | None]
    text_zh: Mapped[str]
    text_en: Mapped[str | None]
    published_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    published_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Said:
    """What is published; English may be left out."""

    section: str
    title_zh: str
    text_zh: str
    title_en: str | None = None
    text_en: str | None = None


def publish(session: Session, office: str, said: Said, *, by: uuid.UUID, now: datetime) -> Article:
    """Anybody can read it from now on. Raises InvalidInput: no such section."""
    _require_section(said.section)
    row = Article(
        id=uuid.uuid4(), office=office, published_by=by, published_at=now, changed_at=now,
        **asdict(said),
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, row, "published", by, now)
    return row


def change(
    session: Session,
    office: str,
    article_id: uuid.UUID,
    said: Said,
    *,
    by: uuid.UUID,
    now: datetime,
) -> Article:
    """It says this instead; it keeps its place in lists.

    Raises:
        InvalidInput: no such section.
        NotFound: not published at this office.
    """
    _require_section(said.section)
    row = one(session, office, article_id, lock=True)
    for name, value in asdict(said).items():
        setattr(row, name, value)
    row.changed_at = now
    _note(session, row, "changed", by, now)
    return row


def withdraw(
    session: Session, office: str, article_id: uuid.UUID, *, by: uuid.UUID, now: datetime
) -> None:
    """Nobody is shown it any more. Raises NotFound: not published at this office."""
    row = one(session, office, article_id, lock=True)
    row.withdrawn_at = now
    _note(session, row, "withdrawn", by, now)


def one(session: Session, office: str, article_id: uuid.UUID, *, lock: bool = False) -> Article:
    """What is published under this id; NotFound otherwise."""
    row = session.get(Article, article_id, with_for_update=True if lock else None)
    if row is None or row.office != office or row.withdrawn_at is not None:
        raise _none()
    return row


def find(
    session: Session, office: str, section: str, typed: str, after: uuid.UUID | None, limit: int
) -> Sequence[Article]:
    """What an office has published, newest first: of one section, with these words in title or
    text; what is empty does not matter. `after` is the last id of the page before.

    Raises:
        InvalidInput: no such section, no such cursor.
    """
    only: list[ColumnElement[bool]] = [Article.withdrawn_at.is_(None)]
    if section:
        _require_section(section)
        only.append(Article.section == section)
    if typed.strip():
        columns = (Article.title_zh, Article.title_en, Article.text_zh, Article.text_en)
        only.append(or_(*(holds(column, typed) for column in columns)))
    own = select(Article).where(Article.office == office)
    place = (Article.published_at, Article.id)
    return newest_first(session, own, place, after, limit, only)


def _require_section(section: str) -> None:
    if section not in tables.words()["article_sections"]:
        raise InvalidInput(
            "没有此栏目,请从栏目表选择 / no such section: take one of `article_sections`",
            field="section",
        )


def _note(session: Session, row: Article, act: str, by: uuid.UUID, now: datetime) -> None:
    stream, subject = audit.of_office(row.office), f"article:{row.id}"
    audit.note(session, stream, f"article.{act}", subject, by, {"section": row.section}, now=now)


def _none() -> NotFound:
    return NotFound("没有此文章 / no such article")
