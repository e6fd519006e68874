"""The part of the story where a paper is printed, signed by hand and scanned.

What is scanned is the paper that was drawn, page below page, with strokes of a pen below each name
where it stands last: in the place for that signature.
"""

import io
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL import Image

_DPI: Final = 110
_POINTS: Final = 72  # an inch, in PDF
_INK: Final = (24, 32, 96)
_TALL: Final = 34
"""How tall a signature is, in points."""
_STROKES: Final = (
    ((0.05, 0.7), (0.3, 0.1), (0.42, 0.9), (0.55, 0.25)),
    ((0.5, 0.35), (0.72, 0.85), (0.9, 0.15), (1.0, 0.5)),
)


def signed_by_hand(pdf: bytes, names: Sequence[str]) -> bytes:
    """A scan, as JPEG, of the paper that was printed and that these people signed."""
    import pypdfium2
    from PIL import Image

    document = pypdfium2.PdfDocument(pdf)
    try:
        places = [_places(page, names) for page in document]
        pages = [page.render(scale=_DPI / _POINTS).to_pil().convert("RGB") for page in document]
    finally:
        document.close()
    for name in names:
        last = max((at for at, found in enumerate(places) if name in found), default=None)
        if last is not None:
            _sign(pages[last], places[last][name])
    scan = Image.new("RGB", (pages[0].width, sum(each.height for each in pages)), "white")
    down = 0
    for page in pages:
        scan.paste(page, (0, down))
        down += page.height
    made = io.BytesIO()
    scan.save(made, "JPEG", quality=80, dpi=(_DPI, _DPI))
    return made.getvalue()


def _places(page: Any, names: Sequence[str]) -> dict[str, tuple[float, float]]:  # noqa: ANN401
    """Where each name ends on a page the last time it stands there, in pixels from the top left."""
    text, height = page.get_textpage(), page.get_height()
    found = {}
    for name in names:
        search = text.search(name)
        while (hit := search.get_next()) is not None:
            _, bottom, right, _ = text.get_charbox(hit[0] + hit[1] - 1)
            found[name] = (right * _DPI / _POINTS, (height - bottom) * _DPI / _POINTS)
    return found


def _sign(page: "Image.Image", at: tuple[float, float]) -> None:
    """Strokes of a pen below a place; nobody signs twice in quite the same way."""
    from PIL import ImageDraw

    pen, size = ImageDraw.Draw(page), _TALL * _DPI / _POINTS
    for stroke in _STROKES:
        line = [
            (at[0] + size * (0.3 + 2 * x) + _shake(), at[1] + size * (0.75 + y) + _shake())
            for x, y in stroke
        ]
        pen.line(line, fill=_INK, width=3, joint="curve")


def _shake() -> float:
    return secrets.randbelow(9) - 4.0
