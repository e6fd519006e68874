"""Pages bound into a file: one frame under all, fonts embedded once, metadata, attachments."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from reportlab.pdfgen.canvas import Canvas

from certs.embedding import Embedding
from certs.glyphs import roles
from certs.layout_flow import Picture
from certs.layout_page import PAGE, Brush, Sheet
from certs.pdfobjects import assemble
from certs.pdfparts import LANGUAGE, Attachment, Description, attach, describe
from certs.typefaces import Face

_FRAME: Final = "frame"


def bind(
    background: Sheet,
    sheets: Sequence[Sheet],
    said: Description,
    *,
    pictures: Sequence[Picture] = (),
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """A PDF 1.7 of these pages. Equal pages, description and attachments give equal bytes."""
    fonts = Embedding(_used([background, *sheets]))
    canvas = Canvas(
        BytesIO(),
        pagesize=PAGE,
        pageCompression=1,
        invariant=1,
        pdfVersion=(1, 7),
        # Else the page would name Helvetica, which is not embedded.
        initialFontName=roles().text.faces[0].name,
        lang=LANGUAGE,
    )
    canvas.beginForm(_FRAME)
    _write(background, fonts, canvas)
    canvas.endForm()
    for sheet in sheets:
        canvas.doForm(_FRAME)
        _write(sheet, fonts, canvas)
        for each in pictures:
            if each.sheet is sheet:
                canvas.drawImage(each.image, each.x, each.y, each.wide, each.high, mask="auto")
        canvas.showPage()
    describe(canvas, said)
    attach(canvas, attachments, said.created)
    fonts.embed(canvas._doc)  # noqa: SLF001 - the only way to objects of one's own
    return assemble(canvas)


def _used(sheets: Sequence[Sheet]) -> dict[Face, set[str]]:
    used: dict[Face, set[str]] = {}
    for sheet in sheets:
        for face, characters in sheet.used.items():
            used.setdefault(face, set()).update(characters)
    return used


def _write(sheet: Sheet, fonts: Embedding, canvas: Canvas) -> None:
    brush = Brush(fonts)
    sheet.draw(brush)
    canvas._code += brush.lines  # noqa: SLF001 - reportlab's own list of operators
