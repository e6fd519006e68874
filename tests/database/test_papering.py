"""What the papers of a matter are drawn from."""

from dataclasses import replace

from sqlalchemy.orm import Session

from registry import papering
from registry.paperwork import compose
from tests.grounds.matters import cast, drafted
from tests.grounds.people import RING


def test_a_paper_that_was_uploaded_is_drawn_as_it_was_to_be_printed(session: Session) -> None:
    """Else its check code differs from the scan's, and the scan's number stands as a remark."""
    people = cast(session)
    case = papering.case_of(session, RING, drafted(session, people))
    assert people.pledge.number not in compose(case, "pledge").encode().decode()
    assert compose(case, "pledge") == compose(replace(case, answers={}), "pledge")
    assert case.answers["creation_statement"]
