"""What the fields of the form are called, for notices and lists of what is to be corrected."""

from collections.abc import Mapping
from typing import Final

from registry import tables
from registry.words import Words

FIELDS: Final[Mapping[str, Words]] = {
    **{name: each.name for name, each in tables.form_fields()["form"].items()},
    "evidence": Words("作品文件(存证)", "the work's files (evidence)"),
}


def field_name(path: str) -> Words:
    """The name of a field by its path (`owners[1].kind`); an unknown one keeps its own."""
    head = path.partition(".")[0].partition("[")[0]
    return FIELDS.get(head, Words(path, path))
