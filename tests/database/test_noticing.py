"""Notices: worded with the decision, never reworded, made once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certs.paper import decode
from core.errors import NotFound, NotReady
from registry import matters, noticing, submitting, terms
from registry.lifecycle import MatterState
from registry.matters import Draft
from registry.models import Matter
from registry.notice_models import Notice
from registry.offices import shipped
from registry.profile import Profile, parse_profile
from tests.grounds import ticks
from tests.grounds.matters import FORM, LONG_AFTER, NOW, Cast, brought_to, cast, drafted, papers
from tests.grounds.people import RING

FAR = datetime(2040, 3, 1, tzinfo=UTC)
"""Of that year no holidays are announced."""


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


def kinds(session: Session, matter: Matter) -> list[str]:
    return [each.kind for each in noticing.of_matter(session, matter.id)]


def said(notice: Notice) -> str:
    return notice.content.decode()


def _national_at_tianjin() -> Profile:
    """The rules of one office with the terms of another."""
    head, _, rest = shipped()["tianjin"].text.partition("[[clocks]]")
    terms_of_another = (
        shipped()["national"].text.partition("[[clocks]]")[2].partition("[numbering]")
    )
    return parse_profile(
        f"{head}[[clocks]]{terms_of_another[0]}[numbering]{rest.partition('[numbering]')[2]}", "x"
    )


class TestIssued:
    @pytest.mark.parametrize(
        ("state", "issued"),
        [
            (MatterState.DRAFT, []),
            (MatterState.SUBMITTED, ["acceptance"]),
            (MatterState.FIRST_EXAMINATION, ["acceptance"]),
            (MatterState.RETURNED, ["acceptance", "correction"]),
            (MatterState.PASSED, ["acceptance"]),
            (MatterState.REFUSED, ["acceptance", "refusal"]),
            (MatterState.LAPSED, ["acceptance", "correction", "lapse"]),
            (MatterState.REGISTERED, ["acceptance"]),
            (MatterState.WITHDRAWN, []),
        ],
    )
    def test_each_turn_of_a_matter_has_its_notice(
        self, session: Session, people: Cast, state: MatterState, issued: list[str]
    ) -> None:
        assert kinds(session, brought_to(session, people, state)) == issued

    def test_what_was_with_the_examiners_is_confirmed_when_withdrawn(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.SUBMITTED)
        matters.withdraw(session, matter, now=NOW)
        assert kinds(session, matter) == ["acceptance", "withdrawal"]

    def test_a_correction_that_is_taken_back_for_editing_is_no_second_return(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.RETURNED)
        matters.change(
            session, matter, Draft({**FORM, "title": "山间晨雾"}, papers(people.pledge.number))
        )
        submitting.hand_in(session, matter, people.evidence.number, now=NOW)
        submitting.recall(session, matter, now=NOW)
        assert kinds(session, matter) == ["acceptance", "correction"]

    def test_a_correction_that_comes_is_not_accepted_a_second_time(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.RETURNED)
        matters.change(
            session, matter, Draft({**FORM, "title": "山间晨雾"}, papers(people.pledge.number))
        )
        submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
        assert kinds(session, matter) == ["acceptance", "correction"]

    def test_it_carries_a_number_of_its_own_in_order(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.LAPSED)
        numbers = [each.number for each in noticing.of_matter(session, matter.id)]
        assert numbers == [f"{matter.number}/{place}" for place in (1, 2, 3)]


class TestSays:
    def test_until_when_it_is_examined(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.SUBMITTED)
        (notice,) = noticing.of_matter(session, matter.id)
        assert matter.examine_by is not None
        day = (matter.examine_by + timedelta(hours=8)).date()
        assert f"{day.year}年{day.month}月{day.day}日" in said(notice)

    def test_a_last_day_counted_without_the_holidays_of_its_year_is_called_provisional(
        self, session: Session, people: Cast
    ) -> None:
        matter = drafted(session, people, _national_at_tianjin())
        submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
        running = terms.of_matter(session, matter.id)
        (examined,) = [each for each in running if each.purpose == "examination"]
        (notice,) = noticing.of_matter(session, matter.id)
        assert ("暂定" in said(notice)) is examined.provisional

    def test_and_so_when_it_reaches_into_such_a_year(self, session: Session, people: Cast) -> None:
        matter = drafted(session, people, _national_at_tianjin())
        submitting.submit(session, RING, matter, people.evidence.number, now=FAR)
        (notice,) = noticing.of_matter(session, matter.id)
        assert "暂定" in said(notice)

    def test_each_thing_to_correct_and_until_when(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.RETURNED)
        notice = noticing.of_matter(session, matter.id)[-1]
        assert matter.due_at is not None
        day = (matter.due_at + timedelta(hours=8)).date()
        for words in ("作品名称", "请写明具体名称", f"{day.year}年{day.month}月{day.day}日"):
            assert words in said(notice)

    def test_the_ground_of_a_refusal(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.REFUSED)
        notice = noticing.of_matter(session, matter.id)[-1]
        assert "依法禁止出版、传播的作品" in said(notice)
        assert "说明" in said(notice)

    def test_that_copyright_does_not_depend_on_registration(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.REFUSED)
        notice = noticing.of_matter(session, matter.id)[-1]
        assert "作品登记实行自愿" in said(notice)
        assert "著作权自作品创作完成之日起产生" in said(notice)

    def test_that_it_is_a_sample_while_no_office_is_in_force(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.SUBMITTED)
        (notice,) = noticing.of_matter(session, matter.id)
        assert decode(notice.content).mark == "sample"

    def test_the_same_whatever_happens_to_the_form_afterwards(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.RETURNED)
        notice = noticing.of_matter(session, matter.id)[-1]
        before = notice.content
        matters.change(
            session, matter, Draft({**FORM, "title": "另一个名称"}, papers(people.pledge.number))
        )
        session.refresh(notice)
        assert notice.content == before
        assert decode(before).encode() == before


class TestMade:
    def test_its_file_is_recorded_once(self, session: Session, people: Cast) -> None:
        matter = brought_to(session, people, MatterState.SUBMITTED)
        with pytest.raises(NotReady):
            noticing.digest_of(session, matter.id, 1)
        (todo,) = noticing.unmade(session, 10)
        noticing.record_made(session, todo, "a" * 64, now=NOW)
        noticing.record_made(session, todo, "b" * 64, now=NOW)
        assert noticing.digest_of(session, matter.id, 1) == "a" * 64
        assert not noticing.unmade(session, 10)
        with pytest.raises(NotFound):
            noticing.digest_of(session, matter.id, 2)

    def test_where_the_office_promises_it_by_a_day_the_term_ends_then(
        self, session: Session, people: Cast
    ) -> None:
        """CP-29: a notice of acceptance within one working day."""
        matter = drafted(session, people, _national_at_tianjin())
        submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
        running = {each.purpose for each in terms.of_matter(session, matter.id)}
        assert "acceptance_notice" in running
        (todo,) = noticing.unmade(session, 10)
        noticing.record_made(session, todo, "a" * 64, now=NOW)
        running = {each.purpose for each in terms.of_matter(session, matter.id)}
        assert "acceptance_notice" not in running


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE notice SET content = ''",
        "UPDATE notice SET number = 'x'",
        "DELETE FROM notice",
    ],
)
def test_sql_alone_cannot_reword_a_notice(session: Session, people: Cast, statement: str) -> None:
    brought_to(session, people, MatterState.SUBMITTED)
    save = session.begin_nested()
    with pytest.raises(IntegrityError):
        session.execute(text(statement))
    save.rollback()


def test_a_lapse_says_which_day_was_missed(session: Session, people: Cast) -> None:
    matter = brought_to(session, people, MatterState.RETURNED)
    assert matter.due_at is not None
    day = (matter.due_at + timedelta(hours=8)).date()
    assert ticks.lapse(session, now=LONG_AFTER)
    notice = noticing.of_matter(session, matter.id)[-1]
    assert f"{day.year}年{day.month}月{day.day}日" in said(notice)
