"""What is signed by hand: one print holds everything that was said, and its scan is brought."""

import pytest

from certs.paper import Answer
from registry.asking import to_bring
from registry.offices import shipped
from registry.paperwork import compose
from tests.registry.cases import ANSWERS, case
from tests.registry.forms import form
from tests.registry.test_paperwork import said, signers

pytestmark = pytest.mark.unit


def test_a_form_signed_by_hand_holds_what_was_filled_in_on_line() -> None:
    paper = compose(case("tianjin"), "application_form")
    answers = [block.text for block in said(paper, Answer)]
    told = ANSWERS["creation_statement"]
    assert isinstance(told, dict)
    assert answers == [*told.values(), ANSWERS["ownership_statement"]]
    whole = paper.encode().decode()
    assert "以上说明由作者本人或经作者确认后作出" in whole
    assert "对上述归属没有争议" in whole
    assert [(s.role, s.dated) for s in signers(paper)] == [("owner", True)]
    on_line = compose(case("zhejiang"), "application_form")
    assert said(on_line, Answer) == []


def test_a_form_signed_by_hand_is_brought() -> None:
    asked = {
        office: {each.code for each in to_bring(shipped()[office], form(), "120000", {})}
        for office in ("tianjin", "zhejiang", "shandong")
    }
    assert [office for office, codes in asked.items() if "application_form" in codes] == ["tianjin"]
