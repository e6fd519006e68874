"""What is embedded is the font as it was, to half a step of the grid: fontTools is the judge."""

from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from certs import glyphs
from certs.outlines import parts, scaled
from certs.pdf import render
from certs.pdffile import page_text
from certs.typefaces import load
from tests.certs.papers import RARE_NAME, attachments, content, with_facts

pytestmark = pytest.mark.unit

FONTS = Path(glyphs.__file__).parent / "fonts"
MANY = "".join(map(chr, range(0x4E00, 0x4E00 + 400)))
# Letters drawn from parts, some of them with parts of their own.
COMPOSED = "".join(map(chr, range(0x1E00, 0x1EFA)))


def contours(font: TTFont, glyph: str) -> list[tuple[str, tuple[tuple[float, float], ...]]]:
    """What a glyph draws, parts taken apart, in thousandths of an em."""
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[glyph].draw(pen)
    em = font["head"].unitsPerEm
    return [
        (act, tuple((point[0] * 1000 / em, point[1] * 1000 / em) for point in points if point))
        for act, points in pen.value
    ]


def embedded(pdf: bytes) -> dict[str, tuple[TTFont, list[int]]]:
    """Each font of the document by its family, and the character of each of its glyphs."""
    found = {}
    document = pikepdf.open(BytesIO(pdf))
    for font in document.pages[0].Resources.Font.values():
        descendant = font.DescendantFonts[0]
        data = descendant.FontDescriptor.FontFile2.read_bytes()
        told = font.ToUnicode.read_bytes().decode("ascii")
        hexes = [part for line in told.splitlines() if "[" in line
                 for part in line.split("[")[1].strip("]").split()]  # fmt: skip
        points = [ord(bytes.fromhex(each.strip("<>")).decode("utf-16-be")) for each in hexes]
        found[str(font.BaseFont).partition("+")[2]] = (TTFont(BytesIO(data)), points)
    return found


class TestEmbedding:
    @pytest.mark.parametrize("title", ["山间", MANY, COMPOSED, RARE_NAME])
    def test_every_glyph_is_drawn_as_in_its_font_to_half_a_step(self, title: str) -> None:
        files = {
            TTFont(path)["name"].getDebugName(6): path for path in FONTS.glob("*.ttf")
        }  # PostScript's name of a font
        for family, (subset, points) in embedded(drawn(title)).items():
            whole = TTFont(files[family])
            names = whole.getBestCmap()
            step = 1000 / subset["head"].unitsPerEm
            for code, point in enumerate(points, 1):
                here = contours(subset, subset.getGlyphName(code))
                there = contours(whole, names[point])
                assert [act for act, _ in here] == [act for act, _ in there]
                for (_, ours), (_, theirs) in zip(here, there, strict=True):
                    for our, their in zip(ours, theirs, strict=True):
                        # A part's own place is rounded too.
                        assert our == pytest.approx(their, abs=step)

    def test_a_font_is_embedded_once_however_many_characters_it_draws(self) -> None:
        pdf = drawn(MANY)
        document = pikepdf.open(BytesIO(pdf))
        assert len(document.pages[0].Resources.Font) == len(embedded(pdf)) == 4
        assert len(embedded(pdf)["NotoSansSC-Regular"][1]) > 400

    @pytest.mark.parametrize("title", [MANY[:300], COMPOSED])
    def test_what_is_drawn_extracts_as_itself(self, title: str) -> None:
        text = "".join(page_text(drawn(title)).split())
        assert title in text

    def test_only_what_is_drawn_is_embedded(self) -> None:
        points = embedded(drawn("山间"))["NotoSansSC-Regular"][1]
        assert len(points) == len(set(points))
        assert set(map(chr, points)) - {" "} <= set(page_text(drawn("山间")))

    def test_the_certificate_of_a_photograph_stays_small(self) -> None:
        said = content()
        # 60 KiB with everything attached and signed: about 11 of them are signature and documents.
        assert len(render(said, attachments(said))) < 51 * 1024


def drawn(title: str) -> bytes:
    said = with_facts(title=title)
    return render(said, attachments(said))


class TestScaled:
    def test_at_the_font_s_own_grid_nothing_moves(self) -> None:
        face = load(FONTS / "NotoSans_400Regular.ttf", 1000)
        whole = TTFont(FONTS / "NotoSans_400Regular.ttf")
        table, order = whole["glyf"], whole.getGlyphOrder()
        for glyph in range(0, len(order), 7):
            again = type(table[order[glyph]])(face.outline(glyph))
            again.expand(table)
            assert again.getCoordinates(table)[0] == table[order[glyph]].getCoordinates(table)[0]

    def test_a_space_stays_empty(self) -> None:
        assert scaled(b"", lambda length: length) == b""
        assert list(parts(b"")) == []
