"""Accounts that had very much to do are closed, too: no list of theirs is longer than a statement
may be.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from accounts.person_models import Party
from api import closing
from api.fsck import Findings, closed
from core.db import among, apart_from
from registry import leaving, prechecking
from registry.lifecycle import MatterState
from tests.grounds.matters import FORM, Cast, brought_to, cast, stated
from tests.grounds.people import NOW, account
from tests.grounds.signing import party

MORE = 2


@contextmanager
def parameters(session: Session) -> Iterator[dict[str, int]]:
    """Of each statement, whatever its lists, how many at most."""
    seen: dict[str, int] = {}
    engine = session.connection().engine

    def note(_c: object, _u: object, statement: str, given: object, *_: object) -> None:
        if isinstance(given, dict) and not statement.startswith("INSERT"):
            alike = re.sub(r"%\(\w+\)s(::[A-Z]+)?(, )?", "", statement)
            seen[alike] = max(len(given), seen.get(alike, 0))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def decided(session: Session, people: Cast) -> None:
    brought_to(session, people, MatterState.REFUSED)


def test_a_hundred_thousand_are_one_parameter(session: Session) -> None:
    owner = account(session)
    made = party(session, owner.id, "李四")
    many = [uuid.uuid4() for _ in range(100_000)]
    own = select(Party.id).where(Party.owner_id == owner.id)
    assert session.scalars(own.where(among(Party.id, [*many, made.id]))).all() == [made.id]
    assert session.scalars(own.where(among(Party.id, many))).all() == []
    assert session.scalars(own.where(apart_from(Party.id, many))).all() == [made.id]
    assert session.scalars(own.where(apart_from(Party.id, [*many, made.id]))).all() == []
    assert session.scalars(own.where(apart_from(Party.id, []))).all() == [made.id]


def asked(session: Session, people: Cast) -> dict[str, int]:
    owner = people.applicant
    with parameters(session) as seen:
        closing.look(session, owner, now=NOW)
        with session.begin_nested() as undone:
            done = closing.close(session, owner, None, erase_files=True, now=NOW)
            assert done.outlook.obstacles == []
            session.expire_all()
            closed.check_closed(session, Findings(), now=NOW.replace(year=NOW.year + 1))
            undone.rollback()
        session.expire_all()
    return seen


def test_no_statement_of_closing_grows_with_what_there_is(session: Session) -> None:
    people = cast(session)
    decided(session, people)
    few = asked(session, people)
    for _ in range(MORE):
        party(session, people.applicant, "李四")
        decided(session, Cast(**{**vars(people), "evidence": stated(session, people.applicant)}))
    more = asked(session, people)
    assert {each for each in few.keys() & more if more[each] > few[each]} == set()


@pytest.mark.parametrize("spelling", [str, str.upper, lambda each: each.replace("-", "")])
def test_whom_a_decided_matter_names_is_kept_however_the_id_is_spelt(
    session: Session, spelling: Callable[[str], str]
) -> None:
    people = cast(session)
    named = party(session, people.applicant, FORM["owners"][0]["name"])
    party(session, people.applicant, "李四")
    owner = {**FORM["owners"][0], "party": spelling(str(named.id))}
    brought_to(session, people, MatterState.REFUSED, {**FORM, "owners": [owner]})
    assert leaving.kept(session, people.applicant).parties == {named.id}


def test_of_very_many_repetitions_those_before_an_office_are_told(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prechecking, "_MOST_REPEATED", 2)
    people = cast(session)
    again = [
        stated(session, people.applicant, digest_of=people.evidence, at=NOW + timedelta(hours=each))
        for each in range(4)
    ]
    brought_to(session, Cast(**{**vars(people), "evidence": again[-1]}), MatterState.SUBMITTED)
    matter = brought_to(session, people, MatterState.DRAFT)
    found = prechecking._repeated(session, matter, people.evidence)
    assert [(each.number, each.stage) for each in found] == [
        (again[0].number, "deposited"), (again[-1].number, "applied"),
    ]  # fmt: skip
