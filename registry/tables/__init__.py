"""Tables that are data: area prefixes and codes, categories and their letters, words for people."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from registry.words import Words, of_software

_FOLDER: Final = "registry.tables"


@dataclass(frozen=True)
class Area:
    """An area whose works are registered by one body.

    `code` as in GB/T 2260, `national`, or None for a body that is no province; `attested`: the
    prefix was seen in real numbers.
    """

    code: str | None
    name: Words
    attested: bool


@dataclass(frozen=True)
class Category:
    """A category of works. `letter` stands in its numbers, where they have one; what is not
    `attested` is for the registrar to confirm.
    """

    name: Words
    letter: str | None
    attested: bool


@dataclass(frozen=True)
class Field:
    """A field of the application form: what it is called, and how it is filled in; of a work, and
    of software.
    """

    name: Words
    how: Words
    software_name: Words
    software_how: Words


@dataclass(frozen=True)
class Told:
    """A message's words, with places for numbers and days; `goes_out`: by mail or SMS too."""

    subject: Words
    text: Words
    goes_out: bool


@dataclass(frozen=True)
class Standing:
    """A state in plain words: how it stands, who acts next, what the applicant is to do."""

    state: Words
    next: Words
    todo: Words


@cache
def refusal_grounds() -> Mapping[str, Mapping[str, Words]]:
    """By form, then by key."""
    return {
        form: {key: Words(row["zh"], row["en"]) for key, row in rows.items()}
        for form, rows in read("grounds.toml").items()
    }


@cache
def areas() -> Mapping[str, Area]:
    """By prefix, as a registration number begins with it."""
    return {
        prefix: Area(row.get("code"), Words(row["zh"], row["en"]), row.get("attested", False))
        for prefix, row in read("areas.toml").items()
    }


@cache
def categories() -> Mapping[str, Category]:
    """By key, in the order of the form."""
    return {
        key: Category(Words(row["zh"], row["en"]), row.get("letter"), row.get("attested", False))
        for key, row in read("categories.toml").items()
    }


@cache
def messages() -> Mapping[str, Told]:
    """By kind of message."""
    return {
        kind: Told(Words(**row["subject"]), Words(**row["text"]), row["goes_out"])
        for kind, row in read("messages.toml").items()
    }


@cache
def standings() -> Mapping[str, Standing]:
    """By state of a matter."""
    return {
        state: Standing(Words(**row["state"]), Words(**row["next"]), Words(**row["todo"]))
        for state, row in read("states.toml").items()
    }


@cache
def form_fields() -> Mapping[str, Mapping[str, Field]]:
    """By block of the form, then by field, in the form's order."""
    return {
        block: {
            name: Field(*_name_and_how(row), *_name_and_how(row, software=True))
            for name, row in rows.items()
        }
        for block, rows in read("form.toml").items()
    }


def _name_and_how(row: Mapping[str, Any], *, software: bool = False) -> tuple[Words, Words]:
    """A field's words; of software the row's own, else the same said of software."""
    found = Words(row["zh"], row["en"]), Words(row["how_zh"], row["how_en"])
    if not software:
        return found
    name, how = map(of_software, found)
    own = row.get("software", {})
    return (
        Words(own.get("zh", name.zh), own.get("en", name.en)),
        Words(own.get("how_zh", how.zh), own.get("how_en", how.en)),
    )


@cache
def words() -> Mapping[str, Mapping[str, Words]]:
    """By list of words, then by key."""
    return {
        name: {key: Words(**row) for key, row in rows.items()}
        for name, rows in read("words.toml").items()
    }


def read(name: str) -> dict[str, Any]:
    """A table of this folder, as it stands in its file."""
    return tomllib.loads(files(_FOLDER).joinpath(name).read_text(encoding="utf-8"))
