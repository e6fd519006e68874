"""Signatures made by other people's programs, read by ours."""

import io
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.pdfgen.canvas import Canvas

from core import cms, der, pki
from core.errors import VerificationFailed
from tests.forging import Key, issue, root

pytestmark = pytest.mark.integration

BEGUN = datetime.now(UTC)
VALID = (BEGUN - timedelta(days=1), BEGUN + timedelta(days=30))
MAIL = (ExtendedKeyUsageOID.EMAIL_PROTECTION,)


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize("kind", ["p256", "p384", "rsa", "rsa-pss"])
def test_openssl_signatures_hold_and_not_over_other_bytes(
    tmp_path: Path, kind: str, digest: str
) -> None:
    keys: dict[str, Key] = {
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "rsa": rsa.generate_private_key(65537, 2048),
        "rsa-pss": rsa.generate_private_key(65537, 3072),
    }
    top = root("OpenSSL Root", valid=VALID)
    signer = issue("OpenSSL Signer", top, key=keys[kind], usages=MAIL, valid=VALID)
    (tmp_path / "signer.pem").write_bytes(signer.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "signer.key").write_bytes(
        signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (tmp_path / "data").write_bytes(b"signed bytes")
    options = ["-keyopt", "rsa_padding_mode:pss"] if kind == "rsa-pss" else []
    made = subprocess.run(
        [
            *("openssl", "cms", "-sign", "-cades", "-binary", "-outform", "DER", "-md", digest),
            *("-signer", str(tmp_path / "signer.pem"), "-inkey", str(tmp_path / "signer.key")),
            *("-in", str(tmp_path / "data"), "-out", str(tmp_path / "data.cms"), *options),
        ],
        capture_output=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    signed = cms.parse((tmp_path / "data.cms").read_bytes())

    def check(content: bytes) -> cms.VerifiedSignature:
        return cms.verify(
            signed,
            content=content,
            at=datetime.now(UTC),
            roots=top.pin,
            extra_certificates=[top.certificate],
        )

    found = check(b"signed bytes")
    assert found.digest_algorithm == digest
    assert found.signing_time is not None
    with pytest.raises(VerificationFailed, match="differs"):
        check(b"signed bytes.")


def test_a_signature_that_pyhanko_puts_into_a_pdf_holds(tmp_path: Path) -> None:
    issuer = pki.create_issuer(pki.new_installation_id(), now=BEGUN)
    page = io.BytesIO()
    canvas = Canvas(page)
    canvas.drawString(72, 720, "page")
    canvas.save()
    page.seek(0)
    private = issuer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(issuer.certificate.public_bytes(Encoding.DER)),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    metadata = PdfSignatureMetadata(
        field_name="Signature", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
    )
    out = sign_pdf(IncrementalPdfFileWriter(page), metadata, signer=signer).getvalue()
    at = out.index(b"/ByteRange")
    numbers = out[out.index(b"[", at) + 1 : out.index(b"]", at)].split()
    start, first, second, rest = (int(each) for each in numbers)
    covered = out[start : start + first] + out[second : second + rest]
    padded = bytes.fromhex(out[start + first + 1 : second - 1].decode())
    signature = der.Reader(padded, "contents").any().raw
    found = cms.verify(
        cms.parse(signature),
        content=covered,
        at=BEGUN,
        roots=frozenset({pki.fingerprint(issuer.root)}),
        extra_certificates=issuer.chain,
        crls=[issuer.crl],
    )
    assert found.signer == issuer.certificate
    assert found.path.revocation_checked


def test_checking_signatures_loads_nothing_heavy() -> None:
    heavy = {"asn1crypto", "httpx2", "pyhanko", "sqlalchemy", "web3", "pydantic", "reportlab"}
    program = (
        "import sys, core.cms, evidence.rfc3161; print(*{m.split('.')[0] for m in sys.modules})"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert heavy.isdisjoint(found.stdout.split())
