"""Real names before anything is filed: nobody submits who is not known as the office wants it."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from accounts import identity, papers
from accounts.claims import Claim
from accounts.documents import Document, DocumentKind
from accounts.identity import IdentityPolicy
from accounts.models import Account
from accounts.person_models import Verification
from accounts.verified import known_since
from core.errors import Conflict, InvalidInput
from registry import identities, matters, prechecking, submitting
from registry.lifecycle import MatterState
from registry.matters import Draft
from registry.models import Matter
from registry.offices import shipped
from registry.profile import Profile
from tests.grounds.matters import (
    FORM,
    NOW,
    TIANJIN,
    account,
    stated,
    stranger,
    verify,
)
from tests.grounds.matters import papers as papers_of
from tests.grounds.people import RING, resident

DAY = timedelta(days=1)


def drafted(session: Session, applicant: uuid.UUID, profile: Profile = TIANJIN) -> Matter:
    known = papers_of(stated(session, applicant).number) if profile is TIANJIN else {}
    said = Draft(FORM, known)
    agency = next(iter(profile.agencies or {}), None)
    return matters.draft(session, applicant, profile, agency, said, now=NOW)


def submitted(session: Session, matter: Matter, evidence: str) -> None:
    submitting.submit(session, RING, matter, evidence, now=NOW)


class TestTheApplicantsName:
    """The form's applicant is whom its account was verified to be."""

    @pytest.mark.parametrize("name", ["李四", "张三丰", "张"])
    @pytest.mark.parametrize("office", ["tianjin", "zhejiang", "national", "shandong"])
    def test_another_is_refused_and_told_before(
        self, session: Session, name: str, office: str
    ) -> None:
        matter = renamed(session, account(session), name, shipped()[office])
        with pytest.raises(InvalidInput) as refusal:
            identities.require_named(session, matter, matters.form_of(matter))
        assert refusal.value.field == "applicant.name"
        assert name not in refusal.value.message
        found = prechecking.of_matter(session, matter, None, lambda _form: (), ring=RING, now=NOW)
        (told,) = [each for each in found if each.id == "not-as-verified"]
        assert (told.severity, told.kind, told.name) == ("must", "field", "applicant.name")

    def test_another_is_not_submitted(self, session: Session) -> None:
        who = account(session)
        matter = renamed(session, who, "李四")
        with pytest.raises(InvalidInput) as refusal:
            submitted(session, matter, stated(session, who).number)
        assert refusal.value.field == "applicant.name"
        assert "认证" in refusal.value.message

    @pytest.mark.parametrize("name", ["张三", " 张　三 "])
    def test_the_same_written_otherwise_is_the_same(self, session: Session, name: str) -> None:
        who = account(session)
        matter = renamed(session, who, name)
        submitted(session, matter, stated(session, who).number)
        assert matter.status == MatterState.SUBMITTED

    def test_what_the_account_calls_itself_does_not_count(self, session: Session) -> None:
        who = stranger(session, "小三")
        verify(session, who, "张三")
        matter = renamed(session, who, "小三")
        with pytest.raises(InvalidInput) as refusal:
            submitted(session, matter, stated(session, who).number)
        assert refusal.value.field == "applicant.name"


def renamed(session: Session, who: uuid.UUID, name: str, profile: Profile = TIANJIN) -> Matter:
    matter = drafted(session, who, profile)
    form = {**FORM, "applicant": {**FORM["applicant"], "name": name}}
    matters.change(session, matter, Draft(form, matter.documents))
    return matter


def claim(session: Session, who: uuid.UUID, **more: Any) -> Verification:
    """A draft with both sides of the card."""
    session.get_one(Account, who).kind = "individual"
    said = Claim(**{"name": "张三", "document": resident(), "region": "120101", "details": {},
                    **more})  # fmt: skip
    row = identity.begin(session, RING, who, said, now=NOW)
    for kind in ("id_front", "id_back"):
        made = papers.prepare(RING, kind, b"\xff\xd8\xff paper")
        papers.record(session, who, made, verification_id=row.id, now=NOW)
    return row


class TestSubmitting:
    """TJ-42, CP-18, SD-03: 实名认证 is obligatory."""

    def test_nobody_submits_who_has_not_said_who_it_is(self, session: Session) -> None:
        who = stranger(session)
        matter, evidence = drafted(session, who), stated(session, who)
        with pytest.raises(Conflict) as refusal:
            submitted(session, matter, evidence.number)
        assert refusal.value.field == "identity"
        assert "实名认证" in refusal.value.message
        assert matter.status == MatterState.DRAFT
        verify(session, who)
        submitted(session, matter, evidence.number)
        assert matter.status == MatterState.SUBMITTED

    @pytest.mark.parametrize(
        ("held", "said"),
        [
            ({"status": "submitted"}, "正在审核"),
            ({"status": "rejected"}, "尚未实名认证"),
            ({"status": "superseded"}, "尚未实名认证"),
            ({"status": "accepted"}, "人工核验"),
            ({"valid_until": date(2026, 2, 28)}, "过期"),
        ],
        ids=["waits", "rejected", "superseded", "nobody looked", "expired"],
    )
    def test_what_does_not_hold_is_not_enough(
        self, session: Session, held: dict[str, Any], said: str
    ) -> None:
        who = stranger(session)
        verify(session, who, **held)
        with pytest.raises(Conflict, match=said) as refusal:
            submitted(session, drafted(session, who), stated(session, who).number)
        assert refusal.value.field == "identity"

    @pytest.mark.parametrize(
        ("office", "kind", "enough"),
        [
            ("tianjin", "resident_id", False),
            ("national", "resident_id", False),
            ("zhejiang", "resident_id", True),
            ("zhejiang", "credit_code", True),
            ("shandong", "resident_id", True),
            ("shandong", "credit_code", False),
        ],
    )
    def test_each_office_says_whose_papers_are_looked_at(
        self, session: Session, office: str, kind: str, *, enough: bool
    ) -> None:
        """SD-64, SD-65: an individual is verified by saving, a unit waits for the review."""
        who, profile = stranger(session), shipped()[office]
        number = "91350100M000100Y43"
        document = resident() if kind == "resident_id" else Document(DocumentKind(kind), number)
        verify(session, who, document=document, status="accepted")  # fmt: skip
        found = list(identities.unknown(session, drafted(session, who, profile), profile, now=NOW))
        assert [each.field for each in found] == ([] if enough else ["identity"])

    def test_it_is_asked_at_each_submission(self, session: Session) -> None:
        who = stranger(session)
        held, matter, evidence = verify(session, who), drafted(session, who), stated(session, who)
        submitting.hand_in(session, matter, evidence.number, now=NOW)
        submitting.recall(session, matter, now=NOW)
        held.valid_until = (NOW - DAY).date()
        session.flush()
        with pytest.raises(Conflict, match="过期"):
            submitting.hand_in(session, matter, evidence.number, now=NOW)

    def test_the_pre_check_says_so_before(self, session: Session) -> None:
        who = stranger(session)
        matter = drafted(session, who)

        def found() -> list[str]:
            told = prechecking.of_matter(session, matter, None, lambda _: (), ring=RING, now=NOW)
            return [each.name for each in told if each.id == "not-verified"]

        assert found() == ["identity"]
        verify(session, who)
        assert found() == []


class TestBeforeEvidence:
    """SD-03, SD-65: steps 1 to 5 come before 确权存证."""

    def test_an_older_evidence_is_deposited_again(self, session: Session) -> None:
        who, profile = stranger(session), shipped()["shandong"]
        older = stated(session, who, at=NOW - DAY)
        verify(session, who)
        matter = drafted(session, who, profile)
        with pytest.raises(Conflict) as refusal:
            identities.require_known_before(session, matter, profile, older)
        assert refusal.value.field == "evidence_number"
        identities.require_known_before(session, matter, profile, stated(session, who))
        identities.require_known_before(session, matter, TIANJIN, older)

    def test_a_later_correction_makes_no_evidence_older(self, session: Session) -> None:
        who = stranger(session)
        verify(session, who, status="superseded", at=NOW - DAY)
        verify(session, who)
        assert known_since(session, who) == NOW - DAY


class TestLookedAtLater:
    def test_an_accepted_identity_is_shown_to_an_officer_without_a_reason(
        self, session: Session
    ) -> None:
        """Who was accepted at one office and files where papers are looked at."""
        who, card = stranger(session), resident()
        first = claim(session, who, document=card)
        assert identity.submit(session, RING, first, IdentityPolicy(), None, now=NOW) == "accepted"
        second = claim(session, who, document=card)
        policy = IdentityPolicy(reviewed=identities.reviewed(TIANJIN.filing))
        told = identity.submit(session, RING, second, policy, "tianjin", now=NOW)
        assert (told, first.status) == ("submitted", "accepted")


def test_an_agent_is_known_as_well(session: Session) -> None:
    principal, agent = account(session), stranger(session, "代理公司")
    said = Draft(FORM, {})
    matter = matters.draft(session, principal, TIANJIN, "exchange", said, agent, now=NOW)
    with pytest.raises(Conflict) as refusal:
        identities.require_known(session, matter, TIANJIN, now=NOW)
    assert refusal.value.field == "agent"
    verify(session, agent, "代理公司")
    identities.require_known(session, matter, TIANJIN, now=NOW)
