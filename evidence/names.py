"""File names and words about a work: data that is shown, committed and printed, in the clear; a
name is never a path we open. An identity number has no place among them: where one belongs, it is
sealed.
"""

from typing import Final

from accounts.documents import holds_resident_number
from core.errors import InvalidInput
from core.text import clean_text

NUMBER_REFUSED: Final = (
    "含居民身份证号码,而此处原样保存和显示,请删去;号码只填在实名认证或权利人资料中,"
    "在那里加密保存 / a resident identity number stands in it, and it is kept and shown as it is: "
    "take it out; give the number with your identity or a rights holder, where it is sealed"
)


def clean_words(text: str, field: str, maximum: int, *, multiline: bool = False) -> str:
    """As `clean_text`, without a resident identity number.

    Raises:
        InvalidInput: as `clean_text`, or such a number stands in it.
    """
    cleaned = clean_text(text, field, maximum, multiline=multiline)
    refuse_identity_number(cleaned, field)
    return cleaned


def refuse_identity_number(text: str, field: str) -> None:
    """Raises InvalidInput when a resident identity number (GB 11643) stands in `text`: this text
    is kept, printed and shown as it is, and the number would be with it.
    """
    if holds_resident_number(text):
        raise InvalidInput(f"{field} {NUMBER_REFUSED}", field=field)


def clean_file_name(name: str, field: str, maximum: int) -> str:
    """A file's own name, without any path part.

    Raises:
        InvalidInput: as `clean_words`, or separators, or a name of dots.
    """
    cleaned = clean_words(name, field, maximum)
    if "/" in cleaned or "\\" in cleaned or set(cleaned) <= {"."}:
        raise InvalidInput(
            f"{field} 只能是文件名,不能含路径 / a plain file name, not a path", field=field
        )
    return cleaned


def extension(name: str) -> str:
    """The lower-case part after the last dot, or the empty string."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""
