"""Who signs which papers, in what order, and what stays signed after a return."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from accounts import staff
from accounts.persons import index_of
from certs.cosigned import check
from core.errors import ConcurrentChange, Conflict, InvalidInput
from registry import (
    examining,
    matters,
    papers,
    prechecking,
    signing_links,
    signing_state,
    signing_work,
    submitting,
    telling,
)
from registry.examining import Remark
from registry.form import parse
from registry.lifecycle import MatterState, Role
from registry.matters import Draft
from registry.models import Matter
from registry.offices import shipped
from registry.signing_models import SigningAct
from registry.signing_state import SignerState, standing_of
from registry.signing_work import Noted
from tests.grounds.clocks import messages
from tests.grounds.matters import NOW, account, officer, stated
from tests.grounds.people import RING, resident
from tests.grounds.signing import (
    DOCUMENTS,
    Signing,
    Store,
    author_of,
    body_party,
    confirmed,
    form_of,
    handed_in,
    office,
    owner_of,
    party,
    shown,
    signers,
    trust,
    two_people,
    work,
)


@pytest.fixture
def store() -> Store:
    return Store()


def whole(session: Session, store: Store, signing: Signing) -> dict[str, list[str]]:
    """Every paper of the round, checked; who signed it."""
    found = {}
    for paper in signing_state.papers_of(session, signing.matter.id, signing.matter.round):
        revision = signing_state.newest(session, paper.id)
        assert revision is not None
        checked = check(store.kept[revision.sha256], trust())
        found[paper.code] = [each.name for each in checked.signatures]
    return found


class TestSigners:
    def test_the_form_says_who_signs_which_paper(self, session: Session, store: Store) -> None:
        signing = two_people(session)
        assert [each.name for each in signers(session, signing.matter)] == [
            "张三",
            "李四",
        ]
        work(session, store)
        confirmed(session, signing, "张三")
        work(session, store)
        confirmed(session, signing, "李四")
        work(session, store)
        assert whole(session, store, signing) == {
            "application_form": ["张三"],
            "creation_statement": ["张三", "李四"],
            "ownership_statement": ["张三", "李四"],
            "pledge": ["张三"],
        }

    def test_the_pre_check_names_the_papers_that_somebody_still_has_to_sign(
        self, session: Session, store: Store
    ) -> None:
        def not_signed() -> list[str]:
            found = prechecking.of_matter(
                session, signing.matter, None, lambda _form: (), ring=RING, now=NOW
            )
            return [each.name for each in found if each.id == "not-signed"]

        signing = two_people(session)
        work(session, store)
        assert not_signed() == [
            "application_form", "creation_statement", "ownership_statement", "pledge",
        ]  # fmt: skip
        confirmed(session, signing, "张三")
        work(session, store)
        assert not_signed() == ["creation_statement", "ownership_statement"]
        confirmed(session, signing, "李四")
        work(session, store)
        assert not_signed() == []

    def test_a_unit_signs_by_its_seal(self, session: Session) -> None:
        applicant = account(session)
        unit, author = body_party(session, applicant), party(session, applicant, "李四")
        form = form_of([owner_of(unit)], [author_of(author)])
        signing = handed_in(session, applicant, form, {})
        kinds = {each.name: each.kind for each in signers(session, signing.matter)}
        assert kinds == {unit.name: "seal", "李四": "signature"}

    def test_the_national_office_takes_signatures_of_persons_and_seals_of_units(
        self, session: Session
    ) -> None:
        """CP-40, CP-41: a person's e-signature is enough, a unit needs its electronic seal."""
        applicant = account(session)
        unit, person = body_party(session, applicant), party(session, applicant, "张三")
        form = form_of([owner_of(unit), owner_of(person)], [author_of(person)])
        profile = shipped()["national"]
        documents = {
            code: "所填属实。"
            if papers.is_text(profile.documents[code])
            else stated(session, applicant).number
            for code in papers.owed(session, applicant, profile, parse(form), now=NOW)
        }
        signing = handed_in(session, applicant, form, {}, profile, documents)
        kinds = {each.name: each.kind for each in signers(session, signing.matter)}
        assert kinds == {unit.name: "seal", "张三": "signature"}

    def test_a_guardian_signs_for_a_minor(self, session: Session) -> None:
        own = resident(date(1980, 5, 6))
        applicant = account(session, document=own)
        guardian = party(session, applicant, "张三", own)
        child = party(
            session, applicant, "张小小", resident(date(2015, 1, 2)), guardian_id=guardian.id
        )
        shown(session, child, "household_register")
        shown(session, guardian, "id_front", "id_back")
        form = form_of([owner_of(child, minor=True)], [author_of(child, minor=True)])
        documents = {**DOCUMENTS, "guardianship": stated(session, applicant).number}
        signing = handed_in(session, applicant, form, {}, documents=documents)
        (signer,) = signers(session, signing.matter)
        assert (signer.name, signer.document_kind) == ("张三", "resident_id")
        assert signer.number_index == index_of(RING, own)

    def test_somebody_not_on_file_cannot_be_asked_to_sign(self, session: Session) -> None:
        applicant = account(session)
        owner = {**owner_of(party(session, applicant, "李四")), "party": str(uuid.uuid4())}
        form = form_of([owner], [{"name": "李四", "signature": "real_name"}])
        brought = {**DOCUMENTS, "identity": stated(session, applicant, "card.png").number}
        with pytest.raises(InvalidInput) as refusal:
            handed_in(session, applicant, form, {}, documents=brought)
        assert refusal.value.field == "owners[0].party"

    def test_that_somebody_cannot_be_asked_to_sign_is_said_before(self, session: Session) -> None:
        applicant = account(session)
        known = party(session, applicant, "张三")
        form = form_of(
            [owner_of(known)], [author_of(known), {"name": "李四", "signature": "real_name"}]
        )

        def told(now_said: dict[str, Any]) -> dict[str, str]:
            matter = matters.draft(
                session, applicant, office(), None, Draft(now_said, DOCUMENTS), now=NOW
            )
            found = prechecking.of_matter(session, matter, None, lambda _: (), ring=RING, now=NOW)
            return {each.name: each.severity for each in found if each.id == "signer-not-on-file"}

        assert told(form) == {"authors[1].party": "must"}
        other = party(session, applicant, "李四")
        assert told({**form, "authors": [author_of(known), author_of(other)]}) == {}

    def test_a_party_of_another_account_is_nobody(self, session: Session) -> None:
        applicant, other = account(session), account(session)
        foreign = party(session, other, "李四")
        form = form_of([owner_of(foreign)], [author_of(foreign)])
        brought = {**DOCUMENTS, "identity": stated(session, applicant, "card.png").number}
        with pytest.raises(InvalidInput) as refusal:
            handed_in(session, applicant, form, {}, documents=brought)
        assert refusal.value.field == "owners[0].party"

    def test_an_office_that_signs_on_paper_has_nothing_signed_here(self, session: Session) -> None:
        signing = two_people(session, office(order='"paper"'))
        assert signing.matter.status == MatterState.SUBMITTED
        assert signers(session, signing.matter) == []

    def test_an_office_that_wants_no_signatures_gets_none(self, session: Session) -> None:
        signing = two_people(session, office(individuals='"none"'))
        assert signing.matter.status == MatterState.SUBMITTED


class TestOrder:
    def test_one_after_the_other_where_the_office_says_so(
        self, session: Session, store: Store
    ) -> None:
        signing = two_people(session)
        assert signing_links.uninvited(session, 9, now=NOW) == []
        work(session, store)
        first, second = signers(session, signing.matter)
        assert signing_links.uninvited(session, 9, now=NOW) == [first.id]
        state = signing_state.state_of(session, signing.matter, second, now=NOW)
        assert state is SignerState.WAITS
        with pytest.raises(Conflict):
            signing_links.issue(session, signing.matter, second, now=NOW)
        confirmed(session, signing, "张三")
        with pytest.raises(Conflict):
            signing_links.issue(session, signing.matter, second, now=NOW)
        work(session, store)
        assert signing_links.uninvited(session, 9, now=NOW) == [second.id]

    def test_those_who_wait_for_another_do_not_hide_whose_turn_it_is(
        self, session: Session, store: Store
    ) -> None:
        signing = two_people(session)
        work(session, store)
        first, _ = signers(session, signing.matter)
        token = signing_links.issue(session, signing.matter, first, now=NOW)
        signing_links.sent(session, first.id, token, now=NOW)
        later = two_people(session)
        work(session, store)
        session.execute(text("SET LOCAL session_replication_role = replica"))  # no guards
        session.execute(
            update(Matter)
            .where(Matter.id == signing.matter.id)
            .values(created_at=NOW - timedelta(days=1))
        )
        turn, _ = signers(session, later.matter)
        assert signing_links.uninvited(session, 1, now=NOW) == [turn.id]

    def test_a_link_that_somebody_is_just_sending_is_not_sent_twice(
        self, session: Session, store: Store
    ) -> None:
        """The first of two would not open any more."""
        signing = two_people(session)
        work(session, store)
        first, _ = signers(session, signing.matter)
        token = signing_links.issue(session, signing.matter, first, now=NOW)
        assert signing_links.uninvited(session, 9, now=NOW) == []
        lost = NOW + signing_links.SENDING
        assert signing_links.uninvited(session, 9, now=lost) == [first.id]
        signing_links.sent(session, first.id, token, now=NOW)
        assert signing_links.uninvited(session, 9, now=lost) == []

    def test_all_at_once_where_the_office_says_so(self, session: Session, store: Store) -> None:
        signing = two_people(session, office(order='"parallel"'))
        work(session, store)
        assert len(signing_links.uninvited(session, 9, now=NOW)) == 2
        confirmed(session, signing, "李四")
        confirmed(session, signing, "张三")
        work(session, store)
        assert whole(session, store, signing)["creation_statement"] == ["李四", "张三"]

    def test_submits_itself_when_the_last_has_signed(self, session: Session, store: Store) -> None:
        signing = two_people(session)
        for name in ("张三", "李四"):
            work(session, store)
            assert signing.matter.status == MatterState.SIGNING
            confirmed(session, signing, name)
        work(session, store)
        session.refresh(signing.matter)
        assert signing.matter.status == MatterState.SUBMITTED

    def test_waits_for_the_applicant_where_the_office_says_so(
        self, session: Session, store: Store
    ) -> None:
        signing = two_people(session, office(submits_itself="false"))
        work(session, store)
        with pytest.raises(Conflict):
            submitting.send_on(session, signing.matter, "sent on", now=NOW)
        for name in ("张三", "李四"):
            confirmed(session, signing, name)
            work(session, store)
            assert standing_of(session, signing.matter) == (
                "signing" if name == "张三" else "signed_all"
            )
            told = messages(session, signing.matter.applicant_id, "signed_all")
            assert len(told) == (name == "李四")
        assert signing.matter.status == MatterState.SIGNING
        assert submitting.signed(session, signing.matter, now=NOW)
        assert len(messages(session, signing.matter.applicant_id, "signed_all")) == 1
        (asked,) = messages(session, signing.matter.applicant_id, "signing_asked_first")
        assert "不进入下一步" in telling.said(asked.kind, asked.facts)[1].zh
        assert standing_of(session, signing.matter) == "signed_all"
        submitting.send_on(session, signing.matter, "sent on", now=NOW)
        assert signing.matter.status == MatterState.SUBMITTED


class TestAgain:
    def returned(self, session: Session, store: Store, signing: Signing) -> None:
        for name in ("张三", "李四"):
            work(session, store)
            confirmed(session, signing, name)
        work(session, store)
        session.refresh(signing.matter)
        examiner = officer(session, staff.Role.FIRST_EXAMINER, office="zhejiang")
        examining.claim(session, examiner, signing.matter, Role.FIRST_EXAMINER, now=NOW)
        remarks = [Remark("document", "creation_statement", "请写明过程")]
        examining.return_for_correction(session, examiner, signing.matter, remarks, "", now=NOW)
        said = Draft(signing.matter.form, {**DOCUMENTS, "creation_statement": "写生三日而成。"})
        matters.change(session, signing.matter, said)
        submitting.submit(session, RING, signing.matter, signing.evidence, now=NOW)

    def kept(self, session: Session, signing: Signing) -> set[str]:
        papers = signing_state.papers_of(session, signing.matter.id, signing.matter.round)
        return {each.code for each in papers if each.kept_from is not None}

    def test_what_did_not_change_stays_signed_where_the_office_says_so(
        self, session: Session, store: Store
    ) -> None:
        signing = two_people(session, office(after_return='"changed"'))
        self.returned(session, store, signing)
        assert self.kept(session, signing) == {"application_form", "ownership_statement", "pledge"}
        assert work(session, store) == 1
        for name in ("张三", "李四"):
            confirmed(session, signing, name)
            assert work(session, store) == 1
        assert whole(session, store, signing)["creation_statement"] == ["张三", "李四"]
        assert whole(session, store, signing)["pledge"] == ["张三"]

    def test_all_is_signed_again_where_the_office_says_so(
        self, session: Session, store: Store
    ) -> None:
        signing = two_people(session)
        self.returned(session, store, signing)
        assert self.kept(session, signing) == set()
        assert work(session, store) == 4

    def test_a_recall_keeps_the_signatures_on_papers_that_stay_the_same(
        self, session: Session, store: Store
    ) -> None:
        signing = two_people(session, office(after_return='"changed"'))
        work(session, store)
        confirmed(session, signing, "张三")
        work(session, store)
        submitting.recall(session, signing.matter, now=NOW)
        submitting.submit(session, RING, signing.matter, signing.evidence, now=NOW)
        assert len(self.kept(session, signing)) == 4
        first = signing.signer(session, "张三")
        assert signing_state.has_signed(session, first)
        confirmed(session, signing, "李四")
        work(session, store)
        session.refresh(signing.matter)
        assert signing.matter.status == MatterState.SUBMITTED
        assert whole(session, store, signing)["creation_statement"] == ["张三", "李四"]

    def test_a_signature_is_not_kept_for_somebody_else_of_that_name(
        self, session: Session, store: Store
    ) -> None:
        signing = two_people(session, office(after_return='"changed"'))
        work(session, store)
        confirmed(session, signing, "张三")
        work(session, store)
        submitting.recall(session, signing.matter, now=NOW)
        namesake = party(session, signing.matter.applicant_id, "张三")
        form = form_of([owner_of(namesake)],
                       [author_of(namesake), author_of(signing.parties["李四"])])  # fmt: skip
        matters.change(session, signing.matter, Draft(form, DOCUMENTS))
        submitting.submit(session, RING, signing.matter, signing.evidence, now=NOW)
        assert "pledge" not in self.kept(session, signing)

    def test_a_recalled_round_signs_nothing_more(self, session: Session, store: Store) -> None:
        signing = two_people(session)
        work(session, store)
        confirmed(session, signing, "张三")
        paper_id = signing_work.waiting(session, 1)[0]
        noted = Noted(paper_id, 1, "0" * 64, session.scalars(
            select(SigningAct.id).where(SigningAct.paper_id == paper_id)).first())  # fmt: skip
        signing_work.note(session, noted, now=NOW)
        submitting.recall(session, signing.matter, now=NOW)
        assert signing_work.waiting(session, 9) == []
        with pytest.raises(ConcurrentChange):
            signing_work.record(session, noted, now=NOW)
