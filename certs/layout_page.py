"""Pages to draw on: text in embedded fonts, lines, boxes, and the frame every page shares.

Coordinates are points from the lower left corner of an A4 page; colours are RGB from 0 to 1.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from certs.embedding import Embedding
from certs.glyphs import Roles, roles
from certs.layout_text import Faces, split_runs, width
from certs.typefaces import Face

PAGE: Final = (595.28, 841.89)
MARGIN: Final = 62.0
_MARK: Final = 640.0
"""How wide a mark across the page may be."""

Colour = tuple[float, float, float]
INK: Final[Colour] = (0.11, 0.14, 0.19)
DEEP: Final[Colour] = (0.08, 0.21, 0.33)
QUIET: Final[Colour] = (0.40, 0.44, 0.49)
GOLD: Final[Colour] = (0.66, 0.52, 0.28)
PALE: Final[Colour] = (0.91, 0.88, 0.81)
TINT: Final[Colour] = (0.965, 0.972, 0.976)
ALERT: Final[Colour] = (0.64, 0.19, 0.14)


class Brush:
    """Writes a page's operators (ISO 32000-1, 8.2); a colour or weight already set is not set anew.

    `lines` is what was written.
    """

    def __init__(self, fonts: Embedding) -> None:
        self.fonts = fonts
        self.lines: list[str] = []
        self._set: dict[str, str] = {}
        self._kept: list[dict[str, str]] = []

    def fill(self, colour: Colour) -> None:
        """Colour of letters and areas from here on."""
        self._state("rg", numbers(colour, places=3))

    def stroke(self, colour: Colour, weight: float) -> None:
        """Colour and weight of lines from here on."""
        self._state("RG", numbers(colour, places=3))
        self._state("w", f"{weight:g}")

    def write(self, operators: str) -> None:
        """Any other operators."""
        self.lines.append(operators)

    def keep(self) -> None:
        """Remember the state; every `keep` has its `give_back`."""
        self._kept.append(dict(self._set))
        self.lines.append("q")

    def give_back(self) -> None:
        """Return to the state remembered last."""
        self._set = self._kept.pop()
        self.lines.append("Q")

    def _state(self, operator: str, value: str) -> None:
        if self._set.get(operator) != value:
            self._set[operator] = value
            self.lines.append(f"{value} {operator}")


Drawing = Callable[[Brush], None]


def numbers(values: Iterable[float], *, places: int = 2) -> str:
    """Operands; hundredths of a point are finer than any printer: `62 743.29`."""
    return " ".join([f"{value:.{places}f}".rstrip("0").rstrip(".") for value in values])


class Sheet:
    """One page, or the frame shared by all: what will be drawn, in order.

    A page's foot says how many pages there are, so all are laid out before the first is drawn.
    `used` are the characters that each font will draw.
    """

    def __init__(self) -> None:
        self.roles: Roles = roles()
        self.used: dict[Face, set[str]] = {}
        self._drawings: list[Drawing] = []

    def draw(self, brush: Brush) -> None:
        """Draw everything."""
        for drawing in self._drawings:
            drawing(brush)

    def paint(self, drawing: Drawing) -> None:
        """Have `drawing` called; what it does to the state is undone."""

        def kept(brush: Brush) -> None:
            brush.keep()
            drawing(brush)
            brush.give_back()

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
        for face, run in runs:
            self.used.setdefault(face, set()).update(run)

        def drawing(brush: Brush) -> None:
            brush.fill(colour)
            shown = " ".join([brush.fonts.shown(face, run, size) for face, run in runs])
            if spacing:
                shown = f"{spacing:g} Tc {shown} 0 Tc"
            brush.write(f"BT {numbers((x, y))} Td {shown} ET")

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

        def drawing(brush: Brush) -> None:
            first, *others = map(numbers, points)
            path = " ".join([f"{first} m", *(f"{each} l" for each in others)])
            if weight:
                brush.stroke(colour, weight)
                brush.write(f"{path} S")
            else:
                brush.fill(colour)
                brush.write(f"{path} f")

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

        def drawing(brush: Brush) -> None:
            if fill is not None:
                brush.fill(fill)
            if stroke is not None:
                brush.stroke(stroke, weight)
            painted = {(True, False): "f", (False, True): "S", (True, True): "B"}
            how = painted[fill is not None, stroke is not None]
            brush.write(f"{numbers((x, y, wide, high))} re {how}")

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
        sample_mark(sheet, "样本 SAMPLE")
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

    def drawing(brush: Brush) -> None:
        brush.write(f"{numbers(place)} cm")
        brush.stroke(PALE, 0.6)
        piece = " ".join(
            f"0 0 m {numbers((parts[0], high, parts[1], high, parts[2], 0))} c"
            f" {numbers((parts[3], -high, parts[4], -high, parts[5], 0))} c"
            for high in (2.6, -2.6)
        )
        brush.write("\n".join([f"{piece} S 1 0 0 1 {step:.4f} 0 cm"] * count))

    sheet.paint(drawing)


def sample_mark(sheet: Sheet, text: str) -> None:
    """Write `text` large and pale across the page: this is not the real thing."""
    faces = sheet.roles.heading
    size = 76.0
    wide = width(text, size, faces, "text")
    if wide > _MARK:
        wide, size = _MARK, size * _MARK / wide
    slope = math.radians(38)
    cos, sin = math.cos(slope), math.sin(slope)
    x = PAGE[0] / 2 - wide / 2 * cos + size * 0.3 * sin
    y = PAGE[1] / 2 - wide / 2 * sin - size * 0.3 * cos
    mark = Sheet()
    mark.text(0, 0, text, size, faces, colour=(0.955, 0.925, 0.915))

    def drawing(brush: Brush) -> None:
        turned = " ".join(f"{value:.5f}" for value in (cos, sin, -sin, cos))
        brush.write(f"{turned} {numbers((x, y))} cm")
        mark.draw(brush)

    for face, characters in mark.used.items():
        sheet.used.setdefault(face, set()).update(characters)
    sheet.paint(drawing)
