"""The picture of a seal: a raster of a sensible size that shows something, and nothing else."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from certs.seals import read_seal
from core.errors import InvalidInput


def picture(wide: int, high: int, kind: str = "PNG", *, blank: bool = False) -> bytes:
    image = Image.new("RGBA", (wide, high), (255, 255, 255, 0))
    if not blank:
        ImageDraw.Draw(image).ellipse((5, 5, wide - 5, high - 5), outline=(190, 30, 30, 255))
    out = BytesIO()
    (image if kind == "PNG" else image.convert("RGB")).save(out, kind)
    return out.getvalue()


def test_a_seal_is_given_back_as_it_is() -> None:
    data = picture(105, 105)
    assert read_seal(data) == data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "PNG"),
        (b"<svg/>", "PNG"),
        (picture(200, 200, "JPEG"), "PNG"),
        (picture(200, 200)[:-40], "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 50, "cannot be read"),
        (picture(99, 120), "pixels"),
        (picture(3001, 3000), "pixels"),
        (picture(100, 200), "oblong"),
        (picture(200, 200, blank=True), "empty"),
        (picture(200, 200) + b"\0" * 2_000_000, "2 MB"),
    ],
)
def test_other_things_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        read_seal(data)
    assert caught.value.field == "seal"
