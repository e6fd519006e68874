"""Pages to draw on: text in embedded fonts, lines, boxes, and the frame every page shares.

Coordinates are points from the lower left corner of an A4 page; colours are RGB from 0 to 1.
Operators are those of ISO 32000-1, 8 and 9.
"""

import math
from collections.abc import Sequence
from typing import Final

from certs.glyphs import Face, Roles, roles
from certs.layout_text import Faces, split_runs, width
from certs.pdfwriter import EmbeddedFont

PAGE: Final = (595.28, 841.89)
MARGIN: Final = 62.0

Colour = tuple[float, float, float]
INK: Final[Colour] = (0.11, 0.14, 0.19)
DEEP: Final[Colour] = (0.08, 0.21, 0.33)
QUIET: Final[Colour] = (0.40, 0.44, 0.49)
GOLD: Final[Colour] = (0.66, 0.52, 0.28)
PALE: Final[Colour] = (0.91, 0.88, 0.81)
TINT: Final[Colour] = (0.965, 0.972, 0.976)
ALERT: Final[Colour] = (0.64, 0.19, 0.14)


def number(value: float) -> str:
    """A PDF number with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


class Fonts:
    """The fonts one document uses, made when a character of theirs is first drawn."""

    def __init__(self) -> None:
        self.roles: Roles = roles()
        self.used: dict[str, EmbeddedFont] = {}

    def of(self, face: Face) -> EmbeddedFont:
        """The embedded form of `face` in this document."""
        known = self.used.get(face.name)
        if known is None:
            known = self.used[face.name] = EmbeddedFont(face, f"F{len(self.used) + 1}")
        return known


class Sheet:
    """The drawing operators of one page (or of the frame shared by all)."""

    def __init__(self, fonts: Fonts) -> None:
        self.fonts = fonts
        self._operators: list[bytes] = []
        self._fill: Colour | None = None

    def bytes(self) -> bytes:
        """The content stream."""
        return b"\n".join(self._operators)

    def raw(self, operators: str) -> None:
        """Operators written by hand; they must leave fonts and colours as they were."""
        self._operators.append(operators.encode("ascii"))

    def fill(self, colour: Colour) -> None:
        """The colour of what is filled next, text included."""
        if colour != self._fill:
            self.raw(" ".join(number(part) for part in colour) + " rg")
            self._fill = colour

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
        self.fill(colour)
        start = f"BT {number(x)} {number(y)} Td"
        if spacing:
            start += f" {number(spacing)} Tc"
        parts = [start.encode("ascii")]
        for face, run in split_runs(text, faces, field):
            font = self.fonts.of(face)
            chosen = f"/{font.resource} {number(size)} Tf ".encode("ascii")
            parts.append(chosen + font.encode(run) + b" Tj")
        parts.append(b"0 Tc ET" if spacing else b"ET")
        self._operators.append(b" ".join(parts))
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
        """Draw an open line through `points`."""
        steps = [
            f"{number(x)} {number(y)} {'l' if at else 'm'}" for at, (x, y) in enumerate(points)
        ]
        pen = " ".join(number(part) for part in colour)
        self.raw(f"{pen} RG {number(weight)} w {' '.join(steps)} S")

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
        shape = f"{number(x)} {number(y)} {number(wide)} {number(high)} re"
        if fill is not None:
            self.fill(fill)
            self.raw(f"{shape} f")
        if stroke is not None:
            pen = " ".join(number(part) for part in stroke)
            self.raw(f"{pen} RG {number(weight)} w {shape} S")


def frame(fonts: Fonts, *, sample: bool) -> Sheet:
    """What lies under every page: the border, its corners, and the mark of a sample."""
    sheet = Sheet(fonts)
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
        sheet.raw(_waves(across, f"1 0 0 1 {number(across[0])} {number(level)} cm"))
    for level in (levels[0], PAGE[0] - levels[0]):
        sheet.raw(_waves(upward, f"0 1 -1 0 {number(level)} {number(upward[0])} cm"))


def _waves(span: tuple[float, float], place: str) -> str:
    """The same short piece again and again, moved on each time: that compresses to almost nothing.

    One piece is a rise and a fall, and its mirror image.
    """
    count = round((span[1] - span[0]) / 18)
    step = (span[1] - span[0]) / count
    pen = " ".join(number(part) for part in PALE)
    pieces = []
    for high in (2.6, -2.6):
        up, down = number(high), number(-high)
        x = [number(step * part / 100) for part in (18, 32, 50, 68, 82, 100)]
        pieces.append(f"0 0 m {x[0]} {up} {x[1]} {up} {x[2]} 0 c")
        pieces.append(f"{x[3]} {down} {x[4]} {down} {x[5]} 0 c")
    one = f"{' '.join(pieces)} S 1 0 0 1 {step:.4f} 0 cm"
    return f"q {place} {pen} RG 0.6 w\n" + "\n".join([one] * count) + "\nQ"


def _sample_mark(sheet: Sheet) -> None:
    faces = sheet.fonts.roles.heading
    text, size = "样本 SAMPLE", 76
    wide = width(text, size, faces, "text")
    slope = math.radians(38)
    cos, sin = math.cos(slope), math.sin(slope)
    x = PAGE[0] / 2 - wide / 2 * cos + size * 0.3 * sin
    y = PAGE[1] / 2 - wide / 2 * sin - size * 0.3 * cos
    sheet.raw(f"q {cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {number(x)} {number(y)} cm")
    sheet.text(0, 0, text, size, faces, colour=(0.955, 0.925, 0.915))
    sheet.raw("Q")
