"""A claim of identity taken back by its owner: nobody looks at it, and it keeps nothing up."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import identity, reviewing
from accounts.identity import IdentityStatus
from accounts.models import Account
from core import audit
from core.audit import AuditLine
from core.errors import Conflict, IllegalTransition, NotFound
from tests.database.test_identity import VERIFIED, claim, draft, officer, submitted
from tests.grounds.people import NOW, RING, account


@pytest.fixture
def person(session: Session) -> Account:
    return account(session, kind="individual")


def test_ends_the_wait_and_another_is_begun(session: Session, person: Account) -> None:
    row, by = submitted(session, person), officer(session)
    with pytest.raises(Conflict, match="take it back"):
        identity.begin(session, RING, person.id, claim(), now=NOW)
    identity.withdraw(session, row, person.id, now=NOW)
    assert reviewing.queue(session, by, 10) == []
    with pytest.raises(NotFound):
        reviewing.to_review(session, by, row.id)
    with pytest.raises(IllegalTransition):
        identity.decide(session, RING, by, row, VERIFIED, "x", now=NOW)
    assert submitted(session, person).status == IdentityStatus.SUBMITTED
    identity.erase(session, row, now=NOW)
    told = select(AuditLine.stream, AuditLine.act).where(
        AuditLine.subject == f"verification:{row.id}"
    )
    audit.settle(session)
    assert {(stream, act) for stream, act in session.execute(told)} == {
        (audit.of_office("tianjin"), "identity.withdrawn"),
        (audit.INSTALLATION, "identity.erased"),
    }


def test_a_draft_is_taken_back_as_well_and_told_of_at_no_office(
    session: Session, person: Account
) -> None:
    row = draft(session, person)
    identity.withdraw(session, row, person.id, now=NOW)
    identity.erase(session, row, now=NOW)
    assert (row.status, row.number) == (IdentityStatus.ERASED, None)
    audit.settle(session)
    told = select(AuditLine.stream).where(AuditLine.subject == f"verification:{row.id}")
    assert set(session.scalars(told)) == {audit.INSTALLATION}


def test_what_was_decided_stands(session: Session, person: Account) -> None:
    row = submitted(session, person)
    identity.decide(session, RING, officer(session), row, VERIFIED, "x", now=NOW)
    with pytest.raises(IllegalTransition):
        identity.withdraw(session, row, person.id, now=NOW)
    assert identity.current(session, person.id) is row
