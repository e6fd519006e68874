"""Same and look-alike files of others: all that are near, with dates, and none that are not."""

import random
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from evidence import likeness, looking
from evidence.looking import Seen
from evidence.models import Evidence, TimestampToken
from registry import resemblance
from registry.lifecycle import MatterState
from tests.database.test_prechecking import again
from tests.grounds.matters import NOW, Cast, account, brought_to, cast, kept, stated

SEED = random.Random(7)  # noqa: S311 - any pictures will do


def bits(number: int) -> str:
    return f"{number:0256b}"


def flipped(number: int, count: int) -> int:
    for bit in SEED.sample(range(256), count):
        number ^= 1 << bit
    return number


def pictured(session: Session, evidence: Evidence, hash_: int | None) -> Evidence:
    """As if its file were a picture with this hash."""
    seen = Seen(likeness=None if hash_ is None else bits(hash_))
    looking.record(session, kept(session, evidence), seen, now=NOW)
    return evidence


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


@pytest.fixture
def mine(session: Session, people: Cast) -> int:
    """The hash of the picture under examination."""
    number = SEED.getrandbits(256)
    pictured(session, people.evidence, number)
    return number


def numbers(session: Session, evidence: Evidence, most: int = 31) -> dict[str, int]:
    return {hit.evidence_number: hit.distance for hit in resemblance.hits(session, evidence, most)}


class TestSame:
    def test_by_anybody_is_found_with_both_parties_dates(
        self, session: Session, people: Cast
    ) -> None:
        theirs = again(session, people.evidence, account(session), at=NOW - timedelta(days=3))
        session.add(
            TimestampToken(
                evidence_id=theirs.id, response=b"", gen_time=NOW - timedelta(days=2), serial="1",
                policy="1", authority="x", received_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        (hit,) = resemblance.hits(session, people.evidence, 31)
        assert (hit.kind, hit.own, hit.earlier) == ("same", False, True)
        assert hit.evidence_number == theirs.number
        assert hit.dates.submitted_at == NOW - timedelta(days=3)
        assert hit.dates.timestamped_at == NOW - timedelta(days=2)
        assert (hit.dates.anchored_at, hit.dates.registered_at) == (None, None)
        ours = resemblance.dates_of(session, [people.evidence])[people.evidence.id]
        assert ours.submitted_at == NOW

    def test_registered_is_found_with_number_and_day(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.REGISTERED)
        later = again(session, people.evidence, account(session))
        (hit,) = resemblance.hits(session, later, 31)
        assert hit.evidence_number == people.evidence.number
        assert hit.dates.registered_at == NOW
        assert hit.dates.registration_number is not None
        assert matter.status == MatterState.REGISTERED

    def test_by_the_same_depositor_is_marked_so(self, session: Session, people: Cast) -> None:
        again(session, people.evidence, people.applicant)
        (hit,) = resemblance.hits(session, people.evidence, 31)
        assert hit.own

    def test_is_none_when_nobody_else_has_it(self, session: Session, people: Cast) -> None:
        stated(session, account(session))
        assert resemblance.hits(session, people.evidence, 31) == ()


class TestAlike:
    @pytest.mark.parametrize("distance", [0, 1, 15, 16, 31])
    def test_is_found_up_to_the_distance(
        self, session: Session, people: Cast, mine: int, distance: int
    ) -> None:
        theirs = stated(session, account(session))
        pictured(session, theirs, flipped(mine, distance))
        (hit,) = resemblance.hits(session, people.evidence, 31)
        assert (hit.kind, hit.distance, hit.position) == ("alike", distance, 0)

    @pytest.mark.parametrize(("distance", "most"), [(32, 31), (16, 15), (1, 0), (128, 31)])
    def test_is_not_found_beyond_it(
        self, session: Session, people: Cast, mine: int, distance: int, most: int
    ) -> None:
        pictured(session, stated(session, account(session)), flipped(mine, distance))
        assert resemblance.hits(session, people.evidence, most) == ()

    def test_among_many_is_exactly_what_looking_at_each_would_find(
        self, session: Session, people: Cast, mine: int
    ) -> None:
        owner, wanted = account(session), {}
        for place in range(120):
            theirs = stated(session, owner)
            hash_ = flipped(mine, place) if place % 2 else SEED.getrandbits(256)
            pictured(session, theirs, hash_)
            distance = likeness.distance(bits(mine), bits(hash_))
            if distance <= likeness.MOST_DISTANCE:
                wanted[theirs.number] = distance
        assert len(wanted) == 16
        assert numbers(session, people.evidence) == wanted

    def test_is_looked_for_by_index_alone(self, session: Session, people: Cast, mine: int) -> None:
        """Postgres left alone reads the whole table, and compares the pieces of each row."""
        seen: list[str] = []

        def told(*asked: Any) -> None:
            if "bit_count" in asked[2]:
                seen.append(
                    session.connection().exec_driver_sql("SHOW enable_seqscan").scalar_one()
                )

        event.listen(session.connection(), "before_cursor_execute", told)
        pictured(session, stated(session, account(session)), flipped(mine, 1))
        assert len(numbers(session, people.evidence)) == 1
        assert seen == ["off"]
        with resemblance.by_index(session):
            plan = session.scalars(
                text("EXPLAIN SELECT 1 FROM file_facts WHERE pieces && ARRAY[1, 2]")
            ).all()
        assert "ix_file_facts_pieces" in "".join(plan)
        assert session.scalar(text("SHOW enable_seqscan")) == "on"

    def test_comes_after_the_same_and_nearest_first(
        self, session: Session, people: Cast, mine: int
    ) -> None:
        far, near = (stated(session, account(session)) for _ in range(2))
        pictured(session, far, flipped(mine, 20))
        pictured(session, near, flipped(mine, 2))
        same = again(session, people.evidence, account(session))
        assert list(numbers(session, people.evidence)) == [same.number, near.number, far.number]

    def test_is_nothing_without_a_hash(self, session: Session, people: Cast) -> None:
        pictured(session, people.evidence, None)
        pictured(session, stated(session, account(session)), SEED.getrandbits(256))
        assert resemblance.hits(session, people.evidence, 31) == ()


def test_many_hits_are_cut_with_the_earliest_kept(session: Session, people: Cast) -> None:
    first = again(session, people.evidence, account(session), at=NOW - timedelta(days=9))
    owner: uuid.UUID = account(session)
    for _ in range(resemblance.MOST + 5):
        again(session, people.evidence, owner)
    session.flush()
    found = resemblance.hits(session, people.evidence, 31)
    assert len(found) == resemblance.MOST
    assert found[0].evidence_number == first.number
