"""A paper of the story is printed, signed by hand where its signers stand, and scanned."""

import io
from functools import cache

import pytest
from PIL import Image

from api import paper_files
from api.commands.story_scan import signed_by_hand
from registry import examples, paperwork
from registry.offices import shipped

NAME = "林小雨"


@cache
def drawn(code: str) -> bytes:
    case = examples.example_case(shipped()["tianjin"], code)
    return paper_files.paper(paperwork.compose(case, code))


def scan(code: str, *names: str) -> Image.Image:
    return Image.open(io.BytesIO(signed_by_hand(drawn(code), names))).convert("RGB")


def ink(picture: Image.Image) -> list[int]:
    """The rows in which the pen wrote."""
    rows = []
    for down in range(picture.height):
        row = picture.crop((0, down, picture.width, down + 1)).tobytes()
        pixels = zip(row[::3], row[1::3], row[2::3], strict=True)
        if sum(red < 60 and green < 70 and 60 < blue < 140 for red, green, blue in pixels) > 2:
            rows.append(down)
    return rows


@pytest.mark.parametrize("code", ["pledge", "application_form"])
def test_the_paper_that_was_drawn_bears_a_signature_near_its_end(code: str) -> None:
    signed, blank = scan(code, NAME), scan(code)
    assert signed.size == blank.size
    written = sorted(set(ink(signed)) - set(ink(blank)))
    assert len(written) > 20
    assert written[0] > signed.height / 2


def test_nobody_signs_a_paper_on_which_their_name_is_not() -> None:
    assert ink(scan("pledge", "陈墨")) == ink(scan("pledge"))


def test_a_scan_has_every_page() -> None:
    one, many = scan("pledge"), scan("application_form")
    assert many.width == one.width
    assert many.height > one.height
    assert many.height % one.height == 0
