"""Applications on a real database: what is missing, late or foreign is refused by name."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import staff
from accounts.inbox_models import Message
from accounts.staff import Officer
from core.errors import Conflict, IllegalTransition, InvalidInput, NotAllowed, NotFound
from evidence.digest import FileDigest
from evidence.models import EvidenceFact, StatementRow
from evidence.statement import parse
from registry import examining, matters, opening, queueing, registering, submitting
from registry.examining import Remark
from registry.lifecycle import MatterState, Role
from registry.matters import Change, Draft
from registry.models import Matter
from registry.profile import parse_profile
from registry.queueing import Wanted
from registry.record import DIGEST
from tests.grounds import ticks
from tests.grounds.matters import (
    CHECKED,
    CHECKED_FINALLY,
    FORM,
    LONG_AFTER,
    NOW,
    TIANJIN,
    Cast,
    account,
    brought_to,
    cast,
    drafted,
    officer,
    papers,
    received,
    stated,
)
from tests.grounds.people import RING


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


def waiting(session: Session, officer: Officer) -> list[Matter]:
    return queueing.page(session, officer, Wanted(Role.FIRST_EXAMINER), None, 100)


def retitled(people: Cast) -> Draft:
    return Draft({**FORM, "title": "山间晨雾"}, papers(people.pledge.number))


class TestSubmit:
    def submit(self, session: Session, matter: Matter, number: str) -> None:
        submitting.submit(session, RING, matter, number, now=NOW)

    def test_takes_no_evidence_of_somebody_else(self, session: Session, people: Cast) -> None:
        foreign = stated(session, account(session))
        with pytest.raises(NotFound):
            self.submit(session, drafted(session, people), foreign.number)

    def test_waits_for_the_statement(self, session: Session, people: Cast) -> None:
        fresh = received(session, people.applicant, "a.png", FileDigest(3, "ab" * 32, None))
        with pytest.raises(Conflict, match="not stored yet"):
            self.submit(session, drafted(session, people), fresh.number)

    @pytest.mark.parametrize("name", ["title", "category", "owners", "completion_date"])
    def test_names_the_field_that_is_missing(
        self, session: Session, people: Cast, name: str
    ) -> None:
        matter = drafted(session, people)
        form = {key: value for key, value in FORM.items() if key != name}
        matters.change(session, matter, Draft(form, papers(people.pledge.number)))
        with pytest.raises(InvalidInput) as caught:
            self.submit(session, matter, people.evidence.number)
        assert caught.value.field == name

    @pytest.mark.parametrize(
        "code", ["application_form", "creation_statement", "ownership_statement", "pledge"]
    )
    def test_names_the_paper_that_is_missing(
        self, session: Session, people: Cast, code: str
    ) -> None:
        matter = drafted(session, people)
        left = {k: v for k, v in papers(people.pledge.number).items() if k != code}
        matters.change(session, matter, Draft(FORM, left))
        with pytest.raises(InvalidInput) as caught:
            self.submit(session, matter, people.evidence.number)
        assert caught.value.field == f"documents.{code}"

    def test_names_the_part_of_a_paper_that_is_missing(
        self, session: Session, people: Cast
    ) -> None:
        documents = {**papers(people.pledge.number), "creation_statement": {"purpose": "目的"}}
        matter = drafted(session, people)
        matters.change(session, matter, Draft(FORM, documents))
        with pytest.raises(InvalidInput) as refused:
            self.submit(session, matter, people.evidence.number)
        assert refused.value.field == "documents.creation_statement.process"

    def test_takes_no_paper_of_somebody_else(self, session: Session, people: Cast) -> None:
        matter = drafted(session, people)
        foreign = stated(session, account(session))
        matters.change(session, matter, Draft(FORM, papers(foreign.number)))
        with pytest.raises(NotFound):
            self.submit(session, matter, people.evidence.number)

    def test_takes_no_paper_of_a_format_the_office_does_not_read(
        self, session: Session, people: Cast
    ) -> None:
        matter = drafted(session, people)
        text = stated(session, people.applicant, "pledge.txt")
        said = {**papers(people.pledge.number), "pledge": text.number}
        matters.change(session, matter, Draft(FORM, said))
        with pytest.raises(InvalidInput) as caught:
            self.submit(session, matter, people.evidence.number)
        assert caught.value.field == "documents.pledge"

    def test_refuses_a_day_to_come(self, session: Session, people: Cast) -> None:
        matter = drafted(session, people)
        form = {**FORM, "completion_date": "2026-03-02"}
        matters.change(session, matter, Draft(form, papers(people.pledge.number)))
        with pytest.raises(InvalidInput) as caught:
            self.submit(session, matter, people.evidence.number)
        assert caught.value.field == "completion_date"


class TestCorrection:
    def test_must_change_something(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.RETURNED)
        with pytest.raises(InvalidInput, match="nothing was corrected"):
            submitting.submit(session, RING, matter, people.evidence.number, now=NOW)

    def test_comes_too_late_after_the_term(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.RETURNED)
        matters.change(session, matter, retitled(people))
        assert matter.due_at is not None
        late = matter.due_at + timedelta(seconds=1)
        with pytest.raises(Conflict, match="has passed"):
            submitting.submit(session, RING, matter, people.evidence.number, now=late)

    def test_shows_what_changed_since_the_return(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.RETURNED)
        said = retitled(people)
        changed = {**said.documents, "creation_statement": "写生三日。"}
        matters.change(session, matter, Draft(said.form, changed))
        submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
        assert matters.changed(session, matter) == Change(("title",), ("creation_statement",))
        assert matters.submission(session, matter.id, 1).form["title"] == "山间"

    def test_that_never_comes_ends_the_matter(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.RETURNED)
        assert not ticks.lapse(session, now=NOW)
        assert ticks.lapse(session, now=LONG_AFTER)
        session.refresh(matter)
        assert matter.status == MatterState.LAPSED

    @pytest.mark.parametrize(
        "remark",
        [Remark("field", "colour", "x"), Remark("document", "title", "x"), Remark("x", "y", "z")],
    )
    def test_is_asked_only_of_what_exists(
        self, session: Session, people: Cast, remark: Remark
    ) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        with pytest.raises(InvalidInput) as caught:
            examining.return_for_correction(session, people.first, matter, [remark], "", now=NOW)
        assert caught.value.field == "items[0].name"


class TestRecall:
    @pytest.mark.parametrize("state", [MatterState.SIGNING, MatterState.PAYMENT])
    def test_makes_a_draft_again_what_nobody_has_examined(
        self, session: Session, people: Cast, state: MatterState
    ) -> None:
        matter = brought_to(session, people, state)
        submitting.recall(session, matter, now=NOW)
        assert matter.status == MatterState.DRAFT
        matters.change(session, matter, retitled(people))
        submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
        assert (matter.status, matter.round) == (MatterState.SUBMITTED, 2)
        assert matters.changed(session, matter) is None, "nobody saw the first round"

    def test_keeps_the_term_of_a_correction(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.RETURNED)
        due = matter.due_at
        matters.change(session, matter, retitled(people))
        submitting.hand_in(session, matter, people.evidence.number, now=NOW)
        assert matter.due_at == due, "a correction that is not signed yet is still owed"
        submitting.recall(session, matter, now=NOW)
        assert (matter.status, matter.due_at) == (MatterState.RETURNED, due)
        matters.change(session, matter, Draft(FORM, papers(people.pledge.number)))
        with pytest.raises(InvalidInput, match="nothing was corrected"):
            submitting.submit(session, RING, matter, people.evidence.number, now=NOW)

    def test_comes_too_late_once_the_examiners_have_it(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.SUBMITTED)
        with pytest.raises(IllegalTransition):
            submitting.recall(session, matter, now=NOW)


class TestUnfinished:
    @pytest.mark.parametrize("state", [MatterState.SIGNING, MatterState.PAYMENT])
    def test_is_not_seen_by_an_officer(
        self, session: Session, people: Cast, state: MatterState
    ) -> None:
        matter = brought_to(session, people, state)
        with pytest.raises(NotFound):
            examining.seen(session, people.first, matter.id)
        assert matter not in waiting(session, people.first)


class TestExamination:
    def test_needs_every_item_of_the_checklist(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        with pytest.raises(InvalidInput, match="not confirmed"):
            examining.pass_on(session, people.first, matter, CHECKED[1:], "", now=NOW)

    def test_is_of_the_officer_who_holds_it(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        other = officer(session, staff.Role.FIRST_EXAMINER)
        with pytest.raises(NotAllowed, match="somebody else"):
            examining.pass_on(session, other, matter, CHECKED, "", now=NOW)

    def test_is_of_the_agency_that_was_chosen(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.SUBMITTED)
        other = officer(session, staff.Role.FIRST_EXAMINER, agency="publishing")
        assert matter not in waiting(session, other)
        assert matter in waiting(session, people.first)
        with pytest.raises(NotAllowed, match="agency"):
            examining.claim(session, other, matter, Role.FIRST_EXAMINER, now=NOW)

    def test_of_another_office_does_not_exist(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.SUBMITTED)
        other = officer(session, staff.Role.FIRST_EXAMINER, office="zhejiang")
        with pytest.raises(NotFound):
            examining.seen(session, other, matter.id)

    def test_is_never_of_ones_own_work(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.SUBMITTED)
        own = officer(session, staff.Role.FIRST_EXAMINER, account_id=people.applicant)
        with pytest.raises(NotAllowed, match="own works"):
            examining.claim(session, own, matter, Role.FIRST_EXAMINER, now=NOW)

    def test_begins_anew_after_it_was_sent_back(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.FINAL_EXAMINATION)
        examining.send_back(session, people.final, matter, "类别有误", now=NOW)
        assert matter.status == MatterState.SUBMITTED
        assert matter.first_person is None

    def test_final_examiners_return_it_to_its_applicant_too(
        self, session: Session, people: Cast
    ) -> None:
        """终审退回: the time to correct runs, and both examinations begin anew."""
        matter = brought_to(session, people, MatterState.FINAL_EXAMINATION)
        remark = Remark("field", "title", "请写明具体名称")
        later = NOW + timedelta(minutes=1)
        examining.return_for_correction(session, people.final, matter, [remark], "", now=later)
        assert matter.status == MatterState.RETURNED
        assert matter.due_at is not None
        last = matters.findings(session, matter.id)[-1]
        assert (last.action, last.person_id) == ("return", people.final.person_id)
        told = session.scalars(
            select(Message.kind).where(Message.account_id == people.applicant)
        ).all()
        assert "returned" in told
        matters.change(session, matter, retitled(people))
        submitting.hand_in(session, matter, people.evidence.number, now=NOW)
        assert (matter.first_person, matter.final_person) == (None, None)

    @pytest.mark.parametrize("only", ["applicant", "first"])
    def test_final_examiners_return_it_where_their_office_says(
        self, session: Session, people: Cast, only: str
    ) -> None:
        said = 'returns_to = ["applicant", "first"]'
        assert said in TIANJIN.text
        rules = parse_profile(TIANJIN.text.replace(said, f'returns_to = ["{only}"]'), "tianjin")
        matter = brought_to(session, people, MatterState.FINAL_EXAMINATION, profile=rules)
        remark = Remark("field", "title", "请写明具体名称")
        ways = {
            "applicant": lambda: examining.return_for_correction(
                session, people.final, matter, [remark], "", now=NOW
            ),
            "first": lambda: examining.send_back(session, people.final, matter, "x", now=NOW),
        }
        other = next(each for each in ways if each != only)
        whom = {"applicant": "the applicant", "first": "the first examiner"}[other]
        with pytest.raises(NotAllowed, match=f"rules do not let you return it to {whom}$"):
            ways[other]()
        ways[only]()

    def test_refuses_on_a_ground_of_the_measure_only(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.FINAL_EXAMINATION)
        with pytest.raises(InvalidInput) as caught:
            examining.refuse(session, people.final, matter, "dislike", "x", now=NOW)
        assert caught.value.field == "ground"


class TestTheEntry:
    def test_is_evidence_of_the_office_over_the_same_files(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.REGISTERED)
        entry, evidence = registering.entry_of(session, matter.id)
        assert evidence.owner_id != people.applicant
        bodies = [
            parse(session.get_one(StatementRow, each.id).body)
            for each in (people.evidence, evidence)
        ]
        assert bodies[0].files == bodies[1].files
        facts = {
            row.name: (row.value or {})["value"]
            for row in session.scalars(
                select(EvidenceFact).where(EvidenceFact.evidence_id == evidence.id)
            )
        }
        assert facts["registration_number"] == entry.number
        assert facts["evidence_number"] == people.evidence.number
        assert facts[DIGEST]

    def test_needs_the_final_checklist(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.FINAL_EXAMINATION)
        with pytest.raises(Conflict, match="open the matter first") as refusal:
            registering.approve(
                session, people.final, matter, CHECKED_FINALLY, lambda _: None, lambda: NOW
            )
        assert refusal.value.field == "matter"
        opening.open_matter(session, people.final, matter, now=NOW)
        with pytest.raises(InvalidInput, match="not confirmed"):
            registering.approve(
                session, people.final, matter, CHECKED_FINALLY[1:], lambda _: None, lambda: NOW
            )


def test_a_matter_keeps_the_rules_it_began_under(session: Session, people: Cast) -> None:
    matter = drafted(session, people)
    later = parse_profile(TIANJIN.text.replace("version = 1", "version = 2", 1), "later")
    other = matters.draft(session, people.applicant, later, "exchange", retitled(people), now=NOW)
    assert matters.profile_of(session, matter).version == 1
    assert matters.profile_of(session, other).version == 2


def test_somebody_elses_matter_does_not_exist(session: Session, people: Cast) -> None:
    matter = drafted(session, people)
    with pytest.raises(NotFound):
        matters.owned(session, uuid.uuid4(), matter.id)
