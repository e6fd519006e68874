"""How pages of source look: every row on its page, nothing under what is black."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from certs.layout_page import PAGE
from certs.listing import ListedPage, Listing
from certs.listing_pdf import draw_listing
from core.errors import InvalidInput

pytestmark = pytest.mark.unit

ROWS = tuple(f"value_{at} = compute(第{at}行)" for at in range(1, 51))
WIDE = tuple("W" * 98 for _ in range(25)) + tuple("宽" * 49 for _ in range(25))
LISTING = Listing(
    title=("源程序鉴别材料", "identification material: source"), heading="《山间记账》 V1.0",
    number="SL-2345-6789-ABCD", at="2026-03-02T00:00:00.000Z", mark="sample", of=184,
    pages=(ListedPage(1, ROWS), ListedPage(2, ROWS, tuple(range(10, 21))), ListedPage(184, WIDE)),
)  # fmt: skip


def texts(data: bytes) -> list[str]:
    with pypdfium2.PdfDocument(data) as document:
        return [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in document]


class TestListing:
    def test_a_page_has_every_row_and_says_whose_it_is(self) -> None:
        first, _, last = texts(draw_listing(LISTING))
        for row in ROWS:
            assert re.sub(r"\s", "", row) in first
        for told in ("《山间记账》V1.0", "第1页，共3页", "全文第1页，共184页", "样本SAMPLE"):
            assert told in first
        assert "第3页，共3页" in last
        assert "全文第184页" in last

    def test_what_is_covered_is_not_in_the_file(self) -> None:
        page = texts(draw_listing(LISTING))[1]
        covered = {f"value_{at}=" for at in range(10, 21)}
        assert not any(each in page for each in covered)
        assert "value_9=" in page
        assert "value_21=" in page

    def test_the_widest_row_stays_on_the_page(self) -> None:
        with pypdfium2.PdfDocument(draw_listing(replace(LISTING, mark="none"))) as document:
            for page in document:
                letters = page.get_textpage()
                for at in range(letters.count_chars()):
                    left, bottom, right, top = letters.get_charbox(at)
                    assert 0 < left <= right < PAGE[0] - 40
                    assert 20 < bottom <= top < PAGE[1] - 20

    def test_is_the_same_twice_and_another_when_a_row_is(self) -> None:
        other = replace(LISTING, pages=(ListedPage(1, (*ROWS[:-1], "else")), *LISTING.pages[1:]))
        assert draw_listing(LISTING) == draw_listing(LISTING)
        assert other.digest != LISTING.digest

    def test_a_long_name_keeps_clear_of_the_page_number(self) -> None:
        first = texts(draw_listing(replace(LISTING, heading="长" * 130)))[0]
        assert "第1页，共3页" in first

    def test_a_character_that_cannot_be_printed_is_refused(self) -> None:
        with pytest.raises(InvalidInput):
            draw_listing(replace(LISTING, pages=(ListedPage(1, ("\ue000",)),)))


@pytest.mark.integration
def test_qpdf_finds_no_fault(tmp_path: Path) -> None:
    assert shutil.which("qpdf")
    file = tmp_path / "source.pdf"
    file.write_bytes(draw_listing(LISTING))
    done = subprocess.run(
        ["qpdf", "--check", str(file)], capture_output=True, text=True, check=False
    )
    assert "No syntax or stream encoding errors found" in done.stdout
