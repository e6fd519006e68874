"""A strict RLP decoder (Ethereum yellow paper, appendix B) for what strangers hand us.

Only the one canonical spelling is accepted; nesting and size are limited.
"""

from typing import Final

from core.errors import VerificationFailed

Item = bytes | list["Item"]

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 8
_SHORT_STRING, _LONG_STRING, _SHORT_LIST, _LONG_LIST = 0x80, 0xB7, 0xC0, 0xF7
_LONG_FROM: Final = 56
_MAX_LENGTH_BYTES: Final = 4


def decode(data: bytes) -> Item:
    """The one item in `data`.

    Raises:
        VerificationFailed: truncated, trailing or non-canonical bytes.
    """
    if len(data) > MAX_BYTES:
        raise VerificationFailed("RLP 过长 / RLP too long")
    item, end = _item(data, 0, MAX_DEPTH)
    if end != len(data):
        raise VerificationFailed("RLP 后有多余字节 / bytes after the RLP item")
    return item


def require_list(item: Item, minimum: int) -> list[Item]:
    """`item` as a list of at least `minimum` members."""
    if not isinstance(item, list) or len(item) < minimum:
        raise VerificationFailed("RLP 结构有误 / unexpected RLP shape")
    return item


def require_bytes(item: Item, size: int | None = None) -> bytes:
    """`item` as a byte string, of `size` bytes when given."""
    if not isinstance(item, bytes) or (size is not None and len(item) != size):
        raise VerificationFailed("RLP 字段有误 / unexpected RLP field")
    return item


def require_integer(item: Item) -> int:
    """`item` as an unsigned integer without leading zeros."""
    raw = require_bytes(item)
    if raw[:1] == b"\x00" or len(raw) > 32:  # noqa: PLR2004 - an EVM word
        raise VerificationFailed("RLP 整数有误 / malformed RLP integer")
    return int.from_bytes(raw, "big")


def encode_index(index: int) -> bytes:
    """RLP of an unsigned integer below 2^32: the key of a receipt in its trie."""
    raw = index.to_bytes(4, "big").lstrip(b"\x00")
    if len(raw) == 1 and raw[0] < _SHORT_STRING:
        return raw
    return bytes([_SHORT_STRING + len(raw)]) + raw


def _item(data: bytes, at: int, depth: int) -> tuple[Item, int]:
    if at >= len(data):
        raise VerificationFailed("RLP 不完整 / truncated RLP")
    first = data[at]
    if first < _SHORT_STRING:
        return data[at : at + 1], at + 1
    if first < _SHORT_LIST:
        start, end = _bounds(data, at, first, _SHORT_STRING, _LONG_STRING)
        raw = data[start:end]
        if len(raw) == 1 and raw[0] < _SHORT_STRING:
            raise VerificationFailed("RLP 非规范 / non-canonical RLP")
        return raw, end
    if depth == 0:
        raise VerificationFailed("RLP 嵌套过深 / RLP nested too deep")
    start, end = _bounds(data, at, first, _SHORT_LIST, _LONG_LIST)
    members: list[Item] = []
    while start < end:
        member, start = _item(data[:end], start, depth - 1)
        members.append(member)
    return members, end


def _bounds(data: bytes, at: int, first: int, short: int, long: int) -> tuple[int, int]:
    if first <= long:
        start, length = at + 1, first - short
    else:
        width = first - long
        start = at + 1 + width
        raw = data[at + 1 : start]
        length = int.from_bytes(raw, "big")
        if width > _MAX_LENGTH_BYTES or raw[:1] in {b"", b"\x00"} or length < _LONG_FROM:
            raise VerificationFailed("RLP 长度非规范 / non-canonical RLP length")
    if start + length > len(data):
        raise VerificationFailed("RLP 不完整 / truncated RLP")
    return start, start + length
