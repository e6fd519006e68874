"""Who verified with a paper that expires is told before it does, once for each notice."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from accounts import expiring
from accounts.identity import Claim, begin
from accounts.inbox_models import Dispatch, Message
from accounts.person_models import Verification
from tests.grounds import ticks
from tests.grounds.matters import NOW
from tests.grounds.people import RING, account, resident

LAST = date(2026, 3, 31)
START = datetime(2026, 3, 1, 4, tzinfo=NOW.tzinfo)
"""Noon at UTC+8, thirty days before the last one."""


@pytest.fixture
def held(session: Session) -> Verification:
    who = account(session, kind="individual")
    row = begin(session, RING, who.id, Claim("张三", resident(), "120101", {}), now=NOW)
    session.execute(update(Verification).values(status="accepted", valid_until=LAST))
    session.refresh(row)
    return row


def told(session: Session, now: datetime) -> list[str]:
    while ticks.remind_of_papers(session, now=now):
        pass
    query = select(Message).where(Message.kind == expiring.KIND).order_by(Message.created_at)
    return [each.facts["days"] for each in session.scalars(query)]


def test_each_notice_is_sent_once_and_goes_out(session: Session, held: Verification) -> None:
    assert told(session, START - timedelta(days=1)) == []
    assert told(session, START) == ["30"]
    assert told(session, START + timedelta(days=1)) == ["30"]
    assert told(session, START + timedelta(days=23)) == ["30", "7"]
    assert told(session, START + timedelta(days=30)) == ["30", "7"]
    assert told(session, START + timedelta(days=31)) == ["30", "7"]
    assert len(session.scalars(select(Dispatch)).all()) == 2


def test_a_clock_that_was_late_sends_only_the_nearest(session: Session, held: Verification) -> None:
    assert told(session, START + timedelta(days=25)) == ["5"]


def test_a_paper_without_end_or_that_holds_no_more_is_left_alone(
    session: Session, held: Verification
) -> None:
    session.execute(update(Verification).values(valid_until=None))
    assert told(session, START) == []
