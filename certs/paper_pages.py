"""Pages of our own papers as pictures, signatures included, for whoever reads before signing."""

from io import BytesIO
from typing import Final

from certs.pdffile import opened
from core.errors import NotFound

MEDIA_TYPE: Final = "image/png"
_SCALE: Final = 1.6
"""Pixels to the point: 952 wide for A4, readable on a phone and small on the wire."""


def count(pdf: bytes) -> int:
    """How many pages. Raises InvalidInput when the bytes are not a PDF that can be opened."""
    with opened(pdf) as document:
        return len(document)


def draw(pdf: bytes, page: int) -> bytes:
    """One page (from 1) as PNG. Raises NotFound for a page that is not there."""
    with opened(pdf) as document:
        if not 1 <= page <= len(document):
            raise NotFound("没有此页 / no such page", field="page")
        document.init_forms()
        picture = document[page - 1].render(scale=_SCALE, may_draw_forms=True).to_pil()
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
