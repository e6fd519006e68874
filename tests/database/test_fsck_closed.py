"""I7 of closed accounts: each thing that a half closed one has left is found, and said."""

import uuid
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts import addresses, avatars, identity, parties
from accounts.addresses import Delivery
from accounts.claims import Claim
from accounts.models import Account
from accounts.parties import PartyFacts
from api import closing
from api.fsck import Findings, closed
from registry.lifecycle import MatterState
from tests.grounds.matters import brought_to, cast, stated
from tests.grounds.people import NOW, RING, account, resident

LATER = NOW + timedelta(days=2)


def run(session: Session, statement: str, **values: object) -> None:
    """As whoever owns the database could: no trigger and no foreign key looks."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(statement.replace("new()", "gen_random_uuid()")), values)
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()


def found(session: Session) -> list[tuple[str, str]]:
    findings = Findings()
    closed.check_closed(session, findings, now=LATER)
    assert findings.checked["I7"] > 0
    return [(each["invariant"], each["detail"]) for each in findings.violations]


def left(session: Session) -> Account:
    """An account that had something of everything, and is closed."""
    owner = account(session, kind="individual")
    identity.begin(session, RING, owner.id, Claim("李四", resident(), "120101", {}), now=NOW)
    facts = PartyFacts("李四", ["author"], resident(), "120101", {})
    parties.add(session, RING, owner.id, facts, now=NOW)
    to = Delivery("李四", "13800138000", "一号")
    addresses.add(session, RING, owner.id, "330106", to, now=NOW)
    avatars.keep(session, RING, owner.id, b"picture", now=NOW)
    closing.close(session, owner.id, "no hash", erase_files=True, now=NOW)
    session.expire_all()
    return owner


def test_a_closed_account_is_whole(session: Session) -> None:
    assert left(session).closed_at == NOW
    assert found(session) == []


def test_what_stands_in_a_decided_matter_may_be_there(session: Session) -> None:
    people = cast(session)
    brought_to(session, people, MatterState.REGISTERED)
    closing.close(session, people.applicant, None, erase_files=False, now=NOW)
    assert session.get_one(Account, people.applicant).closed_at == NOW
    assert found(session) == []


PLANTED: Mapping[str, str] = {
    "a session": "UPDATE sign_in SET ended_at = NULL WHERE account_id = :id",
    "the address of a session": "UPDATE sign_in SET address_index = 'x' WHERE account_id = :id",
    "a key": "INSERT INTO api_key (id, account_id, name, prefix, secret_hash, scopes, created_at) "
    "VALUES (new(), :id, '', '', 'x', '[]', now())",
    "a role": "INSERT INTO officer_role (id, account_id, person_id, office, role, appointed_at) "
    "VALUES (new(), :id, new(), 'x', 'cashier', now())",
    "a membership": "INSERT INTO membership (id, organisation_id, account_id, role, began_at) "
    "VALUES (new(), new(), :id, 'viewer', now())",
    "an invitation": "INSERT INTO member_invitation (id, organisation_id, code_hash, identifier, "
    "role, invited_by, invited_at, expires_at) VALUES (new(), :id, 'x', '', 'viewer', :id, "
    "now(), now())",
    "a mandate": "INSERT INTO mandate (id, principal_id, agent_id, scopes, offices, valid_from, "
    "valid_until, granted_at) VALUES (new(), :id, new(), '[]', '[]', '2026-01-01', "
    "'2036-01-01', now())",
    "a matter under way": "INSERT INTO matter (id, number, office, edition, applicant_id, status, "
    "round, form, documents, created_at) VALUES (new(), 'x', 'x', 'x', :id, 'draft', 0, '{}', "
    "'{}', now())",
    "a second_factor": "INSERT INTO second_factor (id, account_id, secret, last_step, created_at) "
    "VALUES (new(), :id, 'x', 0, now())",
    "a passkey": "INSERT INTO passkey (id, account_id, credential_id, public_key, sign_count, "
    "name, created_at) VALUES (new(), :id, 'x', 'x', 0, '', now())",
    "a recovery": "INSERT INTO recovery (id, account_id, code_hash, created_at, expires_at) "
    "VALUES (new(), :id, 'x', now(), now())",
    "a contact_code": "INSERT INTO contact_code (id, account_id, identifier, code_digest, tries, "
    "created_at, expires_at) VALUES (new(), :id, '', 'x', 0, now(), now())",
    "an identity": "UPDATE verification SET status = 'accepted', number = 'x' "
    "WHERE account_id = :id",
    "a rights holder": "UPDATE party SET erased_at = NULL, number = 'x' WHERE owner_id = :id",
    "a paper": "INSERT INTO paper (id, account_id, kind, media_type, size, sha256, data_key, "
    "created_at) VALUES (new(), :id, 'other', 'x', 1, 'x', 'x', now())",
    "an address": "UPDATE delivery_address SET erased_at = NULL WHERE account_id = :id",
    "a request": "INSERT INTO kind_change (id, account_id, office, status, wanted, reason, "
    "paper_id, requested_at) VALUES (new(), :id, 'x', 'requested', 'x', 'x', new(), now())",
    "a avatar": "INSERT INTO avatar (account_id, picture, size, sha256, changed_at) "
    "VALUES (:id, 'x', 1, 'x', now())",
    "a message": "INSERT INTO message (id, account_id, kind, facts, created_at) "
    "VALUES (new(), :id, 'x', '{}', now())",
    "a dispatch": "INSERT INTO dispatch (id, message_id, account_id, created_at) "
    "VALUES (new(), new(), :id, now())",
    "a draft": "WITH made AS (INSERT INTO work (id, owner_id, created_at) "
    "VALUES (new(), :id, now()) RETURNING id) INSERT INTO work_version (id, work_id, number, "
    "tags, authors, created_at) SELECT new(), id, 1, '[]', '[]', now() FROM made",
    "an upload of nothing": "INSERT INTO upload (id, owner_id, length, received, created_at, "
    "expires_at) VALUES (new(), :id, 1, 0, now(), now())",
    "a known person": "UPDATE account SET person_id = new() WHERE id = :id",
    "files that were to be erased": "INSERT INTO evidence (id, number, check_code, owner_id, "
    "version_id, custody_mode, idempotency_key, request_digest, submitted_at, rejected_at, public) "
    "VALUES (new(), 'x', 'x', :id, new(), 'stored', 'x', 'x', now(), now(), false)",
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_left_is_found(session: Session, what: str) -> None:
    owner = left(session)
    if "sign_in" in PLANTED[what]:
        run(
            session,
            "INSERT INTO sign_in (id, account_id, secret_hash, created_at, expires_at, ended_at, "
            "second_factor_due) VALUES (new(), :id, 'x', now(), now(), now(), false)",
            id=owner.id,
        )
    run(session, PLANTED[what], id=owner.id)
    assert ("I7", f"closed, with {what}") in found(session)


def test_a_card_that_was_uploaded_is_found_but_of_a_decided_matter(session: Session) -> None:
    people = cast(session)
    brought_to(session, people, MatterState.REGISTERED)
    loose = stated(session, people.applicant)
    closing.close(session, people.applicant, None, erase_files=False, now=NOW)
    run(session, "UPDATE evidence SET personal_at = now(), rejected_at = now() "
        "WHERE owner_id = :id", id=people.applicant)  # fmt: skip
    assert found(session) == [("I7", "closed, with files that were to be erased")]
    run(session, "UPDATE evidence SET erased_at = now() WHERE id = :id", id=loose.id)
    assert found(session) == []


def test_every_kind_of_thing_is_planted() -> None:
    nobody = uuid.UUID(int=0)
    looked = {what for what, _ in (*closed.ways_in(nobody, NOW), *closed.personal(nobody))}
    assert looked | {"a known person", "files that were to be erased"} == set(PLANTED)
