"""What goes in and out over HTTP about what an office publishes."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from api.registry_schemas import Word
from api.schemas import Strict

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class ArticleTitle(Strict):
    """English may be left out."""

    zh: Title
    en: Title | None = None


class ArticleText(Strict):
    """Plain text, in paragraphs; English may be left out."""

    zh: Body
    en: Body | None = None


class ArticleIn(Strict):
    """`section` is one of `article_sections`."""

    section: Word
    title: ArticleTitle
    text: ArticleText


class ArticleWordsOut(BaseModel):
    """`en` is null where the office said it in Chinese only."""

    zh: str
    en: str | None


class ListedArticle(BaseModel):
    """`published_at` is when it was first there."""

    id: UUID
    section: str
    title: ArticleWordsOut
    published_at: datetime
    changed_at: datetime


class ArticleOut(ListedArticle):
    """With its text: plain, never markup."""

    text: ArticleWordsOut


class ArticlePage(BaseModel):
    items: list[ListedArticle]
    next: str | None
