"""What a certificate will print must be printable, and no identity number: checked when it is said,
not later.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from certs.glyphs import check_glyphs, code_point
from core.errors import InvalidInput
from evidence.names import refuse_identity_number
from evidence.works import Description
from registry.record import Record


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


def check_form(form: Mapping[str, Any]) -> None:
    """The same for an application form.

    Raises:
        InvalidInput: naming the field and the character.
    """
    for field, text in _texts(form, ""):
        check_glyphs(_composed(text), field, lines=True)


def check_said(form: Mapping[str, Any]) -> None:
    """What an applicant says, the texts of papers among it: printable, and without an identity
    number. Numbers of rights holders stand in their own sealed records.

    Raises:
        InvalidInput: naming the field, and what to do.
    """
    check_form(form)
    for field, text in _texts(form, ""):
        refuse_identity_number(text, field)


def unprintable(form: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Every field with the first character in it that cannot be printed, by its code point."""
    found = []
    for field, text in _texts(form, ""):
        for character in dict.fromkeys(_composed(text)):
            try:
                check_glyphs(character, field, lines=True)
            except InvalidInput:
                found.append((field, code_point(character)))
                break
    return tuple(found)


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _texts(each, f"{path}[{place}]")
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, f"{path}.{name}" if path else name)


def check_record(record: Record) -> None:
    """The same for everything a registration certificate prints, its number among it."""
    check_form(dict(record.members()))
