"""E-mail addresses and mobile numbers have one spelling."""

import pytest

from accounts.identifiers import check_mobile, is_telephone, parse_identifier
from core.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("Zhang@Example.ORG", "email", "zhang@example.org"),
        (" a.b+c@x-y.example.cn ", "email", "a.b+c@x-y.example.cn"),
        ("138 0013 8000", "mobile", "+8613800138000"),
        ("+86 138-0013-8000", "mobile", "+8613800138000"),
        ("+44 (20) 7946 0958", "mobile", "+442079460958"),
    ],
)
def test_what_people_type_becomes_one_spelling(typed: str, kind: str, value: str) -> None:
    found = parse_identifier(typed, "identifier")
    assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize(
    "typed",
    [
        "", "a@", "@b.cn", "a@localhost", "a b@c.cn", "a@b..cn", "a@-b.cn", "12345", "128001380000",
        "张@例.中国", "a@b.cn\x00", "a@b.cn\nBcc: c@d.cn", "x" * 65 + "@b.cn",
        "a@" + "b" * 250 + ".cn",
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_field(typed: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_identifier(typed, "identifier")
    assert refusal.value.field == "identifier"


def test_a_representation_shows_nobody() -> None:
    assert "zhang" not in repr(parse_identifier("zhang@example.org", "identifier"))


@pytest.mark.parametrize("typed", ["13800138000", "138 0013 8000", "+852 9123 4567"])
def test_what_one_signs_up_with_is_a_mobile_number(typed: str) -> None:
    assert check_mobile(typed, "mobile") == typed


@pytest.mark.parametrize(
    "typed", ["123", "1380013800", "138001380001", "0571-88888888", "a@b.cn", ""]
)
def test_a_number_that_is_no_mobile_is_refused_with_a_remedy(typed: str) -> None:
    with pytest.raises(InvalidInput, match="11 digits") as refusal:
        check_mobile(typed, "contact_mobile")
    assert refusal.value.field == "contact_mobile"


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("010-12345678", False), ("010-82345678", True), ("0571 88888888", True),
        ("(0571)8888888", True), ("021-62345678-801", True), ("021-62345678转801", True),
        ("400-820-8820", True), ("13800138000", True), ("+44 20 7946 0958", True),
        ("88888888", False), ("123", False), ("0571", False), ("请打手机", False),
    ],
)  # fmt: skip
def test_a_landline_has_its_area_code(typed: str, fits: bool) -> None:  # noqa: FBT001 - a row
    assert is_telephone(typed) is fits
