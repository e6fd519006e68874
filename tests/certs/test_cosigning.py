"""Papers several people sign: everybody is listed, and nothing but signing goes unnoticed."""

import re
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from certs.cosigned import CERTIFICATION, PaperTrust, check
from certs.cosigning import Act, PaperSigner
from certs.marks import Mark
from certs.pades import DocumentSigner
from certs.pades_parts import TimeTerms
from certs.pdf import render
from certs.pdffile import signed_range
from certs.signer_keys import LIFE, SignerAuthority
from certs.strokes import GRID, check_strokes
from core import cms, trustpath
from core.errors import InvalidInput, Misconfigured, ServiceError, VerificationFailed
from core.pki import Identity, create_signers, fingerprint
from tests.certs.papers import NOW, authority, content, issuer, signer, stamp
from tests.grounds.gaps import need

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Place:
    name: str
    page: int
    x: float
    y: float
    wide: float = 237.0
    high: float = 49.0


PLACES = (Place("owner-1", 0, 60, 90), Place("owner-2", 0, 310, 90), Place("author-1", 0, 60, 150))
NAMES = ("林小雨", "浙江某某文化传播有限责任公司", "王𠮷")
STROKES = (((100, 100), (200, 400), (300, 200)), ((350, 500), (600, 100), (900, 450)))


@cache
def authority_of_signers() -> Identity:
    return create_signers("0a0b0c0d", now=NOW - timedelta(days=1))


@cache
def people() -> PaperSigner:
    return PaperSigner(issuer(), SignerAuthority(authority_of_signers()), time_terms())


def time_terms() -> TimeTerms:
    own = authority()
    return TimeTerms(frozenset({fingerprint(own.root)}), own.chain, (own.crl,))


@cache
def drawn() -> bytes:
    return render(content(), [])


@cache
def prepared() -> bytes:
    return people().prepare(drawn(), PLACES, stamp(), now=NOW)


def act(number: int, *, last: bool = False) -> Act:
    strokes = STROKES if number == 2 else ()
    mark = Mark(
        "seal" if number == 1 else "signature", NAMES[number], NOW, sample=True, strokes=strokes
    )
    return Act(PLACES[number], mark, f"act-{number}", last)


@cache
def signed_by(count: int) -> bytes:
    if count == 0:
        return prepared()
    last = count == len(PLACES)
    return people().sign(signed_by(count - 1), act(count - 1, last=last), stamp(), now=NOW)


def whole() -> bytes:
    return signed_by(len(PLACES))


def refused(pdf: bytes) -> None:
    with pytest.raises(ServiceError):
        check(pdf, people().trust)


class TestSigning:
    def test_everybody_is_named_in_the_order_of_signing(self) -> None:
        found = check(whole(), people().trust)
        assert [each.name for each in found.signatures] == list(NAMES)
        assert [each.reference for each in found.signatures] == ["act-0", "act-1", "act-2"]
        assert [each.field for each in found.signatures] == [place.name for place in PLACES]
        assert (found.unsigned, found.locked) == ((), True)

    def test_each_step_leaves_what_was_before_to_the_byte(self) -> None:
        assert prepared().startswith(drawn())
        assert check(whole(), people().trust).drawn == drawn()
        for count in range(len(PLACES)):
            assert signed_by(count + 1).startswith(signed_by(count))

    def test_the_waiting_are_known_until_they_have_signed(self) -> None:
        found = check(signed_by(1), people().trust, whole=False)
        assert found.unsigned == ("owner-2", "author-1")
        assert not found.locked
        refused(signed_by(1))

    def test_nobody_signs_a_place_twice(self) -> None:
        with pytest.raises(VerificationFailed):
            people().sign(signed_by(1), act(0), stamp(), now=NOW)

    def test_nobody_signs_where_there_is_no_place(self) -> None:
        other = Act(Place("agent-1", 0, 1, 1), act(0).mark, "act", last=False)
        with pytest.raises(VerificationFailed):
            people().sign(prepared(), other, stamp(), now=NOW)

    def test_nobody_locks_a_paper_that_others_still_have_to_sign(self) -> None:
        with pytest.raises(VerificationFailed):
            people().sign(prepared(), act(0, last=True), stamp(), now=NOW)

    def test_nobody_signs_a_changed_paper(self) -> None:
        changed = bytearray(prepared())
        changed[1000] ^= 1
        with pytest.raises(ServiceError):
            people().sign(bytes(changed), act(0), stamp(), now=NOW)

    def test_a_signature_costs_little(self) -> None:
        assert len(whole()) - len(prepared()) < 3 * 24_000


class TestKeys:
    def test_each_act_has_a_key_of_its_own_that_ends_the_next_day(self) -> None:
        keys = SignerAuthority(authority_of_signers())
        one, two = (keys.certify("林小雨", "act", now=NOW) for _ in range(2))
        assert one.certificate.public_key() != two.certificate.public_key()
        assert one.certificate.not_valid_after_utc <= NOW + LIFE

    def test_the_certificate_says_whose_and_for_which_act_and_no_more(self) -> None:
        found = SignerAuthority(authority_of_signers()).certify("林小雨", "act-7", now=NOW)
        said = {each.rfc4514_attribute_name: each.value for each in found.certificate.subject}
        assert said.pop("O") == "印记 Yinji 样本 SAMPLE"
        assert set(said.values()) == {"林小雨", "act-7"}

    def test_a_name_too_long_for_a_certificate_stands_whole_in_the_signature(self) -> None:
        name = "浙江省某某某某某某某某某某某某文化创意产业发展有限责任公司杭州分公司"
        mark = Mark("seal", name, NOW, sample=True)
        made = people().sign(prepared(), Act(PLACES[0], mark, "act", last=False), stamp(), now=NOW)
        assert check(made, people().trust, whole=False).signatures[0].name == name

    def test_an_identity_that_may_not_certify_is_not_taken(self) -> None:
        with pytest.raises(Misconfigured):
            SignerAuthority(issuer())

    def test_no_certificate_check_accepts_the_signers_root(self) -> None:
        person = SignerAuthority(authority_of_signers()).certify("伪造者", "act", now=NOW)
        forged = DocumentSigner(person, others=[authority()]).sign(drawn(), stamp(), now=NOW)
        found = signed_range(forged)
        ours = frozenset({fingerprint(issuer().root)})
        with pytest.raises(trustpath.UntrustedRoot):
            cms.verify(cms.parse(found.cms), at=NOW, roots=ours, content=found.covered)

    def test_a_signed_paper_is_no_certificate(self) -> None:
        with pytest.raises(VerificationFailed):
            signed_range(whole())
        with pytest.raises(VerificationFailed):
            signed_range(prepared())

    def test_our_own_key_is_no_persons(self) -> None:
        own = people().trust
        swapped = PaperTrust(own.issuer_roots, own.issuer_roots, own.tsa_roots)
        with pytest.raises(trustpath.UntrustedRoot):
            check(whole(), swapped)

    def test_a_stranger_cannot_sign_in_somebodys_place(self) -> None:
        stranger = SignerAuthority(create_signers("ffffffff", now=NOW - timedelta(days=1)))
        other = PaperSigner(issuer(), stranger, time_terms())
        begun = other.prepare(drawn(), PLACES, stamp(), now=NOW)
        made = other.sign(begun, act(0), stamp(), now=NOW)
        with pytest.raises(trustpath.UntrustedRoot):
            check(made, people().trust, whole=False)


class TestDamage:
    def test_a_paper_without_its_last_signature_is_found_out(self) -> None:
        refused(signed_by(2))
        refused(signed_by(0))

    def test_an_appended_update_is_found_out(self) -> None:
        writer = IncrementalPdfFileWriter(BytesIO(whole()))
        writer.root["/Lang"] = writer.root["/Lang"]
        writer.update_root()  # type: ignore[no-untyped-call]
        out = BytesIO()
        writer.write(out)  # type: ignore[no-untyped-call]
        refused(out.getvalue())

    def test_bytes_after_the_end_or_before_the_start_are_found_out(self) -> None:
        for more in (b"\n", b" ", b"%", b"%%EOF\n"):
            refused(whole() + more)
            refused(more + whole())

    def test_a_document_that_nobody_certified_is_found_out(self) -> None:
        refused(drawn())
        refused(signer().sign(drawn(), stamp(), now=NOW))

    def test_a_signature_in_the_middle_cannot_be_blotted_out(self) -> None:
        pdf = bytearray(whole())
        start = len(signed_by(1))
        at = pdf.index(b"/Contents <", start) + len(b"/Contents <")
        pdf[at : at + 200] = b"0" * 200
        refused(bytes(pdf))

    @settings(max_examples=150, deadline=None)
    @given(place=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
    def test_one_flipped_bit_anywhere_is_found_out(self, place: int, bit: int) -> None:
        changed = bytearray(whole())
        changed[place % len(changed)] ^= 1 << bit
        refused(bytes(changed))

    def test_the_signatures_own_structure_is_found_out_when_it_changes(self) -> None:
        pdf = whole()
        for match in re.finditer(rb"/Contents <([0-9A-F]+)>", pdf):
            for at in range(match.start(1), match.end(1), 401):
                changed = bytearray(pdf)
                changed[at] = ord("0") if changed[at] != ord("0") else ord("1")
                refused(bytes(changed))


class TestMarks:
    def test_what_was_drawn_is_checked(self) -> None:
        assert check_strokes([[[0, 0], [GRID, GRID]]], "strokes") == (((0, 0), (GRID, GRID)),)
        for wrong in ([[[0, 0]]], [[[0, 0], [GRID + 1, 0]]], [[[5, 5], [6, 6]]],
                      [[[0, 0], [9, 9]]] * 101):  # fmt: skip
            with pytest.raises(InvalidInput):
                check_strokes(wrong, "strokes")

    def test_a_name_no_font_draws_is_named(self) -> None:
        mark = Mark("signature", "\U0002ebf0", NOW, sample=True)
        with pytest.raises(InvalidInput) as refusal:
            people().sign(prepared(), Act(PLACES[0], mark, "a", last=False), stamp(), now=NOW)
        assert refusal.value.field == "name"


class TestOtherPrograms:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "paper.pdf").write_bytes(whole())
        return tmp_path

    def test_pdfsig_lists_every_signer(self, folder: Path) -> None:
        said = run(folder, "pdfsig", "paper.pdf")
        assert said.count("Signature is Valid") == len(PLACES) + 1
        assert said.count("\n  - Total document signed") == 1
        for name in (*(place.name for place in PLACES), CERTIFICATION):
            assert f"Signature Field Name: {name}\n" in said

    def test_pdfsig_finds_a_flipped_byte(self, folder: Path) -> None:
        data = bytearray(whole())
        data[len(drawn()) // 2] ^= 1
        (folder / "changed.pdf").write_bytes(data)
        assert "Signature is Valid" not in run(folder, "pdfsig", "changed.pdf")

    def test_qpdf_finds_nothing_wrong(self, folder: Path) -> None:
        said = run(folder, "qpdf", "--check", "paper.pdf")
        assert "No syntax or stream encoding errors found" in said
        assert "WARNING" not in said

    def test_pyhanko_finds_each_signature_valid_and_nothing_else_changed(self) -> None:
        roots = [issuer().root, authority().root, authority_of_signers().root]
        reader = PdfFileReader(BytesIO(whole()))
        crls = [bytes(each.get_object().data) for each in reader.root["/DSS"]["/CRLs"]]
        assert len(reader.embedded_signatures) == len(PLACES) + 1
        for each in reader.embedded_signatures:
            context = ValidationContext(
                trust_roots=[asn1(root) for root in roots], crls=crls, moment=NOW,
                revocation_mode="hard-fail",
            )  # fmt: skip
            status = validate_pdf_signature(each, context, context)
            assert status.bottom_line

    def test_what_was_signed_shows_on_the_page(self, folder: Path) -> None:
        for name in ("林小雨", "浙江某某文化传播"):
            assert name in run(folder, "pdftotext", "paper.pdf", "-")


def asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def run(folder: Path, program: str, *arguments: str) -> str:
    need(program, why="a second opinion on signed papers")
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode(errors="replace")
