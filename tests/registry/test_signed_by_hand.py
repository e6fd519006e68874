"""What is signed by hand: one print holds everything that was said, and its scan is brought."""

import pytest

from certs.paper import Answer
from registry.asking import to_bring
from registry.offices import shipped
from registry.paperwork import compose
from registry.profile import parse_profile
from tests.registry.cases import ANSWERS, case
from tests.registry.forms import form
from tests.registry.offices import LAKE, line_with
from tests.registry.reading import said, signers
from tests.registry.test_profile import problems

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


class TestSigned:
    """What a profile says is signed, somebody signs: on line, or by hand and uploaded."""

    @pytest.mark.parametrize(
        ("order", "how", "signed", "remedy"),
        [
            ("paper", '["online"]', "electronic", "say paper"),
            ("parallel", '["template", "upload"]', "electronic", "say paper"),
            ("sequential", '["upload"]', "electronic", "say paper"),
            ("paper", '["online"]', "paper", "add upload to how"),
        ],
    )
    def test_a_signature_that_nobody_would_give_is_refused(
        self, order: str, how: str, signed: str, remedy: str
    ) -> None:
        head, joint, tail = LAKE.partition("[documents.joint]\n")
        tail = tail.replace('how = ["upload"]', f"how = {how}", 1).replace(
            'order = "parallel"', f'order = "{order}"'
        )
        text = f'{head}{joint}paper = "joint_agreement"\nsigned = "{signed}"\n{tail}'
        (found,) = problems(text)
        assert found.key == "documents.joint.signed"
        assert found.line == line_with(text, "signed")
        assert remedy in found.said

    def test_what_is_no_paper_of_ours_is_not_signed_on_line(self) -> None:
        text = LAKE.replace('how = ["upload"]', 'how = ["online"]\nsigned = "electronic"', 1)
        assert [each.key for each in problems(text)] == ["documents.everything.signed"]

    def test_what_can_be_signed_is_taken(self) -> None:
        head, joint, tail = LAKE.partition("[documents.joint]\n")
        for how, signed in (("online", "electronic"), ("upload", "paper")):
            given = tail.replace('how = ["upload"]', f'how = ["{how}"]', 1)
            more = f'paper = "joint_agreement"\nsigned = "{signed}"\n'
            assert parse_profile(f"{head}{joint}{more}{given}").documents["joint"].signed == signed
