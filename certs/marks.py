"""What is seen where somebody signed: a name as if written by hand, drawn strokes, or a seal.

Promises: only the name, the moment and what the signer drew; fonts embedded; no larger than the
place. A seal has no circle, no star and no red, so that it is never taken for an authority's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Final, Literal

from reportlab.pdfgen.canvas import Canvas

from certs.embedding import Embedding
from certs.glyphs import roles
from certs.layout_page import Brush, Colour, Sheet, numbers
from certs.layout_text import width, wrap
from certs.pdfobjects import assemble
from certs.strokes import Stroke

_BEIJING: Final = timezone(timedelta(hours=8))
_INK: Final[Colour] = (0.07, 0.16, 0.45)
_SEAL: Final[Colour] = (0.32, 0.20, 0.50)
_QUIET: Final[Colour] = (0.40, 0.44, 0.49)
_SMALL: Final = 5.6
_EDGE: Final = 2.0
_LEAST: Final = 5.0
_PEN: Final = 1.1
_SAMPLE: Final = "样本 SAMPLE 非公章 no official seal"


@dataclass(frozen=True)
class Mark:
    """What is to be seen. `strokes` replace the written name; `at` is aware; `stead` is whom an
    agent signs for.
    """

    kind: Literal["signature", "seal"]
    name: str
    at: datetime
    sample: bool
    strokes: tuple[Stroke, ...] = ()
    stead: str | None = None


def draw(mark: Mark, wide: float, high: float) -> bytes:
    """One page of `wide` by `high` points, to be shown in the signature's place.

    Raises:
        InvalidInput: a character of the name that no font of ours draws.
    """
    sheet = Sheet()
    foot = _told(sheet, mark, wide)
    room = (wide - 2 * _EDGE, high - 2 * _EDGE - foot)
    if mark.kind == "seal":
        _seal(sheet, mark, room, foot)
    elif mark.strokes:
        _drawn(sheet, mark.strokes, room, foot)
    else:
        _written(sheet, mark.name, room, foot)
    fonts = Embedding(sheet.used)
    canvas = Canvas(
        BytesIO(),
        pagesize=(wide, high),
        pageCompression=1,
        invariant=1,
        pdfVersion=(1, 7),
        initialFontName=roles().text.faces[0].name,
    )
    brush = Brush(fonts)
    sheet.draw(brush)
    canvas._code += brush.lines  # noqa: SLF001 - reportlab's own list of operators
    canvas.showPage()
    fonts.embed(canvas._doc)  # noqa: SLF001 - the only way to objects of one's own
    return assemble(canvas)


def _told(sheet: Sheet, mark: Mark, wide: float) -> float:
    """The lines at the foot; returns how high they are."""
    at = f"{mark.at.astimezone(_BEIJING):%Y-%m-%d %H:%M:%S} UTC+8"
    what = "电子签章 e-seal" if mark.kind == "seal" else "电子签名 e-signed"
    said = f"{'样本 SAMPLE ' if mark.sample else ''}{what} {at}"
    sheet.text(_EDGE, _EDGE, said, _SMALL, sheet.roles.text, colour=_QUIET)
    if mark.stead is None:
        return _SMALL + 2
    line = f"代理人 {mark.name} 代签 agent for {mark.stead}"
    faces = sheet.roles.text
    size = min(_SMALL, _SMALL * (wide - 2 * _EDGE) / width(line, _SMALL, faces, "stead"))
    sheet.text(_EDGE, _EDGE + _SMALL + 1, line, size, faces, colour=_QUIET, field="stead")
    return 2 * _SMALL + 3


def _written(sheet: Sheet, name: str, room: tuple[float, float], foot: float) -> None:
    """Slanting, each character a little off the line: readable, and not a printed name."""
    faces = sheet.roles.heading
    size = min(room[1] * 0.72, 26.0)
    size = max(min(size, size * room[0] / (width(name, size, faces, "name") * 1.12)), _LEAST)
    x = _EDGE + 2.0
    for at, character in enumerate(name):
        turn = math.radians(2.6 * math.sin(at * 2.3 + 0.7))
        lift = size * 0.045 * math.sin(at * 1.9)
        _turned(sheet, character, (x, _EDGE + foot + room[1] * 0.24 + lift), turn, size)
        x += width(character, size, faces, "name") * 1.02
    rise = _EDGE + foot + room[1] * 0.1
    end = min(x + 6, _EDGE + room[0])
    flourish = [(_EDGE + 2, rise), (x * 0.45, rise - 1.4), (end, rise + 2.6)]
    sheet.path(flourish, _INK, 0.7)


def _turned(
    sheet: Sheet, character: str, place: tuple[float, float], turn: float, size: float
) -> None:
    letter = Sheet()
    letter.text(0, 0, character, size, sheet.roles.heading, colour=_INK, field="name")
    cos, sin, slant = math.cos(turn), math.sin(turn), 0.24

    def drawing(brush: Brush) -> None:
        matrix = (cos, sin, slant * cos - sin, slant * sin + cos)
        brush.write(f"{numbers(matrix, places=4)} {numbers(place)} cm")
        letter.draw(brush)

    for face, characters in letter.used.items():
        sheet.used.setdefault(face, set()).update(characters)
    sheet.paint(drawing)


def _drawn(sheet: Sheet, strokes: Sequence[Stroke], room: tuple[float, float], foot: float) -> None:
    """What the signer drew, as large as fits, its proportions kept (the field is two by one)."""
    xs = [2 * x for stroke in strokes for x, _ in stroke]
    ys = [y for stroke in strokes for _, y in stroke]
    scale = min(room[0] / max(max(xs) - min(xs), 1), room[1] / max(max(ys) - min(ys), 1))
    for stroke in strokes:
        points = [
            (
                _EDGE + (2 * x - min(xs)) * scale,
                _EDGE + foot + (max(ys) - y) * scale,
            )
            for x, y in stroke
        ]
        sheet.path(points, _INK, _PEN)


def _seal(sheet: Sheet, mark: Mark, room: tuple[float, float], foot: float) -> None:
    """A frame of two lines with the unit's name in it."""
    faces = sheet.roles.heading
    wide, high = min(room[0], room[1] * 3.4), room[1]
    x, y = _EDGE, _EDGE + foot
    sheet.box(x, y, wide, high, stroke=_SEAL, weight=1.4)
    sheet.box(x + 2.4, y + 2.4, wide - 4.8, high - 4.8, stroke=_SEAL, weight=0.5)
    below = 9.0 if mark.sample else 0.0
    size = 11.0
    while True:
        lines = wrap(mark.name, size, faces, wide - 12, "name")
        if len(lines) * size * 1.25 <= high - 8 - below or size <= _LEAST:
            break
        size -= 0.5
    top = y + below + (high - below + len(lines) * size * 1.25) / 2 - size
    for at, line in enumerate(lines):
        middle = x + (wide - width(line, size, faces, "name")) / 2
        sheet.text(middle, top - at * size * 1.25, line, size, faces, colour=_SEAL, field="name")
    if mark.sample:
        middle = x + (wide - width(_SAMPLE, 6, faces, "name")) / 2
        sheet.text(middle, y + 5.4, _SAMPLE, 6, faces, colour=_SEAL)
