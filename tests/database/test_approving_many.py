"""Approval of many: each opened, none that was drawn, numbers without gaps; and the lots."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import staff
from accounts.staff import Officer
from core.errors import Conflict, InvalidInput, NotAllowed
from registry import approving_many, examining, matters, opening, registering, submitting
from registry.drawing_lots import is_drawn
from registry.examining import Remark
from registry.lifecycle import MatterState, Role
from registry.models import Matter, OfficeEdition, Opening, Registration
from registry.profile_parts import BatchApproval
from tests.grounds.clocks import resubmitted
from tests.grounds.matters import (
    CHECKED_FINALLY,
    NOW,
    TIANJIN,
    Cast,
    brought_to,
    cast,
    officer,
)
from tests.grounds.people import RING

RULES = TIANJIN.batch_approval


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


def held(session: Session, people: Cast, *, drawn: bool = False) -> Matter:
    """A matter in final examination that was drawn, or was not."""
    while True:
        matter = brought_to(session, people, MatterState.FINAL_EXAMINATION)
        if is_drawn(matter.id, matter.round, RULES) is drawn:
            return matter


def approve(session: Session, people: Cast, matter: Matter) -> Registration:
    return approving_many.approve_opened(
        session, people.final, matter, CHECKED_FINALLY, lambda _record: None, lambda: NOW
    )


def test_whoever_takes_a_matter_back_draws_no_other_lot(session: Session, people: Cast) -> None:
    matter = brought_to(session, people, MatterState.PAYMENT)
    submitting.recall(session, matter, now=NOW)
    submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
    assert (matter.round, matters.lot_number(session, matter)) == (2, 1)
    examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=NOW)
    remarks = [Remark("field", "title", "请写明具体名称")]
    examining.return_for_correction(session, people.first, matter, remarks, "", now=NOW)
    resubmitted(session, people, matter, NOW)
    assert (matter.round, matters.lot_number(session, matter)) == (3, 3)


class TestApproval:
    def test_needs_that_the_matter_was_opened(self, session: Session, people: Cast) -> None:
        matter = held(session, people)
        with pytest.raises(Conflict, match="open the matter first"):
            approve(session, people, matter)
        opening.open_matter(session, people.final, matter, now=NOW)
        opening.open_matter(session, people.final, matter, now=NOW)
        assert approve(session, people, matter).serial == 1

    def test_is_not_for_what_was_drawn(self, session: Session, people: Cast) -> None:
        matter = held(session, people, drawn=True)
        opening.open_matter(session, people.final, matter, now=NOW)
        with pytest.raises(Conflict, match="drawn"):
            approve(session, people, matter)

    def test_that_fails_leaves_no_gap(self, session: Session, people: Cast) -> None:
        serials = []
        for place in range(4):
            matter = held(session, people, drawn=place == 1)
            if place != 2:
                opening.open_matter(session, people.final, matter, now=NOW)
            save = session.begin_nested()
            try:
                serials.append(approve(session, people, matter).serial)
            except Conflict:
                save.rollback()
        assert serials == [1, 2]
        assert sorted(session.scalars(select(Registration.serial))) == [1, 2]

    def test_sent_again_gives_the_same_number(self, session: Session, people: Cast) -> None:
        matter = held(session, people)
        opening.open_matter(session, people.final, matter, now=NOW)
        first = approve(session, people, matter)
        assert approve(session, people, matter) is first
        other = replace(people, final=officer(session, staff.Role.FINAL_EXAMINER))
        with pytest.raises((Conflict, NotAllowed)):
            approve(session, other, matter)

    def test_by_somebody_else_than_who_opened_it_is_refused(
        self, session: Session, people: Cast
    ) -> None:
        matter = held(session, people)
        opening.open_matter(session, people.final, matter, now=NOW)
        other = replace(people, final=officer(session, staff.Role.FINAL_EXAMINER))
        with pytest.raises(NotAllowed, match="somebody else"):
            approve(session, other, matter)

    def test_needs_the_checklist_all_the_same(self, session: Session, people: Cast) -> None:
        matter = held(session, people)
        opening.open_matter(session, people.final, matter, now=NOW)
        with pytest.raises(InvalidInput, match="not confirmed"):
            approving_many.approve_opened(
                session, people.final, matter, (), lambda _record: None, lambda: NOW
            )

    def test_is_not_offered_where_the_office_does_not(self, session: Session, people: Cast) -> None:
        matter = held(session, people)
        opening.open_matter(session, people.final, matter, now=NOW)
        session.execute(text("ALTER TABLE office_edition DISABLE TRIGGER ALL"))
        session.execute(text("ALTER TABLE matter DISABLE TRIGGER ALL"))
        row = session.get_one(OfficeEdition, matter.edition)
        before, _, after = row.text.partition("[batch_approval]")
        row.text = before + after.partition("sampled_percent = 10")[2]
        session.flush()
        assert matters.profile_of(session, matter).batch_approval is None
        with pytest.raises(NotAllowed, match="one by one"):
            approve(session, people, matter)

    def test_an_opening_is_never_rewritten(self, session: Session, people: Cast) -> None:
        matter = held(session, people)
        opening.open_matter(session, people.final, matter, now=NOW)
        for statement in ("UPDATE matter_opening SET round = 9", "DELETE FROM matter_opening"):
            save = session.begin_nested()
            with pytest.raises(IntegrityError):
                session.execute(text(statement))
            save.rollback()


class TestOneByItself:
    """Drawn or not: nobody enters into the register what they have not looked at."""

    @pytest.mark.parametrize("drawn", [False, True])
    def test_needs_that_the_matter_was_opened(
        self, session: Session, people: Cast, *, drawn: bool
    ) -> None:
        matter = held(session, people, drawn=drawn)
        with pytest.raises(Conflict, match="open the matter first") as refusal:
            alone(session, people.final, matter)
        assert refusal.value.field == "matter"
        opening.seen(session, people.first, matter, now=NOW)
        with pytest.raises(Conflict, match="open the matter first"):
            alone(session, people.final, matter)
        opening.seen(session, people.final, matter, now=NOW)
        opening.seen(session, people.final, matter, now=NOW)
        assert alone(session, people.final, matter).serial == 1

    def test_what_was_read_before_one_held_it_does_not_count(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.PASSED)
        opening.seen(session, people.final, matter, now=NOW)
        examining.claim(session, people.final, matter, Role.FINAL_EXAMINER, now=NOW)
        with pytest.raises(Conflict, match="open the matter first"):
            alone(session, people.final, matter)

    def test_what_another_opened_before_does_not_count(
        self, session: Session, people: Cast
    ) -> None:
        matter = held(session, people)
        opening.open_matter(session, people.final, matter, now=NOW)
        examining.release(session, people.final, matter, now=NOW)
        other = officer(session, staff.Role.FINAL_EXAMINER)
        examining.claim(session, other, matter, Role.FINAL_EXAMINER, now=NOW)
        with pytest.raises(Conflict, match="open the matter first"):
            alone(session, other, matter)

    def test_what_was_opened_in_an_earlier_round_does_not_count(
        self, session: Session, people: Cast
    ) -> None:
        matter = held(session, people)
        session.add(
            Opening(
                matter_id=matter.id, round=matter.round - 1, person_id=people.final.person_id,
                officer_id=people.final.account_id, at=NOW,
            )
        )  # fmt: skip
        session.flush()
        with pytest.raises(Conflict, match="open the matter first"):
            alone(session, people.final, matter)


def alone(session: Session, by: Officer, matter: Matter) -> Registration:
    return registering.approve(
        session, by, matter, CHECKED_FINALLY, lambda _record: None, lambda: NOW
    )


class TestLots:
    def ids(self) -> Iterator[uuid.UUID]:
        return (uuid.uuid5(uuid.NAMESPACE_OID, str(place)) for place in range(20_000))

    @pytest.mark.parametrize("percent", [0, 10, 50, 100])
    def test_draw_the_share_that_the_office_sets(self, percent: int) -> None:
        rules = BatchApproval(50, percent)
        drawn = sum(is_drawn(each, 1, rules) for each in self.ids())
        assert abs(drawn - 200 * percent) < 200

    def test_are_drawn_anew_each_round(self) -> None:
        rules = BatchApproval(50, 50)
        changed = sum(is_drawn(e, 1, rules) != is_drawn(e, 2, rules) for e in self.ids())
        assert 9_000 < changed < 11_000

    def test_are_the_same_whenever_they_are_looked_at(self) -> None:
        known = uuid.UUID("00000000-0000-4000-8000-000000000001")
        rules = BatchApproval(50, 10)
        assert [is_drawn(known, number, rules) for number in range(1, 9)] == [
            is_drawn(known, number, rules) for number in range(1, 9)
        ]
        assert not is_drawn(known, 1, None)


class TestTemplates:
    """Wordings of the office, with what the examiner adds."""

    def returned(self, session: Session, people: Cast, remark: Remark) -> list[str]:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        examining.return_for_correction(session, people.first, matter, [remark], "", now=NOW)
        return matters.findings(session, matter.id)[-1].items

    def test_are_said_before_what_is_particular(self, session: Session, people: Cast) -> None:
        said = str((TIANJIN.reasons or {})["title_general"].said)
        alone = Remark("field", "title", "", "title_general")
        assert self.returned(session, people, alone) == [f"field:title {said}"]
        more = Remark("field", "title", "如写明地点", "title_general")
        assert self.returned(session, people, more) == [f"field:title {said} 如写明地点"]

    @pytest.mark.parametrize(
        ("remark", "field"),
        [
            (Remark("field", "category", "", "title_general"), "items[0].template"),
            (Remark("document", "pledge", "", "title_general"), "items[0].template"),
            (Remark("field", "title", "", "nothing"), "items[0].template"),
            (Remark("field", "title", " "), "items[0].reason"),
        ],
    )
    def test_that_do_not_fit_are_refused_by_field(
        self, session: Session, people: Cast, remark: Remark, field: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            self.returned(session, people, remark)
        assert caught.value.field == field

    def test_of_documents_fit_documents(self, session: Session, people: Cast) -> None:
        (line,) = self.returned(session, people, Remark("document", "pledge", "", "unsigned"))
        assert line.startswith("document:pledge ")
