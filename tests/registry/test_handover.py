"""The list of papers handed over: all that is asked for, and how each came."""

import pytest

from certs.paper import Cells, Signatures, Table
from certs.paper_pdf import draw
from certs.pdffile import page_text
from registry.handover import Uploaded, hand_over_list
from registry.offices import shipped
from tests.registry.cases import ANSWERS, case, empty, full
from tests.registry.forms import form

pytestmark = pytest.mark.unit


def rows(office: str = "national", **uploads: Uploaded) -> dict[str, tuple[str, ...]]:
    listed = hand_over_list(case(office), uploads, {})
    table = next(block for block in listed.blocks if isinstance(block, Table))
    return {row[1].partition(" / ")[0]: row for row in table.rows}


def test_names_each_paper_that_is_asked_for_with_how_it_came() -> None:
    found = rows("tianjin", pledge=Uploaded("YJ-1", 2))
    assert found["作品自愿登记承诺书"][3] == "上传 uploaded YJ-1 (2)"
    assert found["作品创作说明书"][3] == "在线填写 filled in on line"
    assert found["作品登记申请表"][3] == "尚未提交 not brought yet"  # signed by hand
    assert rows("shandong")["作品登记申请表"][3] == "由平台生成 drawn by the platform"
    assert found["著作权人身份证明"][3] == "已在平台 on the platform"
    assert found["需要提交的其他材料"][2:4] == ("可交 optional", "")


def test_says_what_is_still_lacking() -> None:
    assert rows("tianjin")["作品自愿登记承诺书"][3] == "尚未提交 not brought yet"


def test_follows_the_form_and_is_numbered() -> None:
    listed = hand_over_list(case("shandong", form(ownership="joint")), {}, {})
    table = next(block for block in listed.blocks if isinstance(block, Table))
    assert any("合作创作协议" in row[1] for row in table.rows)
    assert [row[0] for row in table.rows] == [str(at + 1) for at in range(len(table.rows))]


def test_names_where_the_papers_are_sent_and_who_signs() -> None:
    listed = hand_over_list(case("national"), {}, {})
    values = [c.value for b in listed.blocks if isinstance(b, Cells) for c in b.cells]
    assert shipped()["national"].delivery.papers_to in values
    signers = [s for b in listed.blocks if isinstance(b, Signatures) for s in b.signers]
    assert [(s.role, s.dated) for s in signers] == [("applicant", True), ("office", True)]


@pytest.mark.parametrize("made", [case(answers=ANSWERS), full(), empty()])
def test_can_be_drawn_whatever_the_form_says(made: object) -> None:
    assert "材料移交清单" in page_text(draw(hand_over_list(made, {}, {})).data)  # type: ignore[arg-type]
