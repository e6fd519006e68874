"""A sheet of works (CSV): one row a work, one column a field of the form, by its path.

The first line names the columns: `key` tells the rows apart (by default their number), `files`
holds the names of a work's files, several separated by `;`, `documents.<code>` the text of a paper,
and every other column a field of the application form as `title`, `completion_date`,
`owners[0].name` or `kept.electronic_count`. Empty cells say nothing.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any, Final, get_args, get_type_hints

from core.errors import InvalidInput
from registry.form import Form

MOST_ROWS: Final = 10_000
MOST_CELL: Final = 20_000
_PATH: Final = re.compile(r"[a-z_]+(\[[0-9]{1,2}\])?(\.[a-z_]+(\[[0-9]{1,2}\])?)*")
_PART: Final = re.compile(r"([a-z_]+)(?:\[([0-9]{1,2})\])?")
_TRUE: Final = frozenset({"true", "yes", "1", "是"})
_FALSE: Final = frozenset({"false", "no", "0", "否"})
_OWN: Final = ("key", "files")


@dataclass(frozen=True)
class Row:
    """`line` counts from 1 as spreadsheets do, the header's being 1."""

    line: int
    key: str
    files: tuple[str, ...]
    form: Mapping[str, Any]
    documents: Mapping[str, str]


def read(text: str) -> tuple[Row, ...]:
    """The rows of a sheet.

    Raises:
        InvalidInput: no header, an unknown column, a cell that is none of what its field holds, a
            key twice; the field is the cell, as `3:published`.
    """
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        table = [line for line in lines if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise InvalidInput(f"不是有效的 CSV / not CSV: {error}", field="sheet") from error
    if len(table) < 2:  # noqa: PLR2004 - a header and a row
        raise InvalidInput("表中没有作品 / a header and at least one row", field="sheet")
    if len(table) - 1 > MOST_ROWS:
        raise InvalidInput(f"至多 {MOST_ROWS} 行 / at most so many rows", field="sheet")
    columns = _columns(table[0])
    rows = tuple(_row(columns, cells, place + 2) for place, cells in enumerate(table[1:]))
    seen: set[str] = set()
    for row in rows:
        if row.key in seen:
            raise InvalidInput("此键出现两次 / this key is there twice", field=f"{row.line}:key")
        seen.add(row.key)
    return rows


def _columns(cells: list[str]) -> list[str]:
    columns = [cell.strip() for cell in cells]
    for place, column in enumerate(columns):
        if column in columns[:place]:
            raise InvalidInput("有两列同名 / two columns of this name", field=f"1:{column[:64]}")
        if column in _OWN:
            continue
        if not _PATH.fullmatch(column) or _kind_of(column) is None:
            raise InvalidInput("申请表没有此项 / no such field", field=f"1:{column[:64]}")
    return columns


def _row(columns: list[str], cells: list[str], line: int) -> Row:
    if len(cells) > len(columns):
        raise InvalidInput("单元格多于列 / more cells than columns", field=f"{line}:")
    said: dict[str, str] = {
        column: cell.strip() for column, cell in zip(columns, cells, strict=False) if cell.strip()
    }
    form: dict[str, Any] = {}
    documents: dict[str, str] = {}
    for column, cell in said.items():
        if len(cell) > MOST_CELL:
            raise InvalidInput("内容过长 / too long", field=f"{line}:{column}")
        if column.startswith("documents."):
            documents[column.removeprefix("documents.")] = cell
        elif column not in _OWN:
            _put(form, column, _typed(column, cell, line))
    files = tuple(name.strip() for name in said.get("files", "").split(";") if name.strip())
    return Row(line, said.get("key", f"row-{line}"), files, form, documents)


def _put(form: dict[str, Any], column: str, value: object) -> None:
    """Set a value at its path, making the blocks and lists on the way."""
    parts = [(each[1], each[2]) for each in _PART.finditer(column)]
    here: dict[str, Any] = form
    for name, index in parts[:-1]:
        if index is None:
            here = here.setdefault(name, {})
        else:
            several = here.setdefault(name, [])
            while len(several) <= int(index):
                several.append({})
            here = several[int(index)]
    name, index = parts[-1]
    if index is None:
        here[name] = value
    else:
        here.setdefault(name, []).append(value)


def _typed(column: str, cell: str, line: int) -> object:
    kind = _kind_of(column)
    if kind is bool:
        word = cell.casefold()
        if word not in _TRUE | _FALSE:
            raise InvalidInput("请填 是 或 否 / yes or no", field=f"{line}:{column}")
        return word in _TRUE
    if kind is int:
        if not re.fullmatch(r"[0-9]{1,9}", cell):
            raise InvalidInput("须为整数 / a whole number", field=f"{line}:{column}")
        return int(cell)
    return cell


def _kind_of(column: str) -> type | None:
    """What a column's cells hold: text, a number, yes or no; None when the form has no such."""
    if re.fullmatch(r"documents\.[a-z][a-z0-9_]{0,39}", column):
        return str
    kind: Any = Form
    for part in _PART.finditer(column):
        if not is_dataclass(kind):
            return None
        hint = get_type_hints(kind).get(part[1])
        inner = [each for each in get_args(hint) if each not in {type(None), Ellipsis}]
        is_list = getattr(hint, "__origin__", None) is tuple
        if hint is None or is_list is not (part[2] is not None):
            return None
        kind = inner[0] if inner else hint
    return kind if kind in {str, int, bool} else None
