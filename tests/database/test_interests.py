"""T06: who is bound to a matter is never shown it, never given it, and never decides it."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from accounts import organisations, parties, persons, staff
from accounts.documents import Document, DocumentKind
from accounts.models import Account
from accounts.organisations import MemberRole
from accounts.parties import PartyFacts
from accounts.person_models import Party
from accounts.staff import Officer
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from registry import examined, examining, interests, matters, queueing, submitting
from registry.conflicts import conflict
from registry.lifecycle import MatterState, Role
from registry.matters import Draft
from registry.models import Matter
from registry.queueing import Wanted
from tests.grounds.interests import declare, kept_away, party, with_author
from tests.grounds.matters import (
    CHECKED,
    FORM,
    NOW,
    Cast,
    brought_to,
    cast,
    officer,
    papers,
    stranger,
    verify,
)
from tests.grounds.people import RING, account, resident
from tests.grounds.signing import shown

FIRST_ROLE = staff.Role.FIRST_EXAMINER
FIRST = Wanted(Role.FIRST_EXAMINER)
COMPANY = Document(DocumentKind.CREDIT_CODE, "91350100M000100Y43")


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


@pytest.fixture
def waiting(session: Session, people: Cast) -> Matter:
    return brought_to(session, people, MatterState.SUBMITTED)


class TestDeclared:
    def test_a_name_keeps_its_matters_away(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        assert waiting in queueing.page(session, people.first, FIRST, None, 100)
        declare(session, people.first, " 张　三 ")
        kept_away(session, people.first, waiting, Role.FIRST_EXAMINER)

    def test_a_person_is_found_behind_the_applicants_account(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        wife = resident()
        applicant = session.get_one(Account, people.applicant)
        applicant.person_id = persons.recognise(session, RING, wife, now=NOW)
        session.flush()
        declare(session, people.first, wife)
        kept_away(session, people.first, waiting, Role.FIRST_EXAMINER)

    def test_a_person_is_found_in_the_applicants_library(
        self, session: Session, people: Cast
    ) -> None:
        cousin = resident()
        matter = with_author(session, people, cousin)
        declare(session, people.first, cousin)
        kept_away(session, people.first, matter, Role.FIRST_EXAMINER)

    def test_it_holds_for_every_account_of_the_person(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        declare(session, people.first, "张三")
        again = officer(session, staff.Role.FIRST_EXAMINER, who=people.first.person_id)
        kept_away(session, again, waiting, Role.FIRST_EXAMINER)

    def test_it_holds_for_a_matter_that_was_claimed_before(
        self, session: Session, people: Cast
    ) -> None:
        matter = brought_to(session, people, MatterState.FIRST_EXAMINATION)
        declare(session, people.first, "张三")
        with pytest.raises(NotAllowed, match="declared"):
            examining.pass_on(session, people.first, matter, CHECKED, "", now=NOW)
        examining.recuse(session, people.first, matter, "表哥", now=NOW)
        assert matter.status == MatterState.SUBMITTED

    def test_once_ended_it_holds_no_more_and_stays_on_record(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        declared = declare(session, people.first, "张三")
        with pytest.raises(NotFound):
            interests.end(session, people.final, declared, now=NOW)
        interests.end(session, people.first, declared, now=NOW)
        interests.end(session, people.first, declared, now=NOW + timedelta(days=1))
        assert waiting in queueing.page(session, people.first, FIRST, None, 100)
        assert interests.declarations(session, people.first) == []

    def test_a_document_of_another_kind_is_refused(self, session: Session, people: Cast) -> None:
        with pytest.raises(InvalidInput) as caught:
            interests.declare(session, RING, people.first, "person", COMPANY, "x", now=NOW)
        assert caught.value.field == "document_kind"

    def test_there_is_an_end_to_declaring(self, session: Session, people: Cast) -> None:
        for place in range(interests.MOST_DECLARED):
            declare(session, people.first, f"名{place}")
        with pytest.raises(Conflict):
            declare(session, people.first, "又一个")


class TestOwn:
    def test_named_as_author_by_somebody_else(self, session: Session, people: Cast) -> None:
        document = resident()
        me = officer(
            session, staff.Role.FIRST_EXAMINER,
            who=persons.recognise(session, RING, document, now=NOW),
        )  # fmt: skip
        matter = with_author(session, people, document)
        kept_away(session, me, matter, Role.FIRST_EXAMINER)

    def test_under_a_second_account_of_the_same_identity_number(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        session.get_one(Account, people.applicant).person_id = people.first.person_id
        session.flush()
        kept_away(session, people.first, waiting, Role.FIRST_EXAMINER)

    def test_under_an_account_of_whom_ones_own_is_said_to_be_since(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        """The role keeps whom it was given to; the account's identity was corrected since."""
        since = persons.recognise(session, RING, resident(), now=NOW)
        session.get_one(Account, people.first.account_id).person_id = since
        session.get_one(Account, people.applicant).person_id = since
        session.flush()
        kept_away(session, people.first, waiting, Role.FIRST_EXAMINER)

    @pytest.mark.parametrize(("status", "bound"), [
        ("submitted", True), ("superseded", True), ("rejected", False),
    ])  # fmt: skip
    @pytest.mark.parametrize("belongs", ["to the account", "to whom it works for"])
    def test_under_an_account_that_claimed_ones_number(
        self, session: Session, people: Cast, waiting: Matter, status: str, bound: bool,  # noqa: FBT001
        belongs: str,
    ) -> None:  # fmt: skip
        document = resident()
        me = officer(
            session, staff.Role.FIRST_EXAMINER,
            who=persons.recognise(session, RING, document, now=NOW),
        )  # fmt: skip
        other = people.applicant
        if belongs == "to whom it works for":
            other = account(session).id
            organisations.begin(session, people.applicant, other, MemberRole.FILER, None, now=NOW)
        known = session.get_one(Account, other)
        before = known.person_id
        verify(session, other, document=document, status=status)
        known.person_id = before
        session.flush()
        if bound:
            kept_away(session, me, waiting, Role.FIRST_EXAMINER)
        else:
            assert waiting in queueing.page(session, me, FIRST, None, 100)

    def test_of_ones_organisation_until_one_has_left_it(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        row = organisations.begin(
            session, people.applicant, people.first.account_id, MemberRole.FILER, None, now=NOW
        )
        kept_away(session, people.first, waiting, Role.FIRST_EXAMINER)
        row.ended_at = NOW - timedelta(days=1)
        session.flush()
        assert waiting in queueing.page(session, people.first, FIRST, None, 100)

    def test_is_not_read_by_a_registrar_either(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        """What the office sees of it, look-alikes of others too, is not for the applicant."""
        registrar = officer(session, staff.Role.REGISTRAR, account_id=people.applicant)
        with pytest.raises(NotAllowed, match="own works"):
            examined.readable(session, registrar, waiting.id)
        other = officer(session, staff.Role.REGISTRAR)
        assert examined.readable(session, other, waiting.id) is waiting

    def test_of_a_declared_organisation(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        body = persons.recognise(session, RING, COMPANY, now=NOW)
        session.get_one(Account, people.applicant).person_id = body
        session.flush()
        declare(session, people.first, COMPANY)
        kept_away(session, people.first, waiting, Role.FIRST_EXAMINER)


class TestNamedInTheForm:
    """Whoever the form names binds: by the number of a party on file, or by name alone."""

    @pytest.mark.parametrize("place", ["handler", "employer"])
    def test_by_the_number_of_a_party(self, session: Session, people: Cast, place: str) -> None:
        document = resident()
        known = str(party(session, people.applicant, document, "无名"))
        form = {**FORM, "handler": {"party": known, "name": "某人"}}
        if place == "employer":
            author = {**FORM["authors"][0], "employed": True, "employer": known}
            form = {**FORM, "authors": [author]}
        matter = brought_to(session, people, MatterState.SUBMITTED, form)
        me, declaring = persons_officer(session, document), officer(session, FIRST_ROLE)
        kept_away(session, me, matter, Role.FIRST_EXAMINER)
        declare(session, declaring, document)
        kept_away(session, declaring, matter, Role.FIRST_EXAMINER)
        assert matter in queueing.page(session, people.first, FIRST, None, 100)

    def test_by_the_number_of_a_minors_guardian(self, session: Session, people: Cast) -> None:
        document = resident()
        guardian = party(session, people.applicant, document, "李妈妈")
        child = parties.add(
            session, RING, people.applicant,
            PartyFacts("李小明", ["author"], resident(date(2015, 6, 1)), "330106", {},
                       guardian_id=guardian),
            now=NOW,
        )  # fmt: skip
        shown(session, child, "household_register")
        shown(session, session.get_one(Party, guardian), "id_front", "id_back")
        author = {**FORM["authors"][0], "name": "李小明", "party": str(child.id), "minor": True}
        matter = brought_to(session, people, MatterState.DRAFT)
        brought = {**papers(people.pledge.number), "guardianship": people.pledge.number}
        matters.change(session, matter, Draft({**FORM, "authors": [author]}, brought))
        submitting.submit(session, RING, matter, people.evidence.number, now=NOW)
        kept_away(session, persons_officer(session, document), matter, Role.FIRST_EXAMINER)
        declare(session, people.first, "李妈妈")
        kept_away(session, people.first, matter, Role.FIRST_EXAMINER)

    @pytest.mark.parametrize("verified", ["not", "waits", "verified"])
    def test_by_the_name_of_the_organisation_one_works_for(
        self, session: Session, people: Cast, verified: str
    ) -> None:
        """A person's account files for a company that the officer works for."""
        company = stranger(session, "Y公司" if verified == "not" else "某账号")
        if verified != "not":
            status = "submitted" if verified == "waits" else verified
            verify(session, company, "Y公司", COMPANY, status=status)
        row = organisations.begin(
            session, company, people.first.account_id, MemberRole.FILER, None, now=NOW
        )
        matter = brought_to(session, people, MatterState.SUBMITTED, owned_by(" Ｙ 公司"))
        other = officer(session, FIRST_ROLE)
        assert matter in queueing.page(session, other, FIRST, None, 100)
        kept_away(session, people.first, matter, Role.FIRST_EXAMINER)
        row.ended_at = NOW - timedelta(days=1)
        session.flush()
        assert matter in queueing.page(session, people.first, FIRST, None, 100)

    @pytest.mark.parametrize("known", ["by its office", "by an identity", "by a second account's"])
    def test_by_ones_own_name(self, session: Session, people: Cast, known: str) -> None:
        matter = brought_to(session, people, MatterState.SUBMITTED, owned_by("赵六"))
        me, account_id = people.first, people.first.account_id
        if known == "by its office":
            session.get_one(Account, account_id).name = "赵六"
        else:
            document = resident()
            me = persons_officer(session, document)
            if known == "by a second account's":
                account_id = stranger(session, "笔名")
                verify(session, account_id, "赵六", document, status="submitted")
            else:
                verify(session, me.account_id, "赵六", document, status="superseded")
        session.flush()
        kept_away(session, me, matter, Role.FIRST_EXAMINER)

    def test_of_a_namesake_whose_identity_is_verified_one_may_examine(
        self, session: Session, people: Cast, waiting: Matter
    ) -> None:
        session.get_one(Account, people.first.account_id).name = "张三"
        session.flush()
        assert waiting in queueing.page(session, people.first, FIRST, None, 100)

    def test_a_longer_page_asks_the_database_no_more(self, session: Session, people: Cast) -> None:
        asked: list[str] = []
        event.listen(
            session.get_bind(), "before_cursor_execute",
            lambda _conn, _cursor, statement, *_: asked.append(statement),
        )  # fmt: skip

        def questions() -> int:
            session.flush()
            asked.clear()
            queueing.page(session, people.first, FIRST, None, 100)
            return len(asked)

        with_author(session, people, resident())
        one = questions()
        for _ in range(5):
            with_author(session, cast(session), resident())
        assert len(queueing.page(session, people.first, FIRST, None, 100)) >= 6
        assert questions() == one


def owned_by(name: str) -> dict[str, Any]:
    """A form whose second owner is only named."""
    company = {**FORM["owners"][0], "name": name}
    return {**FORM, "owners": [*FORM["owners"], company]}


def persons_officer(session: Session, document: Document) -> Officer:
    who = persons.recognise(session, RING, document, now=NOW)
    return officer(session, FIRST_ROLE, who=who)


@pytest.mark.parametrize("seed", range(3))
def test_no_officer_of_a_random_office_is_given_what_binds(session: Session, seed: int) -> None:
    """The whole way, rows and all: the pure rule is tried in 10^5 worlds beside this."""
    dice = random.Random(seed)  # noqa: S311 - the worlds need no secrecy
    known = [resident() for _ in range(4)]
    officers = [
        officer(session, staff.Role.FIRST_EXAMINER,
                who=persons.recognise(session, RING, dice.choice(known), now=NOW))
        for _ in range(4)
    ]  # fmt: skip
    for who in officers:
        for _ in range(dice.randint(0, 2)):
            declare(session, who, dice.choice([*known, "张三", "王五"]))
    filed = []
    for _ in range(8):
        people = cast(session)
        applicant = session.get_one(Account, people.applicant)
        if dice.random() < 0.5:
            applicant.person_id = persons.recognise(session, RING, dice.choice(known), now=NOW)
            session.flush()
        if dice.random() < 0.3:
            organisations.begin(
                session, people.applicant, dice.choice(officers).account_id, MemberRole.FILER,
                None, now=NOW,
            )  # fmt: skip
        filed.append(with_author(session, people, dice.choice(known)))
    session.flush()
    everybody = interests.of_matters(session, filed)
    for who in officers:
        bound = interests.of_officer(session, who)
        free = {each.id for each in filed if conflict(bound, everybody[each.id]) is None}
        shown = {each.id for each in queueing.page(session, who, FIRST, None, 3)}
        assert len(shown) == min(3, len(free))
        assert shown <= free
        save = session.begin_nested()
        given = set()
        while (taken := queueing.take_next(session, who, FIRST, now=NOW)) is not None:
            given.add(taken.id)
        assert given == free
        save.rollback()
        session.expire_all()
