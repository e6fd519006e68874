"""Text from people: one clean form (NFC), nothing that hides or reorders what is read.

Length limits are the caller's; errors name the field and the character, never the text.
"""

import unicodedata
from typing import Final

from core.errors import InvalidInput

# Characters that reorder or hide text (UAX #9; zero-width), and so can disguise a name.
_HIDDEN: Final = frozenset("\u061c\u200b\u200e\u200f\u2028\u2029\u2060\ufeff") | frozenset(
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
)
_REFUSED: Final = frozenset({"Cc", "Cs", "Cn", "Co"})
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹣_~"), "-")


def clean_text(text: str, field: str, maximum: int, *, multiline: bool = False) -> str:
    """Return `text` in NFC without outer white space.

    Raises:
        InvalidInput: empty, too long, control or hidden characters, lone surrogates.
    """
    cleaned = unicodedata.normalize("NFC", text).strip()
    if not cleaned:
        raise InvalidInput(f"{field} 不能为空 / must not be empty", field=field)
    if len(cleaned) > maximum:
        raise InvalidInput(
            f"{field} 至多 {maximum} 个字符 / at most {maximum} characters", field=field
        )
    for character in cleaned:
        if multiline and character == "\n":
            continue
        if character in _HIDDEN or unicodedata.category(character) in _REFUSED:
            raise InvalidInput(
                f"{field} 含控制或隐藏字符 U+{ord(character):04X},请删除 / "
                f"contains a control or hidden character: remove it",
                field=field,
            )
    return cleaned


def as_typed(text: str) -> str:
    """A number as people type or paste it, in half width and with one kind of dash."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES)
