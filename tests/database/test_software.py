"""Software through an office on a real database: what it lacks, and the number it gets."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from accounts import staff
from accounts.staff import Officer
from api.fsck import Findings, registry
from api.fsck.bound import check_bound
from chain.models import Revocation
from core.audit import settle
from core.errors import Conflict, InvalidInput, NotAllowed
from evidence.models import Evidence
from registry import examining, matters, opening, receiving, registering, revoking, submitting
from registry.lifecycle import Role
from registry.matters import Draft
from registry.models import Matter, Registration, SoftwareCertificateNumber
from registry.numbers_issued import faults, issued_in, require_unused
from registry.offices import shipped
from registry.profile import Profile, parse_profile
from registry.profile_numbering import SoftwareNumbering
from registry.revoking import Reasons
from tests.grounds.matters import NOW, Cast, account, cast, kept, officer, stated
from tests.registry.forms import SOFTWARE, filled, of_the_applicant

NATIONAL = shipped()["national"]


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


def program(session: Session, people: Cast, media_type: str = "application/zip") -> Evidence:
    """The source, stored."""
    source = stated(session, people.applicant, "source.zip")
    kept(session, source, media_type)
    return source


def drafted(session: Session, people: Cast, **changed: Any) -> Matter:
    form = filled(
        form="software", category="software", title="山间记账软件", software=SOFTWARE,
        **of_the_applicant(),
    )  # fmt: skip
    documents = {
        code: "本人独立开发,所填属实。"
        for code, paper in NATIONAL.documents.items()
        if "online" in paper.how
    }
    document = stated(session, people.applicant, "manual.pdf")
    kept(session, document, "application/pdf")
    said = {**documents, "software_document": document.number, **changed}
    draft = Draft(form, {code: value for code, value in said.items() if value})
    return matters.draft(session, people.applicant, NATIONAL, None, draft, now=NOW)


CHECKED = {stage.stage: tuple(stage.checklist) for stage in NATIONAL.stages}


def awaiting(session: Session, people: Cast) -> tuple[Matter, Officer]:
    """Software in final examination, opened, and who holds it."""
    matter = drafted(session, people)
    source = program(session, people)
    submitting.hand_in(session, matter, source.number, now=NOW)
    submitting.go_on_when_signed(session, matter, "all signed", now=NOW)
    submitting.ask_for_payment(session, matter, now=NOW)
    first = officer(session, staff.Role.FIRST_EXAMINER, office="national")
    final = officer(session, staff.Role.FINAL_EXAMINER, office="national")
    receiving.receive(session, first, matter, "", now=NOW)
    examining.claim(session, first, matter, Role.FIRST_EXAMINER, now=NOW)
    examining.pass_on(session, first, matter, CHECKED["first"], "", now=NOW)
    examining.claim(session, final, matter, Role.FINAL_EXAMINER, now=NOW)
    opening.open_matter(session, final, matter, now=NOW)
    return matter, final


def registered(
    session: Session, people: Cast, rules: Profile = NATIONAL, at: datetime = NOW
) -> Registration:
    matter, final = awaiting(session, people)
    return registering.approve(
        session, final, matter, CHECKED["final"], lambda _record: None, lambda: at, rules
    )


def test_gets_numbers_of_its_own_one_after_the_other(session: Session, people: Cast) -> None:
    numbers = [registered(session, people).number for _ in range(2)]
    assert numbers == ["2026SR0000001", "2026SR0000002"]


def test_is_entered_with_name_version_and_rights(session: Session, people: Cast) -> None:
    record = json.loads(registered(session, people).record)
    told = {name: record[name] for name in ("software_short_name", "software_version", "rights")}
    assert told == {"software_short_name": "记账", "software_version": "V1.0", "rights": "all"}


def test_is_not_taken_without_a_document_beside_its_source(session: Session, people: Cast) -> None:
    matter = drafted(session, people, software_document="")
    source = program(session, people)
    with pytest.raises(InvalidInput) as refused:
        submitting.hand_in(session, matter, source.number, now=NOW)
    assert refused.value.field == "documents.software_document"


def test_is_not_taken_where_no_pages_of_source_can_be_made(session: Session, people: Cast) -> None:
    matter = drafted(session, people)
    picture = program(session, people, "image/jpeg")
    with pytest.raises(InvalidInput, match="请重新导出并上传") as refused:
        submitting.hand_in(session, matter, picture.number, now=NOW)
    assert refused.value.field == "documents.source_code"
    note = stated(session, people.applicant, "note.pdf")
    kept(session, note, "image/jpeg")
    other = drafted(session, people, software_document=note.number)
    with pytest.raises(InvalidInput) as refused:
        submitting.hand_in(session, other, program(session, people).number, now=NOW)
    assert refused.value.field == "documents.software_document"


def test_is_not_taken_where_an_office_takes_none(session: Session) -> None:
    applicant = account(session)
    form = filled(form="software", category="software", software=SOFTWARE)
    tianjin = shipped()["tianjin"]
    matter = matters.draft(session, applicant, tianjin, "exchange", Draft(form, {}), now=NOW)
    source = stated(session, applicant, "source.zip")
    with pytest.raises(InvalidInput) as refused:
        submitting.hand_in(session, matter, source.number, now=NOW)
    assert refused.value.field == "category"


def test_is_revoked_on_the_grounds_of_its_own_measure(session: Session, people: Cast) -> None:
    """计算机软件著作权登记办法 arts 23 and 24, not the 1994 measure's art. 6."""
    entry = registered(session, people)
    registrar = officer(session, staff.Role.REGISTRAR, office="national")
    for ground, field in (("untrue", "ground"), ("judgment", "document")):
        reasons = Reasons(ground, "x", None)
        with pytest.raises(InvalidInput) as refused:
            revoking.propose(session, registrar, entry.number, reasons, now=NOW)
        assert refused.value.field == field
    judgment = stated(session, registrar.account_id, "judgment.pdf")
    reasons = Reasons("judgment", "终审判决认定权属", judgment.number)
    row = revoking.propose(session, registrar, entry.number, reasons, now=NOW)
    final = officer(session, staff.Role.FINAL_EXAMINER, office="national")
    revoking.confirm(session, final, row, now=NOW)
    wish = session.scalars(
        select(Revocation).where(Revocation.evidence_id == entry.record_evidence_id)
    ).one()
    assert wish.reason == 15


def test_is_refused_on_the_grounds_of_its_own_measure(session: Session, people: Cast) -> None:
    """计算机软件著作权登记办法 art. 21, not the 1994 measure's art. 5."""
    matter = drafted(session, people)
    source = program(session, people)
    submitting.hand_in(session, matter, source.number, now=NOW)
    submitting.go_on_when_signed(session, matter, "all signed", now=NOW)
    submitting.ask_for_payment(session, matter, now=NOW)
    first = officer(session, staff.Role.FIRST_EXAMINER, office="national")
    final = officer(session, staff.Role.FINAL_EXAMINER, office="national")
    receiving.receive(session, first, matter, "", now=NOW)
    checked = tuple(NATIONAL.stages[0].checklist)
    examining.claim(session, first, matter, Role.FIRST_EXAMINER, now=NOW)
    examining.pass_on(session, first, matter, checked, "", now=NOW)
    examining.claim(session, final, matter, Role.FINAL_EXAMINER, now=NOW)
    with pytest.raises(InvalidInput, match="not_software") as refused:
        examining.refuse(session, final, matter, "forbidden", "x", now=NOW)
    assert refused.value.field == "ground"
    examining.refuse(session, final, matter, "disputed", "权属尚有争议", now=NOW)
    assert matter.status == "refused"


class TestTheCertificatesOwnNumber:
    NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)

    @staticmethod
    def edition(old: str, new: str) -> Profile:
        """The rules with one thing of that table otherwise."""
        head, table, rest = NATIONAL.text.partition("[numbering.software.certificate]")
        assert old in rest
        return parse_profile(head + table + rest.replace(old, new, 1))

    def test_counts_on_over_the_years(self, session: Session, people: Cast) -> None:
        entries = [
            registered(session, people), registered(session, people, at=self.NEXT_YEAR),
        ]  # fmt: skip
        assert [each.number for each in entries] == ["2026SR0000001", "2027SR0000001"]
        own = [registering.certificate_number(session, each.id) for each in entries]
        assert own == ["软著登字第0000001号", "软著登字第0000002号"]
        said = [json.loads(each.record)["software_certificate_number"] for each in entries]
        assert said == own
        assert violations(session) == set()

    def test_is_none_where_no_rules_speak_of_it(self, session: Session, people: Cast) -> None:
        head, _, rest = NATIONAL.text.partition("[numbering.software.certificate]")
        without = parse_profile(head + rest[rest.index("[delivery]") :])
        entry = registered(session, people, without)
        assert registering.certificate_number(session, entry.id) is None
        assert "software_certificate_number" not in json.loads(entry.record)
        later = registered(session, people)  # the table came with a later edition
        assert registering.certificate_number(session, later.id) == "软著登字第0000001号"
        assert violations(session) == set()

    def test_keeps_its_form_to_the_years_end(self, session: Session, people: Cast) -> None:
        registered(session, people)
        for old, new, key in (
            ('prefix = "软著登字第"', 'prefix = "软登字第"', "prefix"),
            ('suffix = "号"', 'suffix = "件"', "suffix"),
            ("width = 7", "width = 8", "width"),
        ):
            changed = self.edition(old, new)
            (fault,) = faults(changed, issued_in(session, 2026))
            assert fault.field == f"numbering.software.certificate.{key}"
            assert "软著登字第0000001号" in fault.said
            assert not [*faults(changed, issued_in(session, 2027))]
        with pytest.raises(Conflict) as refused:
            registered(session, people, changed)
        assert refused.value.field == fault.field
        later = registered(session, people, changed, self.NEXT_YEAR)
        number = registering.certificate_number(session, later.id)
        assert number == "软著登字第00000002号"

    def test_has_a_prefix_that_no_other_office_ever_issued_with(
        self, session: Session, people: Cast
    ) -> None:
        registered(session, people)
        other = replace(
            NATIONAL, key="other",
            numbering=replace(NATIONAL.numbering, prefix="某作登字", software=replace(
                NATIONAL.numbering.software or SoftwareNumbering(), infix="XR")),
        )  # fmt: skip
        (fault,) = faults(other, issued_in(session, 2031))
        assert fault.field == "numbering.software.certificate.prefix"
        with pytest.raises(Conflict, match="软著登字第0000001号"):
            require_unused(session, other, "软著登字第0000001号")

    def test_begins_where_the_rules_say_and_stays_there(
        self, session: Session, people: Cast
    ) -> None:
        rules = self.edition("width = 7", "width = 7\nfirst = 123456")
        entry = registered(session, people, rules)
        assert registering.certificate_number(session, entry.id) == "软著登字第0123456号"
        assert violations(session) == set()
        moved = self.edition("width = 7", "width = 7\nfirst = 5")
        (fault,) = faults(moved, issued_in(session, 2026))
        assert fault.field == "numbering.software.certificate.first"

    def test_is_given_back_by_an_approval_that_fails(self, session: Session, people: Cast) -> None:
        matter, final = awaiting(session, people)

        def unprintable(_record: object) -> None:
            raise NotAllowed("cannot be printed")

        with pytest.raises(NotAllowed), session.begin_nested():
            registering.approve(session, final, matter, CHECKED["final"], unprintable, lambda: NOW)
        entry = registered(session, people)
        assert registering.certificate_number(session, entry.id) == "软著登字第0000001号"

    def test_missing_altered_or_out_of_turn_is_found(self, session: Session, people: Cast) -> None:
        """And kept by the database, as long as nobody goes past it."""
        first = registered(session, people)
        registered(session, people)
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(update(SoftwareCertificateNumber).values(number="x"))
        gap = SoftwareCertificateNumber(
            registration_id=first.id, office="national", serial=9, number="y", issued_at=NOW
        )
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(update(SoftwareCertificateNumber).values(issued_at=self.NEXT_YEAR))
        assert violations(session) == {"not as its line binds it"}
        session.execute(
            delete(SoftwareCertificateNumber).where(
                SoftwareCertificateNumber.registration_id == first.id
            )
        )
        session.execute(text("SET LOCAL session_replication_role = origin"))
        assert violations(session) == {
            "a gap in the numbers", "entry and record differ", "not as its line binds it",
            "the row that a line binds is gone",
        }  # fmt: skip
        session.expunge_all()
        session.add(gap)
        with pytest.raises(IntegrityError, match="a gap in the series"):
            session.flush()


def violations(session: Session) -> set[str]:
    settle(session)
    found = Findings()
    registry.check_serials(session, found)
    registry.check_entries(session, found)
    check_bound(session, found)
    return {str(each["detail"]) for each in found.violations}
