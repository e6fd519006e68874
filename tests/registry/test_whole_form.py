"""What is filed is what is signed: every field of the form changes the drawn application form."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import pytest

from certs.paper_pdf import draw
from certs.pdffile import pages
from registry import choices
from registry.form import Form, parse
from registry.offices import shipped
from registry.paper_case import Case, FileLine
from registry.paperwork import compose
from registry.profile_parts import Fee
from registry.words import Words
from tests.registry.cases import case, crowded
from tests.registry.reading import ticked, values

pytestmark = pytest.mark.unit

Path = tuple[str | int, ...]
OFFICE = shipped()["tianjin"]
_REFERENCES = frozenset({"party", "employer"})
"""Numbers of entries on file; what they stand for is printed: names, and masked numbers."""


def leaves(kind: type[Any] = Form, path: Path = ()) -> Iterator[Path]:
    """The path of every field that holds a plain value; of what may repeat, the first."""
    hints = get_type_hints(kind)
    for each in fields(kind):
        inner = [part for part in get_args(hints[each.name]) if is_dataclass(part)]
        if each.name in _REFERENCES:
            continue
        if not inner:
            yield (*path, each.name)
            continue
        repeats = "tuple" in str(hints[each.name])
        yield from leaves(inner[0], (*path, each.name, 0) if repeats else (*path, each.name))


def everything(form: str) -> dict[str, Any]:
    """A form with every field filled in that it can have."""
    said = crowded(1)
    said |= {
        "urgent": True, "special_employment": True,
        "handler": {**said["agent"], "name": "经办某某"},
        "trading": {"consent": True, "information": "可许可使用"},
    }  # fmt: skip
    said["owners"][0]["minor"] = said["authors"][0]["minor"] = True
    said["authors"][0]["signature_text"] = "署名某某"
    said["first_published_place"]["province"] = "abroad"
    if form == "work":
        return said
    texts = {name: f"软件{at}" for at, name in enumerate((
        "short_name", "version", "development_note", "languages", "development_hardware",
        "development_system", "development_tools", "running_hardware", "running_system",
        "running_support", "purpose", "industry", "features", "technique",
    ))}  # fmt: skip
    software = {
        **texts, "source_lines": 9000, "development": "joint", "comments": "removed",
        "deposit": "bars", "bars": [{"page": 3, "first": 4, "last": 5}],
    }  # fmt: skip
    return {**said, "form": "software", "category": "software", "software": software}


def drawn(said: dict[str, Any]) -> bytes:
    """At an office that offers all there is."""
    urgent = Fee(Words("加急", "urgent"), Decimal("1.00"), "work", "example", urgent=True)
    fees = replace(OFFICE.fees, due="before_examination", items={"urgent": urgent})
    return compose(_case(said, fees=fees), "application_form").encode()


def _case(said: dict[str, Any], **changed: Any) -> Case:
    return case("tianjin", parse(said), profile=replace(OFFICE, **changed))


def without(said: dict[str, Any], path: Path) -> dict[str, Any]:
    found = deepcopy(said)
    at: Any = found
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return found


SOFTWARE_ONLY = [path for path in leaves() if path[0] == "software"]
NOT_OF_SOFTWARE = {("category",), ("category_note",), ("extent",), ("series_pieces",)}


@pytest.mark.parametrize(
    "path", [path for path in leaves() if path[0] not in {"form", "software"}], ids=str
)
def test_every_field_of_a_work_stands_on_the_drawn_form(path: Path) -> None:
    said = everything("work")
    assert drawn(without(said, path)) != drawn(said)


@pytest.mark.parametrize(
    "path", [path for path in leaves() if path not in {("form",), *NOT_OF_SOFTWARE}], ids=str
)
def test_every_field_of_software_stands_on_the_drawn_form(path: Path) -> None:
    said = everything("software")
    assert drawn(without(said, path)) != drawn(said)


def test_the_walk_meets_every_part_of_the_form() -> None:
    met = {path[0] for path in leaves()}
    assert met == {each.name for each in fields(Form)}
    assert len(SOFTWARE_ONLY) == len(everything("software")["software"]) + 2  # a bar has three


def test_the_choice_of_trading_is_ticked_and_what_it_means_is_said() -> None:
    """TJ-107 … TJ-109."""
    for consent, told in ((True, "同意展示"), (False, "不同意展示")):
        said = {**crowded(1), "trading": {"consent": consent}}
        paper = compose(_case(said), "application_form")
        assert ticked(paper, "版权交易展示") == [told]
        assert (OFFICE.texts or {})["trading"].zh in paper.encode().decode()
    elsewhere = compose(case("zhejiang", parse(crowded(1))), "application_form")
    assert "版权交易展示" not in elsewhere.encode().decode()


def test_urgent_handling_is_offered_where_it_has_a_price() -> None:
    assert "加急办理" in values(compose(_case({**crowded(1), "urgent": True}), "application_form"))
    assert "加急办理" not in values(compose(_case(crowded(1)), "application_form"))


def test_a_special_work_of_employment_is_told_where_it_can_be_one() -> None:
    label = "特殊职务作品"
    for ownership in choices.OWNERSHIPS:
        said = {**crowded(1), "ownership": ownership}
        shown = label in values(compose(_case(said), "application_form"))
        assert shown is (ownership == "employment")


@pytest.mark.parametrize("office", sorted(shipped()))
def test_no_row_for_the_office_stands_alone_on_a_page(office: str) -> None:
    """However long the form is: more files push its end down line by line."""
    for count in range(0, 32, 2):
        files = (FileLine(5, "a" * 64),) * count
        told = replace(case(office), evidence_number="YJ", files=files)
        made = draw(compose(told, "application_form")).data
        with pages(made) as found:
            *_, last = found
        assert "以下由登记机构填写" in "".join(last.split()), count
