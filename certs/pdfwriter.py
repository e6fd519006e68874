"""A PDF 1.7 file from pages of drawing operators: objects, embedded fonts, attachments, metadata.

Promises: the same input gives the same bytes (no clock, no randomness, `/ID` from the content);
only embedded TrueType subsets are used, each as a Type 0 font whose ToUnicode map covers every
character, so that a reader extracts exactly what was drawn, rare name characters included.
Section numbers are those of ISO 32000-1.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from certs.glyphs import Face
from certs.subset import build

_HEADER: Final = b"%PDF-1.7\n%\xe5\x8d\xb0\xe8\xae\xb0\n"
_OBJECTS_PER_STREAM: Final = 200
_ESCAPED: Final = re.compile(rb"[()\\]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """One embedded file: ASCII `name`, media type, a description, and the exact bytes."""

    name: str
    media_type: str
    description: str
    data: bytes


class EmbeddedFont:
    """A font being used: characters get consecutive codes in the order they are first drawn."""

    def __init__(self, face: Face, resource: str) -> None:
        self.face = face
        self.resource = resource
        self._codes: dict[str, bytes] = {}

    def encode(self, text: str) -> bytes:
        """`text` as the string operand of `Tj` (7.3.4.2); code 0 stays `.notdef`.

        Two bytes a character, not hexadecimal: digests then compress far better.
        """
        codes = self._codes
        parts = []
        for character in text:
            code = codes.get(character)
            if code is None:
                plain = (len(codes) + 1).to_bytes(2, "big")
                code = codes[character] = _ESCAPED.sub(rb"\\\g<0>", plain).replace(b"\r", b"\\r")
            parts.append(code)
        return b"(" + b"".join(parts) + b")"

    @property
    def characters(self) -> Sequence[str]:
        """The characters drawn, in the order of their codes."""
        return tuple(self._codes)


def name(text: str) -> bytes:
    """A PDF name object (7.3.5) for ASCII text without blanks; `/` is escaped."""
    return b"/" + text.encode("ascii").replace(b"/", b"#2F")


def text_string(text: str) -> bytes:
    """A text string object (7.9.2.2): UTF-16BE with a byte order mark, in hexadecimal."""
    return b"<FEFF" + text.encode("utf-16-be").hex().upper().encode("ascii") + b">"


def date_string(at: datetime) -> bytes:
    """A date object (7.9.4) in UTC, to the second."""
    return f"(D:{at:%Y%m%d%H%M%S}Z)".encode("ascii")


def dictionary(entries: Mapping[str, bytes]) -> bytes:
    """A dictionary object (7.3.7)."""
    return b"<<" + b"".join(name(key) + b" " + value for key, value in entries.items()) + b">>"


def array(items: Iterable[bytes]) -> bytes:
    """An array object (7.3.6)."""
    return b"[" + b" ".join(items) + b"]"


class PdfWriter:
    """Collects indirect objects; `finish` lays them out. One writer makes one file."""

    def __init__(self) -> None:
        self._plain: dict[int, bytes] = {}
        self._streams: dict[int, bytes] = {}
        self._last = 0

    def reserve(self) -> int:
        """The number of an object to be given later with `put`."""
        self._last += 1
        return self._last

    def put(self, number: int, body: bytes) -> None:
        """Give object `number` (reserved) its body, which is not a stream."""
        self._plain[number] = body

    def add(self, body: bytes) -> bytes:
        """Add an object that is not a stream; returns a reference to it."""
        number = self.reserve()
        self._plain[number] = body
        return reference(number)

    def stream(
        self, data: bytes, entries: Mapping[str, bytes] | None = None, *, compress: bool = True
    ) -> bytes:
        """Add a stream object; returns a reference to it."""
        number = self.reserve()
        self._streams[number] = _stream(data, entries or {}, compress=compress)
        return reference(number)

    def font(self, used: EmbeddedFont) -> bytes:
        """Add the Type 0 font (9.7) of everything drawn with `used`; returns its reference."""
        face = used.face
        characters = used.characters
        program = build(face, [face.glyph_of[ord(each)] for each in characters], face.units)
        base = f"{_tag(program)}+{face.name}"
        descriptor = self.add(
            dictionary(
                {
                    "Type": b"/FontDescriptor",
                    "FontName": name(base),
                    "Flags": b"4",
                    "FontBBox": array(str(side).encode() for side in face.box),
                    "ItalicAngle": b"0",
                    "Ascent": str(face.ascent).encode(),
                    "Descent": str(face.descent).encode(),
                    "CapHeight": str(face.cap_height).encode(),
                    "StemV": b"80",
                    "FontFile2": self.stream(program, {"Length1": str(len(program)).encode()}),
                }
            )
        )
        descendant = self.add(
            dictionary(
                {
                    "Type": b"/Font",
                    "Subtype": b"/CIDFontType2",
                    "BaseFont": name(base),
                    "CIDSystemInfo": b"<</Registry (Adobe)/Ordering (Identity)/Supplement 0>>",
                    "FontDescriptor": descriptor,
                    "DW": b"1000",
                    "W": _widths(face, characters),
                    "CIDToGIDMap": b"/Identity",
                }
            )
        )
        return self.add(
            dictionary(
                {
                    "Type": b"/Font",
                    "Subtype": b"/Type0",
                    "BaseFont": name(base),
                    "Encoding": b"/Identity-H",
                    "DescendantFonts": array([descendant]),
                    "ToUnicode": self.stream(_to_unicode(characters)),
                }
            )
        )

    def attachment(self, attached: Attachment, created: datetime) -> bytes:
        """Add an embedded file (7.11.4) with its file specification; returns a reference."""
        embedded = self.stream(
            attached.data,
            {
                "Type": b"/EmbeddedFile",
                "Subtype": name(attached.media_type),
                "Params": dictionary(
                    {
                        "Size": str(len(attached.data)).encode(),
                        "ModDate": date_string(created),
                        # 7.11.4, table 46: this check value is MD5 by definition.
                        "CheckSum": b"<"
                        + hashlib.md5(attached.data, usedforsecurity=False)
                        .hexdigest()
                        .encode("ascii")
                        + b">",
                    }
                ),
            },
        )
        return self.add(
            dictionary(
                {
                    "Type": b"/Filespec",
                    "F": b"(" + attached.name.encode("ascii") + b")",
                    "UF": b"(" + attached.name.encode("ascii") + b")",
                    "Desc": text_string(attached.description),
                    # ISO 19005-3 and ISO 32000-2, 14.13: the source data of what is shown.
                    "AFRelationship": b"/Data",
                    "EF": dictionary({"F": embedded, "UF": embedded}),
                }
            )
        )

    def finish(self, catalog: bytes, info: bytes) -> bytes:
        """The file: object streams (7.5.7), then a cross-reference stream (7.5.8)."""
        out = bytearray(_HEADER)
        table: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}
        for number, body in self._streams.items():
            table[number] = (1, len(out), 0)
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        plain = sorted(self._plain.items())
        for start in range(0, len(plain), _OBJECTS_PER_STREAM):
            part = plain[start : start + _OBJECTS_PER_STREAM]
            holder = self.reserve()
            table[holder] = (1, len(out), 0)
            table |= {number: (2, holder, index) for index, (number, _) in enumerate(part)}
            out += b"%d 0 obj\n%b\nendobj\n" % (holder, _object_stream(part))
        own = self.reserve()
        table[own] = (1, len(out), 0)
        digest = hashlib.sha256(out).hexdigest()[:32].upper().encode("ascii")
        rows = b"".join(struct.pack(">BIH", *table[number]) for number in range(own + 1))
        cross_reference = _stream(
            rows,
            {
                "Type": b"/XRef",
                "Size": str(own + 1).encode(),
                "W": b"[1 4 2]",
                "Root": catalog,
                "Info": info,
                "ID": b"[<" + digest + b"><" + digest + b">]",
            },
        )
        start_xref = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (own, cross_reference)
        out += b"startxref\n%d\n%%%%EOF\n" % start_xref
        return bytes(out)


def reference(number: int) -> bytes:
    """An indirect reference (7.3.10) to object `number`."""
    return b"%d 0 R" % number


def _stream(data: bytes, entries: Mapping[str, bytes], *, compress: bool = True) -> bytes:
    body = zlib.compress(data, 9) if compress else data
    filters = {"Filter": b"/FlateDecode"} if compress else {}
    head = dictionary({**entries, **filters, "Length": str(len(body)).encode()})
    return head + b"\nstream\n" + body + b"\nendstream"


def _object_stream(part: Sequence[tuple[int, bytes]]) -> bytes:
    offsets, bodies, at = [], [], 0
    for number, body in part:
        offsets.append(f"{number} {at}")
        bodies.append(body)
        at += len(body) + 1
    index = " ".join(offsets).encode("ascii") + b"\n"
    return _stream(
        index + b"\n".join(bodies),
        {
            "Type": b"/ObjStm",
            "N": str(len(part)).encode(),
            "First": str(len(index)).encode(),
        },
    )


def _tag(program: bytes) -> str:
    """The six letters before a subset's name (9.6.4), from its content so that they differ."""
    digest = hashlib.sha256(program).digest()
    return "".join(chr(ord("A") + byte % 26) for byte in digest[:6])


def _widths(face: Face, characters: Sequence[str]) -> bytes:
    widths = (str(face.width(character)) for character in characters)
    return f"[1 [{' '.join(widths)}]]".encode("ascii")


def _to_unicode(characters: Sequence[str]) -> bytes:
    """The ToUnicode CMap (9.10.3); characters past U+FFFF become surrogate pairs."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo <</Registry (Adobe)/Ordering (UCS)/Supplement 0>> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    # 9.10.3: a range may not pass from one high byte to the next.
    for start in range(0, len(characters) + 1, 256):
        part = [
            each.encode("utf-16-be").hex() for each in characters[max(start - 1, 0) : start + 255]
        ]
        if part:
            first = max(start, 1)
            lines.append(
                f"1 beginbfrange <{first:04X}> <{first + len(part) - 1:04X}>"
                f" [{''.join(f'<{code}>' for code in part)}] endbfrange"
            )
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
