"""Nothing stays in the hands of an officer who may not decide it any more."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from accounts import staff
from accounts.inbox_models import Message
from accounts.models import OfficerRole
from accounts.staff import Officer
from core.audit import AuditLine
from core.errors import Conflict, InvalidInput, NotAllowed, ServiceError
from registry import examining, queueing, taking_away
from registry.lifecycle import MatterState, Role
from registry.models import Matter, Removal
from registry.queueing import Wanted
from tests.grounds.database import Cluster
from tests.grounds.matters import CHECKED, NOW, brought_to, cast, officer

Sessions = sessionmaker[Session]


def role_of(session: Session, who: Officer) -> uuid.UUID:
    return session.scalars(
        select(OfficerRole.id).where(OfficerRole.account_id == who.account_id)
    ).one()


class TestEndOfARole:
    def test_puts_back_what_is_held_in_it(self, session: Session) -> None:
        people = cast(session)
        held = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        passed = brought_to(session, people, MatterState.PASSED)
        by = officer(session, staff.Role.SUPERVISOR)
        count = taking_away.end_role(session, by, role_of(session, people.first), now=NOW)
        assert (count, held.status, held.first_officer_id) == (1, "submitted", None)
        assert passed.status == MatterState.PASSED

    def test_of_a_final_examiner_keeps_the_first_examination(self, session: Session) -> None:
        people = cast(session)
        held = brought_to(session, people, MatterState.FINAL_EXAMINATION)
        by = officer(session, staff.Role.SUPERVISOR)
        taking_away.end_role(session, by, role_of(session, people.final), now=NOW)
        assert (held.status, held.final_person) == (MatterState.PASSED, None)
        assert held.first_person == people.first.person_id

    def test_twice_changes_nothing_more(self, session: Session) -> None:
        people = cast(session)
        brought_to(session, people, MatterState.FIRST_EXAMINATION)
        by = officer(session, staff.Role.SUPERVISOR)
        role = role_of(session, people.first)
        assert taking_away.end_role(session, by, role, now=NOW) == 1
        assert taking_away.end_role(session, by, role, now=NOW) == 0

    def test_leaves_nothing_to_claim(self, session: Session) -> None:
        people = cast(session)
        matter = brought_to(session, people, MatterState.SUBMITTED)
        by = officer(session, staff.Role.SUPERVISOR)
        taking_away.end_role(session, by, role_of(session, people.first), now=NOW)
        with pytest.raises(NotAllowed, match="has ended"):
            examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
        with pytest.raises(NotAllowed, match="has ended"):
            queueing.take_next(session, people.first, Wanted(Role.FIRST_EXAMINER), now=NOW)


class TestTakingAway:
    def test_a_registrar_puts_it_back_with_a_reason(self, session: Session) -> None:
        people = cast(session)
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        registrar = officer(session, staff.Role.REGISTRAR)
        taking_away.take_away(session, registrar, matter, "长期病假", now=NOW)
        assert (matter.status, matter.first_officer_id) == (MatterState.SUBMITTED, None)
        kept = session.scalars(select(Removal)).one()
        assert (kept.held_by, kept.reason) == (people.first.account_id, "长期病假")
        told = select(Message.kind).where(Message.account_id == people.first.account_id)
        assert "taken_away" in set(session.scalars(told))

    def test_nobody_else_does_and_not_what_nobody_holds(self, session: Session) -> None:
        people = cast(session)
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        with pytest.raises(NotAllowed):
            taking_away.take_away(session, people.final, matter, "x", now=NOW)
        registrar = officer(session, staff.Role.REGISTRAR)
        with pytest.raises(InvalidInput) as refused:
            taking_away.take_away(session, registrar, matter, " ", now=NOW)
        assert refused.value.field == "reason"
        waiting = brought_to(session, people, MatterState.SUBMITTED)
        with pytest.raises(Conflict):
            taking_away.take_away(session, registrar, waiting, "x", now=NOW)

    def test_not_ones_own_application(self, session: Session) -> None:
        people = cast(session)
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        own = officer(session, staff.Role.REGISTRAR, account_id=people.applicant)
        with pytest.raises(NotAllowed):
            taking_away.take_away(session, own, matter, "x", now=NOW)

    @pytest.mark.parametrize(
        "statement", ["UPDATE removal SET reason = 'x'", "DELETE FROM removal"]
    )
    def test_what_was_said_is_never_edited(self, session: Session, statement: str) -> None:
        matter = brought_to(session, cast(session), MatterState.FIRST_EXAMINATION)
        registrar = officer(session, staff.Role.REGISTRAR)
        taking_away.take_away(session, registrar, matter, "长期病假", now=NOW)
        save = session.begin_nested()
        with pytest.raises(IntegrityError):
            session.execute(text(statement))
        save.rollback()


@pytest.fixture
def sessions(postgres: Cluster) -> Iterator[Sessions]:
    engine = create_engine(postgres.fresh(), pool_size=16, max_overflow=0)
    yield sessionmaker(engine)
    engine.dispose()


def test_claims_and_decisions_while_a_role_ends_leave_nothing_behind(sessions: Sessions) -> None:
    """Ten matters are claimed, ten decided, and the role ends, all at the same moment."""
    with sessions.begin() as session:
        people = cast(session)
        waiting = [brought_to(session, people, MatterState.SUBMITTED).id for _ in range(10)]
        held = [brought_to(session, people, MatterState.FIRST_EXAMINATION).id for _ in range(10)]
        by, role = officer(session, staff.Role.SUPERVISOR), role_of(session, people.first)

    def act(what: tuple[str, uuid.UUID]) -> str:
        kind, subject = what
        try:
            with sessions.begin() as session:
                if kind == "end":
                    taking_away.end_role(session, by, subject, now=NOW)
                    return kind
                matter = examining.seen(session, people.first, subject, lock=True)
                if kind == "claim":
                    examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
                else:
                    examining.pass_on(session, people.first, matter, CHECKED, "", now=NOW)
        except ServiceError as error:
            return error.code
        return kind

    tasks = [("claim", each) for each in waiting] + [("pass", each) for each in held]
    tasks.insert(len(tasks) // 2, ("end", role))
    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(act, tasks))
    assert done.count("end") == 1
    with sessions() as session:
        states = [session.get_one(Matter, each).status for each in (*waiting, *held)]
        assert MatterState.FIRST_EXAMINATION not in states
        passed = states.count(MatterState.PASSED)
        assert passed == done.count("pass")
        assert states.count(MatterState.SUBMITTED) == len(states) - passed
        lines = session.scalars(select(AuditLine).where(AuditLine.act == "matter.submitted"))
        told = [line.by_id for line in lines if line.facts["reason"] == "role ended"]
        assert told == [by.account_id] * (len(held) - passed + done.count("claim"))
