"""Whatever bytes are presented as a certificate, the answer is a value or a sentence."""

import re
import subprocess
import sys
from contextlib import suppress
from io import BytesIO

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.pdffile import (
    MAX_ATTACHMENT,
    MAX_ATTACHMENTS,
    MAX_PDF,
    attachments,
    page_text,
    signed_range,
)
from core.errors import InvalidInput, ServiceError, TooLarge, VerificationFailed
from tests.certs.papers import attachments as given_attachments
from tests.certs.papers import content, signed


def with_attachments(items: list[tuple[str, bytes]]) -> bytes:
    """A PDF whose name tree holds exactly these, repeated names included."""
    pdf = pikepdf.Pdf.new()
    pdf.add_blank_page()
    names = pikepdf.Array()
    for name, data in items:
        stream = pikepdf.Stream(pdf, data)
        stream.Type = pikepdf.Name.EmbeddedFile
        spec = pikepdf.Dictionary(
            Type=pikepdf.Name.Filespec, F=name, UF=name, EF=pikepdf.Dictionary(F=stream)
        )
        names.append(pikepdf.String(name))
        names.append(pdf.make_indirect(spec))
    pdf.Root.Names = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=names))
    out = BytesIO()
    pdf.save(out)
    return out.getvalue()


@pytest.mark.unit
class TestSignedRange:
    def test_covered_bytes_and_signature_make_up_the_file(self) -> None:
        found = signed_range(signed())
        digits = found.cms.hex().upper().encode("ascii")
        assert digits in signed()
        hole = re.search(rb"<[0-9A-F]{4000,}>", signed())
        assert hole is not None
        assert found.covered == signed().replace(hole[0], b"")

    @pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\xff" * 1000])
    def test_other_bytes_are_refused(self, data: bytes) -> None:
        with pytest.raises(ServiceError):
            signed_range(data)

    def test_an_unsigned_certificate_is_refused(self) -> None:
        match = re.search(rb"%%EOF\n", signed())
        assert match is not None
        with pytest.raises(VerificationFailed):
            signed_range(signed()[: match.end()])

    def test_a_file_beyond_the_limit_is_refused_unread(self) -> None:
        with pytest.raises(TooLarge):
            signed_range(bytes(MAX_PDF + 1))


@pytest.mark.unit
class TestAttachments:
    def test_all_come_back_as_given(self) -> None:
        assert attachments(signed()) == {
            item.name: item.data for item in given_attachments(content())
        }

    def test_two_of_one_name_are_refused(self) -> None:
        with pytest.raises(VerificationFailed, match="same name"):
            attachments(with_attachments([("a.json", b"1"), ("a.json", b"2")]))

    def test_too_many_are_refused(self) -> None:
        many = [(f"{place:03d}", b"x") for place in range(MAX_ATTACHMENTS + 1)]
        with pytest.raises(TooLarge):
            attachments(with_attachments(many))

    def test_one_too_large_is_refused(self) -> None:
        with pytest.raises(TooLarge):
            attachments(with_attachments([("a", bytes(MAX_ATTACHMENT + 1))]))

    def test_bytes_that_are_no_pdf_are_refused(self) -> None:
        with pytest.raises(InvalidInput, match="damaged"):
            attachments(b"not a PDF")


@pytest.mark.unit
class TestPageText:
    def test_hyphens_at_line_ends_stay_hyphens(self) -> None:
        assert not set("\x02\ufffe") & set(page_text(signed()))

    def test_bytes_that_are_no_pdf_are_refused(self) -> None:
        with pytest.raises(InvalidInput, match="damaged"):
            page_text(b"%PDF-1.7\n")


@pytest.mark.unit
class TestDamage:
    """Mutants of a real certificate: anything may be answered, nothing may escape."""

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_every_answer_is_a_value_or_one_of_our_errors(self, data: st.DataObject) -> None:
        pdf = bytearray(signed())
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(pdf) - 1))
            cut = data.draw(st.integers(0, 40))
            pdf[at : at + cut] = data.draw(st.binary(max_size=40))
        for read in (signed_range, attachments, page_text):
            with suppress(ServiceError):
                read(bytes(pdf))


@pytest.mark.integration
class TestImports:
    def test_reading_a_certificate_loads_no_signing_or_page_library(self) -> None:
        code = (
            "import sys, certs.pdffile;"
            "heavy = {'pyhanko', 'pikepdf', 'reportlab', 'sqlalchemy', 'web3', 'qrcode'};"
            "print(sorted(heavy & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]"
