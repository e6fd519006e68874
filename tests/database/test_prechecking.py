"""The pre-check on a real database: facts of files, own repetitions, nothing of other people."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence import looking
from evidence.looking import Seen
from evidence.models import Blob, Evidence, FileFacts
from registry import matters, prechecking
from registry.lifecycle import MatterState
from registry.matters import Draft
from registry.models import Matter
from tests.grounds.matters import (
    FORM,
    NOW,
    Cast,
    account,
    brought_to,
    cast,
    drafted,
    kept,
    papers,
    stated,
)
from tests.grounds.people import RING


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


def nothing(_form: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return ()


def ids(session: Session, matter: Matter, evidence: Evidence | None) -> list[tuple[str, str]]:
    found = prechecking.of_matter(session, matter, evidence, nothing, ring=RING, now=NOW)
    return [(each.id, each.name) for each in found]


def again(
    session: Session, evidence: Evidence, owner: uuid.UUID, *, at: datetime = NOW
) -> Evidence:
    """Somebody's deposit of the same file."""
    return stated(session, owner, digest_of=evidence, at=at)


class TestFacts:
    def test_come_from_the_look_into_the_file(self, session: Session, people: Cast) -> None:
        matter = drafted(session, people)
        digest = kept(session, people.evidence)
        pledge = kept(session, people.pledge)
        looking.record(session, pledge, Seen(dpi=300), now=NOW)
        assert ids(session, matter, people.evidence) == [("being-checked", "0")]
        looking.record(session, digest, Seen(width=9, height=9, dpi=72), now=NOW)
        session.expire_all()
        assert ids(session, matter, people.evidence) == [("resolution-low", "0")]

    def test_are_kept_once_and_go_with_the_bytes(self, session: Session, people: Cast) -> None:
        digest = kept(session, people.evidence)
        assert [each.sha256 for each in looking.unlooked(session, 10)] == [digest]
        looking.record(session, digest, Seen(dpi=72), now=NOW)
        looking.record(session, digest, Seen(dpi=300), now=NOW)
        assert looking.unlooked(session, 10) == []
        assert session.scalars(select(FileFacts.dpi)).all() == [72]
        session.delete(session.get_one(Blob, digest))
        session.flush()
        assert session.scalars(select(FileFacts.dpi)).all() == []
        looking.record(session, digest, Seen(dpi=300), now=NOW)
        assert session.scalars(select(FileFacts.dpi)).all() == []

    def test_of_a_file_that_says_nothing_are_none(self, session: Session, people: Cast) -> None:
        digest = kept(session, people.evidence)
        looking.record(session, digest, None, now=NOW)
        assert looking.unlooked(session, 10) == []
        assert session.scalars(select(FileFacts)).all() == []

    def test_of_a_declared_digest_are_that_nobody_saw_it(
        self, session: Session, people: Cast
    ) -> None:
        found = ids(session, drafted(session, people), people.evidence)
        assert ("never-seen", "0") in found

    def test_are_missing_without_an_evidence(self, session: Session, people: Cast) -> None:
        assert ("sample-missing", "evidence") in ids(session, drafted(session, people), None)


class TestRepeated:
    def test_by_the_same_person_is_told(self, session: Session, people: Cast) -> None:
        matter = drafted(session, people)
        other = again(session, people.evidence, people.applicant)
        found = prechecking.of_matter(session, matter, people.evidence, nothing, ring=RING, now=NOW)
        (only,) = [each for each in found if each.id == "same-file-deposited"]
        assert other.number in only.said.zh + only.remedy.zh

    def test_in_another_matter_is_told_with_how_far_it_went(
        self, session: Session, people: Cast
    ) -> None:
        brought_to(session, people, MatterState.SUBMITTED)
        matter = drafted(session, people)
        assert ("same-file-applied", "0") in ids(session, matter, people.evidence)

    def test_once_registered_is_told(self, session: Session, people: Cast) -> None:
        brought_to(session, people, MatterState.REGISTERED)
        other = again(session, people.evidence, people.applicant)
        matter = drafted(session, people)
        found = ids(session, matter, other)
        assert ("same-file-registered", "0") in found
        assert ("same-file-applied", "0") not in found

    def test_after_a_withdrawal_is_none(self, session: Session, people: Cast) -> None:
        brought_to(session, people, MatterState.WITHDRAWN)
        matter = drafted(session, people)
        assert not [each for each, _ in ids(session, matter, people.evidence) if "same" in each]

    def test_by_somebody_else_is_told_to_nobody_here(self, session: Session, people: Cast) -> None:
        """T19, T20: what others deposited or registered leaves no trace in the list."""
        matter = drafted(session, people)
        before = ids(session, matter, people.evidence)
        stranger = cast(session)
        theirs = again(session, people.evidence, stranger.applicant)
        assert ids(session, matter, people.evidence) == before
        registered = Cast(
            stranger.applicant, theirs, stranger.pledge, stranger.first, stranger.final
        )
        brought_to(session, registered, MatterState.REGISTERED)
        assert ids(session, matter, people.evidence) == before


def test_is_the_same_for_whoever_asks_and_whenever(session: Session, people: Cast) -> None:
    """The day is that of the application: what was in time stays so."""
    matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
    early, late = (
        prechecking.of_matter(
            session, matter, people.evidence, nothing, ring=RING, now=NOW + timedelta(days=days)
        )
        for days in (-400, 400)
    )
    assert early == late
    assert not [each for each in early if each.id == "form-incomplete"]


def test_a_paper_of_nobody_is_not_there(session: Session, people: Cast) -> None:
    foreign = stated(session, account(session))
    matter = drafted(session, people)
    matters.change(session, matter, Draft(FORM, papers(foreign.number)))
    assert ("document-not-here", "pledge") in ids(session, matter, people.evidence)
