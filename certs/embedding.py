"""The fonts of one document: the glyphs it draws, their codes, and the objects that embed them.

Promises: each font is embedded once, with the glyphs that are drawn and no other, whatever their
number; what is drawn extracts as the characters that were meant, those past U+FFFF included; equal
use gives equal bytes. Section numbers are those of ISO 32000-1.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from reportlab.pdfbase.pdfdoc import PDFArrayCompact, PDFDictionary, PDFName, PDFStream, PDFString
from reportlab.pdfbase.ttfonts import TTFontMaker

from certs.outlines import parts
from certs.pdfobjects import DEFLATE
from certs.typefaces import Face

# 9.8.2, table 123: glyphs outside the standard Latin set.
_SYMBOLIC: Final = 4
_EM: Final = 1000
# Adobe Technical Note 5014, 5: one bfrange section holds at most 100 entries.
_ENTRIES: Final = 100
_LONG_OFFSETS: Final = 0x1FFFE


class _Subset:
    """One font as this document uses it. A character's code is its glyph's number in here."""

    def __init__(self, face: Face, characters: set[str]) -> None:
        self.face = face
        self.points = sorted(map(ord, characters))
        # Glyph 0 is `.notdef`, which is never drawn.
        self.code_of = {chr(point): code for code, point in enumerate(self.points, 1)}
        self.glyphs = [0, *(face.glyph_of[point] for point in self.points)]
        # A composite glyph draws others, which have no character here.
        for glyph in self.glyphs:
            known = set(self.glyphs)
            self.glyphs += [part for *_, part in parts(face.outline(glyph)) if part not in known]

    def file(self) -> bytes:
        """The TrueType file (9.9): the tables a reader needs and no other."""
        face = self.face
        number = {glyph: at for at, glyph in reversed([*enumerate(self.glyphs)])}
        outlines, offsets = bytearray(), [0]
        for glyph in self.glyphs:
            # `.notdef` is in every font (9.7.6.3) and drawn in none of ours: it needs no outline.
            outline = bytearray(face.outline(glyph) if glyph else b"")
            for at, _, part in parts(bytes(outline)):
                struct.pack_into(">H", outline, at + 2, number[part])
            outlines += outline + bytes(len(outline) % 2)
            offsets.append(len(outlines))
        long = offsets[-1] > _LONG_OFFSETS
        made = TTFontMaker()
        made.add("glyf", bytes(outlines))
        made.add("head", _with(face.tables["head"], 50, int(long)))
        metrics = [face.metrics[glyph] for glyph in self.glyphs]
        # OpenType, hmtx: the last advance also holds for the glyphs after it.
        full = len(metrics)
        while full > 1 and metrics[full - 1][0] == metrics[full - 2][0]:
            full -= 1
        made.add("hhea", _with(face.tables["hhea"], 34, full))
        values = [each for pair in metrics[:full] for each in pair]
        values += [bearing for _, bearing in metrics[full:]]
        made.add("hmtx", struct.pack(f">{len(values)}h", *values))
        width = f">{len(offsets)}{'L' if long else 'H'}"
        made.add("loca", struct.pack(width, *(at if long else at // 2 for at in offsets)))
        made.add("maxp", _with(face.tables["maxp"], 4, len(self.glyphs)))
        return bytes(made.makeStream())

    def widths(self) -> Iterator[Any]:
        """/W (9.7.4.3): runs of codes whose width is not the em that /DW gives."""
        run: list[int] = []
        for code, point in enumerate([*self.points, None], 1):
            wide = _EM if point is None else self.face.widths[point]
            if wide != _EM:
                run.append(wide)
            elif run:
                yield from (code - len(run), PDFArrayCompact(run))
                run = []

    def to_unicode(self) -> bytes:
        """The ToUnicode CMap (9.10.3), in runs of codes."""
        entries = [
            f"<{first:04X}> <{first + len(run) - 1:04X}> [{' '.join(map(_utf16, run))}]"
            for first, run in self._runs()
        ]
        lines = [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
            "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
            "1 begincodespacerange <0000> <FFFF> endcodespacerange",
        ]
        for start in range(0, len(entries), _ENTRIES):
            part = entries[start : start + _ENTRIES]
            lines += [f"{len(part)} beginbfrange", *part, "endbfrange"]
        lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
        return "\n".join(lines).encode("ascii")

    def _runs(self) -> Iterator[tuple[int, Sequence[int]]]:
        """Codes of one run share their first byte, as 9.10.3 asks."""
        first = 1
        while first <= len(self.points):
            end = min(first + _ENTRIES, (first | 0xFF) + 1, len(self.points) + 1)
            yield first, self.points[first - 1 : end - 1]
            first = end


class Embedding:
    """Every font of one document, for the characters given with each."""

    def __init__(self, used: Mapping[Face, set[str]]) -> None:
        faces = sorted(used, key=lambda face: face.name)
        self._subsets = {face: _Subset(face, used[face]) for face in faces}
        self._names = {face: f"F{at}" for at, face in enumerate(faces, 1)}

    def shown(self, face: Face, text: str, size: float) -> str:
        """The operators that choose the font and show `text` (9.4.3), inside a text object."""
        code_of = self._subsets[face].code_of
        codes = "".join([f"{code_of[character]:04X}" for character in text])
        return f"/{self._names[face]} {size:g} Tf <{codes}> Tj"

    def embed(self, document: Any) -> None:  # noqa: ANN401 - reportlab has no types
        """Add the fonts to a reportlab document, under the names that `shown` used."""
        fonts = document.idToObject["BasicFonts"].dict
        for face, subset in self._subsets.items():
            fonts[self._names[face]] = document.Reference(_font(document, face, subset))


def _font(document: Any, face: Face, subset: _Subset) -> PDFDictionary:  # noqa: ANN401
    """A composite font (9.7.6) whose codes are glyph numbers: no limit of 256, no encoding."""
    name, source = PDFName(f"AAAAAA+{face.family}"), face.source
    data = subset.file()
    descriptor = PDFDictionary(
        {
            "Type": PDFName("FontDescriptor"),
            "FontName": name,
            "Flags": _SYMBOLIC,
            "FontBBox": PDFArrayCompact(source.bbox),
            "ItalicAngle": source.italicAngle,
            "Ascent": source.ascent,
            "Descent": source.descent,
            "CapHeight": source.capHeight,
            "StemV": source.stemV,
            "FontFile2": document.Reference(_stream(data, {"Length1": len(data)})),
        }
    )
    descendant = PDFDictionary(
        {
            "Type": PDFName("Font"),
            "Subtype": PDFName("CIDFontType2"),
            "BaseFont": name,
            "CIDSystemInfo": PDFDictionary(
                {
                    "Registry": PDFString("Adobe"),
                    "Ordering": PDFString("Identity"),
                    "Supplement": 0,
                }
            ),
            "CIDToGIDMap": PDFName("Identity"),
            "DW": _EM,
            "W": PDFArrayCompact(subset.widths()),
            "FontDescriptor": document.Reference(descriptor),
        }
    )
    return PDFDictionary(
        {
            "Type": PDFName("Font"),
            "Subtype": PDFName("Type0"),
            "BaseFont": name,
            "Encoding": PDFName("Identity-H"),
            "DescendantFonts": PDFArrayCompact([document.Reference(descendant)]),
            "ToUnicode": document.Reference(_stream(subset.to_unicode(), {})),
        }
    )


def _stream(data: bytes, entries: Mapping[str, int]) -> PDFStream:
    return PDFStream(PDFDictionary(dict(entries)), data, [DEFLATE])


def _with(table: bytes, at: int, value: int) -> bytes:
    """A font table with one unsigned 16-bit number replaced."""
    return table[:at] + struct.pack(">H", value) + table[at + 2 :]


def _utf16(point: int) -> str:
    return f"<{chr(point).encode('utf-16-be').hex().upper()}>"
