"""The characters a certificate can print: five fonts, one answer for every character.

Promises: a character is drawn from the first font of its role that has an outline for it; a
character that no font has, or that would be invisible or would reorder its neighbours, raises
`InvalidInput` naming the field and the code point. Nothing is ever drawn as an empty box.
Fonts are read from the package once in a process and are never written to.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from certs.coverage import Coverage
from core.errors import InvalidInput

if TYPE_CHECKING:  # reportlab is heavy: only those who draw pay for it
    from certs.typefaces import Face

_FONTS: Final = Path(__file__).parent / "fonts"
_SANS: Final = _FONTS / "NotoSansSC_400Regular.ttf"
_SERIF: Final = _FONTS / "NotoSerifSC_600SemiBold.ttf"
_RARE: Final = _FONTS / "NotoSansJP_400Regular.ttf"
_WEST: Final = _FONTS / "NotoSans_400Regular.ttf"
_MONO: Final = _FONTS / "SourceCodePro_400Regular.ttf"

# Steps to the em at which outlines are embedded. Half a step, the most that a point moves, is eight
# thousandths of a millimetre in text of 11 points and twelve in the title of 34: less than a dot of
# the finest office printer, and a fifth of the file.
_PLAIN, _FINE = 256, 512

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


class FontStack:
    """Fonts to try in order; remembers which one draws a character and how wide."""

    def __init__(self, faces: "Sequence[Face]") -> None:
        self.faces = tuple(faces)
        self._found: dict[str, tuple[Face, int]] = {}

    def find(self, character: str, field: str) -> "tuple[Face, int]":
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
    from certs.typefaces import load  # noqa: PLC0415 - see above

    serif = load(_SERIF, _FINE)
    sans, rare, west, mono = (load(path, _PLAIN) for path in (_SANS, _RARE, _WEST, _MONO))
    return Roles(
        text=FontStack((sans, serif, rare, west)),
        heading=FontStack((serif, sans, rare, west)),
        mono=FontStack((mono, sans, serif, rare, west)),
    )


def code_point(character: str) -> str:
    """`U+20BB7` style name of one character."""
    return f"U+{ord(character):04X}"


def check_glyphs(text: str, field: str, *, lines: bool = False) -> None:
    """Raise `InvalidInput` unless every character of `text` can be printed as it is.

    `field` is the input's name, used in the message and as `.field`. With `lines`, U+000A is
    allowed as a line end (descriptions); names and titles stay on one line. Call this when a
    work is deposited, so that a certificate never fails on a name later.
    """
    fonts = _text_fonts()
    for character in dict.fromkeys(text):
        if lines and character == "\n":
            continue
        _check_character(character, fonts, field)


def spelled(text: str) -> str:
    """`text` with every character that cannot be printed written as its code point, `<U+1F600>`.

    For what is printed as it is found, such as the source of a program; names are refused instead.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_spelled, text))


@lru_cache(maxsize=20_000)
def _spelled(character: str) -> str:
    try:
        _check_character(character, _text_fonts(), "text")
    except InvalidInput:
        return f"<{code_point(character)}>"
    return character


@lru_cache(maxsize=1)
def _text_fonts() -> tuple[Coverage, ...]:
    """The fonts of the text role; those of the other roles draw the same characters."""
    return tuple(map(Coverage, (_SANS, _SERIF, _RARE, _WEST)))


def _check_character(character: str, fonts: "Sequence[Face | Coverage]", field: str) -> None:
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
    if not any(font.has(character) for font in fonts):
        raise _unprintable(character, field)


def _unprintable(character: str, field: str) -> InvalidInput:
    code = code_point(character)
    return InvalidInput(
        f"{field}：证书字库没有字符 {code}，无法如实打印，请换用其他写法。"
        f" / {field} contains {code}, which the certificate's fonts cannot print;"
        " please write it another way.",
        field=field,
    )
