"""The font files as reportlab's fonts, and what a layout asks of one of them.

Promises: a font is loaded once and registered with reportlab under its file's name; text drawn
with it is embedded as a subset and extracts as the characters that were drawn, those past U+FFFF
included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

from certs.outlines import SPACES

# Adobe Technical Note 5014, 5: one bfchar section holds at most 100 entries.
_ENTRIES: Final = 100


class _Font(TTFont):  # type: ignore[misc]
    """A reportlab font whose ToUnicode maps hold UTF-16, as ISO 32000-1, 9.10.3 asks.

    reportlab 5.1 writes the plain code point: U+20BB7 becomes `<20BB7>`, five digits that readers
    take for two other characters. A rare name would be drawn right and extracted wrong.
    """

    def addObjects(self, doc: Any) -> None:  # noqa: N802, ANN401 - reportlab's name and types
        subsets = self.state[doc].subsets
        super().addObjects(doc)
        for number, subset in enumerate(subsets):
            name = f"{SUBSETN(number).decode('ascii')}+{self.face.name.decode('ascii')}"
            doc.idToObject[f"toUnicodeCMap:{name}"].content = _to_unicode(name, subset)


def _to_unicode(name: str, subset: Sequence[int]) -> bytes:
    """The ToUnicode CMap (ISO 32000-1, 9.10.3) of a subset: code point by character code."""
    # Code 0 is `.notdef`, which is never drawn.
    pairs = [
        f"<{code:02X}> <{chr(point).encode('utf-16-be').hex().upper()}>"
        for code, point in enumerate(subset)
        if code
    ]
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        f"/CIDSystemInfo <</Registry ({name})/Ordering ({name})/Supplement 0>> def",
        f"/CMapName /{name} def /CMapType 2 def",
        "1 begincodespacerange <00> <FF> endcodespacerange",
    ]
    for start in range(0, len(pairs), _ENTRIES):
        part = pairs[start : start + _ENTRIES]
        lines += [f"{len(part)} beginbfchar", *part, "endbfchar"]
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Face:
    """One font: `name` is what reportlab knows it by. Lengths are in thousandths of an em."""

    name: str
    glyph_of: dict[int, int]
    advances: dict[int, int]
    offsets: Sequence[int]

    def has(self, character: str) -> bool:
        """Whether this font draws `character`: an outline, or a space that is meant to be empty."""
        glyph = self.glyph_of.get(ord(character), 0)
        if glyph == 0:
            return False
        return character in SPACES or self.offsets[glyph + 1] > self.offsets[glyph]

    def width(self, character: str) -> int:
        """Advance of one character; the character must be in the font."""
        return self.advances[ord(character)]


def load(path: Path) -> Face:
    """Read the TrueType file at `path` and register it; a tenth of a second for a large one."""
    # Not `asciiReadable`: that would embed all of ASCII with every font of every document.
    font = _Font(path.stem, str(path), asciiReadable=False, shapable=False)
    # ISO 32000-1, 9.9 wants neither; each subset would carry a kilobyte of them.
    for tag in ("name", "OS/2"):
        del font.face.table[tag]
    # Else every subset of every document copies all outlines of the font, ten megabytes.
    font.face.get_table = cache(font.face.get_table)
    pdfmetrics.registerFont(font)
    return Face(path.stem, font.face.charToGlyph, font.face.charWidths, font.face.glyphPos)
