"""Blocks that several papers share: cells side by side, and all that could be chosen."""

from collections.abc import Mapping

from certs.paper import Cell, Cells, Choice, Option
from registry.paper_words import Label, label
from registry.words import Words


def pair(*cells: tuple[Label, str | None]) -> Cells:
    """Labels with values side by side; what is unknown is left blank."""
    return Cells(tuple(Cell(said, value or "") for said, value in cells))


def choice(
    said: Label, table: Mapping[str, Words], chosen: str | None, note: str | None = None
) -> Choice:
    """Every entry of a table, the chosen one ticked."""
    options = tuple(Option(label(words), key == chosen) for key, words in table.items())
    return Choice(said, options, note or "")
