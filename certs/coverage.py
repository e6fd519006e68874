"""Which characters a font file draws, read from its tables in place.

Promises: the same answer as `certs.typefaces.Face.has`, without reading the whole file or loading
a PDF library: a process that only checks what people write stays small and starts quickly.
"""

import mmap
import struct
from bisect import bisect_right
from pathlib import Path
from typing import Final

from core.errors import Misconfigured

SPACES: Final = frozenset(" \u00a0\u3000")
"""Empty on purpose."""

_UNICODE: Final = frozenset({(0, 4), (3, 10)})
"""Platform and encoding of a full Unicode cmap: OpenType 1.9, cmap, "Platform IDs"."""
_SEGMENTED: Final = 12
"""cmap format 12: groups of (first code, last code, first glyph), 32 bits each, in order."""


class Coverage:
    """The `cmap` and `loca` tables of one TrueType file."""

    def __init__(self, path: Path) -> None:
        """Raises Misconfigured when the file is not such a font."""
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            tables = self._tables()
            self._loca = tables[b"loca"]
            # OpenType 1.9, head: indexToLocFormat, 0 for halves in 16 bits, 1 for 32 bits.
            (self._long,) = struct.unpack_from(">h", self._data, tables[b"head"] + 50)
            self._read_groups(self._subtable(tables[b"cmap"]))
        except (struct.error, KeyError, StopIteration, ValueError) as reason:
            raise Misconfigured(f"字体文件已损坏 / a font file is damaged: {path.name}") from reason

    def has(self, character: str) -> bool:
        """Whether the font draws `character`: an outline, or a space that is meant to be empty."""
        code = ord(character)
        place = bisect_right(self._firsts, code) - 1
        if place < 0:
            return False
        first, last, start = struct.unpack_from(">III", self._data, self._groups + 12 * place)
        glyph = start + code - first
        if code > last or glyph == 0:
            return False
        return character in SPACES or self._offset(glyph + 1) > self._offset(glyph)

    def _tables(self) -> dict[bytes, int]:
        (count,) = struct.unpack_from(">H", self._data, 4)
        entries = (struct.unpack_from(">4sIII", self._data, 12 + 16 * n) for n in range(count))
        return {bytes(tag): int(offset) for tag, _, offset, _ in entries}

    def _subtable(self, cmap: int) -> int:
        (count,) = struct.unpack_from(">H", self._data, cmap + 2)
        entries = (struct.unpack_from(">HHI", self._data, cmap + 4 + 8 * n) for n in range(count))
        places = (cmap + int(offset) for a, b, offset in entries if (a, b) in _UNICODE)
        kinds = ((place, struct.unpack_from(">H", self._data, place)) for place in places)
        return next(place for place, kind in kinds if kind == (_SEGMENTED,))

    def _read_groups(self, subtable: int) -> None:
        self._groups = subtable + 16
        (count,) = struct.unpack_from(">I", self._data, subtable + 12)
        words = struct.unpack_from(f">{3 * count}I", self._data, self._groups)
        self._firsts = words[::3]

    def _offset(self, glyph: int) -> int:
        if self._long:
            (offset,) = struct.unpack_from(">I", self._data, self._loca + 4 * glyph)
        else:
            (offset,) = struct.unpack_from(">H", self._data, self._loca + 2 * glyph)
        return int(offset)
