"""What a certificate will print must be printable: checked when it is said, not later."""

import unicodedata
from collections.abc import Sequence

from certs.glyphs import check_glyphs
from evidence.works import Description


def check_printable(about: Description, names: Sequence[str] = (), member: str = "files") -> None:
    """Every character of a description and of file names has an outline in our fonts.

    Raises:
        InvalidInput: naming the field and the character.
    """
    lines = {"title": about.title, "category": about.category, "nature": about.creation_nature}
    for field, text in lines.items():
        if text is not None:
            _check(text, field)
    if about.description is not None:
        check_glyphs(_composed(about.description), "description", lines=True)
    for field, texts in (("tags", about.tags), ("authors", about.authors)):
        for place, text in enumerate(texts):
            _check(text, f"{field}[{place}]")
    for place, name in enumerate(names):
        _check(name, f"{member}[{place}].name")


def _check(text: str, field: str) -> None:
    check_glyphs(_composed(text), field)


def _composed(text: str) -> str:
    """As it will be stored: NFC puts letter and mark together."""
    return unicodedata.normalize("NFC", text).strip()
