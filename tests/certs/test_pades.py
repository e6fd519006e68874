"""One signature over the whole file, that other people's programs accept and no change survives."""

import hashlib
import re
import subprocess
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from certs.layout_steps import commands
from certs.pades import DocumentSigner
from certs.pdf import render
from certs.pdffile import signed_range
from core import cms
from core.errors import Misconfigured, OutcomeUnknown, ServiceError, VerificationFailed
from core.pki import create_authority, create_issuer, fingerprint
from evidence.authority import EmbeddedAuthority, LocalTimestampClient
from evidence.rfc3161 import build_request, verify_token
from tests.certs.papers import (
    NOW,
    PHOTOGRAPH,
    POLICY,
    STATEMENT,
    attachments,
    authority,
    content,
    crowded,
    issuer,
    signed,
    signer,
    stamp,
    with_facts,
)


def check(pdf: bytes) -> cms.VerifiedSignature:
    """The whole check of a presented certificate's signature, time-stamp included."""
    found = signed_range(pdf)
    roots = frozenset({fingerprint(issuer().root)})
    structure = cms.parse(found.cms)
    verified = cms.verify(structure, at=NOW, roots=roots, content=found.covered)
    if verified.signature_timestamp is None:
        raise VerificationFailed("no time-stamp")
    verify_token(
        verified.signature_timestamp,
        imprint=hashlib.sha256(verified.signature).digest(),
        nonce=None,
        roots=frozenset({fingerprint(authority().root)}),
        extra_certificates=structure.certificates,
    )
    return verified


@pytest.mark.unit
class TestSign:
    def test_the_signature_is_ours_over_all_of_the_file(self) -> None:
        assert check(signed()).signer == issuer().certificate

    def test_the_page_is_kept_to_the_byte_before_the_signature(self) -> None:
        said = content()
        assert signed().startswith(render(said, attachments(said)))

    def test_a_long_certificate_is_signed_too(self) -> None:
        said = crowded()
        check(signer().sign(render(said, attachments(said)), stamp(), now=NOW))

    def test_it_stays_small(self) -> None:
        assert len(signed()) < 88 * 1024

    def test_nothing_in_it_comes_from_the_machine_s_clock(self) -> None:
        dates = re.findall(rb"D:(\d{14})", signed()) + re.findall(rb"D\\072(\d{14})", signed())
        assert set(dates) == {b"20261121080002"}

    def test_an_issuer_whose_authority_is_pinned_by_print_alone_can_sign(self) -> None:
        root = authority().root
        other = DocumentSigner(
            issuer(),
            tsa_roots=frozenset({fingerprint(root)}),
            tsa_certificates=[root],
            tsa_crls=[authority().crl],
        )
        said = content()
        check(other.sign(render(said, attachments(said)), stamp(), now=NOW))

    def test_a_changed_document_cannot_be_signed_over_itself(self) -> None:
        with pytest.raises(VerificationFailed):
            signer().sign(signed(), stamp(), now=NOW)

    def test_an_expired_key_issues_nothing(self) -> None:
        said = content()
        with pytest.raises(ServiceError):
            signer().sign(
                render(said, attachments(said)), stamp(), now=NOW + timedelta(days=20 * 366)
            )

    def test_a_time_stamp_from_a_stranger_is_not_used(self) -> None:
        stranger = EmbeddedAuthority(
            create_authority("00000000", now=NOW - timedelta(days=1)), POLICY, timedelta(0)
        )
        said = content()
        with pytest.raises(VerificationFailed):
            signer().sign(
                render(said, attachments(said)),
                LocalTimestampClient(stranger, lambda: NOW).ask,
                now=NOW,
            )

    def test_a_time_stamp_over_something_else_is_not_used(self) -> None:
        answer = stamp()(build_request(bytes(32), 1))
        said = content()
        with pytest.raises(VerificationFailed):
            signer().sign(render(said, attachments(said)), lambda _: answer, now=NOW)

    def test_an_authority_that_does_not_answer_is_reported_as_itself(self) -> None:
        def silent(_: bytes) -> bytes:
            raise OutcomeUnknown("no answer")

        said = content()
        with pytest.raises(OutcomeUnknown):
            signer().sign(render(said, attachments(said)), silent, now=NOW)

    def test_an_authority_with_a_long_chain_gets_the_room_it_needs(self) -> None:
        more = [create_issuer(f"{place:08x}", now=NOW).root for place in range(6)]
        said = content()
        pdf = DocumentSigner(issuer(), others=[authority()], tsa_certificates=more).sign(
            render(said, attachments(said)), stamp(), now=NOW
        )
        assert len(signed_range(pdf).cms) > 3520

    def test_a_signer_without_a_time_stamp_root_is_not_made(self) -> None:
        with pytest.raises(Misconfigured):
            DocumentSigner(issuer())


@pytest.mark.unit
class TestShadowAttacks:
    """Ways to change a signed PDF that some viewers let through (reported for 15 of 26)."""

    def test_bytes_after_the_end_are_refused(self) -> None:
        for more in (b"\n", b" ", b"\0", b"%", b"%%EOF\n", b"x" * 100, signed()):
            with pytest.raises(ServiceError):
                check(signed() + more)

    def test_bytes_before_the_start_are_refused(self) -> None:
        with pytest.raises(ServiceError):
            check(b"\n" + signed())

    def test_a_file_cut_short_is_refused(self) -> None:
        whole = signed()
        for length in (0, 1, 7, 100, len(whole) // 2, len(whole) - 1):
            with pytest.raises(ServiceError):
                check(whole[:length])

    def test_an_incremental_update_is_refused(self) -> None:
        writer = IncrementalPdfFileWriter(BytesIO(signed()))
        writer.root["/Lang"] = writer.root["/Lang"]
        writer.update_root()  # type: ignore[no-untyped-call]
        out = BytesIO()
        writer.write(out)  # type: ignore[no-untyped-call]
        assert out.getvalue().startswith(signed())
        with pytest.raises(VerificationFailed):
            check(out.getvalue())

    def test_an_update_whose_byte_range_was_stretched_is_refused(self) -> None:
        update = b"\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF\n"
        longer = re.sub(
            rb"(/ByteRange \[0 \d+ \d+) (\d+)",
            lambda match: match[1] + b" %d" % (int(match[2]) + len(update)),
            signed() + update,
        )
        with pytest.raises(VerificationFailed):
            check(longer)

    def test_two_signatures_are_refused(self) -> None:
        other = create_issuer("11111111", now=NOW - timedelta(days=1))
        with pytest.raises(VerificationFailed):
            DocumentSigner(other, others=[authority()]).sign(signed(), stamp(), now=NOW)

    def test_a_byte_range_hidden_in_a_comment_is_refused(self) -> None:
        with pytest.raises(VerificationFailed):
            check(signed().replace(b"\nstartxref", b"\n%/ByteRange [0 1 2 3]\nstartxref", 1))

    def test_a_hole_wider_than_the_signature_is_refused(self) -> None:
        wider = re.sub(
            rb"/ByteRange \[0 (\d+)",
            lambda match: b"/ByteRange [0 %d" % (int(match[1]) - 9),
            signed(),
        )
        with pytest.raises(VerificationFailed):
            check(wider)

    def test_permission_to_change_is_refused(self) -> None:
        for level in (b"2", b"3"):
            loose = re.sub(rb"(/TransformParams <<[^>]*?/P )1", rb"\g<1>" + level, signed())
            assert loose != signed()
            with pytest.raises(VerificationFailed, match="against changes"):
                signed_range(loose)

    def test_another_spelling_of_the_signature_is_refused(self) -> None:
        pdf = signed()
        match = re.search(rb"/Contents <([0-9A-F]+)>", pdf)
        assert match is not None
        for spelling in (match[1].lower(), match[1][:-1] + b"1", match[1][:-2] + b"  "):
            with pytest.raises(ServiceError):
                check(pdf[: match.start(1)] + spelling + pdf[match.end(1) :])

    @settings(max_examples=400, deadline=None)
    @given(st.data())
    def test_no_byte_anywhere_can_be_changed(self, data: st.DataObject) -> None:
        pdf = bytearray(signed())
        at = data.draw(st.integers(0, len(pdf) - 1))
        pdf[at] ^= data.draw(st.integers(1, 255))
        with pytest.raises(ServiceError):
            check(bytes(pdf))

    def test_no_byte_of_the_signature_itself_can_be_changed(self) -> None:
        pdf = signed()
        match = re.search(rb"/Contents <([0-9A-F]+)>", pdf)
        assert match is not None
        for at in range(match.start(1), match.end(1), 29):
            other = b"0" if pdf[at : at + 1] != b"0" else b"1"
            with pytest.raises(ServiceError):
                check(pdf[:at] + other + pdf[at + 1 :])


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(params=["one photograph", "ten files"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    said = content() if request.param == "one photograph" else crowded()
    token = stamp()(build_request(hashlib.sha256(STATEMENT).digest(), 7))
    pdf = signer().sign(render(said, attachments(said, token)), stamp(), now=NOW)
    (tmp_path / "certificate.pdf").write_bytes(pdf)
    return tmp_path


@pytest.mark.integration
class TestOtherPrograms:
    def test_pdfsig_finds_it_valid_and_covering_everything(self, folder: Path) -> None:
        said = run(folder, "pdfsig", "certificate.pdf")
        assert "Signature is Valid" in said
        assert "Total document signed" in said
        assert "Not total document signed" not in said
        assert said.count("Signature #") == 1

    def test_qpdf_finds_no_fault(self, folder: Path) -> None:
        said = run(folder, "qpdf", "--check", "certificate.pdf")
        assert "No syntax or stream encoding errors found" in said
        assert "WARNING" not in said

    def test_every_font_is_embedded_as_a_subset_with_unicode(self, folder: Path) -> None:
        rows = run(folder, "pdffonts", "certificate.pdf").splitlines()[2:]
        assert rows
        for row in rows:
            assert re.search(r"^[A-Z]{6}\+\S+\s+CID TrueType\s+Identity-H\s+yes yes yes", row)

    def test_pdftotext_reads_a_rare_name(self, folder: Path) -> None:
        assert "王𠮷" in run(folder, "pdftotext", "-layout", "certificate.pdf", "-")

    def test_pdftotext_reads_a_rare_title(self, tmp_path: Path) -> None:
        said = with_facts(title="𠮷野之山 𠮷")
        (tmp_path / "certificate.pdf").write_bytes(render(said, attachments(said)))
        assert "𠮷野之山 𠮷" in run(tmp_path, "pdftotext", "-layout", "certificate.pdf", "-")

    def test_zbarimg_reads_the_code(self, folder: Path) -> None:
        run(folder, "pdftoppm", "-r", "150", "-f", "1", "-l", "1", "-png", "certificate.pdf", "p")
        page = next(folder.glob("p-*.png"))
        found = run(folder, "zbarimg", "--quiet", "--raw", page.name)
        assert found.strip() == content().verify_url

    def test_pyhanko_validates_the_entire_file(self, folder: Path) -> None:
        reader = PdfFileReader(BytesIO((folder / "certificate.pdf").read_bytes()))
        roots = [
            asn1_x509.Certificate.load(one.root.public_bytes(Encoding.DER))
            for one in (issuer(), authority())
        ]
        context = ValidationContext(
            trust_roots=roots, moment=NOW, allow_fetching=False, revocation_mode="soft-fail"
        )
        status = validate_pdf_signature(
            reader.embedded_signatures[0], context, ts_validation_context=context
        )
        assert status.bottom_line
        assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE
        assert status.docmdp_ok
        assert status.timestamp_validity is not None
        assert status.timestamp_validity.valid

    def test_the_printed_steps_do_what_they_say(self, folder: Path) -> None:
        (folder / "yinji-trust.json").write_bytes(b"{}")
        (folder / "tsa-root.pem").write_bytes(authority().root.public_bytes(Encoding.PEM))
        (folder / "issuer-root.pem").write_bytes(issuer().root.public_bytes(Encoding.PEM))
        (folder / "FILE").write_bytes(PHOTOGRAPH)
        said = content()
        hole = re.search(
            rb"/ByteRange\s*\[\s*0 (\d+) (\d+) ", (folder / "certificate.pdf").read_bytes()
        )
        assert hole is not None
        outputs = {}
        for _, _, lines in commands(said):
            for line in lines:
                if "LEFT" not in line:
                    here = line.replace(" B ", f" {int(hole[1])} ").replace(
                        "C + 1", f"{int(hole[2])} + 1"
                    )
                    # The reader's clock is that of the certificate.
                    moment = f" -attime {int(NOW.timestamp())}" if "cms" in line else ""
                    outputs[line] = run(folder, "sh", "-c", here + moment)
        shown = next(text for line, text in outputs.items() if line.startswith("pdfsig"))
        assert "Signature is Valid" in shown
        assert "Total document signed" in shown
        assert said.files[0].sha256 in outputs["sha256sum FILE"]
        assert said.statement_sha256 in outputs["sha256sum statement.json"]
        assert "Verification: OK" in next(
            text for line, text in outputs.items() if "ts -verify" in line
        )
        assert said.leaf_hash in outputs["(printf '\\000'; cat statement.json) | sha256sum"]
        assert outputs[f"grep -c {said.files[0].sha256} statement.json"].strip() == "1"

    def test_the_printed_node_command_is_rfc_6962(self, folder: Path) -> None:
        line = next(line for _, _, lines in commands(content()) for line in lines if "LEFT" in line)
        left, right = hashlib.sha256(b"l"), hashlib.sha256(b"r")
        filled = line.replace("LEFT", left.hexdigest()).replace("RIGHT", right.hexdigest())
        node = hashlib.sha256(b"\x01" + left.digest() + right.digest()).hexdigest()
        assert node in run(folder, "sh", "-c", filled)
