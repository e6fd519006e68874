"""What an officer is told to be able to do next is what can be done: whatever is told of succeeds
when it is tried, and whatever is not told of is refused (T04).
"""

from collections.abc import Callable, Mapping
from typing import Final

import pytest
from sqlalchemy.orm import Session

from accounts import staff
from accounts.staff import Officer
from core.errors import Conflict, NotAllowed
from registry import next_steps, opening, registering
from registry.lifecycle import RULES, Action, MatterState, Role
from registry.models import Matter
from registry.profile import Profile, parse_profile
from tests.database.test_matter_triples import Act, acts_of
from tests.grounds.interests import declare
from tests.grounds.matters import (
    CHECKED_FINALLY,
    NOW,
    TIANJIN,
    Cast,
    brought_to,
    cast,
    officer,
)

FIRST, FINAL = staff.Role.FIRST_EXAMINER, staff.Role.FINAL_EXAMINER
SAID: Final = 'returns_to = ["applicant", "first"]'
ONLY_TO_FIRST: Final = parse_profile(
    TIANJIN.text.replace(SAID, 'returns_to = ["first"]'), "tianjin"
)
ACTS: Final[list[tuple[Action, Act]]] = [
    (action, act)
    for role in (Role.FIRST_EXAMINER, Role.FINAL_EXAMINER, Role.REGISTRAR)
    for action, act in acts_of(role).items()
]
"""As whatever role: an officer who does not have it is refused."""


def _bound(session: Session, *roles: staff.Role) -> Officer:
    made = officer(session, *roles)
    declare(session, made, "张三")
    return made


WHO: Final[Mapping[str, Callable[[Session, Cast], Officer]]] = {
    "first": lambda _s, people: people.first,
    "final": lambda _s, people: people.final,
    "another first": lambda s, _p: officer(s, FIRST),
    "another final": lambda s, _p: officer(s, FINAL),
    "both": lambda s, _p: officer(s, FIRST, FINAL),
    "elsewhere": lambda s, _p: officer(s, FIRST, agency="another agency"),
    "final as a person who was first": lambda s, people: officer(
        s, FINAL, who=people.first.person_id
    ),
    "final on the account of the first": lambda s, people: officer(
        s, FINAL, account_id=people.first.account_id
    ),
    "bound": lambda s, _p: _bound(s, FIRST, FINAL, staff.Role.REGISTRAR),
    "registrar": lambda s, _p: officer(s, staff.Role.REGISTRAR),
    "supervisor": lambda s, _p: officer(s, staff.Role.SUPERVISOR),
    "cashier": lambda s, _p: officer(s, staff.Role.CASHIER),
    "everything": lambda s, _p: officer(s, *staff.Role),
}


def done(session: Session, people: Cast, matter: Matter, who: Officer) -> set[Action]:
    """Which actions succeed, each tried by itself in every role."""
    found, was = set(), matter.status
    for action, act in ACTS:
        save = session.begin_nested()
        try:
            act(session, people, matter, who)
        except (NotAllowed, Conflict):
            pass
        else:
            found.add(action)
        save.rollback()
        session.expire_all()
        assert matter.status == was
    return found


def told(session: Session, matter: Matter, who: Officer) -> set[Action]:
    """As the officer's page has it: whoever holds it has opened it."""
    opening.seen(session, who, matter, now=NOW)
    listed = next_steps.may(session, who, matter)
    assert len(listed) == len(set(listed))
    return set(listed)


@pytest.mark.parametrize("rules", [TIANJIN, ONLY_TO_FIRST], ids=["to both", "to the first"])
@pytest.mark.parametrize("state", list(MatterState))
def test_what_is_told_is_what_can_be_done(
    session: Session, state: MatterState, rules: Profile
) -> None:
    people = cast(session)
    matter = brought_to(session, people, state, profile=rules)
    found = {}
    for name, make in WHO.items():
        who = make(session, people)
        found[name] = told(session, matter, who)
        assert found[name] == done(session, people, matter, who), name
    open_here = {
        rule.action for rule in RULES if rule.was is state and rule.role.value in {*staff.Role}
    }
    if rules is TIANJIN:
        assert set().union(*found.values()) == open_here
    assert not found["cashier"] | found["supervisor"] | found["bound"]


@pytest.mark.parametrize("state", [MatterState.FIRST_EXAMINATION, MatterState.FINAL_EXAMINATION])
def test_whoever_holds_it_and_comes_to_have_an_interest_only_lets_go(
    session: Session, state: MatterState
) -> None:
    people = cast(session)
    matter = brought_to(session, people, state)
    who = people.first if state is MatterState.FIRST_EXAMINATION else people.final
    declare(session, who, "张三")
    assert told(session, matter, who) == {Action.RELEASE, Action.RECUSE}
    assert done(session, people, matter, who) == {Action.RELEASE, Action.RECUSE}


def test_nobody_claims_what_waits_for_its_papers(session: Session) -> None:
    people = cast(session)
    matter = brought_to(session, people, MatterState.SUBMITTED)
    assert told(session, matter, people.first) == {Action.CLAIM}
    matter.awaits_papers = True
    session.flush()
    assert told(session, matter, people.first) == set()
    assert done(session, people, matter, people.first) == set()


def test_it_is_approved_once_it_was_opened(session: Session) -> None:
    people = cast(session)
    matter = brought_to(session, people, MatterState.FINAL_EXAMINATION)
    assert Action.APPROVE not in next_steps.may(session, people.final, matter)
    with pytest.raises(Conflict, match="open the matter first"):
        registering.approve(
            session, people.final, matter, CHECKED_FINALLY, lambda _record: None, lambda: NOW
        )
    assert Action.APPROVE in told(session, matter, people.final)
