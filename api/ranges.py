"""Range requests (RFC 9110 §14) for one file: which bytes are wanted, or that they cannot be had.

A header that does not parse, another unit than bytes, or several ranges at once are ignored, as
§14.2 allows: the answer is then the whole file.
"""

import re
from dataclasses import dataclass
from typing import Final

from core.errors import InvalidInput

_ONE: Final = re.compile(r"bytes=[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*", re.ASCII | re.IGNORECASE)


class RangeNotSatisfiable(InvalidInput):
    """The range lies behind the end. `size` is that of the file in bytes."""

    code = "range-not-satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(
            f"请求的范围超出文件(共 {size} 字节)/ the range is beyond the file's end", field="Range"
        )
        self.size = size


@dataclass(frozen=True)
class Span:
    """Bytes `start` (counted from 0) up to, not including, `end`, of `size`."""

    start: int
    end: int
    size: int

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def wanted(wish: str | None, condition: str | None, etag: str, size: int) -> Span | None:
    """What `Range` and `If-Range` ask of a file of `size` > 0 bytes; None: all of it.

    Raises:
        RangeNotSatisfiable: no byte of the file is in the range.
    """
    # §13.1.5: a strong comparison, so a weak tag or a date never matches.
    if wish is None or (condition is not None and condition.strip() != etag):
        return None
    found = _ONE.fullmatch(wish.strip())
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        start, end = max(0, size - int(found[2])), size
    else:
        start = int(found[1])
        end = size if found[2] == "" else min(size, int(found[2]) + 1)
        if found[2] != "" and int(found[2]) < start:
            return None  # §14.1.1: not a valid range
    if start >= size:
        raise RangeNotSatisfiable(size)
    return Span(start, end, size)
