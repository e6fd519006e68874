"""An agent signs in its principal's stead, employers and handlers sign on line, and what can never
be signed is told."""

import uuid
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import mandates
from accounts.days import day_of
from accounts.inbox_models import Message
from accounts.models import Account
from accounts.person_models import Mandate
from certs.cosigned import check
from certs.paper import Signer
from chain.models import Alarm
from core.errors import Conflict, InvalidInput, OutsideError
from registry import form as forms
from registry import signatories, signing_links, signing_state, signing_stuck, submitting
from registry.profile import Profile, parse_profile
from tests.grounds.matters import NOW, account
from tests.grounds.people import RING, resident
from tests.grounds.signing import (
    DOCUMENTS,
    Signing,
    Store,
    author_of,
    body_party,
    form_of,
    handed_in,
    office,
    owner_of,
    party,
    signers,
    trust,
    work,
)
from tests.grounds.signing import confirmed as confirmed_by_party

TODAY = day_of(NOW)
ATTORNEY = {**DOCUMENTS, "power_of_attorney": "授权代为办理并签署"}


def standing_in(**rules: str) -> Profile:
    """An office that takes agents, who sign for their principals."""
    return office(after_return='"all"\nagents_sign = true', agents='"mandate"', **rules)


class Filed:
    """張三's own work, filed by a lawyer."""

    def __init__(self, session: Session, *scopes: str, profile: Profile | None = None) -> None:
        card = resident()
        self.card, self.principal = card, account(session, "张三", card)
        self.agent = account(session, "周明")
        session.get_one(Account, self.agent).kind = "agent_lawyer"
        session.flush()
        self.mandate: Mandate = mandates.grant(
            session, self.principal, self.agent, ("register", *scopes), TODAY, TODAY, now=NOW
        )
        owner = self.owner = party(session, self.principal, "张三", card)
        form = form_of(
            [owner_of(owner)], [author_of(owner)], filed_by="agent", agent_reason="委托",
            agent={"name": "周明", "address": "一号", "mobile": "13900000000"},
        )  # fmt: skip
        self.signing: Signing = handed_in(
            session, self.principal, form, {"张三": owner}, profile or standing_in(), ATTORNEY,
            agent=self.agent,
        )  # fmt: skip

    def who_signs(self, session: Session) -> dict[str, set[str]]:
        """Papers, each with the names of who signs it."""
        found = {}
        matter = self.signing.matter
        names = {each.id: each.name for each in signers(session, matter)}
        for paper in signing_state.papers_of(session, matter.id, matter.round):
            acts = signing_state.acts_of(session, paper.id)
            found[paper.code] = {names[act.signer_id] for act in acts}
        return found

    def confirmed(self, session: Session, name: str) -> None:
        signer = self.signing.signer(session, name)
        signing_links.issue(session, self.signing.matter, signer, now=NOW)
        for paper in signing_links.papers_by(session, signer):
            signing_links.read(session, signer, paper.code, now=NOW)
        signing_links.confirm(session, self.signing.matter, signer, (), now=NOW)


class TestInStead:
    def test_all_but_the_power_of_attorney(self, session: Session) -> None:
        found = Filed(session, "sign").who_signs(session)
        assert found.pop("power_of_attorney") == {"张三"}
        assert set(map(tuple, found.values())) == {("周明",)}
        assert set(found) >= {"application_form", "pledge"}

    @pytest.mark.parametrize("case", ["scope", "office"])
    def test_only_where_mandate_and_office_say_so(self, session: Session, case: str) -> None:
        filed = (
            Filed(session) if case == "scope"
            else Filed(session, "sign", profile=office(agents='"mandate"'))
        )  # fmt: skip
        assert set.union(*filed.who_signs(session).values()) == {"张三"}

    @pytest.mark.parametrize("whose", ["another's number", "its own number"])
    def test_not_by_a_party_that_leads_elsewhere(self, session: Session, whose: str) -> None:
        """T03. The agent puts its own mobile, and perhaps its own number, to the principal's name:
        the signer stays the principal, by the identity and the address of its account."""
        filed = Filed(session)
        false = filed.owner
        if whose == "another's number":
            false = party(session, filed.principal, "张三", resident(date(1971, 2, 3)))
        form = {**filed.signing.matter.form, "owners": [owner_of(false)]}
        form["authors"] = [author_of(false)]
        matter = handed_in(
            session, filed.principal, form, {}, standing_in(), ATTORNEY, agent=filed.agent
        ).matter
        found = signatories.resolve(
            session, RING, matter, forms.parse(matter.form), Signer("owner", 0, "著作权人", "张三")
        )
        own = session.get_one(Account, filed.principal)
        assert found.party_id is None
        assert found.document == filed.card
        assert found.contact.value in {own.mobile, own.email}

    def test_nobody_elses_place(self, session: Session) -> None:
        """A co-owner did not give the mandate."""
        filed = Filed(session, "sign")
        other = party(session, filed.principal, "李四")
        form = {**filed.signing.matter.form}
        form["owners"] = [*form["owners"], owner_of(other)]
        again = handed_in(
            session, filed.principal, form, {}, standing_in(), ATTORNEY, agent=filed.agent
        )
        assert {each.name for each in signers(session, again.matter)} == {"张三", "李四", "周明"}

    def test_the_paper_says_who_signed_for_whom(self, session: Session) -> None:
        filed, store = Filed(session, "sign"), Store()
        work(session, store)
        filed.confirmed(session, "张三")
        work(session, store)
        filed.confirmed(session, "周明")
        work(session, store)
        assert filed.signing.matter.status != "signing"
        matter = filed.signing.matter
        pledge = next(
            each for each in signing_state.papers_of(session, matter.id, matter.round)
            if each.code == "pledge"
        )  # fmt: skip
        newest = signing_state.newest(session, pledge.id)
        assert newest is not None
        signed = check(store.kept[newest.sha256], trust())
        assert [each.name for each in signed.signatures] == ["周明"]
        (act,) = signing_state.acts_of(session, pledge.id)
        assert act.stead == "张三"

    def test_not_after_the_mandate_has_ended(self, session: Session) -> None:
        filed, store = Filed(session, "sign"), Store()
        work(session, store)
        filed.confirmed(session, "张三")
        work(session, store)
        assert open_alarms(session) == []
        signing_stuck.watch(session, now=NOW)
        assert open_alarms(session) == []
        mandates.revoke(session, filed.principal, filed.mandate.id, now=NOW)
        signer = filed.signing.signer(session, "周明")
        for act in (
            lambda: signing_links.issue(session, filed.signing.matter, signer, now=NOW),
            lambda: signing_links.confirm(session, filed.signing.matter, signer, (), now=NOW),
        ):
            with pytest.raises(Conflict) as refusal:
                act()
            assert refusal.value.field == "mandate"

    def test_what_can_never_be_signed_is_told_once(self, session: Session) -> None:
        filed, store = Filed(session, "sign"), Store()
        work(session, store)
        mandates.revoke(session, filed.principal, filed.mandate.id, now=NOW)
        for _ in range(2):
            signing_stuck.watch(session, now=NOW)
        assert open_alarms(session) == [signing_stuck.MANDATE_ENDED]
        assert sorted(told(session)) == sorted([filed.principal, filed.agent])
        submitting.recall(session, filed.signing.matter, now=NOW)
        signing_stuck.watch(session, now=NOW)
        assert open_alarms(session) == []


class TestFaultyPapers:
    @pytest.mark.parametrize("passes", [False, True])
    def test_alarm_unless_it_may_pass_by_itself(self, session: Session, *, passes: bool) -> None:
        signing = Filed(session, "sign").signing
        paper = signing_state.papers_of(session, signing.matter.id, 1)[0]
        error = OutsideError("x") if passes else InvalidInput("x", field="paper")
        for _ in range(2):
            signing_stuck.failed(session, paper.id, error, now=NOW)
            signing_stuck.watch(session, now=NOW)
        assert open_alarms(session) == ([] if passes else [signing_stuck.UNSIGNABLE])
        assert len(told(session)) == (0 if passes else 2)
        submitting.recall(session, signing.matter, now=NOW)
        signing_stuck.watch(session, now=NOW)
        assert open_alarms(session) == []


class TestEmployersAndHandlers:
    def test_sign_on_line_where_the_form_says_who_they_are(self, session: Session) -> None:
        signing, names = self.handed_in(session, on_file=True)
        places = {each.name: each.roles for each in signers(session, signing.matter)}
        assert names <= set(places)
        assert [role for role in places["杭州某某文化有限公司"] if role[:8] == "employer"]

    def test_else_their_places_are_for_the_pen(self, session: Session) -> None:
        signing, _ = self.handed_in(session, on_file=False)
        found = {role for each in signers(session, signing.matter) for role in each.roles}
        assert {role[:5] for role in found} == {"owner", "autho"}

    def test_somebody_not_on_file_is_named(self, session: Session) -> None:
        with pytest.raises(InvalidInput) as refusal:
            self.handed_in(session, on_file=True, employer=str(uuid.uuid4()))
        assert refusal.value.field == "authors[0].employer"

    def handed_in(
        self, session: Session, *, on_file: bool, employer: str | None = None
    ) -> tuple[Signing, set[str]]:
        """A work of somebody employed, at an office where the employer signs that it is none of
        its own.
        """
        applicant = account(session)
        who, unit = party(session, applicant, "张三"), body_party(session, applicant)
        reference = {"employer": employer or str(unit.id)} if on_file else {}
        form = form_of([owner_of(who)], [author_of(who, employed=True, **reference)])
        text = office().text.replace("[documents.pledge]", PROOF + "[documents.pledge]")
        profile = parse_profile(text, "zhejiang")
        documents: dict[str, Any] = {**DOCUMENTS, "not_employment_proof": "非本单位职务作品。"}
        made = handed_in(session, applicant, form, {"张三": who}, profile, documents)
        return made, {"张三", "杭州某某文化有限公司"}


PROOF = """[documents.not_employment_proof]
name = { zh = "非职务作品创作证明", en = "the employer's proof" }
needed = "required"
how = ["online", "generated"]
proves = ["ownership"]
why = { zh = "有单位者", en = "of the employed" }
signed = "electronic"
seal_for_organisations = true

"""


def open_alarms(session: Session) -> list[str]:
    query = select(Alarm.kind).where(Alarm.cleared_at.is_(None))
    return list(session.scalars(query))


def told(session: Session) -> list[uuid.UUID]:
    """Whoever was told that something cannot be signed."""
    query = select(Message.account_id).where(Message.kind == "cannot_be_signed")
    return list(session.scalars(query))


def test_a_party_still_signs_by_itself(session: Session) -> None:
    filed, store = Filed(session), Store()
    work(session, store)
    confirmed_by_party(session, filed.signing, "张三")
    work(session, store)
    assert filed.signing.matter.status != "signing"
