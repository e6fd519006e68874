"""Programs that we did not write agree with us on what a running stack issued.

openssl, poppler, qpdf and zbar, and the second verifier that was written from the text alone; for
a photograph, a PDF and a sound, all from published packages.
"""

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.grounds.gaps import need
from tests.grounds.samples import Samples
from tests.grounds.stack import RunningStack, clean_environment

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Issued:
    """What was deposited, its certificate, and the folder into which its package was unpacked."""

    work: Path
    certificate: Path
    package: Path
    folder: Path
    verify_url: str


@pytest.fixture(scope="module", params=["photo", "drawing", "sound"])
def issued(
    request: pytest.FixtureRequest,
    stack: RunningStack,
    samples: Samples,
    tmp_path_factory: pytest.TempPathFactory,
) -> Issued:
    folder = tmp_path_factory.mktemp(request.param)
    work: Path = getattr(samples, request.param)
    ran = stack.yinji("deposit", work, "--title", "山间 𠮷", "--out", folder, "--json", timeout=180)
    assert ran.code == 0, ran.err
    with zipfile.ZipFile(ran.json["package"]) as package:
        package.extractall(folder)
    return Issued(
        work,
        Path(ran.json["certificate"]),
        Path(ran.json["package"]),
        folder,
        ran.json["verify_url"],
    )


def run(issued: Issued, program: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    found = need(program, why="it judges what we issue")
    return subprocess.run(
        [found, *words],
        cwd=issued.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_openssl_finds_the_token_over_the_statement_under_the_packed_root(issued: Issued) -> None:
    words = ["ts", "-verify", "-in", "timestamp.tsr", "-CAfile", "trust/tsa-root.pem"]
    found = run(issued, "openssl", *words, "-data", "statement.json")
    assert (found.returncode, found.stdout) == (0, "Verification: OK\n"), found.stderr
    assert run(issued, "openssl", *words, "-data", "custody.json").returncode != 0


def test_openssl_finds_the_digest_of_the_work_in_the_statement(issued: Issued) -> None:
    found = run(issued, "openssl", "dgst", "-sha256", "-r", issued.work)
    assert f'"sha256":"{found.stdout[:64]}"' in (issued.folder / "statement.json").read_text()


def test_pdfsig_finds_one_valid_signature_over_the_total_document(issued: Issued) -> None:
    found = run(issued, "pdfsig", issued.certificate).stdout
    assert found.count("Signature #") == 1
    assert "Signature Validation: Signature is Valid." in found
    assert "Total document signed" in found
    # A root of one's own is in no reader's list.
    assert "Certificate Validation: Certificate issuer isn't Trusted." in found


def test_pdfsig_finds_the_signature_broken_when_a_byte_has_changed(issued: Issued) -> None:
    data = bytearray(issued.certificate.read_bytes())
    data[data.index(b"/Length") - 1] ^= 1
    (issued.folder / "changed.pdf").write_bytes(data)
    assert "Signature is Valid" not in run(issued, "pdfsig", "changed.pdf").stdout


def test_qpdf_finds_nothing_to_complain_of(issued: Issued) -> None:
    found = run(issued, "qpdf", "--check", issued.certificate)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "No syntax or stream encoding errors found" in found.stdout


def test_poppler_finds_every_font_embedded_and_reads_what_is_printed(issued: Issued) -> None:
    fonts = run(issued, "pdffonts", issued.certificate).stdout.splitlines()[2:]
    assert len(fonts) >= 3
    for font in fonts:
        assert font.split()[-5:-2] == ["yes", "yes", "yes"], font
    text = run(issued, "pdftotext", "-raw", issued.certificate, "-").stdout
    content = json.loads(_attached(issued, "content.json"))
    assert "山间 𠮷" in text
    assert content["statement_sha256"] in text
    assert all(entry["sha256"] in text for entry in content["files"])


def _attached(issued: Issued, name: str) -> bytes:
    taken = issued.folder / f"taken-{name}"
    found = run(issued, "pdfdetach", "-savefile", name, "-o", taken, issued.certificate)
    assert found.returncode == 0, found.stderr
    return taken.read_bytes()


def test_pdfdetach_takes_out_what_the_package_holds(issued: Issued) -> None:
    for name in ("statement.json", "timestamp.tsr", "proof.json", "block.json", "custody.json"):
        assert _attached(issued, name) == (issued.folder / name).read_bytes(), name


@pytest.mark.parametrize("dots", ["150", "300"])
def test_zbar_reads_the_public_address_from_the_page(issued: Issued, dots: str) -> None:
    picture = issued.folder / "page"
    found = run(issued, "pdftoppm", "-r", dots, "-l", "1", "-png", issued.certificate, picture)
    assert found.returncode == 0, found.stderr
    (page,) = issued.folder.glob("page*.png")
    read = run(issued, "zbarimg", "--quiet", "--raw", page).stdout
    page.unlink()
    assert read == f"{issued.verify_url}\n"


@pytest.mark.parametrize("what", ["certificate", "package"])
def test_the_second_verifier_says_what_ours_does(
    issued: Issued, stack: RunningStack, what: str
) -> None:
    need("openssl", why="the second verifier checks signatures with it")
    presented: Path = getattr(issued, what)
    words = [issued.work, presented, "--offline"]
    ours = stack.yinji("verify", *words)
    trust = stack.var / "trust.json"
    theirs = subprocess.run(
        [sys.executable, "-I", HERE / "second_verifier.py", *words, "--trust", trust],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ours.code == theirs.returncode == 0, theirs.stdout + theirs.stderr


def test_checking_it_offline_loads_no_pdf_library(issued: Issued, stack: RunningStack) -> None:
    program = (
        "import sys; from api.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: code = end.code\n"
        "print(code, 'pypdfium2' in sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, "verify", issued.work, issued.package, "--offline"],
        cwd=HERE.parents[1],
        env=clean_environment(stack.var),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stderr == "0 False\n", ran.stdout
