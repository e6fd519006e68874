"""File names: data that is shown and committed, never a path we open."""

from core.errors import InvalidInput
from core.text import clean_text


def clean_file_name(name: str, field: str, maximum: int) -> str:
    """A file's own name, without any path part.

    Raises:
        InvalidInput: as `clean_text`, or separators, or a name of dots.
    """
    cleaned = clean_text(name, field, maximum)
    if "/" in cleaned or "\\" in cleaned or set(cleaned) <= {"."}:
        raise InvalidInput(
            f"{field} 只能是文件名,不能含路径 / a plain file name, not a path", field=field
        )
    return cleaned


def extension(name: str) -> str:
    """The lower-case part after the last dot, or the empty string."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""
