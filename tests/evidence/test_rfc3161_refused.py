"""Every wrong or damaged time-stamp answer is refused, each for its own reason."""

import contextlib
import hashlib
import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from core import der
from core.errors import VerificationFailed
from evidence.rfc3161 import (
    TimestampRefused,
)
from tests.forging import (
    DATA,
    IMPRINT,
    NONCE,
    NOW,
    SHA1,
    SHA512,
    Forgery,
    Info,
    Setting,
    answer,
    attribute,
    encoded,
    imprint,
    issue,
    key_usage,
    name,
    octets,
    root,
    sequence,
)

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def good() -> Setting:
    top = root("Stamp Root")
    return Setting(top, issue("Stamp Signer", top))


def _info(**parts: bytes) -> Callable[[Setting], bytes]:
    content = Info().with_part(**parts).encoded()
    return lambda good: Forgery(good.signer, content=content).response()


def _signed(**wrong: object) -> Callable[[Setting], bytes]:
    return lambda good: Forgery(good.signer).but(**wrong).response()


def _by(**wrong: object) -> Callable[[Setting], bytes]:
    def build(good: Setting) -> bytes:
        return Forgery(issue("Wrong", good.root, **wrong)).response()  # type: ignore[arg-type]

    return build


def _status(*parts: bytes) -> Callable[[Setting], bytes]:
    return lambda good: answer(Forgery(good.signer).token(), status=sequence(*parts))


def _below_leaf(good: Setting) -> bytes:
    signer = issue("Child of a leaf", good.signer)
    inside = [encoded(signer), encoded(good.signer)]
    return Forgery(signer, certificates=inside).response()


def _too_deep(good: Setting) -> bytes:
    first = issue("First", good.root, ca=True, path_length=0)
    second = issue("Second", first, ca=True)
    signer = issue("Deep", second)
    return Forgery(signer, certificates=[encoded(x) for x in (signer, second, first)]).response()


def _under(good: Setting, **wrong: object) -> bytes:
    between = issue("Between", good.root, ca=True, **wrong)  # type: ignore[arg-type]
    signer = issue("Deep", between)
    return Forgery(signer, certificates=[encoded(signer), encoded(between)]).response()


def _issuer_serial_of_another(good: Setting) -> bytes:
    found = hashlib.sha256(encoded(good.signer)).digest()
    names = sequence(der.encode(0xA4, name("Stamp Root").public_bytes()))
    other = sequence(names, der.encode_integer(1))
    value = sequence(sequence(sequence(octets(found), other)))
    kind = "1.2.840.113549.1.9.16.2.47"
    return Forgery(good.signer, swap={kind: attribute(kind, value)}).response()


def _path_not_allowed(good: Setting) -> bytes:
    between, unused = (issue(each, good.root, ca=True) for each in ("Between", "Unused"))
    signer = issue("Deep", between)
    named = [signer.certificate, unused.certificate]
    inside = [encoded(signer), encoded(between)]
    return Forgery(signer, certificates=inside, named=named).response()


def _negative_serial(good: Setting) -> bytes:
    raw, serial = encoded(good.signer), good.signer.certificate.serial_number
    plain = der.encode_integer(serial)
    assert raw.count(plain) == 1
    negative = raw.replace(plain, plain[:2] + b"\x81" + plain[3:])
    return Forgery(good.signer, certificates=[negative]).response()


LONG_AGO = (NOW - timedelta(days=900), NOW - timedelta(days=1))
TOMORROW = (NOW + timedelta(days=1), NOW + timedelta(days=2))
STAMP, MAIL = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.EMAIL_PROTECTION
STRANGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
CRITICAL = der.encode(0xA1, sequence(der.encode_oid("1.2.3"), b"\x01\x01\xff", octets(b"")))
ANOTHER = der.encode(0xA0, der.encode(0xA4, name("Somebody").public_bytes()))
CERTIFICATE_NAME = "1.2.840.113549.1.9.16.2.47"
DIGEST, TYPE = "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.3"
OTHER_NAME = attribute(CERTIFICATE_NAME, sequence(sequence(sequence(octets(bytes(32))))))
SHA1_ALGORITHM = sequence(der.encode_oid(SHA1))

WEAK = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it must be refused

WRONG: dict[str, tuple[Callable[[Setting], bytes], str]] = {
    "a rejection": (_status(der.encode_integer(2)), "refused"),
    "a grant with changes": (_status(der.encode_integer(1)), "refused"),
    "a grant with a failure": (_status(b"\x02\x01\x00", b"\x03\x02\x05\x20"), "refused"),
    "a grant without a token": (lambda _: sequence(sequence(b"\x02\x01\x00")), "lacks"),
    "bytes after the answer": (lambda g: Forgery(g.signer).response() + b"\x00", "left over"),
    "bytes after the token": (lambda g: answer(Forgery(g.signer).token() + b"\x05\x00"), "left"),
    "bytes after the information": (
        lambda g: Forgery(g.signer, content=Info().encoded() + b"\x05\x00").response(),
        "left over",
    ),
    "an element too many in the information": (_info(extensions=b"\x05\x00"), "left over"),
    "an element too many in the signer": (_signed(unsigned=b"\x05\x00"), "left over"),
    "an indefinite length": (lambda g: b"\x30\x80" + _signed()(g)[4:] + b"\x00\x00", "indefinite"),
    "a long form of a short length": (
        lambda g: Forgery(g.signer, content=b"\x30\x81\x03\x02\x01\x01").response(),
        "not minimal",
    ),
    "an answer too large": (lambda g: _signed()(g) + bytes(70_000), "too large"),
    "another digest": (_info(imprint=imprint("2.16.840.1.101.3.4.2.1", bytes(32))), "over another"),
    "a SHA-512 label": (_info(imprint=imprint(SHA512, IMPRINT)), "over another"),
    "a SHA-1 imprint": (_info(imprint=imprint(SHA1, bytes(20))), "over another"),
    "another nonce": (_info(nonce=der.encode_integer(NONCE + 1)), "another request"),
    "no nonce": (_info(nonce=b""), "another request"),
    "another policy": (_info(policy=der.encode_oid("1.2.3.4")), "another policy"),
    "version 2": (_info(version=der.encode_integer(2)), "version is not 1"),
    "a time without seconds": (
        _info(gen_time=der.encode(0x18, b"202603040506Z")),
        "GeneralizedTime",
    ),
    "a time with trailing zeros": (
        _info(gen_time=der.encode(0x18, b"20260304050607.10Z")),
        "GeneralizedTime",
    ),
    "a local time": (_info(gen_time=der.encode(0x18, b"20260304050607+0800")), "GeneralizedTime"),
    "a day that does not exist": (
        _info(gen_time=der.encode(0x18, b"20260230050607Z")),
        "does not exist",
    ),
    "a written default": (_info(ordering=b"\x01\x01\x00"), "malformed"),
    "an endless serial number": (_info(serial=der.encode_integer(1 << 200)), "malformed"),
    "an accuracy of 1000 milliseconds": (
        _info(accuracy=sequence(der.encode_integer(1000, 0x80))),
        "accuracy",
    ),
    "another authority's name": (_info(tsa=ANOTHER), "names another authority"),
    "an unknown critical extension": (_info(extensions=CRITICAL), "critical extension"),
    "content of another type": (_signed(content_type=DATA, version=1), "does not enclose"),
    "no content": (_signed(detached=True), "does not enclose"),
    "a signer without the purpose": (_by(usages=()), "time-stamping alone"),
    "a purpose that is not critical": (_by(usages_critical=False), "time-stamping alone"),
    "a second purpose": (_by(usages=(STAMP, MAIL)), "time-stamping alone"),
    "another purpose": (_by(usages=(MAIL,)), "time-stamping alone"),
    "a signer that is a CA": (
        _by(ca=True, extra=[(x509.ExtendedKeyUsage([STAMP]), True)]),
        "is a certificate authority",
    ),
    "a root that stamps itself": (
        lambda g: Forgery(g.root).response(),
        "not a certificate for time-stamping",
    ),
    "a signer that had expired": (_by(valid=LONG_AGO), "not valid at"),
    "a signer not yet valid": (_by(valid=TOMORROW), "not valid at"),
    "an intermediate that had expired": (lambda g: _under(g, valid=LONG_AGO), "not valid at"),
    "an intermediate that may not issue": (
        lambda g: _under(g, signs_certificates=False),
        "not allowed to issue",
    ),
    "an intermediate with name constraints": (
        lambda g: _under(
            g,
            extra=[(x509.NameConstraints([x509.DNSName("example.org")], None), True)],
        ),
        "not understood",
    ),
    "an issuer that is a leaf": (_below_leaf, "not a certificate authority"),
    "a path longer than allowed": (_too_deep, "longer than it allows"),
    "a signer that may not sign": (
        _by(extra=[(key_usage(certificates=True), True)]),
        "more than signing",
    ),
    "a critical extension nobody knows": (_by(extra=[(STRANGE, True)]), "not understood"),
    "a certificate signed with SHA-224": (_by(digest=hashes.SHA224()), "weaker than SHA-256"),
    "a certificate with a negative serial": (_negative_serial, "not presented"),
    "a weak key": (_by(key=WEAK), "too weak"),
    "a curve not taken": (_by(key=ec.generate_private_key(ec.SECP256K1())), "unaccepted kind"),
    "no certificate": (_signed(certificates=[]), "not presented"),
    "a certificate that is garbage": (
        _signed(certificates=[sequence(b"\x05\x00")]),
        "not presented",
    ),
    "an attribute certificate": (_signed(certificates=[b"\xa1\x02\x05\x00"]), "kind"),
    "no certificate name": (_signed(drop=[CERTIFICATE_NAME]), "is missing"),
    "another certificate's name": (_signed(swap={CERTIFICATE_NAME: OTHER_NAME}), "not the one"),
    "another serial in the name": (_issuer_serial_of_another, "not the one"),
    "a path the signer did not allow": (_path_not_allowed, "did not allow"),
    "no digest": (_signed(drop=[DIGEST]), "is missing"),
    "a wrong digest": (_signed(swap={DIGEST: attribute(DIGEST, octets(bytes(32)))}), "differs"),
    "no content type": (_signed(drop=[TYPE]), "is missing"),
    "a wrong content type": (
        _signed(swap={TYPE: attribute(TYPE, der.encode_oid(DATA))}),
        "differs",
    ),
    "an attribute twice": (
        _signed(extra_attributes=[attribute("1.2.3", b"\x05\x00")] * 2),
        "stands twice",
    ),
    "an attribute with two values": (
        _signed(extra_attributes=[attribute("1.2.3", b"\x05\x00", b"\x05\x00")]),
        "left over",
    ),
    "attributes out of order": (_signed(unsorted=True), "DER order"),
    "no signed attributes": (_signed(no_attributes=True), "no signed attributes"),
    "a broken signature": (_signed(flip_signature=True), "does not hold"),
    "two signers": (_signed(copies=2), "exactly one signer"),
    "no signer": (_signed(copies=0), "exactly one signer"),
    "a SHA-1 signer": (_signed(digest_oid=SHA1), "none of SHA-256"),
    "a digest not announced": (_signed(announced=SHA512), "announced"),
    "a SHA-1 signature": (
        _signed(signature_oid=sequence(der.encode_oid("1.2.840.10045.4.1"))),
        "not one",
    ),
    "a signature of another digest": (
        _signed(signature_oid=sequence(der.encode_oid("1.2.840.10045.4.3.4"))),
        "different digests",
    ),
    "a signature of another kind": (
        _signed(signature_oid=sequence(der.encode_oid("1.2.840.113549.1.1.11"))),
        "does not fit",
    ),
    "a CMS version of another time": (_signed(version=1), "version is 1"),
    "a signer version that lies": (_signed(signer_version=3), "does not fit"),
}


class TestRefused:
    @pytest.mark.parametrize("case", WRONG)
    def test_a_wrong_answer_is_refused_for_its_own_reason(self, good: Setting, case: str) -> None:
        build, reason = WRONG[case]
        with pytest.raises(VerificationFailed, match=reason):
            good.check(build(good))

    def test_there_are_more_than_twenty_wrong_answers(self) -> None:
        assert len(WRONG) > 20

    def test_a_refusal_gives_the_authoritys_reason(self, good: Setting) -> None:
        response = sequence(sequence(der.encode_integer(2), b"\x03\x02\x07\x80"))
        with pytest.raises(TimestampRefused, match="unrecognised algorithm"):
            good.check(response)


@pytest.mark.filterwarnings("ignore::UserWarning")  # the library remarks on odd names it can read
class TestDamage:
    def test_every_changed_byte_is_refused(self, good: Setting) -> None:
        response = Forgery(good.signer).response()
        masks = random.Random(1)  # noqa: S311 - the same bytes every time
        for position in range(len(response)):
            for mask in (0x01, 0x80, masks.randrange(1, 256)):
                changed = bytearray(response)
                changed[position] ^= mask
                with pytest.raises(VerificationFailed):
                    good.check(bytes(changed))

    def test_every_truncation_is_refused(self, good: Setting) -> None:
        response = Forgery(good.signer).response()
        for length in range(len(response)):
            with pytest.raises(VerificationFailed):
                good.check(response[:length])

    @given(st.binary(max_size=300))
    def test_no_bytes_make_it_raise_anything_else(self, good: Setting, noise: bytes) -> None:
        with pytest.raises(VerificationFailed):
            good.check(noise)

    @settings(max_examples=300)
    @given(st.integers(0, 2000), st.integers(0, 40), st.binary(max_size=40))
    def test_no_splice_makes_it_raise_anything_else(
        self, good: Setting, start: int, cut: int, noise: bytes
    ) -> None:
        response = Forgery(good.signer).response()
        start %= len(response)
        changed = response[:start] + noise + response[start + cut :]
        if changed == response:
            return
        with pytest.raises(VerificationFailed):
            good.check(changed)

    @settings(max_examples=300)
    @given(st.integers(0, 2000), st.integers(1, 255))
    def test_a_damaged_certificate_beside_the_signers_raises_nothing_else(
        self, good: Setting, position: int, mask: int
    ) -> None:
        beside = bytearray(encoded(good.root))
        beside[position % len(beside)] ^= mask
        forgery = Forgery(good.signer, certificates=[encoded(good.signer), bytes(beside)])
        with contextlib.suppress(VerificationFailed):
            assert good.check(forgery.response()).gen_time == NOW
