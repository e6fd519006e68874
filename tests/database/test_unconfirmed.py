"""Whoever only claims an address gets nothing by it, and takes nothing from whose it is."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import forgetting, inbox, joining, keys, organisations, people, staff, unconfirmed
from accounts.identifiers import Identifier, parse_identifier
from accounts.inbox_models import Message
from accounts.models import Account
from accounts.organisations import MemberRole
from accounts.passwords import Passwords
from core.errors import Conflict, NotFound
from tests.grounds.people import NOW, RING, account


@pytest.fixture
def address() -> Identifier:
    return parse_identifier(f"{uuid.uuid4().hex}@example.org", "identifier")


@pytest.fixture
def claimant(session: Session, address: Identifier) -> Account:
    return people.sign_up(session, address, "李四", "hash", now=NOW)


def test_nothing_goes_out_to_it(session: Session, claimant: Account) -> None:
    told = inbox.tell(session, claimant.id, "matter.returned", None, {}, goes_out=True, now=NOW)
    assert told
    assert session.scalars(select(Message).where(Message.account_id == claimant.id)).one()
    assert inbox.waiting(session, 10) == []


def test_a_message_that_waits_for_an_owner_is_not_sent_to_a_claim(
    session: Session, claimant: Account
) -> None:
    other = account(session)
    inbox.tell(session, other.id, "matter.returned", None, {}, goes_out=True, now=NOW)
    other.email_confirmed_at = None
    session.flush()
    assert [each.to for each in inbox.waiting(session, 10)] == [None]
    _ = claimant


def test_nobody_joins_by_it(session: Session, claimant: Account, address: Identifier) -> None:
    owner = account(session)
    body = organisations.found(session, owner.id, "山间文化有限公司", "enterprise", now=NOW)
    role = MemberRole.OWNER
    _, code = joining.invite(session, body.id, owner.id, role, address, "filer", None, now=NOW)
    with pytest.raises(NotFound):
        joining.join(session, claimant.id, code, now=NOW)
    claimant.email_confirmed_at = NOW
    session.flush()
    assert joining.join(session, claimant.id, code, now=NOW).role == "filer"


def test_nobody_is_an_officer_by_it(
    session: Session, claimant: Account, address: Identifier
) -> None:
    code = staff.invite(session, address, "李四", "tianjin", "registrar", None, now=NOW)
    with pytest.raises(NotFound):
        staff.accept(session, claimant.id, code, now=NOW)


def test_closing_leaves_the_invitations_of_whose_it_is(
    session: Session, claimant: Account, address: Identifier
) -> None:
    owner = account(session)
    body = organisations.found(session, owner.id, "山间文化有限公司", "enterprise", now=NOW)
    role = MemberRole.OWNER
    _, code = joining.invite(session, body.id, owner.id, role, address, "filer", None, now=NOW)
    forgetting.end_ways_in(session, claimant, claimant.id, now=NOW)
    meant = people.sign_up(session, address, "张三", "hash", confirmed=True, now=NOW)
    assert joining.join(session, meant.id, code, now=NOW).role == "filer"


def test_who_confirms_it_is_found_and_is_the_only_one(
    session: Session, claimant: Account, address: Identifier
) -> None:
    assert people.find(session, address) is None
    later = NOW + timedelta(hours=1)
    owner = people.sign_up(session, address, "张三", "hash", confirmed=True, now=later)
    assert people.find(session, address) is owner
    with pytest.raises(Conflict):
        people.sign_up(session, address, "王五", "hash", confirmed=True, now=later)


def test_each_claimant_is_found_by_what_is_kept_of_the_password(
    session: Session, claimant: Account, address: Identifier
) -> None:
    """Also of those that were kept before one salt was for all: the first, as it was then."""
    passwords = Passwords(19)
    salt = unconfirmed.salt_of(RING, address)
    first, second = (passwords.hash(text, salt) for text in ("first password", "second password"))
    made = [people.sign_up(session, address, "王五", each, now=NOW) for each in (first, second)]
    people.sign_up(session, address, "张三", first, confirmed=True, now=NOW)
    assert [unconfirmed.find(session, address, each) for each in (first, second)] == made
    assert unconfirmed.find(session, address, passwords.hash("neither", salt)) is None
    assert unconfirmed.kept_otherwise(session, address, first) is claimant
    claimant.password_hash = second
    session.flush()
    assert unconfirmed.kept_otherwise(session, address, first) is None
    assert unconfirmed.salt_for(RING, claimant) == salt
    claimant.email_confirmed_at, claimant.email = NOW, "another@example.org"
    assert unconfirmed.salt_for(RING, claimant) is None


def test_the_operators_own_account_is_nobodys_who_signs_up_with_its_address(
    session: Session, claimant: Account, address: Identifier
) -> None:
    own = keys.ensure_account(session, address.value, "本机", now=NOW)
    assert own.id != claimant.id
    assert keys.ensure_account(session, address.value, "本机", now=NOW).id == own.id
