"""What registrars and supervisors see of their office's matters."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from accounts import staff
from accounts.staff import Officer
from core.errors import InvalidInput, NotAllowed
from registry import examining, overseeing
from registry.lifecycle import MatterState, Role
from registry.models import Matter
from registry.overseeing import Overseen
from tests.database.test_queueing import filed
from tests.grounds.matters import NOW, officer

ALL = Overseen()


@pytest.fixture
def registrar(session: Session) -> Officer:
    return officer(session, staff.Role.REGISTRAR)


def seen(
    session: Session, by: Officer, wanted: Overseen = ALL, after: uuid.UUID | None = None,
    limit: int = 9,
) -> list[uuid.UUID]:  # fmt: skip
    found, _ = overseeing.page(session, by, wanted, after, limit, now=NOW)
    return [each.id for each in found]


def held(session: Session, minutes: int, by: Officer) -> Matter:
    matter = filed(session, minutes)
    examining.claim(session, by, matter, Role.FIRST_EXAMINER, now=NOW)
    return matter


def test_pages_go_on_through_all_states_the_newest_first(
    session: Session, registrar: Officer
) -> None:
    first = officer(session, staff.Role.FIRST_EXAMINER)
    made = [filed(session, 0), held(session, 1, first), filed(session, 2), held(session, 3, first)]
    wanted = [each.id for each in reversed(made)]
    assert seen(session, registrar) == wanted
    page, after = overseeing.page(session, registrar, ALL, None, 3, now=NOW)
    assert ([each.id for each in page], after) == (wanted[:3], wanted[2])
    page, after = overseeing.page(session, registrar, ALL, after, 3, now=NOW)
    assert ([each.id for each in page], after) == (wanted[3:], None)


def test_are_limited_to_state_holder_and_what_is_overdue(
    session: Session, registrar: Officer
) -> None:
    one, other = (officer(session, staff.Role.FIRST_EXAMINER) for _ in range(2))
    waiting, mine, theirs = filed(session, 0), held(session, 1, one), held(session, 2, other)
    waiting.examine_by = NOW - timedelta(days=1)
    session.flush()
    assert seen(session, registrar, Overseen(held_by=one.account_id)) == [mine.id]
    assert overseeing.holder(theirs) == other.account_id
    assert overseeing.holder(waiting) is None
    states = Overseen(states=[MatterState.SUBMITTED])
    assert seen(session, registrar, states) == [waiting.id]
    assert seen(session, registrar, Overseen(overdue=True)) == [waiting.id]
    assert overseeing.overdue(waiting, NOW)
    assert not overseeing.overdue(mine, NOW)


def test_one_is_found_by_its_number_however_typed(session: Session, registrar: Officer) -> None:
    filed(session, 0)
    matter = filed(session, 1)
    typed = f" {matter.number.lower().replace('-', ' ')}"
    assert seen(session, registrar, Overseen(number=typed)) == [matter.id]
    with pytest.raises(InvalidInput) as refusal:
        seen(session, registrar, Overseen(number="no number"))
    assert refusal.value.field == "number"


def test_what_one_has_an_interest_in_is_left_out(session: Session, registrar: Officer) -> None:
    both = officer(session, staff.Role.REGISTRAR, staff.Role.FIRST_EXAMINER)
    bound, free = held(session, 0, both), filed(session, 1)
    examining.recuse(session, both, bound, "x", now=NOW)
    assert seen(session, both) == [free.id]
    assert seen(session, registrar) == [free.id, bound.id]


def test_is_for_registrars_and_supervisors_of_the_office(session: Session) -> None:
    matter = filed(session, 0)
    assert seen(session, officer(session, staff.Role.SUPERVISOR)) == [matter.id]
    assert seen(session, officer(session, staff.Role.REGISTRAR, office="zhejiang")) == []
    for role in (staff.Role.FIRST_EXAMINER, staff.Role.FINAL_EXAMINER, staff.Role.CASHIER):
        with pytest.raises(NotAllowed):
            seen(session, officer(session, role))
