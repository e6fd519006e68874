"""Software through an office on a real database: what it lacks, and the number it gets."""

import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import staff
from chain.models import Revocation
from core.errors import InvalidInput
from registry import examining, matters, opening, receiving, registering, revoking, submitting
from registry.lifecycle import Role
from registry.matters import Draft
from registry.models import Matter, Registration
from registry.offices import shipped
from registry.revoking import Reasons
from tests.grounds.matters import NOW, Cast, account, cast, officer, stated
from tests.registry.forms import SOFTWARE, filled, of_the_applicant

NATIONAL = shipped()["national"]


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


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
    said = {**documents, "software_document": document.number, **changed}
    kept = {code: value for code, value in said.items() if value}
    draft = Draft(form, kept)
    return matters.draft(session, people.applicant, NATIONAL, None, draft, now=NOW)


def registered(session: Session, people: Cast) -> Registration:
    matter = drafted(session, people)
    source = stated(session, people.applicant, "source.zip")
    submitting.hand_in(session, matter, source.number, now=NOW)
    submitting.go_on_when_signed(session, matter, "all signed", now=NOW)
    submitting.ask_for_payment(session, matter, now=NOW)
    stages = {stage.stage: tuple(stage.checklist) for stage in NATIONAL.stages}
    first = officer(session, staff.Role.FIRST_EXAMINER, office="national")
    final = officer(session, staff.Role.FINAL_EXAMINER, office="national")
    receiving.receive(session, first, matter, "", now=NOW)
    examining.claim(session, first, matter, Role.FIRST_EXAMINER, now=NOW)
    examining.pass_on(session, first, matter, stages["first"], "", now=NOW)
    examining.claim(session, final, matter, Role.FINAL_EXAMINER, now=NOW)
    opening.open_matter(session, final, matter, now=NOW)
    return registering.approve(
        session, final, matter, stages["final"], lambda _record: None, lambda: NOW
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
    source = stated(session, people.applicant, "source.zip")
    with pytest.raises(InvalidInput) as refused:
        submitting.hand_in(session, matter, source.number, now=NOW)
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
    source = stated(session, people.applicant, "source.zip")
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
