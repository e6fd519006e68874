"""I10: what a replay could leave behind, and the database does not refuse, is found."""

import ast
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import (
    addresses,
    identity,
    joining,
    keys,
    kinds,
    mandates,
    organisations,
    papers,
    parties,
    people,
)
from accounts.addresses import Delivery
from accounts.claims import Claim
from accounts.contact_models import Passkey
from accounts.identifiers import parse_identifier
from accounts.inbox_models import Message
from accounts.mandates import MandateScope
from accounts.organisations import MemberRole
from accounts.parties import PartyFacts
from accounts.staff import Role
from api.fsck import Findings, repeats
from core import idempotency
from core.idempotency import Call
from evidence import uploads, works
from evidence.limits import IntakeLimits
from evidence.works import Description
from registry import articles, delivering, interests, matters, receiving, revoking
from registry.articles import Said
from registry.lifecycle import MatterState
from registry.matters import Draft
from registry.models import Matter
from registry.reissuing import Reissue
from registry.revocation_lifecycle import RevocationState
from tests.architecture.sources import ROOT, tree
from tests.database import test_paper_delivery as deliveries
from tests.database.test_receiving import ON_PAPER
from tests.database.test_revocations import UNTRUE, in_state, scene
from tests.grounds.clocks import WORKING, returned, submitted
from tests.grounds.matters import NOW, TIANJIN, brought_to, cast, officer
from tests.grounds.people import RING, resident
from tests.grounds.people import account as person

LIMITS, LATER = IntakeLimits(), NOW + timedelta(hours=1)


def of_people(session: Session) -> dict[str, tuple[Any, Any]]:
    """By operation: whose key it would be, and what the operation's own verb made."""
    owner, agent = person(session, kind="individual"), person(session, kind="agent_lawyer")
    body = organisations.found(session, owner.id, "山间", "enterprise", now=NOW)
    guest = parse_identifier(str(agent.email), "identifier")
    invited, code = joining.invite(
        session, body.id, owner.id, MemberRole.OWNER, guest, "admin", None, now=NOW
    )
    passkey = Passkey(
        id=uuid.uuid4(), account_id=owner.id, credential_id=b"c", public_key=b"k", sign_count=0,
        name="k", created_at=NOW,
    )  # fmt: skip
    session.add(passkey)
    facts = PartyFacts("李四", ["author"], resident(), "120101", {})
    to = Delivery("李", "13800138000", "一号")
    paper = papers.record(
        session, owner.id, papers.prepare(RING, "agent_qualification", b"\xff\xd8\xff"), now=NOW
    )
    days = (NOW.date(), NOW.date() + timedelta(days=9))
    claim = Claim("李四", resident(), "120101", {})
    made = people.sign_up(
        session, parse_identifier("new@example.org", "identifier"), "李", "x", now=NOW
    )
    return {
        "add_address": (owner.id, addresses.add(session, RING, owner.id, "120101", to, now=NOW)),
        "add_party": (owner.id, parties.add(session, RING, owner.id, facts, now=NOW)),
        "claim_identity": (owner.id, identity.begin(session, RING, owner.id, claim, now=NOW)),
        "create_key": (owner.id, keys.issue(session, owner.id, "k", ["read"], None, now=NOW)[0]),
        "create_organisation": (owner.id, body),
        "grant_mandate": (owner.id, mandates.grant(
            session, owner.id, agent.id, [MandateScope.SIGN], *days, now=NOW)),
        "invite_member": (owner.id, invited),
        "join_organisation": (agent.id, joining.join(session, agent.id, code, now=NOW)),
        "register_passkey": (owner.id, passkey),
        "request_kind_change": (owner.id, kinds.request_change(
            session, owner.id, "tianjin", "agent_lawyer", "x", paper.id, now=NOW)),
        "sign_up": ("sign-up:index", made),
    }  # fmt: skip


def of_works(session: Session) -> dict[str, tuple[Any, Any]]:
    owner, about = person(session).id, Description(title="山间")
    upload = uploads.create(session, owner, 7, None, LIMITS, timedelta(days=1), now=NOW)
    first = works.create_work(session, owner, about, LIMITS, now=NOW)
    work = session.get_one(works.Work, first.work_id)
    other = works.create_work(session, owner, about, LIMITS, now=NOW)
    return {
        "create_upload": (owner, upload), "create_work": (owner, work),
        "create_work_version": (owner, other),
    }  # fmt: skip


def of_matters(session: Session) -> dict[str, tuple[Any, Any]]:
    people_of = cast(session)
    one, two = (
        matters.draft(session, people_of.applicant, TIANJIN, "exchange", Draft({}, {}), now=NOW)
        for _ in range(2)
    )
    late = cast(session)
    longer = returned(session, late, WORKING, NOW)
    matters.extend(session, longer, now=NOW)
    holder = cast(session)
    entered = deliveries.registered(session, holder, None)
    sent = delivering.ask(session, RING, entered, "post", deliveries.TO, now=NOW)
    asked, told = scene(session), scene(session)
    wish = revoking.ask(session, asked.matter, "重复登记", None, now=NOW)
    proposal = revoking.propose(session, told.proposer, told.entry.number, UNTRUE, now=NOW)
    who = officer(session, Role.CASHIER)
    conflict = interests.declare(session, RING, who, "name", "张三的表哥", "x", now=NOW)
    again = Reissue(
        id=uuid.uuid4(), registration_id=told.entry.id, superseded=uuid.uuid4(), reason="x",
        officer_id=told.proposer.account_id, person_id=told.proposer.person_id, at=NOW,
    )  # fmt: skip
    news = Said("news", "资讯", "正文。")
    article = articles.publish(session, "tianjin", news, by=who.account_id, now=NOW)
    session.flush()
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.add(again)
    session.flush()
    session.execute(text("SET LOCAL session_replication_role = origin"))
    return {
        "create_matter": (people_of.applicant, one), "file_batch": (people_of.applicant, two),
        "extend_matter": (late.applicant, longer), "ask_for_delivery": (holder.applicant, sent),
        "request_revocation": (asked.people.applicant, wish),
        "propose_revocation": (told.proposer.account_id, proposal),
        "declare_conflict": (who.account_id, conflict),
        "publish_article": (who.account_id, article),
        "reissue_certificate": (told.proposer.account_id, again),
    }  # fmt: skip


def used(session: Session, scope: object, operation: str, subject: uuid.UUID) -> None:
    call = Call(str(scope), operation, uuid.uuid4().hex, [operation])
    idempotency.once(session, call, lambda: subject, now=NOW)


@pytest.fixture
def made(session: Session) -> dict[str, tuple[Any, Any]]:
    """One key used for each operation there is."""
    found = {**of_people(session), **of_works(session), **of_matters(session)}
    for operation, (scope, row) in found.items():
        used(session, f"{scope}:{uuid.uuid4()}" if operation == "file_batch" else scope,
             operation, row.id)  # fmt: skip
    return found


def found(session: Session) -> set[tuple[str, str]]:
    session.flush()
    findings = Findings()
    repeats.check_keys(session, findings)
    repeats.check_told(session, findings)
    assert findings.checked["I10"] >= 1
    return {(each["subject"].rpartition(" ")[2], each["detail"]) for each in findings.violations}


def plant(session: Session, statement: str, **values: object) -> None:
    session.flush()
    session.execute(text("SET LOCAL session_replication_role = replica"))
    assert session.execute(text(statement), values).rowcount  # type: ignore[attr-defined]
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()


class TestKeys:
    def test_every_operation_that_takes_one_is_known(self) -> None:
        named = {
            argument.value
            for path in sorted((ROOT / "api" / "routes").glob("*.py"))
            for call in ast.walk(tree(path))
            if isinstance(call, ast.Call)
            and ast.unparse(call.func) in {"call_of", "sealed_call", "Call"}
            for argument in call.args[:3]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        }
        assert named == set(repeats.MADE)

    def test_what_each_operation_makes_is_its_callers_of_that_time(
        self, session: Session, made: dict[str, tuple[Any, Any]]
    ) -> None:
        assert set(made) == set(repeats.MADE)
        assert found(session) == set()

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("scope = gen_random_uuid()::text", "another's"),
            ("made_at = made_at + interval '1 second'", "of another time"),
            ("subject = gen_random_uuid()", "not there"),
            ("subject = '00000000-0000-0000-0000-000000000000'", "nothing was made"),
        ],
    )
    def test_where_it_is_not_it_is_found(
        self, session: Session, made: dict[str, tuple[Any, Any]], statement: str, said: str
    ) -> None:
        drafts = {"create_upload", "create_work", "create_work_version"}
        excused = drafts if said == "not there" else set()
        plant(session, f"UPDATE creating_call SET {statement}")  # noqa: S608 - our own words
        seen = found(session)
        assert {operation for operation, told in seen if said in told} == set(made) - excused

    def test_one_of_no_operation(self, session: Session) -> None:
        used(session, uuid.uuid4(), "make_tea", uuid.uuid4())
        assert found(session) == {("make_tea", "creating_call: makes nothing we know")}

    def test_two_for_one_thing_the_database_refuses(
        self, session: Session, made: dict[str, tuple[Any, Any]]
    ) -> None:
        scope, row = made["create_matter"]
        with pytest.raises(IntegrityError, match="uq_creating_call_subject"):
            used(session, scope, "create_matter", row.id)


@pytest.fixture
def story(session: Session) -> Matter:
    """Something of everything that people are told of a matter."""
    for state in RevocationState:
        in_state(session, scene(session), state)
    for reached in (deliveries._S.RETURNED, deliveries._S.READY):
        deliveries.brought_to(session, cast(session), officer(session, Role.REGISTRAR), reached)
    for state in MatterState:
        brought_to(session, cast(session), state)
    longer = returned(session, cast(session), WORKING, NOW)
    matters.extend(session, longer, now=NOW)
    papers_later = submitted(session, cast(session), ON_PAPER, NOW)
    registrar = officer(session, Role.REGISTRAR)
    receiving.receive(session, registrar, papers_later, "", now=LATER)
    return longer


class TestTold:
    @pytest.mark.usefixtures("story")
    def test_with_an_occasion_and_once_is_as_it_should_be(self, session: Session) -> None:
        assert session.scalars(select(Message.kind).distinct()).all()
        assert found(session) == set()

    @pytest.mark.parametrize("table", ["message", "notice"])
    def test_again_at_another_time_it_is_found(
        self, session: Session, story: Matter, table: str
    ) -> None:
        plant(session, AGAIN[table].format("interval '1 second'"), matter=story.id)
        assert found(session) == {(str(story.id), f"{table}: nothing happened")}

    @pytest.mark.parametrize("table", ["message", "notice"])
    def test_twice_it_is_found(self, session: Session, story: Matter, table: str) -> None:
        plant(session, AGAIN[table].format("interval '0'"), matter=story.id)
        assert found(session) == {(str(story.id), f"{table}: told twice")}

    def test_with_a_key_of_its_own_it_needs_no_occasion(
        self, session: Session, story: Matter
    ) -> None:
        """As a reminder: the database holds it to once."""
        again = AGAIN["message"].format("interval '1 second'")
        plant(session, again.replace("facts, key", "facts, 'a key'"), matter=story.id)
        assert found(session) == set()


AGAIN = {
    "message": """
        INSERT INTO message SELECT gen_random_uuid(), account_id, kind, about, facts, key,
            created_at + {}, read_at FROM message WHERE about = :matter AND kind = 'returned'
            LIMIT 1""",
    "notice": """
        INSERT INTO notice SELECT gen_random_uuid(), matter_id, place + 100, number || 'x', kind,
            content, issued_at + {}, pdf_sha256, made_at FROM notice WHERE matter_id = :matter
            LIMIT 1""",
}


def test_a_message_that_is_two_files_is_found(tmp_path: Path) -> None:
    findings = Findings()
    for day in (1, 2):
        (tmp_path / f"2026030{day}T080000.000000-one.json").write_text("{}")
    (tmp_path / "20260301T080000.000000-two.json").write_text("{}")
    repeats.check_files(tmp_path, findings)
    assert findings.checked["I10"] == 2
    (told,) = findings.violations
    assert (told["invariant"], told["subject"]) == ("I10", "one")
