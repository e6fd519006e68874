"""资讯、公告与指南: what an office publishes, for anybody; and its officers who publish it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from accounts.staff import Role
from api.article_schemas import (
    ArticleIn,
    ArticleOut,
    ArticlePage,
    ArticleWordsOut,
    ListedArticle,
)
from api.auth import OfficerHere, Wired
from api.database import transaction
from api.idempotency import OptionalKey, call_of, still_there
from api.openapi import answers
from api.routes.papers import Office, admit
from api.wiring import utc_now
from core import idempotency
from core.paging import MOST_TYPED
from registry import articles, offices
from registry.articles import Article, Said

router = APIRouter(prefix="/api/v1", tags=["articles"])

_PUBLIC = "/public/offices/{office}/articles"
_OWN = "/offices/{office}/articles"
_KEEPERS = (Role.REGISTRAR, Role.SUPERVISOR)


@router.get(_PUBLIC, dependencies=[Depends(admit)], responses=answers(404, 422, 429))
def list_articles(
    office: Office,
    services: Wired,
    section: Annotated[str, Query(max_length=MOST_TYPED)] = "",
    q: Annotated[str, Query(max_length=MOST_TYPED, description="关键字 words in it")] = "",
    *,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> ArticlePage:
    """What the office has published, newest first: all of it, one `section`, or what has these
    words in title or text; both must hold.
    """
    key = offices.get(office, services.offices).key
    with transaction(services.sessions) as session:
        found = articles.find(session, key, section, q, cursor, limit + 1)
    page = found[:limit]
    return ArticlePage(
        items=[_line(each) for each in page],
        next=str(page[-1].id) if len(found) > limit else None,
    )


@router.get(
    f"{_PUBLIC}/{{article_id}}", dependencies=[Depends(admit)], responses=answers(404, 422, 429)
)
def show_article(office: Office, article_id: UUID, services: Wired) -> ArticleOut:
    """One article, as long as it is published."""
    key = offices.get(office, services.offices).key
    with transaction(services.sessions) as session:
        return _out(articles.one(session, key, article_id))


@router.post(_OWN, status_code=201, responses=answers(410))
def publish_article(
    body: ArticleIn, services: Wired, officer: OfficerHere, key: OptionalKey = None
) -> ArticleOut:
    """Publish an article. For registrars and supervisors."""
    officer.require(*_KEEPERS)
    now, call = utc_now(), call_of(officer, "publish_article", key, body, officer.office)
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            call,
            lambda: (
                articles.publish(
                    session, officer.office, _said(body), by=officer.account_id, now=now
                ).id
            ),
            now=now,
        )
        with still_there():
            return _out(articles.one(session, officer.office, made.subject))


@router.put(f"{_OWN}/{{article_id}}", responses=answers(404))
def change_article(
    article_id: UUID, body: ArticleIn, services: Wired, officer: OfficerHere
) -> ArticleOut:
    """Let an article say this instead; it keeps its place. For registrars and supervisors."""
    officer.require(*_KEEPERS)
    with transaction(services.sessions) as session:
        row = articles.change(
            session, officer.office, article_id, _said(body), by=officer.account_id, now=utc_now()
        )
        return _out(row)


@router.delete(f"{_OWN}/{{article_id}}", status_code=204, responses=answers(404))
def withdraw_article(article_id: UUID, services: Wired, officer: OfficerHere) -> None:
    """Withdraw an article: nobody is shown it any more. For registrars and supervisors."""
    officer.require(*_KEEPERS)
    with transaction(services.sessions) as session:
        articles.withdraw(session, officer.office, article_id, by=officer.account_id, now=utc_now())


def _said(body: ArticleIn) -> Said:
    return Said(body.section, body.title.zh, body.text.zh, body.title.en, body.text.en)


def _line(row: Article) -> ListedArticle:
    return ListedArticle(
        id=row.id, section=row.section,
        title=ArticleWordsOut(zh=row.title_zh, en=row.title_en),
        published_at=row.published_at, changed_at=row.changed_at,
    )  # fmt: skip


def _out(row: Article) -> ArticleOut:
    return ArticleOut(**dict(_line(row)), text=ArticleWordsOut(zh=row.text_zh, en=row.text_en))
