"""Queues: longest first, page by page, each part by its filter; the next one goes to one only."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from accounts import staff
from accounts.staff import Officer
from core.errors import InvalidInput, NotAllowed
from registry import examining, interests, matters, queueing, submitting
from registry.lifecycle import MatterState, Role
from registry.matters import Draft
from registry.models import Matter
from registry.queueing import Counts, Wanted
from tests.grounds.database import Cluster
from tests.grounds.matters import FORM, LONG_AFTER, NOW, TIANJIN, brought_to, cast, officer, papers
from tests.grounds.people import RING

FIRST, FINAL = Wanted(Role.FIRST_EXAMINER), Wanted(Role.FINAL_EXAMINER)


def filed(
    session: Session, minutes: int, category: str = "fine_art", agency: str = "exchange"
) -> Matter:
    """A matter that reached the examiners so many minutes after the others."""
    people = cast(session)
    form = {**FORM, "category": category, "extent": "1"}
    matter = matters.draft(
        session, people.applicant, TIANJIN, agency, Draft(form, papers(people.pledge.number)),
        now=NOW,
    )  # fmt: skip
    at = NOW + timedelta(minutes=minutes)
    submitting.submit(session, RING, matter, people.evidence.number, now=at)
    return matter


@pytest.fixture
def first(session: Session) -> Officer:
    return officer(session, staff.Role.FIRST_EXAMINER)


def ids(found: list[Matter]) -> list[uuid.UUID]:
    return [matter.id for matter in found]


class TestPage:
    def test_is_in_the_order_things_fall_due(self, session: Session, first: Officer) -> None:
        """A matter that came later and is due earlier comes first; without a term, it counts since
        when it waits.
        """
        late, early, termless = (filed(session, minutes) for minutes in range(3))
        assert late.examine_by is not None
        early.examine_by = late.examine_by - timedelta(days=1)
        termless.examine_by = None
        session.flush()
        found = ids(queueing.page(session, first, FIRST, None, 9))
        assert found == [termless.id, early.id, late.id]

    def test_is_in_order_of_time_and_goes_on_behind_its_last(
        self, session: Session, first: Officer
    ) -> None:
        made = [filed(session, minutes).id for minutes in (3, 1, 2, 1, 5)]
        wanted = [made[place] for place in (1, 3, 2, 0, 4)]
        wanted[:2] = sorted(wanted[:2])
        seen: list[uuid.UUID] = []
        while piece := queueing.page(session, first, FIRST, seen[-1] if seen else None, 2):
            seen += ids(piece)
        assert seen == wanted

    def test_leaves_nothing_out_behind_what_is_hidden(
        self, session: Session, first: Officer
    ) -> None:
        """A page that could be filled is filled, however many of the first are kept away."""
        interests.declare(session, RING, first, "name", "李四", "x", now=NOW)
        bound = [filed(session, minutes) for minutes in range(5)]
        for matter in bound:
            examining.claim(session, first, matter, Role.FIRST_EXAMINER, now=NOW)
            examining.recuse(session, first, matter, "x", now=NOW)
        free = [filed(session, 10 + minutes).id for minutes in range(3)]
        assert ids(queueing.page(session, first, FIRST, None, 2)) == free[:2]
        assert ids(queueing.page(session, first, FIRST, free[1], 2)) == free[2:]

    def test_is_of_ones_agencies_and_of_one_of_them_when_asked(self, session: Session) -> None:
        both = Officer(
            officer(session).account_id, officer(session).person_id, "tianjin",
            frozenset({staff.Role.FIRST_EXAMINER}), frozenset({"exchange", "publishing"}),
        )  # fmt: skip
        one = filed(session, 0).id
        other = filed(session, 1, agency="publishing").id
        filed(session, 2, agency=next(iter(set(TIANJIN.agencies or {}) - both.agencies)))
        assert ids(queueing.page(session, both, FIRST, None, 9)) == [one, other]
        asked = Wanted(Role.FIRST_EXAMINER, agency="publishing")
        assert ids(queueing.page(session, both, asked, None, 9)) == [other]
        foreign = Wanted(Role.FIRST_EXAMINER, agency="youth")
        assert queueing.page(session, both, foreign, None, 9) == []

    def test_is_of_one_category_when_asked(self, session: Session, first: Officer) -> None:
        filed(session, 0)
        photograph = filed(session, 1, "photograph")
        wanted = Wanted(Role.FIRST_EXAMINER, category="photograph")
        assert ids(queueing.page(session, first, wanted, None, 9)) == [photograph.id]

    def test_is_of_urgent_ones_when_asked(self, session: Session, first: Officer) -> None:
        usual = filed(session, 0)
        urgent = filed(session, 1)
        # No shipped office handles anything urgently yet: as if one did.
        session.execute(text("ALTER TABLE matter DISABLE TRIGGER matter_guard"))
        urgent.form = {**urgent.form, "urgent": True}
        session.flush()
        session.expire_all()
        wanted = Wanted(Role.FIRST_EXAMINER, urgent=True)
        assert ids(queueing.page(session, first, wanted, None, 9)) == [urgent.id]
        assert ids(queueing.page(session, first, FIRST, None, 9)) == [usual.id, urgent.id]

    def test_of_what_one_holds_is_only_that(self, session: Session, first: Officer) -> None:
        mine = filed(session, 1)
        filed(session, 2)
        examining.claim(session, first, mine, Role.FIRST_EXAMINER, now=NOW)
        held = Wanted(Role.FIRST_EXAMINER, mine=True)
        assert ids(queueing.page(session, first, held, None, 9)) == [mine.id]
        other = officer(session, staff.Role.FIRST_EXAMINER)
        assert queueing.page(session, other, held, None, 9) == []

    def test_of_final_examiners_is_of_every_agency(self, session: Session) -> None:
        people = cast(session)
        matter = brought_to(session, people, MatterState.PASSED)
        elsewhere = officer(session, staff.Role.FINAL_EXAMINER, agency="publishing")
        assert ids(queueing.page(session, elsewhere, FINAL, None, 9)) == [matter.id]
        asked = Wanted(Role.FINAL_EXAMINER, agency="publishing")
        assert queueing.page(session, elsewhere, asked, None, 9) == []

    def test_of_another_office_is_empty(self, session: Session) -> None:
        filed(session, 0)
        brought_to(session, cast(session), MatterState.PASSED)
        elsewhere = officer(
            session, staff.Role.FIRST_EXAMINER, staff.Role.FINAL_EXAMINER, office="zhejiang"
        )
        for wanted in (FIRST, FINAL):
            assert queueing.page(session, elsewhere, wanted, None, 9) == []
            assert queueing.take_next(session, elsewhere, wanted, now=NOW) is None
            assert queueing.counts(session, elsewhere, wanted.role, now=NOW) == Counts(0, 0, 0)

    def test_needs_the_role(self, session: Session, first: Officer) -> None:
        with pytest.raises(NotAllowed):
            queueing.page(session, first, FINAL, None, 9)
        with pytest.raises(NotAllowed):
            queueing.take_next(session, first, FINAL, now=NOW)
        with pytest.raises(NotAllowed):
            queueing.counts(session, first, Role.FINAL_EXAMINER, now=NOW)

    def test_goes_on_behind_no_matter_of_somebody_elses(
        self, session: Session, first: Officer
    ) -> None:
        draft = brought_to(session, cast(session), MatterState.DRAFT)
        for cursor in (uuid.uuid4(), draft.id):
            with pytest.raises(InvalidInput) as caught:
                queueing.page(session, first, FIRST, cursor, 9)
            assert caught.value.field == "cursor"


def test_counts_say_what_waits_what_is_overdue_and_what_one_holds(
    session: Session, first: Officer
) -> None:
    def counted(now: datetime = NOW) -> Counts:
        return queueing.counts(session, first, Role.FIRST_EXAMINER, now=now)

    for days in range(3):
        filed(session, days * 24 * 60)
    filed(session, 9, agency="publishing")
    assert counted() == Counts(waiting=3, overdue=0, held=0)
    (soonest, *_) = queueing.page(session, first, FIRST, None, 1)
    assert soonest.examine_by is not None
    assert counted(soonest.examine_by).overdue == 0
    assert counted(soonest.examine_by + timedelta(seconds=1)).overdue == 1
    assert counted(LONG_AFTER).overdue == 3
    queueing.take_next(session, first, FIRST, now=NOW)
    assert counted(LONG_AFTER) == Counts(waiting=2, overdue=2, held=1)


class TestNext:
    def test_is_the_one_that_waits_longest(self, session: Session, first: Officer) -> None:
        filed(session, 5)
        oldest = filed(session, 1)
        taken = queueing.take_next(session, first, FIRST, now=NOW)
        assert taken is not None
        assert (taken.id, taken.status) == (oldest.id, "first_examination")
        assert taken.first_person == first.person_id

    def test_is_none_when_nothing_waits(self, session: Session, first: Officer) -> None:
        assert queueing.take_next(session, first, FIRST, now=NOW) is None

    def test_of_many_who_ask_at_once_each_gets_another(self, postgres: Cluster) -> None:
        engine = create_engine(postgres.fresh(), pool_size=12, max_overflow=0)
        sessions = sessionmaker(engine)
        with sessions.begin() as session:
            made = {filed(session, minutes).id for minutes in range(10)}
            officers = [officer(session, staff.Role.FIRST_EXAMINER) for _ in range(12)]
        start = threading.Barrier(12)

        def ask(who: Officer) -> uuid.UUID | None:
            with sessions.begin() as session:
                start.wait()
                taken = queueing.take_next(session, who, FIRST, now=NOW)
                return None if taken is None else taken.id

        with ThreadPoolExecutor(12) as pool:
            given = list(pool.map(ask, officers))
        engine.dispose()
        assert sorted(map(str, filter(None, given))) == sorted(map(str, made))
        assert given.count(None) == 2
