"""From a paper's content to an unsigned PDF, and the places where its signers sign.

    drawn = draw(paper)
    drawn.data      the bytes: PDF 1.7, fonts embedded, no signature field yet
    drawn.places    one `Place` for each signer of the paper, in the paper's order

Whoever signs makes one signature field for each place, named `place.name`, on page `place.page`
(from 0) with the rectangle (x, y, x + wide, y + high), in points from the lower left corner; then
one incremental update for each signer. Nothing of the text lies inside a place. Equal papers give
equal bytes and places, so a signature is kept exactly while the paper says the same.
"""

from dataclasses import dataclass
from typing import Final

from certs.binding import bind
from certs.layout_flow import Style
from certs.layout_page import ALERT, DEEP, INK, QUIET, TINT
from certs.layout_text import width, wrap
from certs.paper import (
    Answer,
    Block,
    Cells,
    Choice,
    Clauses,
    Heading,
    Label,
    Paper,
    Prose,
    Signatures,
    Signer,
    Table,
)
from certs.paper_flow import (
    FOOT,
    LABEL,
    LEFT,
    MARKS,
    PAD,
    RIGHT,
    RULE,
    TOP,
    WIDE,
    PaperFlow,
    blank_page,
    high,
)
from certs.pdfparts import Description
from core.canonical import parse_time

_TICKED: Final = {True: "☑", False: "☐"}
_BOX: Final = 11.0
_PLACE: Final = 54.0
"""How high a signature's place is; wide it is half the page, less the edge."""

_BEFORE_PLACES: Final = 10.0
_DATED: Final = 20.0
"""For a day written by hand."""

_WRITING: Final = 24.0
"""Points from line to line where something is written by hand."""

_HAND_LINES: Final = 7
_SMALL_LEADING: Final = 1.36


@dataclass(frozen=True, slots=True)
class Place:
    """Where one signer signs. Points from the lower left corner; `page` counts from 0.

    `role` and `index` are the signer's, as the form lists them.
    """

    role: str
    index: int
    page: int
    x: float
    y: float
    wide: float
    high: float

    @property
    def name(self) -> str:
        """The name of the signature's field: unique in its paper, and free of anybody's name."""
        return f"{self.role}-{self.index + 1}"


@dataclass(frozen=True, slots=True)
class Drawn:
    """The file and its signature places."""

    data: bytes
    places: tuple[Place, ...]


def draw(paper: Paper) -> Drawn:
    """The paper as a file. Pure, a few hundredths of a second.

    Raises:
        InvalidInput: a character that no font of ours draws; the field names the block.
    """
    flow = PaperFlow(paper)
    flow.new_page()
    _head(flow)
    places: list[Place] = []
    for at, block in enumerate(paper.blocks):
        keep = _first_places(flow, paper.blocks[at + 1 :])
        match block:
            case Heading(label):
                flow.head(label, _boxes(paper.blocks[at + 1 :]))
            case Cells(cells, least):
                pairs = [(cell.label, cell.value) for cell in cells]
                flow.cells(pairs, least=least, field=cells[0].label[0])
            case Choice():
                _choice(flow, block)
            case Prose(text, english):
                _prose(flow, text, english, keep)
            case Answer(label, text):
                _answer(flow, label, text)
            case Clauses(items):
                _clauses(flow, items, keep)
            case Table():
                _table(flow, block)
            case Signatures(signers):
                places += _signatures(flow, signers)
    flow.room(0)
    flow.foot()
    said = Description(
        title=" ".join(filter(None, (MARKS.get(paper.mark), *paper.title, paper.number))),
        author=paper.office[0],
        subject=paper.kind,
        identifier=paper.number or paper.kind,
        created=parse_time(paper.at),
        identity=paper.digest[:16],
    )
    return Drawn(bind(blank_page(paper), flow.sheets, said), tuple(places))


def _boxes(blocks: tuple[Block, ...]) -> float:
    """How high the boxes to be filled in by hand are that come next: no row of them goes astray."""
    found = 0.0
    for block in blocks:
        if not (isinstance(block, Cells) and block.least):
            break
        found += block.least + 2 * PAD
    return found


def _first_places(flow: PaperFlow, blocks: tuple[Block, ...]) -> float:
    """How high the signers' first places are when they come next: what is signed begins on their
    page, nobody signs a page that says nothing.
    """
    if not (blocks and isinstance(blocks[0], Signatures) and blocks[0].signers):
        return 0.0
    return _BEFORE_PLACES + sum(_row_of_places(flow, blocks[0].signers[:2])) + _PLACE + PAD + 2


def _head(flow: PaperFlow) -> None:
    """Office, title, number."""
    paper, heading, text = flow.paper, flow.roles.heading, flow.roles.text
    for line in wrap(" ".join(paper.office), 9, text, WIDE, "office"):
        flow.sheet.centred(flow.y, line, 9, text, colour=QUIET)
        flow.gap(14)
    flow.gap(12)
    for line in wrap(paper.title[0], 20, heading, WIDE - 40, "title"):
        flow.sheet.centred(flow.y, line, 20, heading, colour=DEEP, spacing=3)
        flow.gap(27)
    flow.gap(-9)
    for line in wrap(paper.title[1], 9, text, WIDE - 40, "title"):
        flow.sheet.centred(flow.y, line, 9, text, colour=QUIET)
        flow.gap(13)
    if paper.mark == "example":
        said = "填写示例:人名、作品与日期均为虚构  an example: people, work and dates are made up"
        flow.sheet.centred(flow.y, said, 7.4, text, colour=ALERT)
        flow.gap(13)
    if paper.number:
        used = width(paper.number, 8, flow.roles.mono, "number")
        flow.sheet.right(RIGHT, flow.y, paper.number, 8, flow.roles.mono)
        said = "通知书编号 Notice no." if paper.kind.startswith("notice_") else "受理号 No."
        flow.sheet.right(RIGHT - used - 6, flow.y, said, 7.4, text, colour=QUIET)
        flow.gap(12)


def _prose(flow: PaperFlow, text: str, english: str, keep: float) -> None:
    style, small = Style(10, flow.roles.text), Style(7.2, flow.roles.text, QUIET)
    if keep:
        tall = len(wrap(text, style.size, style.faces, WIDE, "text")) * style.size * 1.6
        tall += len(wrap(english, small.size, small.faces, WIDE, "text")) * high(small)
        flow.room(min(tall + 8 + keep, TOP - FOOT))
    flow.gap(4)
    flow.prose(text, style, "text", 1.6)
    if english:
        flow.gap(1)
        flow.prose(english, small, "text")
    flow.gap(3)


def _choice(flow: PaperFlow, block: Choice) -> None:
    """Boxes in lines beside their label; a remark below them."""
    room = WIDE - LABEL - 2 * PAD
    lines: list[list[tuple[float, str, Label]]] = [[]]
    used = 0.0
    small, text = flow.small, flow.text
    for option in block.options:
        zh, en = option.label
        wide = _BOX + width(zh, 9, text.faces, "option") + 12
        wide += width(en, small.size, small.faces, "option") + 3 if en else 0
        if used and used + wide > room:
            lines.append([])
            used = 0.0
        lines[-1].append((used, _TICKED[option.ticked], option.label))
        used += wide
    label = flow.labelled(block.label, LABEL - 2 * PAD)
    note = wrap(block.note, 8.4, text.faces, room, block.label[0]) if block.note else []
    step = 14.0
    tall = max(sum(high(style) for _, style in label), step * len(lines) + 12 * len(note)) + 2 * PAD
    if tall > TOP - FOOT:  # a remark longer than a page goes on in a cell of its own
        note, tall = [], step * len(lines) + 2 * PAD
    flow.room(tall)
    base = flow.y - tall
    flow.sheet.box(LEFT, base, LABEL, tall, fill=TINT, stroke=RULE, weight=0.5)
    flow.sheet.box(LEFT + LABEL, base, WIDE - LABEL, tall, stroke=RULE, weight=0.5)
    y = flow.y - PAD
    for line, style in label:
        y -= high(style)
        flow.sheet.text(LEFT + PAD, y + 2.4, line, style.size, style.faces, colour=style.colour)
    y = flow.y - PAD
    for row in lines:
        y -= step
        for at, box, (zh, en) in row:
            x = LEFT + LABEL + PAD + at
            flow.sheet.text(x, y + 3, box, 10.5, flow.roles.mono, colour=DEEP)
            after = flow.sheet.text(x + _BOX, y + 3.6, zh, 9, text.faces)
            flow.sheet.text(
                x + _BOX + after + 3, y + 3.6, en, small.size, small.faces, colour=QUIET
            )
    for line in note:
        y -= 12
        flow.sheet.text(LEFT + LABEL + PAD, y + 3, line, 8.4, text.faces, field=block.label[0])
    flow.y = base
    if block.note and not note:
        flow.cells([(("说明", "Remark"), block.note)], field=block.label[0])


def _answer(flow: PaperFlow, label: Label, text: str) -> None:
    """A label on a tinted bar, the text under it; lines to write on where there is none."""
    flow.room(60)
    flow.gap(8)
    flow.sheet.box(LEFT, flow.y - 16, WIDE, 16, fill=TINT)
    used = flow.sheet.text(LEFT + PAD, flow.y - 11.6, label[0], 9.4, flow.text.faces, colour=DEEP)
    flow.sheet.text(
        LEFT + PAD + used + 6, flow.y - 11.6, label[1], 6.8, flow.text.faces, colour=QUIET
    )
    flow.gap(18)
    if text:
        flow.prose(text, Style(10, flow.roles.text), label[0], 1.6)
        flow.gap(2)
        return
    for _ in range(_HAND_LINES):
        flow.room(_WRITING)
        flow.gap(_WRITING)
        flow.sheet.line(LEFT, flow.y, RIGHT, flow.y, RULE, 0.4)


def _clauses(flow: PaperFlow, items: tuple[Label, ...], keep: float) -> None:
    style, small = Style(10, flow.roles.text), Style(7, flow.roles.text, QUIET)
    room = WIDE - 20
    for number, (zh, en) in enumerate(items, start=1):
        lines = [
            *((line, style, 1.6) for line in wrap(zh, style.size, style.faces, room, "clause")),
            *((line, small, _SMALL_LEADING) for line in wrap(en, 7, small.faces, room, "clause")),
        ]
        tall = sum(s.size * lead for _, s, lead in lines) + 6
        if number == len(items) and keep:
            tall += 3 + keep
        flow.room(min(tall, TOP - FOOT))
        flow.gap(4)
        for at, (line, shown, lead) in enumerate(lines):
            flow.room(shown.size * lead)
            flow.gap(shown.size * lead)
            if at == 0:
                flow.sheet.text(LEFT, flow.y, f"{number}.", 9.4, flow.text.faces, colour=DEEP)
            flow.sheet.text(
                LEFT + 20, flow.y, line, shown.size, shown.faces, colour=shown.colour,
                field="clause",
            )  # fmt: skip
    flow.gap(3)


def _table(flow: PaperFlow, block: Table) -> None:
    whole = sum(block.shares)
    edges = [LEFT]
    for share in block.shares:
        edges.append(edges[-1] + WIDE * share / whole)
    flow.room(60)
    _table_row(flow, edges, [" ".join(filter(None, head)) for head in block.heads], head=True)
    for row in block.rows:
        _table_row(flow, edges, row, head=False, heads=block.heads)


def _table_row(
    flow: PaperFlow, edges: list[float], values: "tuple[str, ...] | list[str]", *, head: bool,
    heads: tuple[Label, ...] = (),
) -> None:  # fmt: skip
    size = 7.4 if head else 8.2
    faces = flow.text.faces
    columns = [
        wrap(value, size, faces, edges[at + 1] - edges[at] - 2 * PAD, "table") if value else []
        for at, value in enumerate(values)
    ]
    step = size * 1.4
    tall = max(map(len, columns)) * step + 2 * PAD
    if flow.y - tall < FOOT:
        flow.new_page()
        if heads:
            _table_row(flow, edges, [" ".join(filter(None, each)) for each in heads], head=True)
    base = flow.y - tall
    for at, column in enumerate(columns):
        flow.sheet.box(
            edges[at], base, edges[at + 1] - edges[at], tall,
            fill=TINT if head else None, stroke=RULE, weight=0.5,
        )  # fmt: skip
        y = flow.y - PAD
        for line in column:
            y -= step
            flow.sheet.text(
                edges[at] + PAD, y + 2.4, line, size, faces, colour=DEEP if head else INK,
                field="table",
            )  # fmt: skip
    flow.y = base


def _signatures(flow: PaperFlow, signers: tuple[Signer, ...]) -> list[Place]:
    """Two places side by side, each under its signer's role and name."""
    places = []
    flow.gap(_BEFORE_PLACES)
    for at in range(0, len(signers), 2):
        pair = signers[at : at + 2]
        heads = [_signer_lines(flow, each) for each in pair]
        top, dated = _row_of_places(flow, pair)
        tall = top + _PLACE + PAD + dated
        flow.room(tall + 2)
        base = flow.y - tall
        for column, (signer, head) in enumerate(zip(pair, heads, strict=True)):
            x = LEFT + column * WIDE / 2
            flow.sheet.box(x, base, WIDE / 2, tall, stroke=RULE, weight=0.5)
            flow.sheet.box(x, flow.y - top, WIDE / 2, top, fill=TINT, stroke=RULE, weight=0.5)
            y = flow.y - PAD
            for line, style in head:
                y -= high(style)
                flow.sheet.text(
                    x + PAD, y + 2.6, line, style.size, style.faces, colour=style.colour,
                    field="signer",
                )  # fmt: skip
            if signer.dated:
                flow.sheet.text(
                    x + PAD, base + 7, "日期 Date            年 Y        月 M        日 D", 8,
                    flow.text.faces, colour=QUIET,
                )  # fmt: skip
            places.append(
                Place(
                    signer.role,
                    signer.index,
                    len(flow.sheets) - 1,
                    round(x + PAD, 2),
                    round(base + dated + PAD, 2),
                    round(WIDE / 2 - 2 * PAD, 2),
                    _PLACE - PAD,
                )
            )
        flow.y = base
    return places


def _row_of_places(flow: PaperFlow, pair: tuple[Signer, ...]) -> tuple[float, float]:
    """How high the names above a row of places are, and the line for the day below."""
    heads = [_signer_lines(flow, each) for each in pair]
    top = max(sum(high(style) for _, style in head) for head in heads) + 2 * PAD
    return top, _DATED if any(each.dated for each in pair) else 0.0


def _signer_lines(flow: PaperFlow, signer: Signer) -> list[tuple[str, Style]]:
    zh, en = signer.label
    how = "签名或盖章 signature or seal" if signer.seal else "签名 signature"
    room = WIDE / 2 - 2 * PAD
    small = flow.small
    lines = [
        (line, flow.label) for line in wrap(f"{zh} {en}", 8.6, flow.label.faces, room, "signer")
    ]
    name = signer.name or "姓名或名称 name: ____________________"
    lines += [(line, flow.text) for line in wrap(name, 9.2, flow.text.faces, room, "signer")]
    lines += [(line, small) for line in wrap(how, small.size, small.faces, room, "signer")]
    return lines
