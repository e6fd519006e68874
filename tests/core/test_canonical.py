"""One spelling for each value: what comes close is refused, not repaired."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from core import canonical
from core.errors import InvalidInput

MOMENT = datetime(2026, 11, 21, 8, 0, 0, 123_000, tzinfo=UTC)
SPELLED = "2026-11-21T08:00:00.123Z"
texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


class TestReference:
    @given(values)
    def test_writes_what_the_reference_does(self, value: Any) -> None:
        if _depth(value) < canonical.MAX_DEPTH:
            assert canonical.encode(value) == rfc8785.dumps(value)

    def test_writes_every_character_of_a_text_as_the_reference_does(self) -> None:
        value = {"a": "".join(map(chr, [*range(0xD800), *range(0xE000, 0x10FFFF, 97)]))}
        assert canonical.encode(value) == rfc8785.dumps(value)

    @pytest.mark.parametrize("value", [2**53, -(2**53), {"a": [2**70]}, "\ud842", {"a": "\udc00"}])
    def test_refuses_what_not_every_reader_can_hold(self, value: Any) -> None:
        with pytest.raises(InvalidInput):
            canonical.encode(value)


class TestDecode:
    @given(values)
    def test_reads_back_what_encode_wrote(self, value: Any) -> None:
        if _depth(value) < canonical.MAX_DEPTH:
            assert canonical.decode(canonical.encode(value)) == value

    @pytest.mark.parametrize(
        "data",
        [
            b'{"a":1}\n',
            b'\n{"a":1}',
            b'{"a":1}\r\n',
            b'{"a": 1}',
            b'{"b":1,"a":1}',
            b'{"a":1,"a":1}',
            b'{"a":1.0}',
            b'{"a":1e0}',
            b'{"a":-0}',
            b'{"a":NaN}',
            b'{"a":9007199254740992}',
            b'"\\u0041"',
            b'"\\ud842"',
            b'"\\/"',
            b"\xef\xbb\xbf1",
            b'"\xff"',
            b"",
            b"[" * 100_000,
        ],
    )
    def test_refuses_every_other_spelling(self, data: bytes) -> None:
        with pytest.raises(InvalidInput):
            canonical.decode(data)

    def test_true_and_one_stay_apart(self) -> None:
        assert canonical.decode(b"true") is True
        assert canonical.decode(b"1") is not True

    def test_refuses_a_document_over_the_limit(self) -> None:
        with pytest.raises(InvalidInput):
            canonical.decode(b'"' + b"a" * canonical.MAX_DOCUMENT + b'"')

    def test_refuses_nesting_that_is_one_too_deep(self) -> None:
        inside = canonical.MAX_DEPTH - 1
        assert canonical.decode(b"[" * inside + b"1" + b"]" * inside) is not None
        with pytest.raises(InvalidInput):
            canonical.decode(b"[" * (inside + 1) + b"1" + b"]" * (inside + 1))

    def test_a_string_without_end_is_gone_through_once(self) -> None:
        """Escaped quotes are no new beginnings; if they were, this would take days."""
        with pytest.raises(InvalidInput):
            canonical.decode(b'"' + b'\\"' * 2_000_000)

    @pytest.mark.parametrize(
        ("data", "depth"), [(b'[{"a[":"\\"["},["', 2), (b'"[\\', 0), (b"[[]][", 2), (b"", 0)]
    )
    def test_brackets_count_outside_of_strings(self, data: bytes, depth: int) -> None:
        assert canonical.nesting(data) == depth


class TestEncode:
    @pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, {1: 2}, b"", {"a": object()}])
    def test_refuses_what_json_here_does_not_know(self, value: Any) -> None:
        with pytest.raises(InvalidInput):
            canonical.encode(value)


class TestTimes:
    def test_a_time_has_one_spelling(self) -> None:
        assert canonical.format_time(MOMENT) == SPELLED
        assert canonical.parse_time(SPELLED) == MOMENT
        elsewhere = MOMENT.astimezone(timezone(timedelta(hours=8)))
        assert canonical.format_time(elsewhere) == SPELLED

    def test_what_is_finer_than_a_millisecond_is_cut_not_rounded(self) -> None:
        assert canonical.format_time(MOMENT.replace(microsecond=999_999)).endswith("00.999Z")

    def test_a_time_without_a_zone_is_refused(self) -> None:
        with pytest.raises(InvalidInput):
            canonical.format_time(MOMENT.replace(tzinfo=None))

    @pytest.mark.parametrize(
        "text",
        [
            SPELLED + "\n",
            "\n" + SPELLED,
            SPELLED + " ",
            "\uff12\uff10\uff12\uff16-11-21T08:00:00.123Z",
            SPELLED.lower(),
            SPELLED.replace("T", " "),
            SPELLED.replace("Z", "+00:00"),
            SPELLED.replace(".123", ""),
            SPELLED.replace(".123", ".123456"),
            "2026-02-30T08:00:00.123Z",
            "2026-11-21T24:00:00.123Z",
            "2026-11-21T08:00:60.123Z",
            "",
            None,
            1,
            MOMENT,
        ],
    )
    def test_every_other_spelling_is_refused(self, text: Any) -> None:
        with pytest.raises(InvalidInput):
            canonical.parse_time(text)


def _depth(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inside), default=0)
