"""How a paper looks: all of it printed and extractable, places free of text, the same twice."""

import re
import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.layout_page import PAGE
from certs.paper import (
    Answer,
    Cell,
    Cells,
    Choice,
    Clauses,
    Heading,
    Option,
    Paper,
    Prose,
    Signatures,
    Signer,
    Table,
)
from certs.paper_flow import FOOT, LEFT, RIGHT
from certs.paper_pdf import Drawn, draw
from certs.pdffile import page_text, pages
from core.errors import InvalidInput

pytestmark = pytest.mark.unit

LONG = "某某省某某市某某区" * 11
RARE = "王𠮷㐂"
LETTERS = st.text(st.sampled_from("山水𠮷a, ()《》\n1"), max_size=400)
NAMES = st.text(st.sampled_from("山水𠮷ab "), min_size=1, max_size=100)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def paper(*blocks: object, **changed: object) -> Paper:
    plain = Paper(
        kind="pledge", title=("权利保证书", "pledge of rights"), office=("湖畔版权所", "Lakeside"),
        number="2345-6789-ABCD", at="2026-03-02T01:02:03.456Z", mark="sample",
        blocks=blocks or BLOCKS,
    )  # type: ignore[arg-type]  # fmt: skip
    return replace(plain, **changed)  # type: ignore[arg-type]


BLOCKS = (
    Heading(("作品", "The work")),
    Cells((Cell(("作品名称", "Title"), f"《{RARE}》{LONG}"), Cell(("类别", "Kind"), "摄影"))),
    Cells((Cell(("登记号", "Number")),), 30),
    Choice(("性质", "Nature"), (Option(("原创", "original"), ticked=True),
                                Option(("改编", "adaptation"), ticked=False)), "说明" * 40),
    Prose("兹证明", "This is to say"),
    Answer(("创作过程", "Process"), "第一行\n第二行"),
    Answer(("空白", "Blank"), ""),
    Clauses((("真实。", "True."), (LONG, "Long."))),
    Table((("序号", "No."), ("摘要", "Digest")), (1, 5), (("1", "ab" * 32), ("2", "cd" * 32))),
    Signatures((Signer("owner", 0, ("著作权人", "Owner"), LONG, seal=True, dated=True),
                Signer("author", 1, ("作者 2", "Author 2"), RARE))),
)  # fmt: skip


def texts_in(drawn: Drawn) -> list[tuple[int, float, float, float, float]]:
    """Page and box of every printed letter."""
    found = []
    with pypdfium2.PdfDocument(drawn.data) as document:
        for at in range(len(document)):
            page = document[at].get_textpage()
            for place in range(page.count_chars()):
                left, bottom, right, top = page.get_charbox(place)
                if right > left and top > bottom:
                    found.append((at, left, bottom, right, top))
    return found


def check_places(said: Paper) -> Drawn:
    """Places are on the page and apart from each other, and no letter stands in one."""
    # The mark lies under everything on purpose.
    drawn = draw(replace(said, mark="none"))
    for place in drawn.places:
        assert place.x >= LEFT
        assert place.x + place.wide <= RIGHT
        assert place.y >= FOOT
        assert place.y + place.high <= PAGE[1]
        assert place.wide > 150
        assert place.high > 40
    for page, left, bottom, right, top in texts_in(drawn):
        for place in drawn.places:
            if place.page == page:
                apart = (
                    right <= place.x or left >= place.x + place.wide
                    or top <= place.y or bottom >= place.y + place.high
                )  # fmt: skip
                assert apart, (place, left, bottom, right, top)
    return drawn


class TestDrawing:
    def test_the_same_paper_gives_the_same_bytes_and_places(self) -> None:
        assert draw(paper()) == draw(paper())

    def test_everything_said_can_be_extracted(self) -> None:
        text = bare(page_text(draw(paper()).data))
        for told in (f"《{RARE}》{LONG}", "摄影", "☑原创", "☐改编", "兹证明", "第一行第二行",
                     "真实。", "cd" * 32, "权利保证书", "2345-6789-ABCD",
                     "湖畔版权所"):  # fmt: skip
            assert bare(told) in text

    def test_another_word_gives_another_check_code_on_every_page(self) -> None:
        one = paper(Prose("字\n" * 90))
        other = paper(Prose("子\n" * 90))
        assert one.code != other.code
        with pypdfium2.PdfDocument(draw(one).data) as document:
            assert len(document) > 1
            for page in document:
                assert bare(one.code) in bare(page.get_textpage().get_text_range())

    def test_a_sample_says_so_on_every_page_and_an_example_that_it_is_one(self) -> None:
        long = paper(Prose("字\n" * 90))
        for mark, words in (("sample", "样本SAMPLE"), ("example", "填写示例EXAMPLE")):
            with pypdfium2.PdfDocument(draw(replace(long, mark=mark)).data) as document:  # type: ignore[arg-type]
                for page in document:
                    assert words in bare(page.get_textpage().get_text_range())
        plain = bare(page_text(draw(replace(long, mark="none")).data))
        assert "样本" not in plain
        assert "EXAMPLE" not in plain

    @pytest.mark.parametrize("character", ["\u202e", "\U000e0041", "\u0301", "\ue000"])
    def test_a_character_that_cannot_be_printed_is_refused(self, character: str) -> None:
        with pytest.raises(InvalidInput):
            draw(paper(Cells((Cell(("名称", "Name"), f"甲{character}"),))))

    def test_a_text_of_several_pages_goes_on_and_loses_nothing(self) -> None:
        lines = [f"第{at}行的内容" for at in range(400)]
        made = draw(paper(Cells((Cell(("过程", "Process"), "\n".join(lines)),))))
        text = bare(page_text(made.data))
        assert all(line in text for line in lines)
        with pypdfium2.PdfDocument(made.data) as document:
            assert len(document) > 5

    def test_no_letter_stands_outside_the_page_margins(self) -> None:
        for page, left, bottom, right, top in texts_in(draw(paper(mark="none"))):
            assert left > 20, page
            assert right < PAGE[0] - 20, page
            assert bottom > 20, page
            assert top < PAGE[1] - 20, page


class TestPlaces:
    def test_one_for_each_signer_named_by_role_and_number(self) -> None:
        places = draw(paper()).places
        assert [(p.role, p.index, p.name) for p in places] == [
            ("owner", 0, "owner-1"), ("author", 1, "author-2"),
        ]  # fmt: skip
        check_places(paper())

    @pytest.mark.parametrize("dated", [True, False])
    @pytest.mark.parametrize(
        "said",
        [Clauses((("一。", "One."), ("所签之言。", "Signed."))), Prose("所签之言。", "Signed.")],
    )
    def test_are_never_alone_on_a_page(self, said: Clauses | Prose, *, dated: bool) -> None:
        one = Signatures((Signer("owner", 0, ("著作权人", "Owner"), "甲", dated=dated),))
        row = Cells((Cell(("名称", "Name"), "山"),))
        for rows in range(14, 22):
            made = draw(paper(*([row] * rows), said, one))
            with pages(made.data) as texts:
                assert "所签之言。" in list(texts)[made.places[0].page], rows

    def test_the_same_place_twice_is_refused(self) -> None:
        one = Signer("owner", 0, ("著作权人", "Owner"), "甲")
        with pytest.raises(InvalidInput):
            paper(Signatures((one,)), Signatures((one,)))

    def test_fifty_owners_with_the_longest_names_each_have_one(self) -> None:
        many = tuple(
            Signer("owner", at, (f"著作权人 {at + 1}", "Owner"), LONG, dated=True)
            for at in range(50)
        )
        made = check_places(paper(Signatures(many)))
        assert len(made.places) == 50
        assert len({(p.page, p.x, p.y) for p in made.places}) == 50

    @settings(max_examples=40, deadline=None)
    @given(
        text=LETTERS, answer=LETTERS,
        signers=st.lists(st.tuples(NAMES, st.booleans(), st.booleans()), max_size=7),
    )  # fmt: skip
    def test_whatever_is_said_no_letter_stands_in_a_place(
        self, text: str, answer: str, signers: list[tuple[str, bool, bool]]
    ) -> None:
        places = tuple(
            Signer("owner", at, ("著作权人", "Owner"), name, seal=seal, dated=dated)
            for at, (name, seal, dated) in enumerate(signers)
        )
        said = paper(
            Cells((Cell(("名称", "Name"), text), Cell(("名称", "Name"), answer))),
            Answer(("说明", "Statement"), answer * 9), Signatures(places),
        )  # fmt: skip
        made = check_places(said)
        text = bare(page_text(made.data))
        assert all(bare(name) in text for name, _, _ in signers)


@pytest.mark.integration
class TestOtherPrograms:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        found = tmp_path / "paper.pdf"
        found.write_bytes(draw(paper()).data)
        return found

    def test_qpdf_finds_no_fault(self, file: Path) -> None:
        said = run("qpdf", "--check", str(file))
        assert "No syntax or stream encoding errors found" in said
        assert "WARNING" not in said

    def test_every_font_is_embedded_as_a_subset_with_unicode(self, file: Path) -> None:
        rows = run("pdffonts", str(file)).splitlines()[2:]
        assert rows
        for row in rows:
            assert re.search(r"^[A-Z]{6}\+\S+\s+CID TrueType\s+Identity-H\s+yes yes yes", row)

    def test_the_file_says_its_title_and_the_day_of_the_matter(self, file: Path) -> None:
        with pikepdf.open(BytesIO(file.read_bytes())) as document:
            assert "权利保证书" in str(document.docinfo["/Title"])
            assert str(document.docinfo["/CreationDate"]) == "D:20260302010203Z"


def run(*command: str) -> str:
    assert shutil.which(command[0])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
