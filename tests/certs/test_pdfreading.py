"""Reading without a PDF library finds what PDFium finds, and never anything but OtherShape."""

import io
import random
from typing import Any

import pikepdf
import pytest

from certs import pdffile
from certs.pdf import render
from certs.pdfreading import OtherShape, attachments, opened, pages, shown
from tests.certs import told
from tests.certs.papers import attachments as given
from tests.certs.papers import content, crowded, hash_only, signed, with_facts

pytestmark = pytest.mark.unit

MANY = "".join(map(chr, range(0x4E00, 0x4E00 + 700)))


def drawn(said: Any) -> bytes:
    return render(said, given(said))


def letters(text: str) -> list[str]:
    """The characters of a text, wherever they stand on the page."""
    return sorted(text.replace("样本 SAMPLE", "").replace(" ", "").replace("\n", ""))


def read(pdf: bytes) -> tuple[dict[str, bytes], list[str]]:
    objects = opened(pdf)
    if objects is None:
        raise OtherShape
    return attachments(objects, at_most=32), list(pages(objects))


class TestWhatIsRead:
    @pytest.mark.parametrize("made", [content, crowded, hash_only])
    def test_text_and_attachments_are_those_that_pdfium_finds(self, made: Any) -> None:
        pdf = drawn(made())
        found, texts = read(pdf)
        assert found == pdffile.attachments(pdf)
        with pdffile.pages(pdf) as theirs:
            assert [*map(letters, texts)] == [*map(letters, theirs)]

    def test_of_a_signed_file_too(self) -> None:
        found, texts = read(signed())
        assert found == pdffile.attachments(signed())
        assert content().statement_sha256 in "".join(texts)

    def test_more_characters_than_one_byte_can_tell_apart(self) -> None:
        text = "".join(read(drawn(with_facts(title=MANY + "𠮷")))[1]).replace("\n", "")
        assert MANY + "𠮷" in text


class TestWhatIsNot:
    def test_a_certificate_of_the_older_shape_is_left_to_pdfium(self) -> None:
        older = io.BytesIO()
        with pikepdf.open(io.BytesIO(told.pdf_bytes())) as file:
            # A table of places in words, and no packed objects.
            file.save(older, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        assert opened(older.getvalue()) is None
        assert pdffile.attachments(older.getvalue()) == told.documents()

    @pytest.mark.parametrize(
        "operator", ["3 Tr", "0 0 1 1 re W n", "/X Do", "(a) Tj", "BI", "% BT", "/G gs", "T* ET"]
    )
    def test_a_page_that_could_hide_what_it_shows(self, operator: str) -> None:
        usual = (
            b"q\n.5 0 0 rg\n1 2 3 4 re f\nBT 62 7.5 Td 1.2 Tc /F1 9.5 Tf <00010002> Tj 0 Tc ET\n"
        )
        fonts = {b"F1": "\0山间"}
        assert shown(usual + b"Q\n", fonts) == "山间"
        with pytest.raises(OtherShape):
            shown(usual + operator.encode() + b"\nQ\n", fonts)
        with pytest.raises(OtherShape):
            shown(usual.replace(b"BT ", b"BT " + operator.encode() + b" "), fonts)

    def test_more_attachments_than_allowed(self) -> None:
        objects = opened(signed())
        assert objects is not None
        with pytest.raises(OtherShape):
            attachments(objects, at_most=1)

    def test_whatever_the_bytes_are_nothing_else_is_raised(self) -> None:
        chance = random.Random(7)  # noqa: S311 - the same bytes every time
        whole = signed()
        for _ in range(400):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            if chance.random() < 0.3:
                del data[chance.randrange(len(data)) :]
            try:
                read(bytes(data))
            except OtherShape:
                continue
