"""RFC 8785 (JCS) JSON: one byte string for one value, and strict reading of such bytes.

`decode` accepts only what `encode` would have written, so that a document has exactly one
spelling: duplicate keys, other orders, white space and non-finite numbers are refused.
"""

import json
import re
from datetime import UTC, datetime
from typing import Final, cast

import rfc8785

from core.errors import InvalidInput

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

MAX_DOCUMENT: Final = 4 * 1024 * 1024
"""Bytes. The largest of our documents (a custody list) is a few tens of kB."""

MAX_DEPTH: Final = 16
# The last quote may lack: then the rest is the string, and is not gone through again and again.
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_SAFE_INTEGER: Final = 2**53 - 1
_PLAIN: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII)


def encode(value: object) -> bytes:
    """The canonical bytes of `value` (UTF-8).

    Raises:
        InvalidInput: floats, integers beyond 2^53 - 1, lone surrogates, deep nesting.
    """
    plain = _refuse_foreign(value, MAX_DEPTH)
    try:
        # Python's own encoder, several times as fast, writes the same where names are ASCII: there
        # code points and UTF-16 units sort alike. A test holds the two against each other.
        return _PLAIN.encode(value).encode() if plain else rfc8785.dumps(cast("Json", value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise InvalidInput(
            f"值无法规范化编码 not canonical JSON: {type(error).__name__}"
        ) from error


def decode(data: bytes) -> Json:
    """The value behind canonical `data`.

    Raises:
        InvalidInput: not JSON, or not the canonical spelling of what it says.
    """
    if len(data) > MAX_DOCUMENT:
        raise InvalidInput(f"文档过大 document larger than {MAX_DOCUMENT} bytes")
    if nesting(data) > MAX_DEPTH:
        raise InvalidInput(f"嵌套过深 nested deeper than {MAX_DEPTH}")
    try:
        value = json.loads(data.decode("utf-8", errors="strict"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("不是有效的 JSON / not valid JSON") from error
    if encode(value) != data:
        raise InvalidInput("JSON 不是 RFC 8785 规范形式 / not in RFC 8785 canonical form")
    return cast("Json", value)


def nesting(data: bytes) -> int:
    """How deep JSON text is nested, by its brackets outside of strings.

    Looked at before parsing: the parser recurses on the C stack, and where the interpreter's limit
    was raised it crashes the process instead of raising.
    """
    depth = deepest = 0
    for mark in _STRING.sub(b"", data).translate(None, _NO_BRACKETS):
        depth += 1 if mark in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, the one spelling of times: `2026-11-21T08:00:00.000Z`."""
    if moment.tzinfo is None:
        raise InvalidInput("时间缺少时区 / the time has no zone")
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds") + "Z"


def parse_time(text: object) -> datetime:
    """Read what `format_time` wrote; anything else is InvalidInput."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise InvalidInput("时间不是 RFC 3339 UTC 毫秒形式 / not an RFC 3339 UTC time with ms")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("时间不存在 / no such time") from error
    # Newer Pythons take 24:00 for the next midnight.
    if format_time(moment) != text:
        raise InvalidInput("时间不存在 / no such time")
    return moment


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _refuse_foreign(value: object, depth: int) -> bool:
    """Whether Python's encoder will do: names in ASCII, integers that every reader can hold."""
    if depth == 0:
        raise InvalidInput(f"嵌套过深 nested deeper than {MAX_DEPTH}")
    match value:
        case None | bool() | str():
            return True
        case int():
            return -_SAFE_INTEGER <= value <= _SAFE_INTEGER
        case list() | tuple():
            return sum(not _refuse_foreign(item, depth - 1) for item in value) == 0
        case dict():
            if not all(isinstance(key, str) for key in value):
                raise InvalidInput("键必须是文字 / keys must be text")
            foreign = sum(not _refuse_foreign(item, depth - 1) for item in value.values())
            return foreign == 0 and all(key.isascii() for key in value)
        case _:
            raise InvalidInput(f"不支持的类型 / unsupported type {type(value).__name__}")
