"""Whose identities stand in a matter: what the form names, of the applicant's own library only."""

import uuid
from typing import Any

import pytest
from sqlalchemy.orm import Session

from accounts import identity, parties, reviewing, staff
from accounts.person_models import Party
from core.errors import NotAllowed, NotFound
from registry import examining, identified, matters
from registry.lifecycle import MatterState, Role
from registry.matters import Draft
from registry.models import Matter
from tests.database.test_guardians import CHILD, party
from tests.grounds.matters import (
    FORM,
    NOW,
    TIANJIN,
    Cast,
    account,
    brought_to,
    cast,
    officer,
    verify,
)
from tests.grounds.people import resident


def drafted(session: Session, owner: uuid.UUID, agent: uuid.UUID | None = None,
            **form: Any) -> Matter:  # fmt: skip
    said = Draft({**FORM, **form}, {})
    return matters.draft(session, owner, TIANJIN, "exchange", said, agent, now=NOW)


def named(whose: Party, **more: Any) -> dict[str, Any]:
    return {"party": str(whose.id), "name": whose.name, "signature": "real_name", **more}


def places(session: Session, matter: Matter) -> dict[uuid.UUID, tuple[str, ...]]:
    return {each.row.id: each.places for each in identified.standing(session, matter)}


class TestStanding:
    def test_accounts_parties_and_guardians_each_once(self, session: Session) -> None:
        owner, agent = account(session, "李妈妈"), account(session, "代理人")
        parent = party(session, owner, "李妈妈", resident())
        child = party(session, owner, "李小明", resident(CHILD), parent)
        unit = party(session, owner, "单位", resident())
        matter = drafted(
            session, owner, agent, owners=[named(child)],
            authors=[named(child, employer=str(unit.id)), {"name": "无名"}],
            applicant={"name": "李妈妈", "party": str(parent.id)},
            handler={"name": "单位", "party": str(unit.id)},
        )  # fmt: skip
        mine, theirs = identity.current(session, owner), identity.current(session, agent)
        assert mine is not None
        assert theirs is not None
        assert places(session, matter) == {
            mine.id: ("applicant",), theirs.id: ("agent",),
            child.id: ("owners[0]", "authors[0]"),
            parent.id: ("owners[0].guardian", "authors[0].guardian", "applicant"),
            unit.id: ("authors[0].employer", "handler"),
        }  # fmt: skip

    def test_nothing_of_another_library_and_nothing_that_is_no_id(self, session: Session) -> None:
        owner, other = account(session), account(session)
        foreign = party(session, other, "别人", resident())
        matter = drafted(session, owner, owners=[named(foreign)],
                         authors=[{"party": "no id", "name": "张三"}])  # fmt: skip
        assert list(places(session, matter).values()) == [("applicant",)]
        with pytest.raises(NotFound):
            identified.one_of(session, matter, foreign.id)

    def test_what_was_erased_stands_there_as_erased(self, session: Session) -> None:
        owner = account(session)
        gone = party(session, owner, "李四", resident())
        matter = drafted(session, owner, owners=[named(gone)])
        held = identity.current(session, owner)
        assert held is not None
        parties.erase(session, gone, now=NOW)
        identity.erase(session, held, now=NOW)
        assert list(places(session, matter)) == [gone.id]


class TestHolding:
    @pytest.fixture
    def people(self, session: Session) -> Cast:
        return cast(session)

    def test_is_of_the_officer_who_claimed_it(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.SUBMITTED)
        assert not self.holding(session, people.first, matter)
        examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
        assert self.holding(session, people.first, matter)
        assert not self.holding(session, people.final, matter)
        others = [officer(session, each) for each in staff.Role]
        assert not any(self.holding(session, each, matter) for each in others)

    @pytest.mark.parametrize(
        "state", [MatterState.PASSED, MatterState.RETURNED, MatterState.REGISTERED,
                  MatterState.REFUSED],
    )  # fmt: skip
    def test_ends_with_the_decision(
        self, session: Session, people: Cast, state: MatterState
    ) -> None:
        matter = brought_to(session, people, state)
        for each in (people.first, people.final):
            assert not self.holding(session, each, matter)

    def test_passes_to_the_final_examiner(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.FINAL_EXAMINATION)
        assert self.holding(session, people.final, matter)
        assert not self.holding(session, people.first, matter)

    def test_needs_the_role_still(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        by = people.first
        now = staff.Officer(by.account_id, by.person_id, by.office, frozenset({staff.Role.CASHIER}),
                            by.agencies)  # fmt: skip
        assert not self.holding(session, now, matter)

    def test_is_no_use_to_who_has_come_to_have_an_interest(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        held = identity.current(session, people.applicant)
        assert held is not None
        claimed = identity.current(session, people.first.account_id)
        assert claimed is not None
        claimed.number_index = held.number_index
        session.flush()
        with pytest.raises(NotAllowed):
            identified.held(session, people.first, matter.id)

    def holding(self, session: Session, by: staff.Officer, matter: Matter) -> bool:
        try:
            return identified.held(session, by, matter.id) is matter
        except NotFound:
            return False


class TestReviewing:
    @pytest.mark.parametrize("status", ["accepted", "verified", "rejected", "superseded"])
    def test_ends_when_nobody_decides_any_more(self, session: Session, status: str) -> None:
        by, who = officer(session, staff.Role.SUPERVISOR), account(session)
        held = identity.current(session, who)
        assert held is not None
        identity.erase(session, held, now=NOW)
        row = verify(session, who, status=status)
        row.office = "tianjin"
        session.flush()
        assert reviewing.at_office(session, by, row.id) is row
        with pytest.raises(NotFound):
            reviewing.to_review(session, by, row.id)

    @pytest.mark.parametrize("role", list(staff.Role))
    def test_is_for_those_who_decide(self, session: Session, role: staff.Role) -> None:
        by, who = officer(session, role), account(session)
        row = verify(session, who, status="submitted")
        row.office = "tianjin"
        session.flush()
        for look in (
            lambda: [reviewing.to_review(session, by, row.id)],
            lambda: reviewing.queue(session, by, 10_000),
        ):
            if role in {staff.Role.SUPERVISOR, staff.Role.FIRST_EXAMINER}:
                assert row in look()
                continue
            with pytest.raises(NotAllowed):
                look()
