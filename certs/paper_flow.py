"""The pages of a paper being filled: a cursor, and cells that go on over the foot of a page.

Promises: nothing is drawn below the foot of a page or over anything else; a cell too high for a
page is continued on the next one under its label; every page names the paper it belongs to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from certs.glyphs import roles
from certs.layout_flow import Style
from certs.layout_page import ALERT, DEEP, PAGE, QUIET, TINT, Colour, Sheet, sample_mark
from certs.layout_text import width, wrap
from certs.paper import Label, Paper

LEFT: Final = 50.0
RIGHT: Final = PAGE[0] - 50
WIDE: Final = RIGHT - LEFT
FOOT: Final = 76.0
TOP: Final = PAGE[1] - 70
LABEL: Final = 86.0
"""How wide a label's own cell is."""

PAD: Final = 5.0
LEADING: Final = 1.42
RULE: Final[Colour] = (0.62, 0.66, 0.70)
MARKS: Final = {"sample": "样本 SAMPLE", "example": "填写示例 EXAMPLE"}
_BAR: Final = 26.0
_FEWEST: Final = 3
"""Lines of a long cell that must fit before it is begun at the foot of a page."""

_TOGETHER: Final = 14
"""Lines that are kept on one page: a name is not broken over two."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Text of a cell, wrapped: the label's lines stand left, the value's right of it."""

    label: tuple[tuple[str, Style], ...]
    value: tuple[str, ...]


def blank_page(paper: Paper) -> Sheet:
    """What lies under every page: the mark, where there is one."""
    sheet = Sheet()
    if paper.mark in MARKS:
        sample_mark(sheet, MARKS[paper.mark])
    return sheet


class PaperFlow:
    """`y` is where the next thing's top edge goes."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.roles = roles()
        self.sheets: list[Sheet] = []
        self.y = 0.0
        self._waiting: Label | None = None
        self._whole = 0.0
        self.text = Style(9.2, self.roles.text)
        self.label = Style(8.6, self.roles.text, DEEP)
        self.small = Style(6.4, self.roles.text, QUIET)
        self.heading = Style(10.4, self.roles.heading, DEEP)

    @property
    def sheet(self) -> Sheet:
        """The page being filled."""
        return self.sheets[-1]

    def new_page(self) -> None:
        """Begin a page; all but the first say at their head what they continue."""
        self.sheets.append(Sheet())
        self.y = TOP
        if len(self.sheets) == 1:
            return
        at = PAGE[1] - 56
        paper, heading = self.paper, self.roles.heading
        title = wrap(paper.title[0], 8.6, heading, WIDE * 0.62, "title")[0]
        self.sheet.text(LEFT, at, title, 8.6, heading, colour=DEEP)
        self.sheet.right(RIGHT, at, paper.number, 7, self.roles.mono, colour=QUIET)
        self.sheet.line(LEFT, at - 6, RIGHT, at - 6, RULE, 0.5)

    def room(self, high: float) -> None:
        """Make sure `high` points are free, on a new page when need be; a heading comes along."""
        waiting, self._waiting = self._waiting, None
        if waiting:
            high = max(high, self._whole)
        if self.y - high - (_BAR if waiting else 0) < FOOT:
            self.new_page()
        if waiting:
            self._bar(waiting)

    def gap(self, high: float) -> None:
        """Leave `high` points free."""
        self.y -= high

    def head(self, label: Label, whole: float = 0) -> None:
        """A heading; it is drawn with what follows, so that it never stands alone at a foot.
        `whole` is how high what stays together below it is.
        """
        self._waiting, self._whole = label, whole

    def _bar(self, label: Label) -> None:
        self.gap(_BAR - 6)
        style = self.heading
        used = self.sheet.text(
            LEFT, self.y, label[0], style.size, style.faces, colour=style.colour, spacing=0.4
        )
        self.sheet.text(LEFT + used + 7, self.y, label[1], 7, self.text.faces, colour=QUIET)
        self.gap(6)

    def prose(self, text: str, style: Style, field: str, leading: float = LEADING) -> None:
        """Running text across the page."""
        high = style.size * leading
        for line in wrap(text, style.size, style.faces, WIDE, field):
            self.room(high)
            self.gap(high)
            self.sheet.text(
                LEFT, self.y, line, style.size, style.faces, colour=style.colour, field=field
            )

    def labelled(self, label: Label, room: float) -> tuple[tuple[str, Style], ...]:
        """A label in lines, Chinese above English."""
        zh = wrap(label[0], self.label.size, self.label.faces, room, "label")
        en = wrap(label[1], self.small.size, self.small.faces, room, "label") if label[1] else []
        return (*((line, self.label) for line in zh), *((line, self.small) for line in en))

    def cells(
        self, cells: Sequence[tuple[Label, str]], *, least: float = 0, field: str = "value"
    ) -> None:
        """Labels with values side by side, framed; what is too high for a page is continued."""
        each = WIDE / len(cells)
        lines = [
            Lines(
                self.labelled(label, LABEL - 2 * PAD),
                tuple(
                    wrap(value, self.text.size, self.text.faces, each - LABEL - 2 * PAD, field)
                    if value
                    else ()
                ),
            )
            for label, value in cells
        ]
        step = self.text.size * LEADING
        left = max(len(cell.value) for cell in lines)
        first = max(least, *(sum(high(style) for _, style in cell.label) for cell in lines))
        together = left if left <= _TOGETHER else _FEWEST
        self.room(max(first, together * step) + 2 * PAD)
        begun = 0
        while True:
            now = min(left, int((self.y - FOOT - 2 * PAD) / step))
            tall = max(first, now * step) + 2 * PAD
            self._row(lines, each, begun, now, tall, field)
            begun, left = begun + now, left - now
            if left <= 0:
                return
            self.new_page()

    def _row(
        self, lines: Sequence[Lines], each: float, begun: int, count: int, tall: float, field: str
    ) -> None:
        base = self.y - tall
        for at, cell in enumerate(lines):
            x = LEFT + at * each
            self.sheet.box(x, base, LABEL, tall, fill=TINT, stroke=RULE, weight=0.5)
            self.sheet.box(x + LABEL, base, each - LABEL, tall, stroke=RULE, weight=0.5)
            y = self.y - PAD
            for text, style in cell.label:
                y -= high(style)
                self.sheet.text(
                    x + PAD, y + 2.4, text, style.size, style.faces, colour=style.colour
                )
            y = self.y - PAD
            for text in cell.value[begun : begun + count]:
                y -= self.text.size * LEADING
                self.sheet.text(
                    x + LABEL + PAD, y + 2.8, text, self.text.size, self.text.faces, field=field
                )
        self.y = base

    def foot(self) -> None:
        """Number the pages; call once, when all of them are filled."""
        faces, mono, paper = self.roles.text, self.roles.mono, self.paper
        for at, sheet in enumerate(self.sheets, start=1):
            y = 52.0
            sheet.line(LEFT, y + 11, RIGHT, y + 11, RULE, 0.35)
            used = sheet.text(LEFT, y, "校对码 check ", 6.8, faces, colour=QUIET)
            sheet.text(LEFT + used, y, paper.code, 6.8, mono, colour=QUIET)
            page = f"第 {at} 页，共 {len(self.sheets)} 页  Page {at}/{len(self.sheets)}"
            sheet.right(RIGHT, y, page, 6.8, faces, colour=QUIET)
            mark = MARKS.get(paper.mark)
            if mark is not None:
                heading = self.roles.heading
                wide = width(mark, 8, heading, "text")
                sheet.centred(y - 0.5, mark, 8, heading, colour=ALERT)
                sheet.box(
                    PAGE[0] / 2 - wide / 2 - 6, y - 4, wide + 12, 12, stroke=ALERT, weight=0.6
                )


def high(style: Style) -> float:
    """How much of the page one line of this style takes."""
    return style.size * LEADING
