"""A cursor that moves down the page and on to the next: headings, rows, paragraphs.

Promises: nothing is drawn below the foot of a page or over anything else; a row too long for a
page is continued on the next one; every page after the first repeats whose certificate it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from certs.content import CertificateContent
from certs.glyphs import roles
from certs.layout_labels import title_of
from certs.layout_page import (
    ALERT,
    DEEP,
    GOLD,
    INK,
    MARGIN,
    PAGE,
    QUIET,
    TINT,
    Colour,
    Sheet,
)
from certs.layout_text import Faces, width, wrap
from certs.seals import Seals

LEFT: Final = MARGIN
RIGHT: Final = PAGE[0] - MARGIN
FOOT: Final = 82.0
_TOP: Final = PAGE[1] - 88
_LABEL: Final = 116.0
_ZH, _EN = 8.6, 6.9
_SECOND: Final = 9.0
"""Sizes of a label's two languages, and how far below the first line a second one stands."""
_TWO: Final = 2
_LEADING: Final = 1.42
_TOGETHER: Final = 12


@dataclass(frozen=True, slots=True)
class Style:
    """How a stretch of text looks: size in points, fonts to try, colour."""

    size: float
    faces: Faces
    colour: Colour = INK


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on a page: `image` is reportlab's reader, place and size are in points."""

    sheet: Sheet
    image: Any
    x: float
    y: float
    wide: float
    high: float


class Flow:
    """The pages being filled. `y` is where the next thing's top edge goes.

    `seals` are the pictures (PNG) of which the certificate bears one, if it bears any.
    """

    def __init__(self, content: CertificateContent, seals: Seals | None = None) -> None:
        self.content = content
        self.seals = seals
        self.roles = roles()
        self.sheets: list[Sheet] = []
        self.pictures: list[Picture] = []
        self.y = 0.0
        self.text = Style(9.2, self.roles.text)
        self.small = Style(7.4, self.roles.text, QUIET)
        self.mono = Style(7.6, self.roles.mono)
        self.heading = Style(11.6, self.roles.heading, DEEP)

    @property
    def sheet(self) -> Sheet:
        """The page being filled."""
        return self.sheets[-1]

    def new_page(self) -> None:
        """Begin a page; all but the first carry a running head."""
        self.sheets.append(Sheet())
        self.y = _TOP
        if len(self.sheets) == 1:
            return
        faces = self.roles.heading
        at = PAGE[1] - 72
        zh, en = title_of(self.content)
        used = self.sheet.text(LEFT, at, zh, 9.5, faces, colour=DEEP, spacing=1.2)
        self.sheet.text(LEFT + used + 7.2, at, en, 7.6, self.text.faces, colour=QUIET)
        number = self.content.certificate_number
        self.sheet.right(RIGHT, at, number, 7.6, self.roles.mono, colour=QUIET)
        self.sheet.line(LEFT, at - 7, RIGHT, at - 7, GOLD, 0.5)

    def room(self, high: float) -> None:
        """Make sure `high` points are free, on a new page when need be."""
        if self.y - high < FOOT:
            self.new_page()

    def gap(self, high: float) -> None:
        """Leave `high` points free."""
        self.y -= high

    def title(self, zh: str, en: str, *, together: float = 64) -> None:
        """A section heading with a rule under it, never alone at a page's foot.

        `together` are the points that heading and what follows ask for on one page.
        """
        self.room(together)
        self.gap(20)
        style = self.heading
        self.sheet.box(LEFT, self.y - 1.2, 3, 10.4, fill=GOLD)
        used = self.sheet.text(
            LEFT + 9, self.y, zh, style.size, style.faces, colour=style.colour, spacing=0.6
        )
        self.sheet.text(LEFT + 16 + used, self.y, en, 8.2, self.text.faces, colour=QUIET)
        self.gap(6)
        self.sheet.line(LEFT, self.y, RIGHT, self.y, GOLD, 0.4)
        self.gap(4)

    def row(
        self,
        zh: str,
        en: str,
        value: str,
        *,
        style: Style | None = None,
        mark: tuple[str, str] | None = None,
        note: str = "",
        field: str = "value",
        limit: float = 0,
    ) -> None:
        """A label and its value, with a mark in the alert colour and a quiet note below; the row
        is `limit` points wide when something stands beside it.
        """
        right = LEFT + limit if limit else RIGHT
        style = style or self.text
        high = style.size * _LEADING
        lines = wrap(value, style.size, style.faces, right - LEFT - _LABEL, field)
        # Short values stay in one piece: the foot of a page must not stand inside a name.
        kept = len(lines) if len(lines) <= _TOGETHER else 1
        # A label in two lines needs them also beside a value in one.
        below = _SECOND if self._breaks(zh, en) and len(lines) < _TWO and not note else 0
        self.room(high * kept + 10 + below)
        self.gap(3 + style.size)
        self._label(zh, en)
        for at, text in enumerate(lines):
            if at:
                self.room(high)
                self.gap(high)
            used = self.sheet.text(
                LEFT + _LABEL, self.y, text, style.size, style.faces,
                colour=style.colour, field=field,
            )  # fmt: skip
        if mark is not None:
            self._mark(mark, used if lines else 0)
        if note:
            self.gap(2)
            self.paragraph(note, self.small, indent=_LABEL)
        self.gap(3.4 + below)
        self.sheet.line(LEFT, self.y, right, self.y, (0.87, 0.87, 0.85), 0.3)

    def _label(self, zh: str, en: str) -> None:
        faces = self.roles.text
        used = self.sheet.text(LEFT, self.y, zh, _ZH, faces, colour=DEEP, field="label")
        if self._breaks(zh, en):
            self.sheet.text(LEFT, self.y - _SECOND, en, _EN, faces, colour=QUIET)
        elif en:
            self.sheet.text(LEFT + used + 4, self.y, en, _EN, faces, colour=QUIET)

    def _breaks(self, zh: str, en: str) -> bool:
        """Whether the English has no room beside the Chinese, and stands below it."""
        faces = self.roles.text
        room = _LABEL - width(zh, _ZH, faces, "label") - 8
        return bool(en) and len(wrap(en, _EN, faces, room, "label")) > 1

    def _mark(self, mark: tuple[str, str], used: float) -> None:
        text = f"{mark[0]} {mark[1]}"
        faces = self.roles.text
        wide = width(text, 7.4, faces, "mark")
        x = LEFT + _LABEL + used + 8
        if x + wide > RIGHT:
            self.room(12)
            self.gap(12)
            x = LEFT + _LABEL
        self.sheet.text(x, self.y, text, 7.4, faces, colour=ALERT)

    def paragraph(
        self, text: str, style: Style | None = None, *, indent: float = 0, limit: float = 0,
        leading: float = _LEADING, field: str = "text",
    ) -> None:  # fmt: skip
        """Running text from the left edge (plus `indent`) to `limit` points of width."""
        style = style or self.text
        high = style.size * leading
        room = limit or RIGHT - LEFT - indent
        for line in wrap(text, style.size, style.faces, room, field):
            self.room(high)
            self.gap(high)
            self.sheet.text(
                LEFT + indent, self.y, line, style.size, style.faces,
                colour=style.colour, field=field,
            )  # fmt: skip

    def command(self, lines: Sequence[str]) -> None:
        """Commands on a tinted ground, one to a line; long ones are continued, indented."""
        style = self.mono
        for line in lines:
            for part in wrap(line, style.size, style.faces, RIGHT - LEFT - 26, "command"):
                self.room(12)
                self.gap(12)
                self.sheet.box(LEFT + 14, self.y - 3.2, RIGHT - LEFT - 14, 12, fill=TINT)
                self.sheet.text(LEFT + 20, self.y, part, style.size, style.faces)
        self.gap(2)

    def foot(self) -> None:
        """Number the pages; call once, when all of them are filled."""
        faces, mono = self.roles.text, self.roles.mono
        content, count = self.content, len(self.sheets)
        for at, sheet in enumerate(self.sheets, start=1):
            y = 64.0
            sheet.line(LEFT, y + 11, RIGHT, y + 11, GOLD, 0.35)
            sheet.text(LEFT, y, content.certificate_number, 7, mono, colour=QUIET)
            page = f"第 {at} 页，共 {count} 页  Page {at}/{count}"
            sheet.right(RIGHT, y, page, 7, faces, colour=QUIET)
            if content.sample:
                text = "样本 SAMPLE"
                heading = self.roles.heading
                wide = width(text, 8.5, heading, "text")
                sheet.centred(y - 0.5, text, 8.5, heading, colour=ALERT)
                sheet.box(
                    PAGE[0] / 2 - wide / 2 - 6, y - 4.2, wide + 12, 13, stroke=ALERT, weight=0.6
                )
