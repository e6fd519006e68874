"""The description of the form: whoever has nothing else can fill it in."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

import pytest

from registry import tables
from registry.form import Form, parse
from registry.form_checks import gaps
from registry.form_described import Described, described

TYPED: Mapping[str, str] = {
    "country": "CN", "nationality": "CN", "province": "330000", "mobile": "13800000000",
    "email": "a@example.org",
}  # fmt: skip
"""What only `how` says: the form of codes, numbers and addresses."""


def filled(block: tuple[Described, ...], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """A block with all that its description requires; `chosen` is said of fields by their name."""
    found: dict[str, Any] = {each.key: chosen[each.key] for each in block if each.key in chosen}
    for wanted in (True, False):  # first what is always required: the rest depends on it
        for each in block:
            needed = each.required if wanted else any(
                when.holds(found.get(when.by)) for when in each.sometimes
            )  # fmt: skip
            if needed and each.key not in found:
                found[each.key] = value(each, chosen)
    return found


def value(field: Described, chosen: Mapping[str, Any]) -> Any:
    kind, one = field.reader.kind, None
    if kind == "block":
        one = filled(field.fields, {**chosen, "province": TYPED["province"]})
    elif kind == "choice":
        one = next(iter(field.reader.choices))
    elif kind == "text":
        one = TYPED.get(field.key, field.name.zh)
    else:
        one = {"flag": False, "whole": 1, "day": "2026-03-31"}[kind]
    return one if field.reader.several is None else [one]


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"form": "software", "category": "software", "deposit": "bars"},
        {"filed_by": "agent", "nature": "adaptation", "acquisition": "inheritance"},
        {"published": True, "rights": "part", "category": "other"},
        {"used": True, "signature": "pen_name"},
    ],
    ids=lambda chosen: "-".join(chosen) or "as it comes",
)
def test_a_form_filled_in_by_it_alone_lacks_nothing(chosen: Mapping[str, Any]) -> None:
    said = filled(described(), {**chosen, "electronic": "online"})
    assert gaps(parse(said), date(2026, 4, 1)) == ()


def test_every_field_has_a_name_and_help_and_no_row_is_of_none() -> None:
    def told(block: tuple[Described, ...]) -> set[str]:
        below = {name for each in block for name in told(each.fields)}
        return {each.name.zh for each in block} | below

    rows = {row.name.zh for block in tables.form_fields().values() for row in block.values()}
    assert told(described()) == rows
    assert [each.key for each in described()] == [each.name for each in fields(Form)]
    for block in tables.form_fields().values():
        for row in block.values():
            assert row.how.zh.endswith("。")
            assert row.how.en.endswith(".")
