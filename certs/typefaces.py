"""The font files: which characters they draw, how wide, and the outlines behind them.

Promises: a file is read once and never written to; a `Face` is only read, so threads may share it.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from certs.coverage import SPACES
from certs.outlines import Scale, scaled

# OpenType 1.9: where the tables `head` and `hhea` hold lengths, and the offset of the em's own.
_EM_AT: Final = 18
_LENGTHS: Final = {"head": range(36, 44, 2), "hhea": range(4, 18, 2)}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Face:
    """One font: `name` is the file's, `family` PostScript's.

    Widths are in thousandths of an em; `metrics` (advance, left bearing), `tables` and outlines in
    steps of the grid that `load` was given. `source` is reportlab's font, for its description.
    """

    name: str
    family: str
    glyph_of: dict[int, int]
    widths: dict[int, int]
    metrics: Sequence[tuple[int, int]]
    tables: dict[str, bytes]
    source: Any
    scale: Scale
    _outlines: bytes
    _offsets: Sequence[int]
    _scaled: dict[int, bytes]

    def has(self, character: str) -> bool:
        """Whether this font draws `character`: an outline, or a space that is meant to be empty."""
        glyph = self.glyph_of.get(ord(character), 0)
        if glyph == 0:
            return False
        return character in SPACES or self._offsets[glyph + 1] > self._offsets[glyph]

    def width(self, character: str) -> int:
        """Advance of one character; the character must be in the font."""
        return self.widths[ord(character)]

    def outline(self, glyph: int) -> bytes:
        """The glyph's description (OpenType, glyf); empty for a space."""
        found = self._scaled.get(glyph)
        if found is None:
            whole = self._outlines[self._offsets[glyph] : self._offsets[glyph + 1]]
            found = self._scaled[glyph] = scaled(whole, self.scale)
        return found


def load(path: Path, grid: int) -> Face:
    """Read the TrueType file at `path`; a tenth of a second for a large one.

    Outlines are given with `grid` steps to the em.
    """
    font = TTFont(path.stem, str(path), asciiReadable=False, shapable=False)
    # Only for the canvas, which will not begin without a font that it knows.
    pdfmetrics.registerFont(font)
    face = font.face
    em = int(face.unitsPerEm)

    def scale(length: int) -> int:
        return (2 * length * grid + em) // (2 * em)

    tables = {tag: bytearray(face.get_table(tag)) for tag in ("head", "hhea", "maxp")}
    for tag, places in _LENGTHS.items():
        for at in places:
            (length,) = struct.unpack_from(">h", tables[tag], at)
            struct.pack_into(">h", tables[tag], at, scale(length))
    struct.pack_into(">H", tables["head"], _EM_AT, grid)
    return Face(
        name=path.stem,
        family=face.name.decode("ascii"),
        glyph_of=face.charToGlyph,
        widths=face.charWidths,
        metrics=[(scale(int(wide)), scale(_signed(bearing))) for wide, bearing in face.hmetrics],
        tables={tag: bytes(table) for tag, table in tables.items()},
        source=face,
        scale=scale,
        _outlines=face.get_table("glyf"),
        _offsets=face.glyphPos,
        _scaled={},
    )


def _signed(number: int) -> int:
    """A left bearing, which reportlab reads as if it could not be negative."""
    return number - 0x10000 if number > 0x7FFF else number  # noqa: PLR2004 - 16 bits
