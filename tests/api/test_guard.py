"""JSON that parsers disagree on never reaches a route."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.guard import MAX_DEPTH, Refused, check_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON, st.booleans())
def test_honest_json_passes(value: object, ascii_only: bool) -> None:  # noqa: FBT001
    text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=True)
    if "Infinity" not in text:
        check_json(text.encode())


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, None),
        (b"\xff\xfe", 400, None),
        (b'{"a": NaN}', 400, None),
        (b'{"a": -Infinity}', 400, None),
        (b'{"a": 1, "a": 2}', 400, None),
        (b'{"a": ' + b"9" * 5000 + b"}", 400, None),
        (b"[" * 100_000, 400, None),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), 400, None),
        (b'{"a": {"b": ["x", "\\ud800"]}}', 422, "a.b[1]"),
        (b'{"a": "\\u0000"}', 422, "a"),
        (b'{"\\udfff": 1}', 422, None),
    ],
)
def test_odd_json_is_refused_and_the_field_is_named(
    body: bytes, status: int, field: str | None
) -> None:
    with pytest.raises(Refused) as refusal:
        check_json(body)
    assert refusal.value.answer[0] == status
    assert refusal.value.answer[3] == field


def test_brackets_inside_text_are_not_depth() -> None:
    check_json(json.dumps({"a": '[{"' * 1000}).encode())


def test_the_deepest_allowed_passes() -> None:
    check_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
