"""Every (state × action × role) is tried, and what only the database can hold (T04)."""

import itertools
import uuid
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import staff
from accounts.models import OfficerRole
from accounts.staff import Officer
from core.errors import Conflict, NotAllowed
from registry import examining, interests, matters, opening, registering, submitting, taking_away
from registry.examining import Remark
from registry.lifecycle import RULES, Action, MatterState, Role
from registry.matters import Draft
from registry.models import Matter
from registry.permitted import HELD_AS
from registry.term_models import Term
from tests.grounds import ticks
from tests.grounds.matters import (
    CHECKED,
    CHECKED_FINALLY,
    FORM,
    LONG_AFTER,
    NOW,
    Cast,
    brought_to,
    cast,
    officer,
    papers,
)
from tests.grounds.people import RING

Act = Callable[[Session, Cast, Matter, Officer], object]
TITLE = {**FORM, "title": "山间晨雾"}


def _retitled(people: Cast) -> Draft:
    return Draft(TITLE, papers(people.pledge.number))


def _resubmit(session: Session, people: Cast, matter: Matter) -> None:
    if matter.status == MatterState.RETURNED:
        matters.change(session, matter, _retitled(people))
    submitting.hand_in(session, matter, people.evidence.number, now=NOW)


def _recall(session: Session, matter: Matter, *, corrected: bool) -> None:
    """Recalled by itself, or while a correction runs; the table keeps the two apart."""
    if corrected and matter.status in {MatterState.SIGNING, MatterState.PAYMENT}:
        _owe(session, matter, LONG_AFTER)
    elif corrected != (matter.due_at is not None):
        raise NotAllowed("not this kind of recall")
    submitting.recall(session, matter, now=NOW)


def _owe(session: Session, matter: Matter, due: datetime) -> None:
    """As if it answered a return, to be there until `due`."""
    _set(session, matter, due_at=due)
    session.add(
        Term(
            id=uuid.uuid4(), matter_id=matter.id, purpose="correction", began_at=NOW, due_at=due,
            provisional=False, extended=0, reckoned=0,
        )
    )  # fmt: skip
    session.flush()
    session.refresh(matter)


BY_APPLICANT: dict[Action, Callable[[Session, Cast, Matter], object]] = {
    Action.CHANGE: lambda s, p, m: matters.change(s, m, _retitled(p)),
    Action.SUBMIT: _resubmit,
    Action.RECALL: lambda s, _p, m: _recall(s, m, corrected=False),
    Action.REOPEN: lambda s, _p, m: _recall(s, m, corrected=True),
    Action.EXTEND: lambda s, _p, m: matters.extend(s, m, now=NOW),
    Action.WITHDRAW: lambda s, _p, m: matters.withdraw(s, m, now=NOW),
}


def _end_role(session: Session, _people: Cast, matter: Matter, _officer: Officer) -> None:
    """End every role of who holds the matter, or held it."""
    who = matter.final_officer_id or matter.first_officer_id
    roles = session.scalars(select(OfficerRole.id).where(OfficerRole.account_id == who)).all()
    by = officer(session, staff.Role.SUPERVISOR)
    if not sum(taking_away.end_role(session, by, each, now=NOW) for each in roles):
        raise NotAllowed("nothing was held")
    session.refresh(matter)


def _taking_away(role: Role) -> dict[Action, Act]:
    if role is Role.REGISTRAR:
        return {Action.TAKE_AWAY: lambda s, _p, m, o: taking_away.take_away(s, o, m, "x", now=NOW)}
    return {Action.TAKE_AWAY: _end_role} if role is Role.SUPERVISOR else {}


def acts_of(role: Role) -> dict[Action, Act]:
    """How each action of officers is tried, in this role."""
    return {
        Action.CLAIM: lambda s, _p, m, o: examining.claim(s, o, m, role, now=NOW),
        Action.RELEASE: lambda s, _p, m, o: examining.release(s, o, m, now=NOW),
        Action.RECUSE: lambda s, _p, m, o: examining.recuse(s, o, m, "x", now=NOW),
        **_taking_away(role),
        Action.RETURN: lambda s, _p, m, o: examining.return_for_correction(
            s, o, m, [Remark("field", "title", "x")], "", now=NOW
        ),
        Action.PASS: lambda s, _p, m, o: examining.pass_on(s, o, m, CHECKED, "", now=NOW),
        Action.SEND_BACK: lambda s, _p, m, o: examining.send_back(s, o, m, "x", now=NOW),
        Action.REFUSE: lambda s, _p, m, o: examining.refuse(s, o, m, "expired", "x", now=NOW),
        Action.APPROVE: _approve,
    }


def _approve(session: Session, _people: Cast, matter: Matter, officer: Officer) -> None:
    opening.seen(session, officer, matter, now=NOW)
    registering.approve(
        session, officer, matter, CHECKED_FINALLY, lambda _record: None, lambda: NOW
    )


def _try(session: Session, people: Cast, matter: Matter, action: Action, role: Role) -> None:
    if role is Role.SIGNER and action is Action.SIGNED:
        submitting.go_on_when_signed(session, matter, "all signed", now=NOW)
    elif role is Role.PAYER and action is Action.SETTLED:
        submitting.go_on_when_settled(session, matter, "paid", now=NOW)
    elif role in {Role.SIGNER, Role.PAYER}:
        raise NotAllowed("no such verb")
    elif role is Role.CLOCK:
        if matter.status in {MatterState.SIGNING, MatterState.PAYMENT}:
            _set(session, matter, due_at=NOW)
        if action is not Action.LAPSE or not ticks.lapse(session, now=LONG_AFTER):
            raise NotAllowed("nothing to lapse")
        session.refresh(matter)
    elif role is Role.APPLICANT:
        if action not in BY_APPLICANT:
            raise NotAllowed("no such verb for an applicant")
        BY_APPLICANT[action](session, people, matter)
    else:
        known = acts_of(role)
        if action not in known:
            raise NotAllowed("no such verb for an officer")
        who = {Role.FIRST_EXAMINER: people.first, Role.FINAL_EXAMINER: people.final}.get(
            role, officer(session, staff.Role.REGISTRAR)
        )
        known[action](session, people, matter, who)


@pytest.mark.parametrize("state", list(MatterState))
def test_every_action_of_every_role_does_what_the_table_says(
    session: Session, state: MatterState
) -> None:
    people = cast(session)
    matter = brought_to(session, people, state)
    for action, role in itertools.product(Action, Role):
        save = session.begin_nested()
        session.refresh(matter)
        assert matter.status == state
        allowed = [
            rule.to for rule in RULES if (rule.action, rule.role, rule.was) == (action, role, state)
        ]
        if allowed:
            _try(session, people, matter, action, role)
            assert matter.status == allowed[0], (action, role)
        else:
            with pytest.raises((Conflict, NotAllowed)):
                _try(session, people, matter, action, role)
            session.refresh(matter)
            assert matter.status == state, (action, role)
        save.rollback()


@pytest.mark.parametrize(("state", "role"), HELD_AS.items())
def test_only_who_holds_it_does_what_the_role_may(
    session: Session, state: MatterState, role: Role
) -> None:
    """Another examiner of the same role and agency changes nothing of it, nor does one of both."""
    people = cast(session)
    matter = brought_to(session, people, state)
    roles = (staff.Role(role.value), staff.Role.FIRST_EXAMINER, staff.Role.FINAL_EXAMINER)
    others = [officer(session, roles[0]), officer(session, *sorted(set(roles)))]
    acts = sorted({rule.action for rule in RULES if (rule.was, rule.role) == (state, role)})
    assert {Action.RETURN, Action.RELEASE} <= set(acts)
    before = _columns(session, matter)
    for action, another in itertools.product(acts, others):
        save = session.begin_nested()
        with pytest.raises(NotAllowed):
            acts_of(role)[action](session, people, matter, another)
        session.refresh(matter)
        assert _columns(session, matter) == before, action
        save.rollback()


def _columns(session: Session, matter: Matter) -> object:
    return session.execute(select(Matter.__table__).where(Matter.id == matter.id)).one()


class TestSqlAlone:
    """What only the database can hold against whoever has its password."""

    def refused(self, session: Session, matter: Matter, **values: object) -> None:
        save = session.begin_nested()
        with pytest.raises(IntegrityError):
            _set(session, matter, **values)
        save.rollback()

    def test_cannot_let_one_person_examine_twice(self, session: Session) -> None:
        people = cast(session)
        matter = brought_to(session, people, MatterState.PASSED)
        self.refused(
            session, matter, status="final_examination",
            final_officer_id=people.final.account_id, final_person=people.first.person_id,
        )  # fmt: skip

    def test_cannot_let_one_account_examine_twice(self, session: Session) -> None:
        people = cast(session)
        matter = brought_to(session, people, MatterState.PASSED)
        self.refused(
            session, matter, status="final_examination",
            final_officer_id=people.first.account_id, final_person=people.final.person_id,
        )  # fmt: skip

    def test_cannot_register_without_an_entry(self, session: Session) -> None:
        matter = brought_to(session, cast(session), MatterState.FINAL_EXAMINATION)
        self.refused(session, matter, status="registered")

    def test_cannot_change_the_form_during_examination(self, session: Session) -> None:
        matter = brought_to(session, cast(session), MatterState.FIRST_EXAMINATION)
        self.refused(session, matter, form="{}")

    def test_cannot_give_a_matter_to_somebody_else(self, session: Session) -> None:
        people = cast(session)
        matter = brought_to(session, people, MatterState.DRAFT)
        self.refused(session, matter, applicant_id=people.final.account_id)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE matter_finding SET note = 'x'",
            "DELETE FROM matter_finding",
            "UPDATE matter_submission SET round = 9",
            "UPDATE registration SET number = 'x'",
            "DELETE FROM registration",
            "DELETE FROM matter",
            "UPDATE transition SET became = 'x' WHERE lifecycle = 'matter'",
            "DELETE FROM transition WHERE lifecycle = 'matter'",
            "UPDATE office_edition SET text = ''",
            "UPDATE recusal SET reason = 'x'",
            "DELETE FROM recusal",
            "DELETE FROM declared_conflict",
            "UPDATE declared_conflict SET name = 'x'",
        ],
    )
    def test_cannot_rewrite_what_was_decided(self, session: Session, statement: str) -> None:
        people = cast(session)
        matter = brought_to(session, people, MatterState.FINAL_EXAMINATION)
        examining.recuse(session, people.final, matter, "x", now=NOW)
        interests.declare(session, RING, people.first, "name", "张三的表哥", "x", now=NOW)
        brought_to(session, cast(session), MatterState.REGISTERED)
        save = session.begin_nested()
        with pytest.raises(IntegrityError):
            session.execute(text(statement))
        save.rollback()

    def test_cannot_enter_a_number_that_leaves_a_gap(self, session: Session) -> None:
        people = cast(session)
        matter = brought_to(session, people, MatterState.FINAL_EXAMINATION)
        values = {"id": uuid.uuid4(), "matter": matter.id, "evidence": people.evidence.id}
        save = session.begin_nested()
        with pytest.raises(IntegrityError, match="gap"):
            session.execute(
                text(
                    "INSERT INTO registration VALUES (:id, :matter, 'n', 'tianjin', '2026-F', 2, "
                    "'', :evidence, now())"
                ),
                values,
            )
        save.rollback()


def _set(session: Session, matter: Matter, **values: object) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in values)
    session.execute(
        text(f"UPDATE matter SET {columns} WHERE id = :id"),  # noqa: S608 - names of our columns
        {**values, "id": matter.id},
    )
