"""Of software everything speaks of software: its papers, their list, the form and its help."""

import re

import pytest

from certs.paper import Paper
from registry import tables
from registry.handover import hand_over_list
from registry.paper_case import FileLine
from registry.paperwork import compose
from registry.words import Words, of_software
from tests.registry.cases import ANSWERS, case
from tests.registry.forms import SOFTWARE, form
from tests.registry.reading import drawable

pytestmark = pytest.mark.unit

_MODE = re.compile("(个人|合作|法人|职务|委托)作品")
"""What the law calls the modes of ownership, of software as well."""
SAID = form(form="software", category="software", software=SOFTWARE, ownership="joint")
CASE = case("national", SAID, answers=ANSWERS, files=(FileLine(1, "0" * 64),))


def told(paper: Paper) -> str:
    return _MODE.sub("", paper.encode().decode())


@pytest.mark.parametrize("code", drawable(CASE))
def test_a_paper_of_software_speaks_of_no_work(code: str) -> None:
    text = told(compose(CASE, code))
    assert "软件" in text
    assert "作品" not in text
    assert "he work" not in text.replace("he work of", "")


def test_the_list_of_papers_speaks_of_none() -> None:
    text = told(hand_over_list(CASE, {}, {}))
    assert "软件名称" in text
    assert "作品" not in text


def test_what_describes_its_development_is_not_called_its_manual() -> None:
    """软件说明书 is a manual, which is deposited as a document."""
    described = of_software(Words("作品说明书", "description of the work"))
    assert described == Words("软件开发说明书", "description of the software")


@pytest.mark.parametrize("block", sorted(tables.form_fields()))
def test_name_and_help_of_a_field_speak_of_software(block: str) -> None:
    for key, row in tables.form_fields()[block].items():
        if key == "form":  # tells which form is for what
            continue
        text = _MODE.sub("", f"{row.software_name} {row.software_how}")
        assert "作品" not in text, key
        assert not re.search(r"works? only|the work\b(?! of)|created|earlier work", text), key


def test_help_for_works_stays_as_it_is() -> None:
    title = tables.form_fields()["form"]["title"]
    assert (title.name.zh, title.software_name.zh) == ("作品名称", "软件名称")
    assert "源程序" in title.software_how.zh
    assert "源程序" not in title.how.zh
