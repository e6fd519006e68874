"""The characters a certificate can print: five fonts, one answer for every character.

Promises: a character is drawn from the first font of its role that has an outline for it; a
character that no font has, or that would be invisible or would reorder its neighbours, raises
`InvalidInput` naming the field and the code point. Nothing is ever drawn as an empty box.
Fonts are read from the package once in a process and are never written to.
"""

import mmap
import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from core.errors import InvalidInput

Bytes = bytes | memoryview

_FONTS: Final = Path(__file__).parent / "fonts"
_SPACES: Final = frozenset(" \u00a0\u3000")
_FORMAT_12: Final = 12
# PostScript name (as a PDF must give it), file, and units to the em when embedded.
_SANS: Final = ("NotoSansSC-Regular", "NotoSansSC_400Regular.ttf", 250)
_SERIF: Final = ("NotoSerifSC-SemiBold", "NotoSerifSC_600SemiBold.ttf", 250)
_RARE: Final = ("NotoSansJP-Regular", "NotoSansJP_400Regular.ttf", 250)
_WEST: Final = ("NotoSans-Regular", "NotoSans_400Regular.ttf", 250)
_MONO: Final = ("SourceCodePro-Regular", "SourceCodePro_400Regular.ttf", 250)


# Unicode general categories that have no honest printed form, and what to say about each.
_REFUSED: Final = {
    "Cc": ("控制字符", "a control character"),
    "Cf": ("不可见的格式字符", "an invisible formatting character"),
    "Cs": ("残缺的代理字符", "half of a surrogate pair"),
    "Co": ("私用区字符", "a private-use character"),
    "Cn": ("未分配的字符", "an unassigned character"),
    "Zl": ("行分隔符", "a line separator"),
    "Zp": ("段分隔符", "a paragraph separator"),
    "Mn": ("组合用字符", "a combining mark"),
    "Mc": ("组合用字符", "a combining mark"),
    "Me": ("组合用字符", "a combining mark"),
}
# UAX #9: these reorder the text around them, so a printed name could read as another one.
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Face:
    """One TrueType font file. Lengths are in thousandths of an em.

    `tables` holds the raw bytes of head, hhea and maxp for building subsets; `offsets` is `loca`
    as byte offsets into `outlines`, one more than there are glyphs. `units` is the grid to embed
    outlines on: coarser for fonts that are only ever set small.
    """

    name: str
    glyph_of: dict[int, int]
    advances: Sequence[int]
    bearings: Sequence[int]
    offsets: Sequence[int]
    outlines: memoryview
    tables: dict[str, bytes]
    ascent: int
    descent: int
    cap_height: int
    box: tuple[int, int, int, int]
    units: int

    def has(self, character: str) -> bool:
        """Whether this font draws `character`: an outline, or a space that is meant to be empty."""
        glyph = self.glyph_of.get(ord(character))
        if glyph is None or glyph == 0:
            return False
        return character in _SPACES or self.offsets[glyph + 1] > self.offsets[glyph]

    def width(self, character: str) -> int:
        """Advance of one character in thousandths of an em; the character must be in the font."""
        return self.advances[self.glyph_of[ord(character)]]

    def outline(self, glyph: int) -> bytes:
        """The `glyf` entry of one glyph, empty for a blank one."""
        return bytes(self.outlines[self.offsets[glyph] : self.offsets[glyph + 1]])


class FontStack:
    """Fonts to try in order; remembers which one draws a character and how wide."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self.faces = tuple(faces)
        self._found: dict[str, tuple[Face, int]] = {}

    def find(self, character: str, field: str) -> tuple[Face, int]:
        """The font that draws `character` and its advance in thousandths of an em.

        Raises `InvalidInput` naming `field` and the code point when no font does.
        """
        found = self._found.get(character)
        if found is None:
            face = next((face for face in self.faces if face.has(character)), None)
            if face is None or character != " ":
                _check_character(character, self.faces, field)
            if face is None:
                raise _unprintable(character, field)
            found = self._found[character] = (face, face.width(character))
        return found

    def width(self, text: str, field: str) -> int:
        """Advance of `text` in thousandths of an em; raises like `find`."""
        found = self._found
        try:
            return sum([found[character][1] for character in text])
        except KeyError:
            return sum(self.find(character, field)[1] for character in text)


@dataclass(frozen=True, slots=True)
class Roles:
    """The fonts for each role."""

    text: FontStack
    heading: FontStack
    mono: FontStack


@lru_cache(maxsize=1)
def roles() -> Roles:
    """The fonts of this process, loaded on the first call (a fraction of a second)."""
    sans, serif, rare, west, mono = (
        _load(name, _FONTS / file, units)
        for name, file, units in (_SANS, _SERIF, _RARE, _WEST, _MONO)
    )
    return Roles(
        text=FontStack((sans, serif, rare, west)),
        heading=FontStack((serif, sans, rare, west)),
        mono=FontStack((mono, sans, serif, rare, west)),
    )


def _load(name: str, path: Path, embedded: int) -> Face:
    with path.open("rb") as file:
        # Mapped, not read: outlines stay in the page cache, shared by all worker processes.
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    tables = _directory(data)
    head, hhea, maxp = (bytes(tables[tag]) for tag in ("head", "hhea", "maxp"))
    units = _u16(head, 18)
    if units != 1000:  # noqa: PLR2004 - every length in this package is written for 1000 units
        msg = f"font {name} has {units} units per em, 1000 expected"
        raise ValueError(msg)
    count, metrics = _u16(maxp, 4), _u16(hhea, 34)
    hmtx = tables["hmtx"]
    pairs = struct.unpack(f">{'Hh' * metrics}", hmtx[: 4 * metrics])
    rest = struct.unpack(
        f">{count - metrics}h", hmtx[4 * metrics : 4 * metrics + 2 * (count - metrics)]
    )
    ascent, descent = struct.unpack(">2h", hhea[4:8])
    left, bottom, right, top = struct.unpack(">4h", head[36:44])
    return Face(
        name=name,
        glyph_of=_character_map(tables["cmap"]),
        advances=[*pairs[0::2], *[pairs[-2]] * (count - metrics)],
        bearings=[*pairs[1::2], *rest],
        offsets=_locations(tables["loca"], count, long=bool(_u16(head, 50))),
        outlines=tables["glyf"],
        tables={"head": head, "hhea": hhea, "maxp": maxp},
        ascent=ascent,
        descent=descent,
        cap_height=_u16(tables["OS/2"], 88),
        box=(left, bottom, right, top),
        units=embedded,
    )


def _u16(data: Bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 2], "big")


def _u32(data: Bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "big")


def _directory(data: memoryview) -> dict[str, memoryview]:
    found = {}
    for at in range(12, 12 + 16 * _u16(data, 4), 16):
        offset, length = _u32(data, at + 8), _u32(data, at + 12)
        found[bytes(data[at : at + 4]).decode("ascii")] = data[offset : offset + length]
    return found


def _character_map(cmap: memoryview) -> dict[int, int]:
    """Code point to glyph from the format 12 subtable (OpenType, `cmap`)."""
    for at in range(4, 4 + 8 * _u16(cmap, 2), 8):
        table = cmap[_u32(cmap, at + 4) :]
        if _u16(table, 0) == _FORMAT_12:
            break
    else:
        msg = "font without a format 12 character map"
        raise ValueError(msg)
    found: dict[int, int] = {}
    for start, end, glyph in struct.iter_unpack(">3I", table[16 : 16 + 12 * _u32(table, 12)]):
        found.update(zip(range(start, end + 1), range(glyph, glyph + end - start + 1), strict=True))
    return found


def _locations(loca: memoryview, count: int, *, long: bool) -> tuple[int, ...]:
    if long:
        return struct.unpack(f">{count + 1}I", loca[: 4 * (count + 1)])
    return tuple(2 * half for half in struct.unpack(f">{count + 1}H", loca[: 2 * (count + 1)]))


def code_point(character: str) -> str:
    """`U+20BB7` style name of one character."""
    return f"U+{ord(character):04X}"


def check_glyphs(text: str, field: str, *, lines: bool = False) -> None:
    """Raise `InvalidInput` unless every character of `text` can be printed as it is.

    `field` is the input's name, used in the message and as `.field`. With `lines`, U+000A is
    allowed as a line end (descriptions); names and titles stay on one line. Call this when a
    work is deposited, so that a certificate never fails on a name later.
    """
    faces = roles().text.faces
    for character in dict.fromkeys(text):
        if lines and character == "\n":
            continue
        _check_character(character, faces, field)


def _check_character(character: str, faces: tuple[Face, ...], field: str) -> None:
    code = code_point(character)
    if character in _BIDI:
        raise InvalidInput(
            f"{field}：含有改变文字方向的控制符 {code}，请删除。"
            f" / {field} contains the text-direction control {code}; please remove it.",
            field=field,
        )
    refused = _REFUSED.get(unicodedata.category(character))
    if refused is not None:
        zh, en = refused
        raise InvalidInput(
            f"{field}：含有{zh} {code}，请删除或改用可见的字符。"
            f" / {field} contains {en} ({code}); please remove it or use a visible character.",
            field=field,
        )
    if not any(face.has(character) for face in faces):
        raise _unprintable(character, field)


def _unprintable(character: str, field: str) -> InvalidInput:
    code = code_point(character)
    return InvalidInput(
        f"{field}：证书字库没有字符 {code}，无法如实打印，请换用其他写法。"
        f" / {field} contains {code}, which the certificate's fonts cannot print;"
        " please write it another way.",
        field=field,
    )
