"""A scan of a paper signed by hand is good as long as the paper says what was signed."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from evidence.models import Evidence
from registry import matters, papering, prechecking, scans, submitting
from registry.lifecycle import MatterState
from registry.matters import Draft
from registry.models import Matter
from registry.paperwork import compose
from tests.grounds.matters import FORM, NOW, Cast, brought_to, cast, drafted, papers, stated
from tests.grounds.people import RING

RETITLED = {**FORM, "title": "山间晨雾"}


@pytest.fixture
def people(session: Session) -> Cast:
    return cast(session)


def returned(session: Session, people: Cast) -> Matter:
    """As `brought_to`, with what was brought noted as the draft came."""
    matter = brought_to(session, people, MatterState.RETURNED)
    scans.note(session, RING, matter, now=NOW)
    return matter


def change(session: Session, matter: Matter, form: dict[str, Any], scan: Evidence) -> None:
    matters.change(session, matter, Draft(form, papers(scan.number)))
    scans.note(session, RING, matter, now=NOW)


def submit(session: Session, people: Cast, matter: Matter) -> None:
    submitting.submit(session, RING, matter, people.evidence.number, now=NOW)


def test_a_scan_of_an_earlier_form_is_told_and_keeps_it_from_being_submitted(
    session: Session, people: Cast
) -> None:
    matter = returned(session, people)
    assert scans.earlier(session, RING, matter) == ()
    change(session, matter, RETITLED, people.pledge)
    assert sorted(scans.earlier(session, RING, matter)) == ["application_form", "pledge"]
    found = prechecking.of_matter(session, matter, None, lambda _: (), ring=RING, now=NOW)
    told = [each.name for each in found if each.id == "scan-of-earlier-form"]
    assert sorted(told) == ["application_form", "pledge"]
    with pytest.raises(InvalidInput, match="before the form") as refused:
        submit(session, people, matter)
    assert refused.value.field in {"documents.application_form", "documents.pledge"}


def test_a_scan_of_the_new_paper_mends_it(session: Session, people: Cast) -> None:
    matter = returned(session, people)
    change(session, matter, RETITLED, people.pledge)
    change(session, matter, RETITLED, stated(session, people.applicant))
    assert scans.earlier(session, RING, matter) == ()
    submit(session, people, matter)


def test_bringing_the_same_scan_again_makes_it_no_newer(session: Session, people: Cast) -> None:
    """Neither taken out and brought again, nor deposited anew under another number."""
    matter = returned(session, people)
    matters.change(session, matter, Draft(RETITLED, {}))
    for scan in (people.pledge, stated(session, people.applicant, digest_of=people.pledge)):
        change(session, matter, RETITLED, scan)
        assert "application_form" in scans.earlier(session, RING, matter)


def test_a_form_that_says_the_same_again_has_its_scan(session: Session, people: Cast) -> None:
    matter = returned(session, people)
    change(session, matter, RETITLED, people.pledge)
    change(session, matter, FORM, people.pledge)
    assert scans.earlier(session, RING, matter) == ()


def test_what_a_paper_does_not_say_leaves_its_scan_good(session: Session, people: Cast) -> None:
    matter = returned(session, people)
    change(
        session,
        matter,
        {**FORM, "kept": {"electronic": "online", "electronic_count": 2}},
        people.pledge,
    )
    assert scans.earlier(session, RING, matter) == ("application_form",)


def test_the_files_that_stand_on_a_paper_since_it_was_submitted_leave_its_scan_good(
    session: Session, people: Cast
) -> None:
    matter = drafted(session, people)
    scans.note(session, RING, matter, now=NOW)
    before = scans.brought(session, RING, matter)["pledge"]
    assert before.code == compose(papering.case_of(session, RING, matter), "pledge").code
    submit(session, people, matter)
    assert compose(papering.case_of(session, RING, matter), "pledge").code != before.code
    assert scans.brought(session, RING, matter)["pledge"] == before
