"""Reading a certificate in exactly the shape that `certs.pdfobjects` writes, without a PDF library.

Promises: attachments and text come from where a PDF reader finds them, by following the newest
table of places (ISO 32000-1, 7.5.8) from the catalog down. Any other shape, older certificates'
among them, raises `OtherShape`: then `certs.pdffile` asks PDFium. Work is bounded by the bytes.
"""

import re
import struct
import zlib
from binascii import unhexlify
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

MAX_REVISIONS: Final = 4
MAX_STREAM: Final = 4 * 1024 * 1024
_PLAIN, _PACKED = 1, 2

_TOKEN: Final = re.compile(
    rb"\s*(<<|>>|\[|\]|/[^\s/<>\[\]()]*|\([^\\()]*\)|<[0-9A-Fa-f]*>|[^\s/<>\[\]()]+"
    rb"|\((?:[^\\()]|\\.)*\))",
    re.DOTALL,
)
_OBJECT: Final = re.compile(rb"(\d{1,10}) 0 obj\b")
_STREAM: Final = re.compile(rb"\s*stream\r?\n")
_END: Final = re.compile(rb"\s*endstream\b")
_START: Final = re.compile(rb"startxref\r?\n(\d{1,10})\r?\n%%EOF\r?\n?\Z")

# What `certs.layout_page.Brush` shows: a font, a size, and codes of four digits.
_RUN: Final = re.compile(rb"/(F\d+) [.\d]+ Tf <((?:[0-9A-F]{4})+)> Tj")
# Its other lines: colours and paths, the frame, and what stands around a run. No other letter, so
# no other operator: nothing that hides or clips.
_REST: Final = re.compile(
    rb"(?:(?:[-.0-9 mlcrewqQSfBRGg]*|/FormXob\.frame Do"
    rb"|BT [-.0-9]+ [-.0-9]+ Td (?:[.0-9]+ Tc )? *(?: 0 Tc)? ET)\n)*"
)
_RANGE: Final = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4})> \[([<>0-9A-F ]*)\]")
_MARKS: Final = b"<> "


class OtherShape(Exception):
    """Not a file that `certs.pdfobjects` wrote; nothing is said against it. Stays in `certs`."""


class Reference(NamedTuple):
    """Another object of the file, by number."""

    number: int


class Stream(NamedTuple):
    """A stream's dictionary and its data, decoded."""

    entries: dict[bytes, Any]
    data: bytes


def attachments(file: "Objects", *, at_most: int) -> dict[str, bytes]:
    """The embedded files by name (7.11.4), each name once. Raises OtherShape."""
    try:
        files = file.get(file.catalog[b"/Names"])[b"/EmbeddedFiles"]
        names = file.get(files)[b"/Names"]
        found = {}
        if len(names) > 2 * at_most:
            raise OtherShape
        for name, place in zip(names[::2], names[1::2], strict=True):
            stream = file.get(file.get(place)[b"/EF"][b"/F"])
            found[name[1:-1].decode("ascii")] = stream.data
    except _ODD as error:
        raise OtherShape from error
    if 2 * len(found) != len(names):
        raise OtherShape
    return found


def pages(file: "Objects") -> Iterator[str]:
    """The text that each page shows, in the order drawn, a line for each run. Raises OtherShape."""
    try:
        fonts: dict[int, dict[bytes, str]] = {}
        for place in file.get(file.catalog[b"/Pages"])[b"/Kids"]:
            page = file.get(place)
            at = page[b"/Resources"][b"/Font"]
            if at.number not in fonts:
                fonts[at.number] = {
                    name[1:]: _characters(file.get(file.get(font)[b"/ToUnicode"]).data)
                    for name, font in file.get(at).items()
                }
            yield shown(file.get(page[b"/Contents"]).data, fonts[at.number])
    except _ODD as error:
        raise OtherShape from error


def shown(drawn: bytes, fonts: dict[bytes, str]) -> str:
    """The text of a page's operators; `fonts` have a character for each code. Raises OtherShape."""
    if _REST.fullmatch(_RUN.sub(b"", drawn)) is None:
        raise OtherShape
    runs = []
    for font, told in _RUN.findall(drawn):
        characters = fonts[font]
        codes = struct.unpack(f">{len(told) // 4}H", unhexlify(told))
        runs.append("".join([characters[code] for code in codes]))
    return "\n".join(runs)


def _characters(to_unicode: bytes) -> str:
    """The character of each code, as `certs.embedding` writes them down; code 0 has none."""
    found = "\0"
    for first, last, listed in _RANGE.findall(to_unicode):
        if int(first, 16) != len(found):
            raise OtherShape
        found += unhexlify(listed.translate(None, _MARKS)).decode("utf-16-be")
        if int(last, 16) != len(found) - 1:
            raise OtherShape
    return found


def opened(pdf: bytes) -> "Objects | None":
    """The objects of a file, of which only the tables of places are read; None in another shape."""
    try:
        return Objects(pdf)
    except (OtherShape, *_ODD):
        return None


class Objects:
    """The objects of a file, read when asked for."""

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        self._tables: list[Stream] = []
        self._packed: dict[int, list[tuple[int, bytes]]] = {}
        end = _START.search(pdf, max(0, len(pdf) - 64))
        at = int(end[1]) if end else None
        for _ in range(MAX_REVISIONS):
            if at is None:
                break
            table = self._at(at)
            if table.entries[b"/Type"] != b"/XRef" or b"/Encrypt" in table.entries:
                raise OtherShape
            self._tables.append(table)
            at = table.entries.get(b"/Prev")
        self.catalog: dict[bytes, Any] = self.get(self._tables[0].entries[b"/Root"])

    def get(self, thing: Any) -> Any:  # noqa: ANN401 - any kind of object
        """What a reference leads to; anything else is itself."""
        if not isinstance(thing, Reference):
            return thing
        kind, place, rest = self._place(thing.number)
        if kind == _PLAIN:
            return self._at(place, thing.number)
        if kind != _PACKED:
            raise OtherShape
        if place not in self._packed:
            self._packed[place] = _unpacked(self._at(self._place(place)[1], place))
        number, body = self._packed[place][rest]
        if number != thing.number:
            raise OtherShape
        return _parsed(body, 0)[0]

    def _place(self, number: int) -> tuple[int, int, int]:
        """Kind, place and rest of an entry (7.5.8.3), as the newest table tells them."""
        for table in self._tables:
            kinds, wide, rest = table.entries[b"/W"]
            at = 0
            index = table.entries.get(b"/Index", [0, table.entries[b"/Size"]])
            for first, count in zip(index[::2], index[1::2], strict=True):
                if first <= number < first + count:
                    at += (number - first) * (kinds + wide + rest)
                    row = table.data[at : at + kinds + wide + rest]
                    parts = row[:kinds], row[kinds : kinds + wide], row[kinds + wide :]
                    kind, place, last = (int.from_bytes(part, "big") for part in parts)
                    return kind, place, last
                at += count * (kinds + wide + rest)
        raise OtherShape

    def _at(self, place: int, number: int | None = None) -> Any:  # noqa: ANN401
        """The object that begins at byte `place`, a stream with its data decoded."""
        head = _OBJECT.match(self._pdf, place)
        if head is None or (number is not None and int(head[1]) != number):
            raise OtherShape
        value, end = _parsed(self._pdf, head.end())
        begins = _STREAM.match(self._pdf, end)
        if begins is None:
            return value
        length = value[b"/Length"]
        raw = self._pdf[begins.end() : begins.end() + length]
        if len(raw) != length or _END.match(self._pdf, begins.end() + length) is None:
            raise OtherShape
        return Stream(value, _decoded(value, raw))


def _decoded(entries: dict[bytes, Any], raw: bytes) -> bytes:
    filters = entries.get(b"/Filter", [])
    if filters in ([], b"") or b"/DecodeParms" in entries:
        if filters:
            raise OtherShape
        return raw
    if filters not in (b"/FlateDecode", [b"/FlateDecode"]):
        raise OtherShape
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(raw, MAX_STREAM + 1)
    if len(data) > MAX_STREAM or not unpacker.eof:
        raise OtherShape
    return data


def _unpacked(stream: Stream) -> list[tuple[int, bytes]]:
    """Numbers and bodies of an object stream (7.5.7)."""
    first = stream.entries[b"/First"]
    head = [int(each) for each in stream.data[:first].split()]
    starts = [*head[1::2], len(stream.data) - first]
    ends = zip(head[::2], starts, starts[1:], strict=False)
    return [(number, stream.data[first + at : first + end]) for number, at, end in ends]


def _parsed(data: bytes, at: int) -> tuple[Any, int]:
    """The value that begins at `at`, and where it ends.

    Whole numbers and references are read; all else (names, strings, fractions) stays as spelt.
    """
    open_lists: list[list[Any]] = [[]]
    while True:
        found = _TOKEN.match(data, at)
        if found is None:
            raise OtherShape
        token, at = found[1], found.end()
        if token in (b"<<", b"["):
            open_lists.append([])
        elif token in (b">>", b"]"):
            done: Any = open_lists.pop()
            if token == b">>":
                done = dict(zip(done[::2], done[1::2], strict=True))
            open_lists[-1].append(done)
        elif token == b"R":
            number = open_lists[-1][-2]
            open_lists[-1][-2:] = [Reference(number)]
        else:
            open_lists[-1].append(int(token) if token.isdigit() else token)
        if len(open_lists) == 1:
            return open_lists[0][0], at


# What reading bytes of another shape can run into.
_ODD: Final = (
    AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
