"""No officer confirms or verifies the organisation that the same person works for."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from accounts import identity, kinds, organisations, papers
from accounts.claims import Claim
from accounts.documents import Document, DocumentKind
from accounts.identity import IdentityPolicy, IdentityStatus
from accounts.models import Account
from accounts.organisation_models import Membership
from accounts.organisations import MemberRole
from accounts.person_models import KindChange, Verification
from accounts.staff import Officer, Role
from core.errors import NotAllowed
from tests.grounds.matters import officer
from tests.grounds.people import NOW, RING, account

COMPANY = Document(DocumentKind.CREDIT_CODE, "91350100M000100Y43")
JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
def boss(session: Session) -> Officer:
    return officer(session, Role.SUPERVISOR)


@pytest.fixture
def body(session: Session) -> Account:
    return organisations.found(session, account(session).id, "山间公司", "enterprise", now=NOW)


def works_for(session: Session, who: uuid.UUID, body: Account) -> Membership:
    return organisations.begin(session, body.id, who, MemberRole.ADMIN, None, now=NOW)


def other_account(session: Session, boss: Officer) -> uuid.UUID:
    """The same person's, for what is private."""
    made = account(session, kind="individual")
    made.person_id = boss.person_id
    session.flush()
    return made.id


def wants_to_be_an_agent(session: Session, body: Account) -> KindChange:
    paper = papers.record(
        session, body.id, papers.prepare(RING, "agent_qualification", JPEG), now=NOW
    )
    return kinds.request_change(
        session, body.id, "tianjin", "agent_firm", "代理机构", paper.id, now=NOW
    )


def waiting(session: Session, body: Account) -> Verification:
    claim = Claim("山间公司", COMPANY, "120101", {})
    row = identity.begin(session, RING, body.id, claim, now=NOW)
    papers.record(
        session, body.id, papers.prepare(RING, "licence", JPEG), verification_id=row.id, now=NOW
    )
    identity.submit(session, RING, row, IdentityPolicy(), "tianjin", now=NOW)
    return row


def confirm(session: Session, boss: Officer, asked: KindChange) -> None:
    kinds.decide_change(session, boss, asked.id, grant=True, ground="ok", now=NOW)


def verify(session: Session, boss: Officer, row: Verification) -> None:
    identity.decide(session, RING, boss, row, IdentityStatus.VERIFIED, "ok", now=NOW)


@pytest.mark.parametrize("under", ["the same account", "another account"])
class TestOnesOrganisation:
    def who(self, session: Session, boss: Officer, under: str) -> uuid.UUID:
        return boss.account_id if under == "the same account" else other_account(session, boss)

    def test_is_not_confirmed_as_an_agent(
        self, session: Session, boss: Officer, body: Account, under: str
    ) -> None:
        works_for(session, self.who(session, boss, under), body)
        asked = wants_to_be_an_agent(session, body)
        with pytest.raises(NotAllowed, match="organisation"):
            confirm(session, boss, asked)
        confirm(session, officer(session, Role.SUPERVISOR), asked)

    def test_is_not_verified(
        self, session: Session, boss: Officer, body: Account, under: str
    ) -> None:
        works_for(session, self.who(session, boss, under), body)
        row = waiting(session, body)
        with pytest.raises(NotAllowed, match="organisation"):
            verify(session, boss, row)
        verify(session, officer(session, Role.SUPERVISOR), row)


def test_a_body_is_known_under_its_other_accounts(
    session: Session, boss: Officer, body: Account
) -> None:
    verify(session, boss, waiting(session, body))
    works_for(session, boss.account_id, body)
    again = organisations.found(session, account(session).id, "山间公司", "enterprise", now=NOW)
    with pytest.raises(NotAllowed, match="organisation"):
        verify(session, boss, waiting(session, again))


def test_who_left_before_it_was_asked_for_may_decide(
    session: Session, boss: Officer, body: Account
) -> None:
    membership = works_for(session, boss.account_id, body)
    membership.ended_at = NOW + timedelta(hours=1)
    asked = wants_to_be_an_agent(session, body)
    with pytest.raises(NotAllowed, match="organisation"):
        confirm(session, boss, asked)
    membership.ended_at = NOW - timedelta(hours=1)
    session.flush()
    confirm(session, boss, asked)
