"""What the database itself holds of closed accounts, and what of erased rows."""

import importlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import (
    addresses,
    identity,
    inbox,
    joining,
    organisations,
    parties,
    persons,
    staff,
)
from accounts import people as people_verbs
from accounts.addresses import Delivery
from accounts.claims import Claim
from accounts.expiring import to_remind
from accounts.identifiers import Identifier
from accounts.inbox_models import Message
from accounts.models import Account, Invitation, OfficerRole, Person
from accounts.organisation_models import MemberInvitation
from accounts.organisations import MemberRole
from accounts.parties import PartyFacts
from accounts.person_models import DeliveryAddress, Party, Verification
from api import closing
from core.db import Base
from core.errors import Conflict, InvalidInput, NotFound
from evidence.digest import FileDigest
from registry import matters
from registry.lifecycle import MatterState
from registry.signing_models import SigningSigner
from tests.grounds.matters import brought_to, cast, officer, received, verify
from tests.grounds.people import NOW, RING, account, resident

MIGRATION = importlib.import_module("api.migrations.versions.0036_closing")


@contextmanager
def refused(session: Session) -> Iterator[None]:
    with pytest.raises(IntegrityError) as told, session.begin_nested():
        yield
    assert getattr(told.value.orig, "diag").constraint_name == "account_closed"  # noqa: B009


def left(session: Session) -> Account:
    owner = account(session, kind="individual")
    closing.close(session, owner.id, "no hash", erase_files=False, now=NOW)
    session.expire_all()
    return owner


def test_a_closed_account_never_changes(session: Session) -> None:
    owner = left(session)
    for statement in (
        "UPDATE account SET name = 'x' WHERE id = :id",
        "UPDATE account SET closed_at = NULL WHERE id = :id",
        "DELETE FROM account WHERE id = :id",
    ):
        with refused(session):
            session.execute(text(statement), {"id": owner.id})


def test_every_table_of_things_of_ones_own_is_guarded() -> None:
    """A new table that names an account either gets the trigger, or a reason here."""
    guarded = {(table, column) for column, tables in MIGRATION.OWN.items() for table in tables}
    by_others = {
        ("account", "referrer_id"),  # who was sent by it; signing up looks
        ("billing_order", "agent_id"), ("work", "agent_id"), ("upload", "agent_id"),
        ("evidence", "agent_id"),  # the owner's; the agent's mandate is looked at
        ("declared_conflict", "declared_by"), ("holiday_change", "account_id"),
        ("kind_change", "decided_by"), ("verification", "decided_by"),
        ("matter", "first_officer_id"), ("matter", "final_officer_id"),
        ("office_article", "published_by"),
        ("matter_finding", "officer_id"), ("matter_opening", "officer_id"),
        ("paper_receipt", "officer_id"), ("recusal", "officer_id"), ("reveal", "by_id"),
        ("registration_reissue", "officer_id"), ("registration_revocation", "proposer_id"),
        ("registration_revocation", "decider_id"), ("removal", "held_by"),
        ("removal", "officer_id"),  # acts of officers, who have no role there any more
        ("registration_revocation", "requested_by"), ("revocation", "requested_by"),
    }  # fmt: skip
    naming = {
        (table.name, key.parent.name)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "account"
    }
    assert naming == guarded | by_others


class TestErased:
    """A change that was under way when its row was erased fills it again: it is refused."""

    def test_a_rights_holder_stays_so(self, session: Session) -> None:
        owner = account(session, kind="individual")
        facts = PartyFacts("李四", ["author"], resident(), "120101", {})
        party = parties.add(session, RING, owner.id, facts, now=NOW)
        parties.erase(session, party, now=NOW)
        self._refused(session, Party, "name = 'x'", "number = 'x'", "number_index = 'x'",
                      "details = 'x'")  # fmt: skip

    def test_an_identity_stays_so(self, session: Session) -> None:
        owner = account(session)
        row = verify(session, owner.id)
        identity.erase(session, row, now=NOW)
        self._refused(session, Verification, "name = 'x'", "number = 'x'", "number_index = 'x'",
                      "details = 'x'")  # fmt: skip

    def test_an_address_stays_so(self, session: Session) -> None:
        owner = account(session)
        to = Delivery("李四", "13800138000", "一号")
        row = addresses.add(session, RING, owner.id, "330106", to, now=NOW)
        addresses.erase(session, row, now=NOW)
        self._refused(session, DeliveryAddress, "contents = 'x'")

    def _refused(self, session: Session, model: type[Base], *changes: str) -> None:
        for change in changes:
            with pytest.raises(IntegrityError), session.begin_nested():
                session.execute(
                    text(f"UPDATE {model.__tablename__} SET {change}")  # noqa: S608
                )


class TestThePerson:
    def test_is_recognised_no_more_by_the_number(self, session: Session) -> None:
        document = resident()
        owner = account(session, kind="individual")
        verify(session, owner.id, document=document)
        was = owner.person_id
        closing.close(session, owner.id, "no hash", erase_files=False, now=NOW)
        assert persons.recognise(session, RING, document, now=NOW) != was

    def test_goes_on_for_another_account_of_the_same(self, session: Session) -> None:
        document = resident()
        one, other = account(session), account(session)
        for each in (one, other):
            verify(session, each.id, document=document)
        closing.close(session, one.id, "no hash", erase_files=False, now=NOW)
        session.expire_all()
        assert (one.person_id, other.person_id) == (
            None, persons.recognise(session, RING, document, now=NOW),
        )  # fmt: skip

    def test_of_who_was_an_officer_stays_known(self, session: Session) -> None:
        """Nobody decides twice under a new account, and examines what was one's own."""
        document = resident()
        owner = account(session, kind="individual")
        verify(session, owner.id, document=document)
        who = officer(session, staff.Role.CASHIER, account_id=owner.id, who=owner.person_id)
        (role,) = session.scalars(select(OfficerRole).where(OfficerRole.account_id == owner.id))
        role.ended_at = NOW
        closing.close(session, owner.id, "no hash", erase_files=False, now=NOW)
        assert persons.recognise(session, RING, document, now=NOW) == who.person_id
        session.expire_all()
        assert owner.person_id == who.person_id

    def test_of_a_decided_matter_stays_known(self, session: Session) -> None:
        people = cast(session)
        brought_to(session, people, MatterState.REFUSED)
        closing.close(session, people.applicant, None, erase_files=False, now=NOW)
        session.expire_all()
        person = session.get_one(Account, people.applicant).person_id
        assert person is not None
        assert session.get_one(Person, person).identity_index is not None


def test_an_identity_of_later_than_the_decision_is_not_kept(session: Session) -> None:
    people = cast(session)
    brought_to(session, people, MatterState.REGISTERED)
    (held,) = session.scalars(
        select(Verification).where(Verification.account_id == people.applicant)
    )
    later = NOW + timedelta(days=30)
    session.execute(
        text("UPDATE verification SET status = 'superseded' WHERE id = :id"), {"id": held.id}
    )
    session.execute(
        text("INSERT INTO transition (lifecycle, subject, was, became, reason, at) "
             "VALUES ('verification', :id, 'verified', 'superseded', 'x', :at)"),
        {"id": held.id, "at": later},
    )  # fmt: skip
    session.expire_all()
    another = verify(session, people.applicant, at=later)
    closing.close(session, people.applicant, None, erase_files=False, now=later)
    session.expire_all()
    assert (held.number is None, another.number is None) == (False, True)


def test_nobody_is_told_anything_there_any_more(session: Session) -> None:
    people = cast(session)
    brought_to(session, people, MatterState.REGISTERED)
    (held,) = session.scalars(
        select(Verification).where(Verification.account_id == people.applicant)
    )
    held.valid_until = (NOW + timedelta(days=3)).date()
    session.flush()
    assert held.id in to_remind(session, 100, now=NOW)
    closing.close(session, people.applicant, None, erase_files=False, now=NOW)
    assert held.id not in to_remind(session, 100, now=NOW)
    told = inbox.tell(session, people.applicant, "x", None, {}, goes_out=True, now=NOW)
    query = select(Message).where(Message.account_id == people.applicant)
    assert (told, session.scalars(query).all()) == (False, [])


def test_of_two_owners_the_one_who_stays_goes_on(session: Session) -> None:
    one, other = account(session), account(session)
    body = organisations.found(session, one.id, "共同公司", "enterprise", now=NOW)
    organisations.begin(session, body.id, other.id, MemberRole.OWNER, None, now=NOW)
    closing.close(session, one.id, "no hash", erase_files=False, now=NOW)
    assert closing.look(session, other.id, now=NOW).together == [body.id]
    closing.close(session, other.id, "no hash", erase_files=False, now=NOW)
    session.expire_all()
    assert body.closed_at == NOW


def test_a_claim_that_waits_for_an_office_is_withdrawn(session: Session) -> None:
    owner = account(session, kind="individual")
    row = identity.begin(session, RING, owner.id, Claim("李四", resident(), "120101", {}), now=NOW)
    everybody = identity.IdentityPolicy(frozenset({"natural"}), {})
    identity.submit(session, RING, row, everybody, "tianjin", now=NOW)
    closing.close(session, owner.id, "no hash", erase_files=False, now=NOW)
    session.expire_all()
    assert (row.status, row.number, row.number_index) == ("erased", None, None)


def test_the_password_that_was_given_is_still_the_accounts(session: Session) -> None:
    owner = account(session)
    with pytest.raises(Conflict):
        closing.close(session, owner.id, "of before", erase_files=False, now=NOW)
    assert owner.closed_at is None


def test_an_invitation_to_its_address_is_void(session: Session) -> None:
    """Whoever has the address next is not the one who was meant."""
    owner, boss, next_one = account(session), account(session), account(session)
    body = organisations.found(session, boss.id, "公司", "enterprise", now=NOW)
    address = owner.email or ""
    to = Identifier("email", address)
    _, code = joining.invite(
        session, body.id, boss.id, MemberRole.OWNER, to, "admin", None, now=NOW
    )
    staff.invite(session, to, "林小雨", "tianjin", "cashier", None, now=NOW)
    closing.close(session, owner.id, "no hash", erase_files=False, now=NOW)
    session.expire_all()
    next_one.email = address
    session.flush()
    with pytest.raises(NotFound):
        joining.join(session, next_one.id, code, now=NOW)
    assert session.scalars(
        select(MemberInvitation.used_at).where(MemberInvitation.identifier == "")
    ).all() == [NOW]
    assert session.scalars(select(Invitation.used_at).where(Invitation.identifier == "")).all() == [
        NOW
    ]
    named = select(Invitation).where(Invitation.identifier == address)
    assert session.scalars(named).all() == []


def test_a_signer_of_a_matter_that_nobody_decided_on_is_known_no_more(session: Session) -> None:
    people = cast(session)
    matter = brought_to(session, people, MatterState.SIGNING)
    row = SigningSigner(
        id=uuid.uuid4(), matter_id=matter.id, round=matter.round, position=1, name="张三",
        kind="signature", roles=["owner"], document_kind="resident_id", number_index=b"known",
    )  # fmt: skip
    session.add(row)
    matters.withdraw(session, matter, now=NOW)
    closing.close(session, people.applicant, None, erase_files=False, now=NOW)
    session.refresh(row)
    assert row.number_index == b""


def test_a_draft_is_emptied(session: Session) -> None:
    people = cast(session)
    matter = brought_to(session, people, MatterState.DRAFT)
    closing.close(session, people.applicant, None, erase_files=False, now=NOW)
    session.refresh(matter)
    assert (matter.status, matter.form, matter.documents) == ("withdrawn", {}, {})
    assert matter.applicant_person is None


def test_a_draft_that_was_taken_back_before_is_emptied_and_what_was_handed_in_is_not(
    session: Session,
) -> None:
    people = cast(session)
    handed_in = brought_to(session, people, MatterState.SUBMITTED)
    matters.withdraw(session, handed_in, now=NOW)
    draft = brought_to(session, people, MatterState.WITHDRAWN)
    closing.close(session, people.applicant, None, erase_files=False, now=NOW)
    for each in (draft, handed_in):
        session.refresh(each)
    assert (draft.form, draft.documents, draft.applicant_person) == ({}, {}, None)
    assert handed_in.form != {}


def test_only_a_draft_that_was_taken_back_can_be_emptied_and_only_that(session: Session) -> None:
    people = cast(session)
    draft = brought_to(session, people, MatterState.WITHDRAWN)
    handed_in = brought_to(session, people, MatterState.SUBMITTED)
    matters.withdraw(session, handed_in, now=NOW)
    session.flush()
    empty = "form = '{}', documents = '{}', applicant_person = NULL"
    for matter, change in (
        (handed_in, empty),
        (draft, f"{empty}, created_at = now()"),
        (draft, f"{empty}, status = 'draft'"),
        (draft, "form = '{}'"),
        (draft, "form = '{}', documents = '{}'"),
        (draft, "form = '[]', documents = '{}', applicant_person = NULL"),
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(
                text(f"UPDATE matter SET {change} WHERE id = :id"),  # noqa: S608
                {"id": matter.id},
            )


def test_nobody_is_sent_by_a_closed_account(session: Session) -> None:
    owner = left(session)
    to = Identifier("email", "somebody@example.org")
    with pytest.raises(InvalidInput) as told:
        people_verbs.sign_up(session, to, "李四", "hash", owner.id, now=NOW)
    assert told.value.field == "referrer"


def test_a_deposit_that_is_being_taken_in_is_waited_for(session: Session) -> None:
    """Its statement will name the depositor."""
    owner = account(session)
    digest = FileDigest(3, uuid.uuid4().hex * 2, None)
    number = received(session, owner.id, "a.txt", digest).number
    (found,) = closing.look(session, owner.id, now=NOW).obstacles
    assert (found.code, found.about) == ("evidence_under_way", (number,))
    with pytest.raises(Conflict) as told:
        closing.close(session, owner.id, "no hash", erase_files=False, now=NOW)
    assert told.value.field == "evidence_under_way"
