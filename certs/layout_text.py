"""Breaking text into lines that fit, with Chinese and Western rules side by side.

Promises: nothing is dropped but the blanks a line break replaces; no line is wider than asked for
but by one small mark, or where one character alone is; closing punctuation does not begin a line
and opening punctuation does not end one where that can be had. Lengths are in points.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from certs.glyphs import FontStack
from certs.typefaces import Face

Faces = FontStack

# GB/T 15834-2011, 5.1: marks that may not begin a line, and those that may not end one.
_NOT_FIRST: Final = frozenset("、。，：；？！）》」』】〕”’·…—,.:;?!)]}%/")
_NOT_LAST: Final = frozenset("（《「『【〔“‘([{")
# Small marks that may stand in the margin rather than begin a line.
_HANGING: Final = frozenset("、。，,.")
_WORD: Final = re.compile(r"[!-~\u00a1-\u024f]+")


def split_runs(text: str, faces: Faces, field: str) -> Iterator[tuple[Face, str]]:
    """Pieces of `text`, each with the font that draws all of it.

    Raises `InvalidInput` naming `field` and the code point when no font draws a character.
    """
    start, face = 0, None
    for at, character in enumerate(text):
        found, _ = faces.find(character, field)
        if face is None:
            face = found
        elif found is not face:
            yield face, text[start:at]
            start, face = at, found
    if face is not None:
        yield face, text[start:]


def width(text: str, size: float, faces: Faces, field: str) -> float:
    """How wide `text` is at `size` points."""
    return faces.width(text, field) * size / 1000


def wrap(text: str, size: float, faces: Faces, limit: float, field: str) -> list[str]:
    """`text` in lines of at most `limit` points; U+000A always ends a line."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _wrap_paragraph(paragraph, size, faces, limit, field)
    return lines


def _wrap_paragraph(text: str, size: float, faces: Faces, limit: float, field: str) -> list[str]:
    lines: list[str] = []
    line, used = "", 0.0
    pieces = list(_pieces(text))
    while pieces:
        piece = pieces.pop(0)
        wide = width(piece, size, faces, field)
        hangs = piece in _HANGING and used <= limit
        if used + wide <= limit or hangs or (not line and len(piece) == 1):
            line, used = line + piece, used + wide
        elif piece == " ":
            lines.append(line)
            line, used = "", 0.0
        elif wide > limit:
            head, tail = _cut(piece, size, faces, limit - used if line else limit, field)
            pieces[:0] = [part for part in (head, tail) if part]
            if not head:
                lines.append(line.rstrip(" "))
                line, used = "", 0.0
        else:
            kept, carried = _carry(line, piece)
            if width(carried + piece, size, faces, field) > limit:
                kept, carried = line, ""  # the rule cannot be had: staying in the frame comes first
            lines.append(kept.rstrip(" "))
            line = carried + piece
            used = width(line, size, faces, field)
    if line or not lines:
        lines.append(line.rstrip(" "))
    return lines


def _pieces(text: str) -> Iterator[str]:
    """The parts between which a line may break: words, single blanks, single characters."""
    at = 0
    while at < len(text):
        word = _WORD.match(text, at)
        yield word.group() if word else text[at]
        at = word.end() if word else at + 1


def _cut(piece: str, size: float, faces: Faces, room: float, field: str) -> tuple[str, str]:
    """As much of an over-long word as fits in `room`, and the rest."""
    used = 0.0
    for at, character in enumerate(piece):
        used += width(character, size, faces, field)
        if used > room:
            return piece[:at], piece[at:]
    return piece, ""


def _carry(line: str, piece: str) -> tuple[str, str]:
    """What of `line` has to go down with `piece` so that neither line breaks a rule."""
    at = len(line)
    if piece[0] in _NOT_FIRST and at > 1 and not line[at - 1].isascii():
        at -= 1
    while at > 1 and line[at - 1] in _NOT_LAST:
        at -= 1
    return line[:at], line[at:]


def grouped(text: str, size: int = 4) -> str:
    """`text` in groups separated by blanks, for reading aloud."""
    return " ".join(text[at : at + size] for at in range(0, len(text), size))


def joined(items: Sequence[str | int]) -> str:
    """A list as the certificate prints it."""
    return "、".join(str(item) for item in items)
