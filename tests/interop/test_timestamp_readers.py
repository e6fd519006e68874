"""Other people's time-stamp programs and ours read each other's work.

`openssl ts` makes and checks tokens; `rfc3161-client` checks them with a parser of its own.
"""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from rfc3161_client import VerifierBuilder, decode_timestamp_response

from core import pki
from core.errors import VerificationFailed
from evidence.authority import EmbeddedAuthority
from evidence.rfc3161 import Token, build_request, verify_response
from tests.forging import IMPRINT, NONCE, POLICY, STATEMENT, Key, Party, issue, root
from tests.grounds.gaps import need

pytestmark = pytest.mark.integration

BEGUN = datetime.now(UTC)
VALID = (BEGUN - timedelta(days=1), BEGUN + timedelta(days=30))

CONFIGURATION = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
certs = {folder}/chain.pem
signer_key = {folder}/signer.key
signer_digest = {digest}
default_policy = {policy}
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 3
ordering = no
tsa_name = yes
ess_cert_id_chain = {chain}
ess_cert_id_alg = {ess}
"""


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture(scope="module")
def authority() -> EmbeddedAuthority:
    identity = pki.create_authority(pki.new_installation_id(), now=BEGUN)
    return EmbeddedAuthority(identity, POLICY, timedelta(seconds=1))


class TestOurs:
    def test_openssl_accepts_our_answer(self, authority: EmbeddedAuthority, tmp_path: Path) -> None:
        found = self.verify(authority, tmp_path, STATEMENT)
        assert (found.returncode, found.stdout) == (0, "Verification: OK\n")

    def test_openssl_refuses_our_answer_for_another_file(
        self, authority: EmbeddedAuthority, tmp_path: Path
    ) -> None:
        assert self.verify(authority, tmp_path, STATEMENT + b".").returncode != 0

    def verify(
        self, authority: EmbeddedAuthority, folder: Path, data: bytes
    ) -> subprocess.CompletedProcess[str]:
        response = authority.answer(build_request(IMPRINT, NONCE), now=BEGUN, serial=1 << 63)
        (folder / "answer.tsr").write_bytes(response)
        (folder / "data").write_bytes(data)
        (folder / "root.pem").write_bytes(authority.identity.root.public_bytes(Encoding.PEM))
        return run(
            *("openssl", "ts", "-verify", "-data", folder / "data"),
            *("-in", folder / "answer.tsr", "-CAfile", folder / "root.pem"),
        )

    def test_rfc3161_client_accepts_our_answer(self, authority: EmbeddedAuthority) -> None:
        response = authority.answer(build_request(IMPRINT, NONCE), now=BEGUN, serial=7)
        verifier = (
            VerifierBuilder(nonce=NONCE, policy_id=x509.ObjectIdentifier(POLICY))
            .add_root_certificate(authority.identity.root)
            .build()
        )
        assert verifier.verify_message(decode_timestamp_response(response), STATEMENT)

    def test_openssl_asks_and_we_answer(self, authority: EmbeddedAuthority, tmp_path: Path) -> None:
        (tmp_path / "data").write_bytes(STATEMENT)
        request, answer = tmp_path / "question.tsq", tmp_path / "answer.tsr"
        asked = run(
            *("openssl", "ts", "-query", "-data", tmp_path / "data", "-sha512", "-cert"),
            *("-tspolicy", POLICY, "-out", request),
        )
        assert asked.returncode == 0, asked.stderr
        answer.write_bytes(authority.answer(request.read_bytes(), now=BEGUN, serial=9))
        (tmp_path / "root.pem").write_bytes(authority.identity.root.public_bytes(Encoding.PEM))
        found = run(
            *("openssl", "ts", "-verify", "-queryfile", request),
            *("-in", answer, "-CAfile", tmp_path / "root.pem"),
        )
        assert found.stdout == "Verification: OK\n", found.stderr


@dataclass(frozen=True)
class OpensslAuthority:
    folder: Path
    top: Party
    extra: list[x509.Certificate]

    def answer(self) -> bytes:
        (self.folder / "question.tsq").write_bytes(build_request(IMPRINT, NONCE))
        out = self.folder / "answer.tsr"
        made = run(
            *("openssl", "ts", "-reply", "-config", self.folder / "tsa.cnf", "-section", "here"),
            *("-queryfile", self.folder / "question.tsq", "-out", out),
        )
        assert made.returncode == 0, made.stderr
        return out.read_bytes()

    def check(self, response: bytes) -> Token:
        return verify_response(
            response,
            imprint=IMPRINT,
            nonce=NONCE,
            roots=self.top.pin,
            extra_certificates=self.extra,
            policy=POLICY,
        )


def openssl_authority(
    folder: Path, *, key: Key, digest: str = "sha256", chain: bool = True, ess: str = "sha256"
) -> OpensslAuthority:
    top = root("OpenSSL Root", valid=VALID)
    between = issue("OpenSSL Between", top, ca=True, valid=VALID)
    signer = issue("OpenSSL Signer", between, key=key, valid=VALID)
    (folder / "signer.pem").write_bytes(signer.certificate.public_bytes(Encoding.PEM))
    pems = [each.certificate.public_bytes(Encoding.PEM) for each in (between, top)]
    (folder / "chain.pem").write_bytes(b"".join(pems))
    (folder / "signer.key").write_bytes(
        signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (folder / "serial").write_text("0A\n")
    yes_or_no = "yes" if chain else "no"
    (folder / "tsa.cnf").write_text(
        CONFIGURATION.format(folder=folder, policy=POLICY, digest=digest, chain=yes_or_no, ess=ess)
    )
    return OpensslAuthority(folder, top, [])


class TestTheirs:
    @pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
    @pytest.mark.parametrize("kind", ["p256", "p384", "rsa"])
    def test_openssl_answers_with_a_chain_inside_are_accepted(
        self, tmp_path: Path, kind: str, digest: str
    ) -> None:
        keys: dict[str, Key] = {
            "p256": ec.generate_private_key(ec.SECP256R1()),
            "p384": ec.generate_private_key(ec.SECP384R1()),
            "rsa": rsa.generate_private_key(65537, 2048),
        }
        theirs = openssl_authority(tmp_path, key=keys[kind], digest=digest)
        token = theirs.check(theirs.answer())
        assert token.tsa_name == "OpenSSL Signer"
        assert token.accuracy == timedelta(seconds=1, milliseconds=500, microseconds=100)
        assert len(token.path.certificates) == 3
        assert abs(token.gen_time - datetime.now(UTC)) < timedelta(minutes=1)

    def test_an_openssl_answer_naming_only_its_signer_is_accepted(self, tmp_path: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        theirs = openssl_authority(tmp_path, key=key, chain=False)
        assert theirs.check(theirs.answer()).policy == POLICY

    def test_an_openssl_answer_naming_its_signer_by_sha1_is_refused(self, tmp_path: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        theirs = openssl_authority(tmp_path, key=key, ess="sha1")
        with pytest.raises(VerificationFailed, match=r"16\.2\.47 is missing"):
            theirs.check(theirs.answer())


CHECK_LATER = """
import sys, datetime, pathlib
from cryptography import x509
from core import pki
from evidence.rfc3161 import verify_response
response, root = (pathlib.Path(each).read_bytes() for each in sys.argv[1:3])
top = x509.load_pem_x509_certificate(root)
token = verify_response(
    response, imprint=bytes.fromhex(sys.argv[3]), nonce=None,
    roots=frozenset({pki.fingerprint(top)}), extra_certificates=[top],
)
print(datetime.datetime.now().year, token.gen_time.isoformat())
"""


def test_a_token_still_holds_in_2045_when_its_certificate_has_long_expired(
    authority: EmbeddedAuthority, tmp_path: Path
) -> None:
    response = authority.answer(build_request(IMPRINT, NONCE), now=BEGUN, serial=5)
    (tmp_path / "answer.tsr").write_bytes(response)
    (tmp_path / "root.pem").write_bytes(authority.identity.root.public_bytes(Encoding.PEM))
    found = run(
        *(
            need("faketime", why="it sets the clock ahead"),
            "2045-06-01 00:00:00",
            sys.executable,
            "-c",
            CHECK_LATER,
        ),
        *(tmp_path / "answer.tsr", tmp_path / "root.pem", hashlib.sha256(STATEMENT).hexdigest()),
    )
    assert found.returncode == 0, found.stderr
    year, moment = found.stdout.split()
    assert year == "2045"
    assert moment.startswith(f"{BEGUN:%Y-%m-%dT%H:%M:%S}")
