"""Pages to draw on: text in embedded fonts, lines, boxes, and the frame every page shares.

Coordinates are points from the lower left corner of an A4 page; colours are RGB from 0 to 1.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

from reportlab.pdfgen.canvas import Canvas

from certs.glyphs import Roles, roles
from certs.layout_text import Faces, split_runs, width

PAGE: Final = (595.28, 841.89)
MARGIN: Final = 62.0

Drawing = Callable[[Canvas], None]
Colour = tuple[float, float, float]
INK: Final[Colour] = (0.11, 0.14, 0.19)
DEEP: Final[Colour] = (0.08, 0.21, 0.33)
QUIET: Final[Colour] = (0.40, 0.44, 0.49)
GOLD: Final[Colour] = (0.66, 0.52, 0.28)
PALE: Final[Colour] = (0.91, 0.88, 0.81)
TINT: Final[Colour] = (0.965, 0.972, 0.976)
ALERT: Final[Colour] = (0.64, 0.19, 0.14)


class Sheet:
    """One page, or the frame shared by all: what will be drawn on a canvas, in order.

    A page's foot says how many pages there are, so all are laid out before the first is drawn.
    """

    def __init__(self) -> None:
        self.roles: Roles = roles()
        self._drawings: list[Drawing] = []

    def draw(self, canvas: Canvas) -> None:
        """Draw everything on `canvas`, which is left with other fonts and colours."""
        for drawing in self._drawings:
            drawing(canvas)

    def paint(self, drawing: Drawing) -> None:
        """Have `drawing` called with the canvas; what it does to the canvas's state is undone."""

        def kept(canvas: Canvas) -> None:
            canvas.saveState()
            drawing(canvas)
            canvas.restoreState()

        self._drawings.append(kept)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        faces: Faces,
        *,
        colour: Colour = INK,
        spacing: float = 0,
        field: str = "text",
    ) -> float:
        """Draw `text` with its baseline starting at (x, y); returns its width in points."""
        if not text:
            return 0
        runs = list(split_runs(text, faces, field))
        last = len(runs) - 1

        def drawing(canvas: Canvas) -> None:
            canvas.setFillColorRGB(*colour)
            line = canvas.beginText(round(x, 2), round(y, 2))
            if spacing:
                line.setCharSpace(spacing)
            for at, (face, run) in enumerate(runs):
                line.setFont(face.name, size, size)
                # textOut also measures what it draws, which the last run can do without.
                (line.textOut if at < last else line.textLine)(run)
            if spacing:
                line.setCharSpace(0)
            canvas.drawText(line)

        self._drawings.append(drawing)
        return width(text, size, faces, field) + spacing * len(text)

    def centred(
        self,
        y: float,
        text: str,
        size: float,
        faces: Faces,
        *,
        colour: Colour = INK,
        spacing: float = 0,
        field: str = "text",
    ) -> None:
        """Draw `text` in the middle of the page."""
        wide = width(text, size, faces, field) + spacing * (len(text) - 1)
        self.text(
            (PAGE[0] - wide) / 2,
            y,
            text,
            size,
            faces,
            colour=colour,
            spacing=spacing,
            field=field,
        )

    def right(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        faces: Faces,
        *,
        colour: Colour = INK,
        field: str = "text",
    ) -> None:
        """Draw `text` so that it ends at x."""
        self.text(
            x - width(text, size, faces, field), y, text, size, faces, colour=colour, field=field
        )

    def line(
        self, x0: float, y0: float, x1: float, y1: float, colour: Colour, weight: float = 0.5
    ) -> None:
        """Draw a straight line."""
        self.path([(x0, y0), (x1, y1)], colour, weight)

    def path(
        self, points: Sequence[tuple[float, float]], colour: Colour, weight: float = 0.5
    ) -> None:
        """Draw an open line through `points`; with a weight of 0, fill the area within instead."""

        def drawing(canvas: Canvas) -> None:
            path = canvas.beginPath()
            for at, (x, y) in enumerate(points):
                (path.lineTo if at else path.moveTo)(round(x, 2), round(y, 2))
            if weight:
                canvas.setStrokeColorRGB(*colour)
                canvas.setLineWidth(weight)
            else:
                canvas.setFillColorRGB(*colour)
            canvas.drawPath(path, stroke=int(weight > 0), fill=int(weight == 0))

        self._drawings.append(drawing)

    def box(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        *,
        fill: Colour | None = None,
        stroke: Colour | None = None,
        weight: float = 0.5,
    ) -> None:
        """Draw a rectangle whose lower left corner is (x, y)."""

        def drawing(canvas: Canvas) -> None:
            if fill is not None:
                canvas.setFillColorRGB(*fill)
            if stroke is not None:
                canvas.setStrokeColorRGB(*stroke)
                canvas.setLineWidth(weight)
            sides = [round(side, 2) for side in (x, y, wide, high)]
            canvas.rect(*sides, stroke=int(stroke is not None), fill=int(fill is not None))

        self._drawings.append(drawing)


def frame(*, sample: bool) -> Sheet:
    """What lies under every page: the border, its corners, and the mark of a sample."""
    sheet = Sheet()
    wide, high = PAGE
    sheet.box(24, 24, wide - 48, high - 48, stroke=DEEP, weight=1.6)
    sheet.box(28.5, 28.5, wide - 57, high - 57, stroke=GOLD, weight=0.5)
    sheet.box(40, 40, wide - 80, high - 80, stroke=GOLD, weight=0.35)
    for flip_x in (False, True):
        for flip_y in (False, True):
            _corner(sheet, flip_x=flip_x, flip_y=flip_y)
    _braid(sheet, (60, wide - 60), (34.25, high - 34.25))
    if sample:
        _sample_mark(sheet)
    return sheet


def _corner(sheet: Sheet, *, flip_x: bool, flip_y: bool) -> None:
    """A square fret (回纹), the oldest of book ornaments, turned into each corner."""
    turns = [
        (28.5, 60), (54, 60), (54, 34), (34, 34), (34, 54), (48, 54), (48, 40), (40, 40),
        (40, 48), (43.5, 48),
    ]  # fmt: skip
    points = [(PAGE[0] - x if flip_x else x, PAGE[1] - y if flip_y else y) for x, y in turns]
    mirrored = [(PAGE[0] - y if flip_x else y, PAGE[1] - x if flip_y else x) for x, y in turns[:3]]
    sheet.path(points, DEEP, 0.9)
    sheet.path(mirrored, DEEP, 0.9)


def _braid(sheet: Sheet, across: tuple[float, float], levels: tuple[float, float]) -> None:
    """Two fine waves between the border's lines, along all four sides."""
    upward = (60.0, PAGE[1] - 60)
    for level in levels:
        _waves(sheet, across, (1, 0, 0, 1, across[0], level))
    for level in (levels[0], PAGE[0] - levels[0]):
        _waves(sheet, upward, (0, 1, -1, 0, level, upward[0]))


def _waves(sheet: Sheet, span: tuple[float, float], place: tuple[float, ...]) -> None:
    """The same short piece again and again, moved on each time: that compresses to almost nothing.

    One piece is a rise and a fall, and its mirror image.
    """
    count = round((span[1] - span[0]) / 18)
    step = (span[1] - span[0]) / count
    parts = [round(step * part / 100, 2) for part in (18, 32, 50, 68, 82, 100)]

    def drawing(canvas: Canvas) -> None:
        canvas.transform(*place)
        canvas.setStrokeColorRGB(*PALE)
        canvas.setLineWidth(0.6)
        piece = canvas.beginPath()
        for high in (2.6, -2.6):
            piece.moveTo(0, 0)
            piece.curveTo(parts[0], high, parts[1], high, parts[2], 0)
            piece.curveTo(parts[3], -high, parts[4], -high, parts[5], 0)
        for _ in range(count):
            canvas.drawPath(piece)
            canvas.translate(step, 0)

    sheet.paint(drawing)


def _sample_mark(sheet: Sheet) -> None:
    faces = sheet.roles.heading
    text, size = "样本 SAMPLE", 76
    wide = width(text, size, faces, "text")
    slope = math.radians(38)
    cos, sin = math.cos(slope), math.sin(slope)
    x = PAGE[0] / 2 - wide / 2 * cos + size * 0.3 * sin
    y = PAGE[1] / 2 - wide / 2 * sin - size * 0.3 * cos
    mark = Sheet()
    mark.text(0, 0, text, size, faces, colour=(0.955, 0.925, 0.915))

    def drawing(canvas: Canvas) -> None:
        canvas.transform(cos, sin, -sin, cos, x, y)
        mark.draw(canvas)

    sheet.paint(drawing)
