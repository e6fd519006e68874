"""On which line of a TOML text a key stands, for errors that people can act on.

The standard library reads TOML and forgets where it stood. This scan follows only headers, keys,
quotes and brackets: a value inside an inline table or array is found at the line of its key. It is
used on texts that have been read already, so it need not refuse anything.
"""

import re
from collections.abc import Mapping
from typing import Final

_PART: Final = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED: Final = rf"{_PART}(?:\s*\.\s*{_PART})*"
_ARRAY: Final = re.compile(rf"\s*\[\[\s*({_DOTTED})\s*\]\]")
_TABLE: Final = re.compile(rf"\s*\[\s*({_DOTTED})\s*\]")
_KEY: Final = re.compile(rf"\s*({_DOTTED})\s*=")
_TOKENS: Final = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*|[\[\]{}]', re.DOTALL)
_DECODER_LINE: Final = re.compile(r"at line (\d+)")


def lines_of(text: str) -> dict[str, int]:
    """Key paths (`fees.items[0].amount`) to line numbers, counted from 1."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    at = ""
    depth = 0
    quote: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if depth == 0 and quote is None:
            if match := _ARRAY.match(line):
                path = _resolved(match[1], counts)
                place = counts.get(path, -1) + 1
                counts[path] = place
                at = f"{path}[{place}]"
                found.setdefault(path, number)
                found[at] = number
                continue
            if match := _TABLE.match(line):
                at = _resolved(match[1], counts)
                around = at
                while around:  # a header also begins the tables around it
                    found.setdefault(around, number)
                    around = around.rpartition(".")[0]
                continue
            if match := _KEY.match(line):
                found[_joined(at, _parts(match[1]))] = number
        depth, quote = _after(line, depth, quote)
    return found


def line_of(path: str, lines: Mapping[str, int]) -> int:
    """The line of this key, or of the nearest table around it; 1 when there is none."""
    while path:
        if path in lines:
            return lines[path]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return 1


def line_of_decoding(message: str) -> int:
    """The line named by the TOML reader's own message; 1 when it names none."""
    match = _DECODER_LINE.search(message)
    return int(match[1]) if match else 1


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted)]


def _joined(at: str, parts: list[str]) -> str:
    return ".".join(([at] if at else []) + parts)


def _resolved(dotted: str, counts: Mapping[str, int]) -> str:
    """A header below an array of tables speaks of that array's last element."""
    path = ""
    parts = _parts(dotted)
    for place, part in enumerate(parts):
        path = _joined(path, [part])
        if place < len(parts) - 1 and path in counts:
            path = f"{path}[{counts[path]}]"
    return path


def _after(line: str, depth: int, quote: str | None) -> tuple[int, str | None]:
    """Bracket depth and open multi-line quote after this line."""
    position = 0
    while position < len(line):
        if quote is not None:
            end = line.find(quote, position)
            if end < 0:
                return depth, quote
            position, quote = end + 3, None
            continue
        match = _TOKENS.search(line, position)
        if match is None:
            break
        mark, position = match[0], match.end()
        if mark in {'"""', "'''"}:
            quote = mark
        elif mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
    return max(depth, 0), quote
