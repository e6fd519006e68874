"""Keys are remembered for a day, and forgotten afterwards."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import IdempotencyMismatch, InvalidInput
from core.idempotency import LIFE, Call, CreatingCall, Made, forget, once

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
CALL = Call("somebody", "create_work", "key-1", {"title": "山间"})
OTHER = Call("somebody", "create_work", "key-1", {"title": "水边"})


def make(session: Session, call: Call | None, after: timedelta = timedelta(0)) -> Made:
    return once(session, call, uuid.uuid4, now=NOW + after)


def test_within_a_day_a_repeat_finds_what_was_made(session: Session) -> None:
    first = make(session, CALL)
    again = make(session, CALL, LIFE - timedelta(seconds=1))
    assert (first.before, again.before) == (False, True)
    assert again.subject == first.subject
    with pytest.raises(IdempotencyMismatch):
        make(session, OTHER, LIFE - timedelta(seconds=1))


def test_after_a_day_the_key_is_free(session: Session) -> None:
    first = make(session, CALL)
    later = make(session, OTHER, LIFE)
    assert not later.before
    assert later.subject != first.subject
    assert make(session, OTHER, LIFE + timedelta(hours=1)).subject == later.subject


def test_old_keys_are_dropped_a_page_at_a_time(session: Session) -> None:
    for number in range(5):
        make(session, Call("somebody", "create_work", f"k{number}", None))
    make(session, Call("somebody", "create_work", "young", None), timedelta(hours=1))
    assert [forget(session, 3, now=NOW + LIFE) for _ in range(3)] == [3, 2, 0]
    assert session.scalar(select(func.count()).select_from(CreatingCall)) == 1


def test_without_a_key_nothing_is_remembered(session: Session) -> None:
    assert make(session, None).subject != make(session, None).subject
    assert session.scalar(select(func.count()).select_from(CreatingCall)) == 0


@pytest.mark.parametrize("key", ["", "a b", "两字", "x" * 256])
def test_a_key_is_visible_ascii(session: Session, key: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        make(session, Call("somebody", "create_work", key, None))
    assert refusal.value.field == "Idempotency-Key"
