"""T05, T06: who stepped back from a matter, or examined it first, gets nothing more of it."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import staff
from accounts.documents import Document, DocumentKind
from accounts.models import Account
from core.errors import InvalidInput, NotAllowed
from registry import examining, interests, queueing
from registry.lifecycle import MatterState, Role
from registry.models import Matter, Recusal
from registry.queueing import Wanted
from tests.grounds.interests import declare, kept_away
from tests.grounds.matters import (
    NOW,
    Cast,
    brought_to,
    cast,
    officer,
)
from tests.grounds.people import account

FIRST_ROLE = staff.Role.FIRST_EXAMINER
FIRST = Wanted(Role.FIRST_EXAMINER)
COMPANY = Document(DocumentKind.CREDIT_CODE, "91350100M000100Y43")


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


@pytest.fixture
def waiting(session: Session, people: Cast) -> Matter:
    return brought_to(session, people, MatterState.SUBMITTED)


class TestRecusal:
    def test_frees_the_matter_for_others_and_never_gives_it_back(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        examining.recuse(session, people.first, matter, "邻居", now=NOW)
        row = session.scalars(select(Recusal)).one()
        assert (row.matter_id, row.person_id) == (matter.id, people.first.person_id)
        assert row.reason == "邻居"
        kept_away(session, people.first, matter, Role.FIRST_EXAMINER)
        other = officer(session, staff.Role.FIRST_EXAMINER)
        examining.claim(session, other, matter, Role.FIRST_EXAMINER, now=NOW)

    def test_holds_for_the_final_examination_too(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.FINAL_EXAMINATION)
        examining.recuse(session, people.final, matter, "邻居", now=NOW)
        assert matter.status == MatterState.PASSED
        kept_away(session, people.final, matter, Role.FINAL_EXAMINER)

    def test_holds_for_a_second_account_of_the_same_person(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        examining.recuse(session, people.first, matter, "邻居", now=NOW)
        again = officer(session, staff.Role.FIRST_EXAMINER, who=people.first.person_id)
        kept_away(session, again, matter, Role.FIRST_EXAMINER)

    def test_holds_for_the_account_under_another_identity_number(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        examining.recuse(session, people.first, matter, "邻居", now=NOW)
        declare(session, people.first, "李四")
        session.execute(text("UPDATE officer_role SET ended_at = now()"))
        again = officer(session, staff.Role.FIRST_EXAMINER, account_id=people.first.account_id)
        assert again.person_id != people.first.person_id
        kept_away(session, again, matter, Role.FIRST_EXAMINER)
        assert [each.name for each in interests.declarations(session, again)] == ["李四"]

    def test_keeps_away_from_the_papers_of_who_filed_it(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        interests.require_none_in(session, people.first, people.applicant, NOW)
        examining.recuse(session, people.first, matter, "邻居", now=NOW)
        with pytest.raises(NotAllowed, match="another officer"):
            interests.require_none_in(session, people.first, people.applicant, NOW)
        interests.require_none_in(session, people.first, account(session).id, NOW)
        interests.require_none_in(session, people.final, people.applicant, NOW)

    def test_cannot_be_undone_by_sql_alone(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        examining.recuse(session, people.first, matter, "邻居", now=NOW)
        for column in ("first", "final"):
            save = session.begin_nested()
            with pytest.raises(IntegrityError, match="stepped back"):
                session.execute(
                    text(f"UPDATE matter SET {column}_person = :who WHERE id = :id"),  # noqa: S608
                    {"who": people.first.person_id, "id": matter.id},
                )
            save.rollback()

    def test_is_of_whoever_holds_the_matter(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        other = officer(session, staff.Role.FIRST_EXAMINER)
        with pytest.raises(NotAllowed, match="somebody else"):
            examining.recuse(session, other, matter, "x", now=NOW)

    def test_needs_a_reason(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        with pytest.raises(InvalidInput) as caught:
            examining.recuse(session, people.first, matter, " ", now=NOW)
        assert caught.value.field == "reason"


def test_the_person_who_examined_first_is_given_nothing_to_examine_finally(
    session: Session, people: Cast
) -> None:
    """T05."""
    matter = brought_to(session, people, MatterState.PASSED)
    both = officer(session, staff.Role.FINAL_EXAMINER, who=people.first.person_id)
    assert matter not in queueing.page(session, both, Wanted(Role.FINAL_EXAMINER), None, 100)
    assert queueing.take_next(session, both, Wanted(Role.FINAL_EXAMINER), now=NOW) is None
    with pytest.raises(NotAllowed, match="different persons"):
        examining.claim(session, both, matter, Role.FINAL_EXAMINER, now=NOW)


def test_the_account_that_examined_first_does_not_examine_finally_as_somebody_else(
    session: Session, people: Cast
) -> None:
    """T05: its role ended, and it was appointed again under another identity number."""
    matter = brought_to(session, people, MatterState.PASSED)
    again = officer(session, staff.Role.FINAL_EXAMINER, account_id=people.first.account_id)
    assert again.person_id != people.first.person_id
    assert matter not in queueing.page(session, again, Wanted(Role.FINAL_EXAMINER), None, 100)
    assert queueing.take_next(session, again, Wanted(Role.FINAL_EXAMINER), now=NOW) is None
    with pytest.raises(NotAllowed, match="different persons"):
        examining.claim(session, again, matter, Role.FINAL_EXAMINER, now=NOW)


@pytest.mark.parametrize("known", ["the second under the first's number", "the reverse"])
def test_one_human_being_with_two_identity_papers_is_not_two_examiners(
    session: Session, people: Cast, known: str
) -> None:
    """T05: appointed by passport, with another account by identity card; either account is known
    by the other's paper as well.
    """
    matter = brought_to(session, people, MatterState.PASSED)
    other = officer(session, staff.Role.FINAL_EXAMINER)
    assert matter in queueing.page(session, other, Wanted(Role.FINAL_EXAMINER), None, 100)
    pair = (other, people.first)
    held, number = pair if known.startswith("the second") else reversed(pair)
    session.get_one(Account, held.account_id).person_id = number.person_id
    session.flush()
    assert matter not in queueing.page(session, other, Wanted(Role.FINAL_EXAMINER), None, 100)
    assert queueing.take_next(session, other, Wanted(Role.FINAL_EXAMINER), now=NOW) is None
    with pytest.raises(NotAllowed, match="different persons"):
        examining.claim(session, other, matter, Role.FINAL_EXAMINER, now=NOW)
