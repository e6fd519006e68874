"""How a certificate looks: all is printed, extractable, inside the frame, and the same twice."""

import hashlib
import itertools
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certs.content import CertificateContent, FactValue
from certs.glyphs import check_glyphs, roles
from certs.layout_labels import FACTS
from certs.layout_text import wrap
from certs.pdf import Attachment, render
from certs.pdffile import attachments as attached
from certs.pdffile import page_text, pages
from core.errors import InvalidInput
from tests.certs.papers import (
    RARE_NAME,
    attachments,
    content,
    crowded,
    hash_only,
    with_facts,
)

pytestmark = pytest.mark.unit


def drawn(said: CertificateContent) -> bytes:
    return render(said, attachments(said))


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def items(value: FactValue) -> list[str]:
    return [str(item) for item in value] if isinstance(value, tuple) else [str(value)]


def pieces(pdf: bytes) -> list[list[tuple[float, float, float, float]]]:
    """Where text stands on each page: left, bottom, right and top of each piece, in points."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        text = page.get_textpage()
        found.append([text.get_rect(place) for place in range(text.count_rects())])
    return found


def test_no_text_stands_on_other_text() -> None:
    """Also where a label is too long for one line, whatever facts there are."""
    for name in FACTS:
        said = with_facts(**{name: "YJ-PC21-D3GX-15HF-MPM6", "revoked_on": "2026-11-29"})
        for page in pieces(drawn(said)):
            small = [each for each in page if each[3] - each[1] < 30]
            for one, other in itertools.combinations(small, 2):
                wide = min(one[2], other[2]) - max(one[0], other[0])
                high = min(one[3], other[3]) - max(one[1], other[1])
                assert wide < 1 or high < 1, (name, one, other)


class TestRender:
    @pytest.mark.parametrize("made", [content, crowded, hash_only])
    def test_equal_content_gives_equal_bytes(self, made: Any) -> None:
        assert drawn(made()) == drawn(made())

    def test_pages_drawn_at_the_same_time_are_the_same_as_one_by_one(self) -> None:
        # Letters drawn from parts: reportlab finds the parts with the font's one reading position.
        said = with_facts(title="".join(map(chr, range(0x1E00, 0x1EFA))))
        alone = drawn(said)
        usual = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            with ThreadPoolExecutor(4) as threads:
                assert set(threads.map(drawn, [said] * 24)) == {alone}
        finally:
            sys.setswitchinterval(usual)

    def test_neither_the_clock_nor_the_environment_changes_a_byte(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = drawn(content())
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
        assert drawn(content()) == before

    def test_only_a_different_document_has_a_different_identifier(self) -> None:
        def identifier(pdf: bytes) -> list[bytes]:
            return [bytes(part) for part in pikepdf.open(BytesIO(pdf)).trailer.ID.as_list()]

        said = content()
        first = identifier(drawn(said))
        assert first[0] == first[1]
        assert len(first[0]) == 16
        assert identifier(drawn(replace(said, verify_url=said.verify_url + "X"))) != first
        assert identifier(render(said, attachments(said)[:-1])) != first

    def test_the_document_says_whose_it_is_and_when_it_was_issued(self) -> None:
        document = pikepdf.open(BytesIO(drawn(content())))
        assert document.pdf_version == "1.7"
        assert document.Root.Lang == "zh-CN"
        assert document.Root.ViewerPreferences.DisplayDocTitle
        assert str(document.docinfo.Title).startswith("样本 SAMPLE 存证证书")
        assert document.docinfo.Author == "印记存证平台（样本）"
        assert document.docinfo.CreationDate == "D:20261121080002Z"
        assert document.docinfo.ModDate == "D:20261121080002Z"
        with document.open_metadata() as metadata:
            assert metadata["dc:title"] == str(document.docinfo.Title)
            assert metadata["xmp:CreateDate"] == "2026-11-21T08:00:02Z"

    def test_no_font_is_named_that_is_not_embedded(self) -> None:
        assert b"Helvetica" not in drawn(content())

    @pytest.mark.parametrize("made", [content, crowded, hash_only])
    def test_every_disclosed_fact_can_be_read_back_from_the_pages(self, made: Any) -> None:
        said = made()
        text = bare(re.sub(r"YJ-[-0-9A-Z]+\s*样本 SAMPLE\s*第 .*\n", "", page_text(drawn(said))))
        told_as_times = {"submitted_at", "stored_at", "custody_mode"}
        for fact in said.facts:
            if fact.name in told_as_times:
                continue
            for item in items(fact.value):
                head = bare(item)[:60]
                assert head in text, fact.name

    def test_it_says_what_it_is_and_with_which_labels(self) -> None:
        text = page_text(drawn(with_facts(tags=("风景", "水墨"))))
        assert "存证证书" in text
        assert "Certificate of Evidence" in text
        assert bare("标签 Tags") in bare(text)
        assert "风景" in text
        assert "水墨" in text

    def test_every_digest_is_printed_whole(self) -> None:
        said = crowded()
        text = page_text(drawn(said))
        for entry in said.files:
            assert entry.sha256 in text
            assert str(entry.sm3) in text
        for value in (
            said.statement_sha256,
            said.leaf_hash,
            said.tree.root,
            said.trust_sha256,
            said.chain.transaction,
            said.chain.block_hash,
            said.chain.contract,
        ):
            assert value in text

    def test_the_five_times_are_printed_in_both_zones(self) -> None:
        text = page_text(drawn(content()))
        for time in ("00", "00.412", "00.512", "01", "02.345"):
            assert f"2026-11-21 16:00:{time} 北京时间 UTC+8" in text
            assert f"2026-11-21 08:00:{time} UTC" in text

    def test_a_character_beyond_the_basic_plane_is_extracted_as_itself(self) -> None:
        assert RARE_NAME in page_text(drawn(content()))

    def test_a_rare_title_is_extracted_as_itself(self) -> None:
        assert "𠮷野之山 𠮷" in page_text(drawn(with_facts(title="𠮷野之山 𠮷")))

    def test_more_characters_than_one_subset_holds_are_extracted_as_themselves(self) -> None:
        many = "".join(chr(point) for point in range(0x4E00, 0x4E00 + 700))
        assert many in bare(page_text(drawn(with_facts(title=many))))

    def test_names_are_marked_as_declared(self) -> None:
        text = page_text(drawn(content()))
        assert re.search(r"林小雨\s+申报，未核验 declared, not verified", text)

    def test_the_page_says_what_is_not_proved(self) -> None:
        text = page_text(drawn(content()))
        assert "不证明：作者身份、独创性、合法性" in text
        assert "Does not prove: authorship, originality or legality" in text

    def test_a_file_never_seen_is_marked_at_every_digest(self) -> None:
        text = page_text(drawn(hash_only()))
        assert text.count("申报，文件未经本平台查看 declared, file never seen") == 2
        assert "形式存在" not in text
        assert "existence in this form" not in text
        assert "平台从未见过文件" in text.split("证明什么，不证明什么")[1]

    @pytest.mark.parametrize("made", [content, crowded])
    def test_number_and_sample_mark_are_on_every_page(self, made: Any) -> None:
        document = pypdfium2.PdfDocument(drawn(made()))
        count = len(document)
        for index in range(count):
            text = document[index].get_textpage().get_text_bounded()
            assert made().certificate_number in text
            assert text.count("样本 SAMPLE") >= 2
            assert f"第 {index + 1} 页，共 {count} 页" in text

    def test_a_certificate_in_force_carries_no_sample_mark(self) -> None:
        said = replace(
            content(), sample=False, issuer=replace(content().issuer, name_zh="某版权局")
        )
        token = replace(said.times.token, tsa_name="TSA")
        said = replace(said, times=replace(said.times, token=token))
        text = page_text(drawn(said)).replace("Yinji Evidence Platform (sample)", "")
        assert "样本" not in text
        assert "SAMPLE" not in text

    @pytest.mark.parametrize("made", [content, crowded, hash_only])
    def test_nothing_is_drawn_on_the_frame_or_over_other_text(self, made: Any) -> None:
        document = pypdfium2.PdfDocument(drawn(made()))
        for page in document:
            boxes = []
            for thing in page.get_objects(max_depth=1):
                if thing.type != pypdfium2.raw.FPDF_PAGEOBJ_TEXT:
                    continue
                left, bottom, right, top = thing.get_bounds()
                assert left > 44
                assert right < 595.28 - 44
                assert bottom > 44
                assert top < 841.89 - 44
                boxes.append((left, bottom, right, top))
            for at, (left, bottom, right, top) in enumerate(boxes):
                for other in boxes[at + 1 :]:
                    wide = min(right, other[2]) - max(left, other[0])
                    high = min(top, other[3]) - max(bottom, other[1])
                    assert wide < 1 or high < 1.5, (boxes[at], other)

    def test_the_code_on_the_page_is_the_address(self) -> None:
        page = pypdfium2.PdfDocument(drawn(content()))[0]
        found = zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())
        assert [code.text for code in found] == [content().verify_url]

    def test_attachments_come_back_as_they_were_given(self) -> None:
        said = content()
        given = {item.name: item.data for item in attachments(said)}
        assert attached(drawn(said)) == given

    def test_attachments_belong_to_the_document_and_say_what_they_are(self) -> None:
        document = pikepdf.open(BytesIO(drawn(content())))
        listed = {str(each.UF): each for each in document.Root.AF.as_list()}
        assert set(listed) == {item.name for item in attachments(content())}
        for item in attachments(content()):
            found = listed[item.name]
            assert found.AFRelationship == "/Data"
            assert found.Desc == item.description
            assert found.EF.F.Subtype == f"/{item.media_type}"
            assert found.EF.F.Params.Size == len(item.data)
            assert bytes(found.EF.F.Params.CheckSum) == hashlib.md5(item.data).digest()  # noqa: S324

    def test_without_attachments_none_are_listed(self) -> None:
        document = pikepdf.open(BytesIO(render(content(), [])))
        assert "/Names" not in document.Root
        assert "/AF" not in document.Root

    def test_two_attachments_of_one_name_are_refused(self) -> None:
        twice = Attachment("a.json", "application/json", "a", b"{}")
        with pytest.raises(InvalidInput, match="attachment names"):
            render(content(), [twice, twice])

    def test_a_name_no_font_can_draw_is_refused_by_field_and_code_point(self) -> None:
        with pytest.raises(InvalidInput, match=r"U\+1F600") as caught:
            drawn(with_facts(depositor="林😀"))
        assert caught.value.field == "facts.depositor"

    def test_only_the_facts_given_are_printed_on_a_copy(self) -> None:
        base = content()
        said = replace(base, kind="copy", facts=base.facts[:1])
        text = page_text(drawn(said))
        assert "披露副本" in text
        assert "林小雨" not in text
        assert "山间.jpg" not in text


class TestCheckGlyphs:
    @pytest.mark.parametrize(
        "text", ["山间", RARE_NAME, "Ångström Ωμέγα Жук", "「一」、—…№①", "a b"]
    )
    def test_what_the_fonts_have_passes(self, text: str) -> None:
        check_glyphs(text, "title")

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("a\u202eb", "U+202E"),
            ("a\u2066b", "U+2066"),
            ("a\u200bb", "U+200B"),
            ("a\u00adb", "U+00AD"),
            ("a\x00b", "U+0000"),
            ("a\nb", "U+000A"),
            ("a\x7fb", "U+007F"),
            ("\ud842", "U+D842"),
            ("\ue000", "U+E000"),
            ("e\u0301", "U+0301"),
            ("葛\U000e0100", "U+E0100"),
            ("각", "U+AC01"),
            ("😀", "U+1F600"),
            ("\u3164", "U+3164"),
        ],
    )
    def test_what_cannot_be_printed_honestly_is_named(self, text: str, code: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            check_glyphs(text, "depositor")
        assert code in caught.value.message
        assert caught.value.field == "depositor"

    def test_line_ends_pass_only_where_lines_are_meant(self) -> None:
        check_glyphs("one\ntwo", "description", lines=True)
        with pytest.raises(InvalidInput):
            check_glyphs("one\rtwo", "description", lines=True)

    @settings(max_examples=60, deadline=None)
    @given(st.text(min_size=1, max_size=40))
    def test_what_passes_is_printed_and_what_does_not_is_refused(self, text: str) -> None:
        said = with_facts(title=text)
        try:
            check_glyphs(text, "title")
        except InvalidInput:
            with pytest.raises(InvalidInput):
                drawn(said)
        else:
            assert bare(text)[:30] in bare(page_text(drawn(said)))


class TestWrap:
    @settings(deadline=None)
    @given(st.text(alphabet="山间，。（a1 -bc", max_size=80), st.floats(30, 300))
    @example("111。1（1111", 30.0)
    def test_no_line_is_too_wide_and_nothing_is_lost(self, text: str, limit: float) -> None:
        faces = roles().text
        lines = wrap(text, 10, faces, limit, "text")
        assert bare("".join(lines)) == bare(text)
        for line in lines:
            kept = line[:-1] if line[-1:] in "、。，,." else line
            assert faces.width(kept, "text") / 100 <= limit + 0.01 or len(kept) <= 1

    def test_a_row_of_commas_does_not_run_off_the_page(self) -> None:
        faces = roles().text
        lines = wrap("，" * 200, 10, faces, 100, "text")
        assert max(len(line) for line in lines) <= 11
        assert "".join(lines) == "，" * 200

    def test_closing_marks_do_not_begin_a_line(self) -> None:
        faces = roles().text
        for limit in range(40, 200, 7):
            lines = wrap("晨雾（远山）之间，钟声。又一句：终。" * 3, 10, faces, limit, "text")
            assert not any(line[0] in "，。）：" for line in lines)


def test_the_heading_of_the_files_stands_with_the_first_of_them() -> None:
    for lines in range(8, 24):
        said = with_facts(description="\n".join(["雾"] * lines))
        with pages(drawn(said)) as texts:
            (page,) = [each for each in texts if "Files (1)" in each]
        assert said.files[0].sha256 in page, lines
