"""CP-51: where an office wants papers on paper, nobody examines before they have come."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts import staff
from accounts.inbox_models import Message
from accounts.staff import Officer
from core.errors import Conflict, NotAllowed
from registry import examining, matters, noticing, queueing, receiving
from registry.examining import Remark
from registry.lifecycle import Role
from registry.models import Matter, PaperReceipt
from registry.profile import parse_profile
from registry.queueing import Wanted
from tests.grounds.clocks import last_day, resubmitted, submitted
from tests.grounds.matters import NOW, TIANJIN, Cast, cast, officer

LATER = NOW.replace(day=20)
FIRST = Wanted(Role.FIRST_EXAMINER)
ON_PAPER = parse_profile(
    TIANJIN.text.replace(
        "[delivery]", '[delivery]\npapers_to = "湖滨路一号"\npapers_needed = true\n', 1
    ),
    "on paper",
)


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


@pytest.fixture
def waiting(session: Session, people: Cast) -> Matter:
    return submitted(session, people, ON_PAPER, NOW)


def kinds(session: Session, who: object) -> set[str]:
    return set(session.scalars(select(Message.kind).where(Message.account_id == who)))


class TestAwaited:
    def test_is_in_no_queue_and_nobody_claims_it(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        assert waiting.awaits_papers
        assert queueing.page(session, people.first, FIRST, None, 10) == []
        assert queueing.counts(session, people.first, Role.FIRST_EXAMINER, now=NOW).waiting == 0
        assert queueing.take_next(session, people.first, FIRST, now=NOW) is None
        with pytest.raises(Conflict) as refused:
            examining.claim(session, people.first, waiting, Role.FIRST_EXAMINER, now=NOW)
        assert refused.value.field == "papers"
        assert receiving.waiting(session, people.first, None, 10) == [waiting]

    def test_the_applicant_is_told_where_to_send_them(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        (asked,) = session.scalars(select(Message).where(Message.kind == "papers_asked"))
        assert (asked.account_id, asked.about) == (people.applicant, waiting.id)
        assert asked.facts["papers_to"] == "湖滨路一号"
        assert "to_examine" not in kinds(session, people.first.account_id)

    def test_nothing_waits_where_the_office_wants_none(
        self, session: Session, people: Cast
    ) -> None:
        matter = submitted(session, people, TIANJIN, NOW)
        assert not matter.awaits_papers
        with pytest.raises(Conflict):
            receiving.receive(session, people.first, matter, "", now=NOW)


class TestReceived:
    def test_goes_into_the_queue_and_the_office_has_its_whole_time(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        before = last_day(waiting.examine_by)
        receiving.receive(session, people.first, waiting, "顺丰到件", now=LATER)
        assert last_day(waiting.examine_by) > before
        assert queueing.page(session, people.first, FIRST, None, 10) == [waiting]
        assert "papers_received" in kinds(session, people.applicant)
        assert "to_examine" in kinds(session, people.first.account_id)
        examining.claim(session, people.first, waiting, Role.FIRST_EXAMINER, now=LATER)

    def test_is_accepted_when_the_papers_are_there(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        assert noticing.of_matter(session, waiting.id) == []
        receiving.receive(session, people.first, waiting, "", now=LATER)
        (notice,) = noticing.of_matter(session, waiting.id)
        assert notice.kind == "acceptance"
        assert waiting.examine_by is not None
        day = last_day(waiting.examine_by)
        assert f"{day.year}年{day.month}月{day.day}日" in notice.content.decode()

    def test_once_a_correction_waits_for_none(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        receiving.receive(session, people.first, waiting, "", now=NOW)
        examining.claim(session, people.first, waiting, Role.FIRST_EXAMINER, now=NOW)
        remarks = [Remark("field", "title", "请写明具体名称")]
        examining.return_for_correction(session, people.first, waiting, remarks, "", now=NOW)
        resubmitted(session, people, waiting, NOW)
        assert not waiting.awaits_papers

    @pytest.mark.parametrize(
        "who",
        [
            (staff.Role.FINAL_EXAMINER, "exchange"),
            (staff.Role.SUPERVISOR, "exchange"),
            (staff.Role.FIRST_EXAMINER, "publishing"),
        ],
    )
    def test_is_noted_by_the_agency_or_a_registrar(
        self, session: Session, waiting: Matter, who: tuple[staff.Role, str]
    ) -> None:
        stranger: Officer = officer(session, who[0], agency=who[1])
        with pytest.raises(NotAllowed):
            receiving.receive(session, stranger, waiting, "", now=NOW)
        registrar = officer(session, staff.Role.REGISTRAR)
        receiving.receive(session, registrar, waiting, "", now=NOW)
        with pytest.raises(Conflict):
            receiving.receive(session, registrar, waiting, "", now=NOW)

    def test_stays_noted(self, session: Session, people: Cast, waiting: Matter) -> None:
        receiving.receive(session, people.first, waiting, "", now=NOW)
        assert session.get(PaperReceipt, waiting.id) is not None
        save = session.begin_nested()
        with pytest.raises(IntegrityError):
            session.execute(text("DELETE FROM paper_receipt"))
        save.rollback()

    def test_after_a_withdrawal_there_is_nothing_to_receive(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        matters.withdraw(session, waiting, now=NOW)
        with pytest.raises(Conflict):
            receiving.receive(session, people.first, waiting, "", now=NOW)
