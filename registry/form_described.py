"""The application form described: every field with its name, how it is filled in, what it takes and
when it is required. What a page needs to draw it; made from the form itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Final

from registry import tables
from registry.choices import RIGHTS_OF_SOFTWARE
from registry.form import Form
from registry.form_needs import ALWAYS, SOMETIMES, When
from registry.form_values import Reader
from registry.words import Words

_HUMP: Final = re.compile("(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Described:
    """A field. `required`: always, in a block that is there; `sometimes`: when one of these holds.
    `fields` are those of a block; `of_software` the choices there are for software, where fewer,
    `software_name` and `software_how` what is said of software.
    """

    key: str
    name: Words
    how: Words
    software_name: Words
    software_how: Words
    reader: Reader[object]
    required: bool
    sometimes: tuple[When, ...]
    fields: "tuple[Described, ...]"
    of_software: tuple[str, ...] = ()


@cache
def described() -> tuple[Described, ...]:
    """The form's fields, in its order."""
    return _block(Form, "")


def _block(block: type, path: str) -> tuple[Described, ...]:
    names = tables.form_fields()[_HUMP.sub("_", block.__name__).lower()]
    return tuple(
        _field(each.name, each.metadata["read"], names, path)
        for each in fields(block)  # a dataclass, as all blocks are
    )


def _field(
    key: str, reader: Reader[object], names: Mapping[str, tables.Field], path: str
) -> Described:
    told = names[key]
    below = f"{path}.{key}" if path else key
    return Described(
        key=key,
        name=told.name,
        how=told.how,
        software_name=told.software_name,
        software_how=told.software_how,
        reader=reader,
        required=key in ALWAYS.get(path, ()),
        sometimes=tuple(each for each in SOMETIMES.get(path, ()) if key in each.names),
        fields=() if reader.block is None else _block(reader.block, below),
        of_software=tuple(RIGHTS_OF_SOFTWARE) if below == "held_rights" else (),
    )
