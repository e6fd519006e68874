"""E-mail addresses and mobile numbers have one spelling."""

import pytest

from accounts.identifiers import parse_identifier
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
