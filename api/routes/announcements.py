"""登记公告: what an office has registered, for anybody (TJ-16, ZJ-10, SD-14)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.auth import Wired
from api.database import transaction
from api.following_schemas import WordsOut
from api.openapi import answers
from api.public_schemas import AnnouncedOut, AnnouncementPage
from api.routes.papers import Office, admit
from registry import announced, offices
from registry.announced import Announced, Wanted

router = APIRouter(prefix="/api/v1/public", tags=["public"])

Typed = Annotated[str, Query(max_length=announced.MOST_TYPED)]


@router.get(
    "/offices/{office}/registrations",
    dependencies=[Depends(admit)],
    responses=answers(404, 422, 429),
)
def list_announcements(
    office: Office,
    services: Wired,
    number: Typed = "",
    title: Typed = "",
    owner: Typed = "",
    category: Typed = "",
    *,
    trading: Annotated[bool, Query(description="只看可交易的 only works for trading")] = False,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> AnnouncementPage:
    """What the office announces, newest first: all of it, or by `number` however typed, any part
    of a `title`, the whole name of an `owner`, and one `category`; several must all hold.

    `trading`: only those whose applicants let the office show them for trading, and what they say.
    """
    profile = offices.get(office, services.offices)
    wanted = Wanted(number, title, owner, category, trading=trading)
    with transaction(services.sessions) as session:
        found = announced.find(session, profile, wanted, cursor, limit + 1)
    page, note = found[:limit], profile.notice.note
    return AnnouncementPage(
        items=[_out(each) for each in page],
        next=page[-1].id if len(found) > limit else None,
        note=None if note is None else WordsOut(zh=note.zh, en=note.en),
    )


def _out(entry: Announced) -> AnnouncedOut:
    shown = ("number", "registered_on", "title", "category", "owners", "completed_on",
             "first_published_on")  # fmt: skip
    return AnnouncedOut(
        id=entry.id,
        state="revoked" if entry.revoked else "registered",
        sample=entry.sample,
        trading=entry.trading,
        **{name: entry.facts.get(name) for name in shown},
    )
