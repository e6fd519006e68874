"""Strict DER (X.690), the small part that signatures and time-stamps need: reading and writing.

Promises: what is read is definite-length, minimal and fully consumed, or `MalformedDer` is raised;
no other exception leaves this module whatever the bytes are, and no input makes it recurse. One
value has one encoding here, so two readers cannot see two different things in the same bytes.
Leniency (BER) is what signature-wrapping tricks live on; there is none.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from core.errors import VerificationFailed

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OID = 0x06
UTF8_STRING = 0x0C
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31

_HIGH_TAG = 0x1F
_LONG_LENGTH = 0x80
# Four length bytes describe 4 GiB: more than anything this project parses.
_MAX_LENGTH_BYTES = 4
_MAX_OID_BYTES = 64
_GENERALIZED = re.compile(rb"(\d{14})(?:\.(\d*[1-9]))?Z")
_UTC = re.compile(rb"\d{12}Z")
# RFC 5280 section 4.1.2.5.1: two-digit years from 50 are of the 1900s.
_UTC_PIVOT = 50


class MalformedDer(VerificationFailed):
    """The bytes are not the DER structure they should be."""

    code = "malformed-der"

    def __init__(self, fault: str) -> None:
        super().__init__(f"不是严格的 DER 编码 / not strict DER: {fault}")


class Element(NamedTuple):
    """One tag-length-value. `raw` is all of it, `body` the value only."""

    tag: int
    raw: bytes
    body: bytes


class Reader:
    """Walks the elements that stand one after another in `data`."""

    __slots__ = ("_at", "_data", "_what")

    def __init__(self, data: bytes, what: str) -> None:
        """`what` names the structure in error sentences."""
        self._data = data
        self._at = 0
        self._what = what

    def next_tag(self) -> int | None:
        """The tag of the next element, None at the end."""
        return self._data[self._at] if self._at < len(self._data) else None

    def any(self) -> Element:
        """The next element, whatever its tag. Raises MalformedDer at the end or on bad bytes."""
        data, start = self._data, self._at
        if start + 2 > len(data):
            raise self._wrong("ends too early")
        tag, length, body = data[start], data[start + 1], start + 2
        if tag & _HIGH_TAG == _HIGH_TAG:
            raise self._wrong("uses a tag number above 30")
        if length >= _LONG_LENGTH:
            count = length - _LONG_LENGTH
            if not 0 < count <= _MAX_LENGTH_BYTES:
                raise self._wrong("uses an indefinite or oversized length")
            encoded = data[body : body + count]
            length = int.from_bytes(encoded, "big")
            if len(encoded) != count or encoded[0] == 0 or length < _LONG_LENGTH:
                raise self._wrong("has a length that is cut off or not minimal")
            body += count
        end = body + length
        if end > len(data):
            raise self._wrong("ends too early")
        self._at = end
        return Element(tag, data[start:end], data[body:end])

    def take(self, tag: int) -> Element:
        """The next element, which must have this tag. Raises MalformedDer otherwise."""
        if self.next_tag() != tag:
            raise self._wrong(f"lacks an element with tag 0x{tag:02x} where one is required")
        return self.any()

    def maybe(self, tag: int) -> Element | None:
        """The next element when it has this tag, else None and nothing is consumed."""
        return self.any() if self.next_tag() == tag else None

    def finish(self) -> None:
        """Raises MalformedDer unless everything was consumed."""
        if self._at != len(self._data):
            raise self._wrong("has bytes left over")

    def rest(self) -> list[Element]:
        """All the elements that are left."""
        found = []
        while self._at < len(self._data):
            found.append(self.any())
        return found

    def _wrong(self, fault: str) -> MalformedDer:
        return MalformedDer(f"the {self._what} {fault}")


def whole(data: bytes, tag: int, what: str) -> Reader:
    """A reader over the body of the one element that `data` is. Raises MalformedDer."""
    outer = Reader(data, what)
    body = outer.take(tag).body
    outer.finish()
    return Reader(body, what)


def integer(element: Element) -> int:
    """Two's complement, any size. Raises MalformedDer when not minimal."""
    body = element.body
    _require(element, INTEGER)
    if not body or (len(body) > 1 and body[0] in (0x00, 0xFF) and body[0] >> 7 == body[1] >> 7):
        raise MalformedDer("an INTEGER is empty or not minimal")
    return int.from_bytes(body, "big", signed=True)


def boolean(element: Element) -> bool:
    """Raises MalformedDer unless the value is 00 or FF (X.690 section 11.1)."""
    _require(element, BOOLEAN)
    if element.body not in (b"\x00", b"\xff"):
        raise MalformedDer("a BOOLEAN is neither 00 nor FF")
    return element.body == b"\xff"


def oid(element: Element) -> str:
    """Dotted form. Raises MalformedDer when not minimal, cut off or longer than 64 bytes."""
    _require(element, OID)
    return _dotted(element.body)


def generalized_time(element: Element) -> datetime:
    """UTC, to the microsecond; finer fractions are cut off. Raises MalformedDer.

    X.690 section 11.7: seconds always, no trailing zeros, ends in Z.
    """
    _require(element, GENERALIZED_TIME)
    match = _GENERALIZED.fullmatch(element.body)
    if match is None:
        raise MalformedDer("a GeneralizedTime is not in the form YYYYMMDDHHMMSS[.f]Z")
    micros = int((match[2] or b"0")[:6].ljust(6, b"0"))
    return _moment(match[1].decode("ascii"), micros)


def utc_time(element: Element) -> datetime:
    """UTC, to the second. Raises MalformedDer."""
    _require(element, UTC_TIME)
    if _UTC.fullmatch(element.body) is None:
        raise MalformedDer("a UTCTime is not in the form YYMMDDHHMMSSZ")
    text = element.body[:12].decode("ascii")
    century = "19" if int(text[:2]) >= _UTC_PIVOT else "20"
    return _moment(century + text, 0)


def encode(tag: int, *parts: bytes) -> bytes:
    """One element with the joined parts as its value."""
    body = b"".join(parts)
    size = len(body)
    if size < _LONG_LENGTH:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_LENGTH | len(length))) + length + body


def encode_integer(value: int, tag: int = INTEGER) -> bytes:
    """Minimal two's complement; `tag` for implicitly tagged integers."""
    size = (value + (value < 0)).bit_length() // 8 + 1
    return encode(tag, value.to_bytes(size, "big", signed=True))


def encode_oid(dotted: str) -> bytes:
    """From dotted form, for example "2.5.29.37". The text is ours, never a stranger's."""
    first, second, *others = (int(arc) for arc in dotted.split("."))
    body = bytearray()
    for arc in (40 * first + second, *others):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        body += bytes(reversed(groups))
    return encode(OID, bytes(body))


def encode_time_ms(moment: datetime) -> bytes:
    """GeneralizedTime in UTC, cut (never rounded up) to milliseconds, without trailing zeros."""
    utc = moment.astimezone(UTC)
    fraction = f".{utc.microsecond // 1000:03d}".rstrip("0").rstrip(".")
    return encode(GENERALIZED_TIME, f"{utc.year:04d}{utc:%m%d%H%M%S}{fraction}Z".encode("ascii"))


def encode_set_of(elements: Iterable[bytes], tag: int = SET) -> bytes:
    """SET OF in DER order (X.690 section 11.6)."""
    return encode(tag, *sorted(elements))


@lru_cache(maxsize=256)
def _dotted(body: bytes) -> str:
    if not body or len(body) > _MAX_OID_BYTES or body[-1] & 0x80:
        raise MalformedDer("an OBJECT IDENTIFIER is empty, too long or cut off")
    arcs: list[int] = []
    value, fresh = 0, True
    for byte in body:
        if fresh and byte == _LONG_LENGTH:
            raise MalformedDer("an OBJECT IDENTIFIER is not minimal")
        value = value << 7 | byte & 0x7F
        fresh = not byte & 0x80
        if fresh:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def _moment(text: str, microsecond: int) -> datetime:
    numbers = (int(text[:4]), *(int(text[i : i + 2]) for i in range(4, 14, 2)))
    year, month, day, hour, minute, second = numbers
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=UTC)
    except ValueError:
        raise MalformedDer("a time names a day or hour that does not exist") from None


def _require(element: Element, tag: int) -> None:
    if element.tag != tag:
        raise MalformedDer(f"tag 0x{element.tag:02x} stands where 0x{tag:02x} is required")
