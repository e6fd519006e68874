import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certs import package, pdffile
from certs.documents import ATTACHED, COPIED, STATUS
from certs.paper import Heading, Paper
from certs.paper_pdf import draw
from certs.presented import Presented, Unreadable, compare_copies, open_presented
from certs.report import Verdict
from core import signed_data
from core.errors import InvalidInput, VerificationFailed
from tests.certs import told


def _signature() -> signed_data.SignedData:
    return signed_data.parse(pdffile.signed_range(told.pdf_bytes()).cms)


def _with(**changed: bytes) -> Presented:
    members = {**told.members(), **changed}
    return Presented(told.pdf_bytes(), told.documents(), members)


def test_a_certificate_gives_its_attachments_and_the_status_among_them() -> None:
    opened = open_presented(told.pdf_bytes())
    assert set(opened.attached) == set(ATTACHED)
    assert opened.members is None
    assert opened.status == told.documents()[STATUS]


def test_a_package_gives_the_documents_of_its_certificate_and_its_own_status() -> None:
    opened = open_presented(told.zip_bytes())
    assert opened.pdf == told.pdf_bytes()
    assert opened.attached == told.documents()
    assert opened.status == told.members()[package.STATUS]
    assert opened.status != opened.attached[STATUS]


@pytest.mark.parametrize("data", [b"", b"%PDF", b"\xff\xd8\xff", b" %PDF-1.7\n", b"pk"])
def test_other_bytes_are_unreadable_which_is_no_verdict(data: bytes) -> None:
    with pytest.raises(Unreadable):
        open_presented(data)


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\n%%EOF\n", b"PK", b"PK\x05\x06"])
def test_damaged_ones_of_our_kinds_are_refused_as_damaged(data: bytes) -> None:
    with pytest.raises((InvalidInput, VerificationFailed)) as caught:
        open_presented(data)
    assert not isinstance(caught.value, Unreadable)


def test_a_pdf_without_our_attachments_fails_and_hears_how_a_paper_is_checked() -> None:
    with pytest.raises(VerificationFailed, match=r"通知书等文书不是证书.+ with pdfsig"):
        open_presented(told.read("works/drawing.pdf"))
    notice = Paper(
        kind="notice", title=("受理通知书", "notice"), office=("湖畔版权所", "Lakeside"),
        number="2345-6789-ABCD", at="2026-03-02T01:02:03.456Z", mark="formal",
        blocks=(Heading(("作品", "The work")),),
    )  # fmt: skip
    report = told.checked(draw(notice).data, offline=True)
    assert report.verdict is Verdict.INVALID
    assert "pdfsig" in report.summary


def test_the_copies_of_a_real_package_agree() -> None:
    compare_copies(open_presented(told.zip_bytes()), _signature())


@pytest.mark.parametrize("name", COPIED)
def test_each_document_is_compared(name: str) -> None:
    with pytest.raises(VerificationFailed, match=name):
        compare_copies(_with(**{name: told.members()[name] + b"\n"}), _signature())


def test_the_status_of_a_package_is_later_and_not_compared() -> None:
    compare_copies(_with(**{STATUS: b"{}"}), _signature())


@pytest.mark.parametrize("name", package.PEMS)
def test_a_root_for_checks_by_hand_must_stand_in_the_signature(name: str) -> None:
    spelled = told.members()[name].replace(b"\n", b"\r\n")
    with pytest.raises(VerificationFailed, match=name):
        compare_copies(_with(**{name: spelled}), _signature())
    texts = {each.public_bytes(Encoding.PEM) for each in _signature().certificates}
    assert told.members()[name] in texts
