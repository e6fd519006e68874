"""The invariants of register, people and audit: a planted violation of each is found and named.

Planted as somebody does who owns the database: with its triggers switched off.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts import identity, papers, parties
from accounts.identity import Claim
from accounts.parties import PartyFacts
from accounts.person_models import Paper, Party, Verification
from api.fsck import Findings, histories, people, registry
from api.paper_store import PaperStore
from registry.lifecycle import MatterState
from registry.models import Matter
from tests.grounds.matters import brought_to, cast
from tests.grounds.people import NOW, RING, account, resident

JPEG = b"\xff\xd8\xff\xe0 a picture"


@dataclass
class Ground:
    """Two registered matters, one refused, one returned; an identity with a paper, a party."""

    session: Session
    matters: list[Matter]
    verification: Verification
    party: Party
    paper: Paper
    store: PaperStore

    def plant(self, statement: str, **values: object) -> None:
        self.session.execute(text("SET LOCAL session_replication_role = replica"))
        done: Any = self.session.execute(text(statement), {"matter": self.matters[0].id, **values})
        assert done.rowcount > 0
        self.session.execute(text("SET LOCAL session_replication_role = origin"))
        self.session.expire_all()

    def unchecked(self, table: str, constraint: str) -> "Ground":
        """As if the table had never had this rule."""
        self.session.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{constraint}"))
        return self

    def found(self, *, now: datetime | None = None) -> set[str]:
        findings, moment = Findings(), now or datetime.now(UTC)
        for check in (
            histories.check_histories, registry.check_rounds, registry.check_decisions,
            registry.check_entries, registry.check_serials, registry.check_announcements,
        ):  # fmt: skip
            check(self.session, findings)
        people.check_people(self.session, RING, findings)
        people.check_papers(self.session, RING, self.store, findings, now=moment)
        assert {"I1", "I3", "I4", "I8"} <= set(findings.checked)
        return {f"{each['invariant']} {each['detail']}" for each in findings.violations}


@pytest.fixture
def ground(session: Session, tmp_path: Path) -> Ground:
    ends = (MatterState.REGISTERED, MatterState.REGISTERED, MatterState.REFUSED,
            MatterState.RETURNED)  # fmt: skip
    store = session.info["papers"] = PaperStore(tmp_path)
    matters = [brought_to(session, cast(session), state) for state in ends]
    owner = account(session, kind="individual")
    claim = Claim("李四", resident(), "120101", {})
    row = identity.begin(session, RING, owner.id, claim, now=NOW)
    prepared = papers.prepare(RING, "id_front", JPEG)
    store.write(prepared.id, prepared.body)
    paper = papers.record(session, owner.id, prepared, verification_id=row.id, now=NOW)
    facts = PartyFacts("李四", ["author"], resident(), "120101", {})
    party = parties.add(session, RING, owner.id, facts, now=NOW)
    return Ground(session, matters, row, party, paper, store)


REGISTRY: dict[str, tuple[str, str]] = {
    "state moved by hand": (
        "I4 matter: history does not lead to withdrawn",
        "UPDATE matter SET status = 'withdrawn', due_at = NULL WHERE status = 'returned'",
    ),
    "step skipped": (
        "I4 matter: history does not lead to registered",
        "DELETE FROM transition WHERE subject = :matter AND became = 'passed'",
    ),
    "step nobody knows": (
        "I4 matter: history does not lead to registered",
        "UPDATE transition SET became = 'x' WHERE subject = :matter AND became = 'passed'",
    ),
    "history of nothing": (
        "I4 matter: history of no row",
        "UPDATE transition SET subject = gen_random_uuid() WHERE subject = :matter",
    ),
    "submission gone": (
        "I4 submissions and rounds differ",
        "DELETE FROM matter_submission WHERE matter_id = :matter",
    ),
    "round too many": (
        "I4 submissions and rounds differ", "UPDATE matter SET round = 9 WHERE id = :matter",
    ),
    "decided by the first examiner": (
        "I3 not decided by a second person",
        ("UPDATE matter_finding SET person_id ="
        " (SELECT first_person FROM matter WHERE id = :matter)"
        " WHERE matter_id = :matter AND action = 'approve'"),
    ),
    "approved twice": (
        "I3 not decided by a second person",
        ("INSERT INTO matter_finding SELECT gen_random_uuid(), matter_id, round, action,"
        " officer_id, person_id, checklist, items, ground, note, at FROM matter_finding"
        " WHERE matter_id = :matter AND action = 'approve'"),
    ),
    "decision gone": (
        "I3 not decided by a second person",
        "DELETE FROM matter_finding WHERE matter_id = :matter AND action = 'approve'",
    ),
    "record changed": (
        "I3 entry and record differ",
        "UPDATE registration SET record = record || ' ' WHERE matter_id = :matter",
    ),
    "another number": (
        "I3 entry and record differ",
        "UPDATE registration SET number = 'x' WHERE matter_id = :matter",
    ),
    "record of another entry": (
        "I3 entry and record differ",
        ("UPDATE registration SET record = (SELECT record FROM registration WHERE serial = 2)"
        " WHERE matter_id = :matter"),
    ),
    "no deposit of a register": (
        "I3 entry and record differ",
        ("UPDATE evidence SET kind = 'deposit' WHERE id = (SELECT record_evidence_id"
        " FROM registration WHERE matter_id = :matter)"),
    ),
    "registered on another day": (
        "I3 entry and record differ",
        ("UPDATE registration SET registered_at = registered_at + interval '8 hours 1 minute'"
        " WHERE matter_id = :matter"),
    ),
    "announced under another title": (
        "I3 not announced so", "UPDATE announcement SET title = 'x'",
    ),
    "announced, to be found by nothing": (
        "I3 not announced so", "UPDATE announcement SET letters = '{}'",
    ),
    "announced as another's": (
        "I3 not announced so", "UPDATE announcement SET owners = '{李四}'",
    ),
    "announced among others": (
        "I3 not announced so", "UPDATE announcement SET category = 'music'",
    ),
    "announced by another office": (
        "I3 not announced so", "UPDATE announcement SET office = 'zhejiang'",
    ),
    "announced on another day": (
        "I3 not announced so",
        "UPDATE announcement SET registered_at = registered_at + interval '1 day'",
    ),
    "not announced": ("I3 not announced so", "DELETE FROM announcement"),
    "announced though the rules announce nothing": (
        "I3 not announced so",
        ("UPDATE office_edition SET text = replace(text, 'public = true', 'public = false')"
        " WHERE digest = (SELECT edition FROM matter WHERE id = :matter)"),
    ),
    "announced, of no entry": (
        "I3 announced, of no entry",
        ("INSERT INTO announcement SELECT gen_random_uuid(), office, registered_at, title, letters,"
        " owners, category FROM announcement LIMIT 1"),
    ),
    "history of no lifecycle": (
        "I4 gift: history of no row",
        ("INSERT INTO transition (lifecycle, subject, was, became, reason, at)"
        " VALUES ('gift', :matter, 'a', 'b', 'c', now())"),
    ),
    "entry gone": ("I3 no entry", "DELETE FROM registration WHERE matter_id = :matter"),
    "number used twice over": (
        "I8 a gap in the numbers", "UPDATE registration SET serial = 3 WHERE matter_id = :matter",
    ),
    "counter ahead": ("I8 a gap in the numbers", "UPDATE number_series SET last = 7"),
    "counter behind": ("I8 a gap in the numbers", "UPDATE number_series SET last = 1"),
}  # fmt: skip


def test_where_nothing_is_wrong_nothing_is_found(ground: Ground) -> None:
    assert ground.found() == set()


@pytest.mark.parametrize("name", REGISTRY)
def test_a_violation_in_the_register_is_found(ground: Ground, name: str) -> None:
    detail, statement = REGISTRY[name]
    ground.plant(statement)
    assert detail in ground.found()


PEOPLE: dict[str, tuple[str, Callable[[Ground], None]]] = {
    "number altered": (
        "I1 number does not open",
        lambda g: g.plant("UPDATE verification SET number = number || 'x'"),
    ),
    "number of another row": (
        "I1 number does not open",
        lambda g: g.plant("UPDATE party SET number = (SELECT number FROM verification LIMIT 1)"),
    ),
    "paper lost": ("I1 paper is missing or changed", lambda g: g.store.delete(g.paper.id)),
    "paper altered": (
        "I1 paper is missing or changed", lambda g: g.store.write(g.paper.id, b"x" * 60),
    ),
    "paper longer": (
        "I1 paper is missing or changed", lambda g: g.plant("UPDATE paper SET size = size + 1"),
    ),
    "erased with its key": (
        "I1 erased, with its key",
        lambda g: g.unchecked("paper", "erased_is_empty").plant(
            "UPDATE paper SET erased_at = now()"
        ),
    ),
    "verified by nobody": (
        "I4 verification: history does not lead to accepted",
        lambda g: g.plant("UPDATE verification SET status = 'accepted'"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE)
def test_a_violation_among_people_is_found(ground: Ground, name: str) -> None:
    detail, plant = PEOPLE[name]
    plant(ground)
    assert detail in ground.found()


def test_a_paper_without_a_row_is_found_once_it_is_old(ground: Ground) -> None:
    ground.store.write(uuid.uuid4(), b"noise")
    assert ground.found() == set()
    later = datetime.now(UTC) + timedelta(hours=2)
    assert ground.found(now=later) == {"I11 paper without a row"}


def test_tombstones_hold(ground: Ground) -> None:
    session = ground.session
    identity.submit(
        session, RING, ground.verification, identity.IdentityPolicy(papers={}), None, now=NOW
    )
    identity.erase(session, ground.verification, now=NOW)
    parties.erase(session, ground.party, now=NOW)
    ground.store.delete(ground.paper.id)
    assert ground.found() == set()
