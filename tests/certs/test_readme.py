"""README.txt: its commands, word for word, tell the issuer's certificate from a stranger's."""

import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from certs.content import from_canonical
from certs.documents import CONTENT
from certs.pades import DocumentSigner
from certs.pdf import render
from certs.pdffile import signed_range
from certs.presented import open_presented
from certs.readme import readme
from core.pki import create_issuer
from tests.certs.papers import NOW, authority, content, hash_only, issuer, signer, stamp
from tests.certs.told import read


def signature_commands(covered: int, resumes: int) -> str:
    """The two commands of step 6 that check the root, with the numbers of the certificate."""
    text = readme(content()).decode().replace("\\\n", " ")
    cut = re.search(r"^ *(\(head -c B .*)$", text, re.MULTILINE)
    check = re.search(r"^ *(openssl cms -verify .*)$", text, re.MULTILINE)
    assert cut is not None
    assert check is not None
    cut_here = cut[1].replace(" B ", f" {covered} ").replace("C + 1", f"{resumes} + 1")
    return f"{cut_here}\n{check[1]} -attime {int(NOW.timestamp())}"


def test_of_files_that_nobody_saw_it_says_so_at_each_and_claims_no_more() -> None:
    text, seen = readme(hash_only()).decode(), readme(content()).decode()
    marks = len(hash_only().files)
    assert text.count("declared, file never seen") == text.count("文件未经本平台查看") == marks
    for claim in ("existed in exactly this form", "以此形式存在"):
        assert claim not in text
        assert claim in seen
    assert "never seen" not in seen


def test_of_a_registration_it_names_the_number_and_of_evidence_none() -> None:
    opened = open_presented(read("presented/valid-registration.zip"))
    registered = from_canonical(opened.document(CONTENT))
    number = registered.fact("registration_number")
    assert f"登记号 registration number: {number}\n" in readme(registered).decode()
    assert "登记号" not in readme(content()).decode()


def test_a_block_counts_whole_seconds() -> None:
    at = content().times.block.time
    assert at.endswith(".000Z")
    assert f" {at[:-5]}Z (链的申报" in readme(content()).decode()


@pytest.mark.integration
def test_step_six_shows_validity_and_ranges_and_takes_the_signature_out(tmp_path: Path) -> None:
    pdf = signer().sign(render(content(), []), stamp(), now=NOW)
    (tmp_path / "certificate.pdf").write_bytes(pdf)
    found = re.findall(r"^ *(pdfsig .*)$", readme(content()).decode(), re.MULTILINE)
    said = subprocess.run(
        ["bash", "-ec", "\n".join(found)], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    for promised in ("Signature is Valid", "Total document signed", "Signed Ranges: [0 - "):
        assert promised in said
    assert (tmp_path / "certificate.pdf.sig0").read_bytes().startswith(signed_range(pdf).cms)


@pytest.mark.integration
@pytest.mark.parametrize("whose", ["the issuer's", "a stranger's of the same name"])
def test_step_six_accepts_only_what_the_root_stands_behind(tmp_path: Path, whose: str) -> None:
    used = signer()
    if whose != "the issuer's":
        stranger = create_issuer("7f3a0011", now=NOW - timedelta(days=1))
        used = DocumentSigner(stranger, others=[authority()])
    pdf = used.sign(render(content(), []), stamp(), now=NOW)
    found = signed_range(pdf)
    (tmp_path / "certificate.pdf").write_bytes(pdf)
    (tmp_path / "certificate.pdf.sig0").write_bytes(found.cms)
    (tmp_path / "trust").mkdir()
    pem = issuer().root.public_bytes(Encoding.PEM)
    (tmp_path / "trust/issuer-root.pem").write_bytes(pem)
    hole = re.search(rb"/ByteRange\s*\[\s*0 (\d+) (\d+) ", pdf)
    assert hole is not None
    commands = signature_commands(int(hole[1]), int(hole[2]))
    done = subprocess.run(
        ["bash", "-c", commands], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) is (whose == "the issuer's"), done.stderr
