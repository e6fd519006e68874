"""The pictures of an office's seals: rasters to print, and nothing that runs or fetches."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image

from core.errors import InvalidInput

MOST_BYTES: Final = 2_000_000
LEAST, MOST = 100, 3000
"""Pixels on a side; the national form of 2016 (国版函[2016]1号) draws its seal 105 pixels wide."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MOST_OBLONG: Final = 1.5


@dataclass(frozen=True)
class Seals:
    """That of works (作品自愿登记专用章), and the other of software, where the office has one."""

    works: bytes
    software: bytes | None = None


def read_seal(data: bytes) -> bytes:
    """The picture, given back unchanged.

    Raises:
        InvalidInput: no PNG of one picture, too small or too large, too oblong, or empty.
    """
    if not data.startswith(_PNG) or len(data) > MOST_BYTES:
        raise _wrong("须为 PNG 图片,至多 2 MB / a PNG picture of at most 2 MB")
    try:
        with Image.open(BytesIO(data), formats=["PNG"]) as image:
            wide, high = image.size
            if not LEAST <= min(wide, high) <= max(wide, high) <= MOST:
                raise _wrong(f"边长须为 {LEAST}–{MOST} 像素 / pixels on each side")
            if getattr(image, "n_frames", 1) != 1:
                raise _wrong("只能有一幅图 / one picture only")
            ink = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _wrong("图片无法读取 / the picture cannot be read") from error
    if max(wide, high) > _MOST_OBLONG * min(wide, high):
        raise _wrong("宽高相差过大 / too oblong for a seal")
    paper = Image.new("RGBA", ink.size, (255, 255, 255, 255))
    paper.alpha_composite(ink)
    lowest, highest = paper.convert("L").getextrema()
    if lowest == highest:
        raise _wrong("图片是空白的 / the picture is empty")
    return data


def _wrong(said: str) -> InvalidInput:
    return InvalidInput(f"印章图样:{said}", field="seal")
