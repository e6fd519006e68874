"""Certificates and time-stamp answers made to order, right or wrong in one chosen place.

Written with `core.der`'s encoder only; what real readers think of the right ones is asked in
`tests/interop`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from core import der
from core.pki import fingerprint
from evidence.rfc3161 import Token, verify_response

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC)
POLICY = "1.3.6.1.4.1.99999.1.1"
STATEMENT = b"a statement"
IMPRINT = hashlib.sha256(STATEMENT).digest()
NONCE = 0x1234_5678_9ABC_DEF0
DATA = "1.2.840.113549.1.7.1"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
STAMPING = (ExtendedKeyUsageOID.TIME_STAMPING,)
SHA1, SHA256, SHA512 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.3"

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Party:
    key: Key
    certificate: x509.Certificate

    @property
    def pin(self) -> frozenset[str]:
        return frozenset({fingerprint(self.certificate)})


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def issue(
    common: str,
    parent: Party | None = None,
    *,
    ca: bool | None = False,
    path_length: int | None = None,
    usages: Sequence[x509.ObjectIdentifier] = STAMPING,
    usages_critical: bool = True,
    signs_certificates: bool | None = None,
    valid: tuple[datetime, datetime] = (NOW - timedelta(days=9), NOW + timedelta(days=900)),
    key: Key | None = None,
    digest: hashes.SHA224 | hashes.SHA256 | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Party:
    """A certificate under `parent`, self-signed without one; `ca=None` leaves the extension out."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(parent.certificate.subject if parent else name(common))
        .not_valid_before(valid[0].replace(microsecond=0))
        .not_valid_after(valid[1].replace(microsecond=0))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
    )
    if ca is not None:
        builder = builder.add_extension(
            x509.BasicConstraints(ca=ca, path_length=path_length), critical=True
        )
    if signs_certificates is not None:
        builder = builder.add_extension(key_usage(certificates=signs_certificates), critical=True)
    if usages and not ca:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage(list(usages)), critical=usages_critical
        )
    for value, critical in extra:
        builder = builder.add_extension(value, critical=critical)
    signing_key = parent.key if parent else own
    return Party(own, builder.sign(signing_key, digest or hashes.SHA256()))


def key_usage(*, certificates: bool, lists: bool | None = None) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates if lists is None else lists,
        encipher_only=False,
        decipher_only=False,
    )


def root(common: str = "Root", **wrong: object) -> Party:
    return issue(common, ca=True, **wrong)  # type: ignore[arg-type]


def revocations(
    issuer: Party,
    revoked: Sequence[tuple[x509.Certificate, datetime, x509.ReasonFlags | None]] = (),
    *,
    until: datetime = NOW + timedelta(days=30),
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update((NOW - timedelta(days=30)).replace(microsecond=0))
        .next_update(until.replace(microsecond=0))
    )
    for certificate, when, reason in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(certificate.serial_number)
            .revocation_date(when.replace(microsecond=0))
        )
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    for value, critical in extra:
        builder = builder.add_extension(value, critical=critical)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def sequence(*parts: bytes) -> bytes:
    return der.encode(der.SEQUENCE, *parts)


def octets(value: bytes) -> bytes:
    return der.encode(der.OCTET_STRING, value)


def attribute(kind: str, *values: bytes) -> bytes:
    return sequence(der.encode_oid(kind), der.encode(der.SET, *values))


@dataclass(frozen=True)
class Info:
    """A TSTInfo. `parts` overrides single members by name with raw bytes."""

    parts: dict[str, bytes] = field(default_factory=dict)

    def with_part(self, **parts: bytes) -> "Info":
        return Info(self.parts | parts)

    def encoded(self) -> bytes:
        usual = {
            "version": der.encode_integer(1),
            "policy": der.encode_oid(POLICY),
            "imprint": imprint(SHA256, IMPRINT),
            "serial": der.encode_integer(77),
            "gen_time": der.encode_time_ms(NOW),
            "accuracy": sequence(der.encode_integer(1)),
            "ordering": b"",
            "nonce": der.encode_integer(NONCE),
            "tsa": b"",
            "extensions": b"",
        }
        return sequence(*(usual | self.parts).values())


def imprint(algorithm: str, digest: bytes) -> bytes:
    return sequence(sequence(der.encode_oid(algorithm), der.encode(der.NULL)), octets(digest))


@dataclass(frozen=True)
class Forgery:
    """A SignedData by `signer`; every other field is one place to be wrong in."""

    signer: Party
    content: bytes = field(default_factory=lambda: Info().encoded())
    content_type: str = TST_INFO
    detached: bool = False
    certificates: Sequence[bytes] | None = None
    digest: str = "sha256"
    digest_oid: str | None = None
    announced: str | None = None
    version: int = 3
    signer_version: int = 1
    by_key_id: bool = False
    signature_oid: bytes | None = None
    pss: bool = False
    drop: Sequence[str] = ()
    swap: dict[str, bytes] = field(default_factory=dict)
    extra_attributes: Sequence[bytes] = ()
    unsorted: bool = False
    flip_signature: bool = False
    no_attributes: bool = False
    copies: int = 1
    unsigned: bytes = b""
    named: Sequence[x509.Certificate] | None = None

    def but(self, **wrong: object) -> "Forgery":
        return replace(self, **wrong)  # type: ignore[arg-type]

    def attributes(self) -> list[bytes]:
        named = self.named if self.named is not None else [self.signer.certificate]
        names = [sequence(octets(each.fingerprint(hashes.SHA256()))) for each in named]
        usual = {
            "1.2.840.113549.1.9.3": attribute(
                "1.2.840.113549.1.9.3", der.encode_oid(self.content_type)
            ),
            "1.2.840.113549.1.9.4": attribute(
                "1.2.840.113549.1.9.4", octets(hashlib.new(self.digest, self.content).digest())
            ),
            "1.2.840.113549.1.9.16.2.47": attribute(
                "1.2.840.113549.1.9.16.2.47", sequence(sequence(*names))
            ),
        }
        chosen = [raw for kind, raw in (usual | self.swap).items() if kind not in self.drop]
        found = sorted([*chosen, *self.extra_attributes])
        return found[::-1] if self.unsorted else found

    def token(self) -> bytes:
        algorithm = sequence(der.encode_oid(self.digest_oid or _digest_oid(self.digest)))
        announced = sequence(der.encode_oid(self.announced)) if self.announced else algorithm
        attributes = b"".join(self.attributes())
        signed = self.content if self.no_attributes else der.encode(der.SET, attributes)
        kind, signature = self._sign(signed)
        if self.flip_signature:
            signature = signature[:-1] + bytes((signature[-1] ^ 1,))
        certificate = self.signer.certificate
        identifier = sequence(
            certificate.issuer.public_bytes(), der.encode_integer(certificate.serial_number)
        )
        if self.by_key_id:
            key_id = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
            identifier = der.encode(0x80, key_id.value.digest)
        signer = sequence(
            der.encode_integer(self.signer_version),
            identifier,
            algorithm,
            b"" if self.no_attributes else der.encode(0xA0, attributes),
            self.signature_oid or kind,
            octets(signature),
            self.unsigned,
        )
        inside = self.certificates
        if inside is None:
            inside = [certificate.public_bytes(serialization.Encoding.DER)]
        wrapped = b"" if self.detached else der.encode(0xA0, octets(self.content))
        data = sequence(
            der.encode_integer(self.version),
            der.encode(der.SET, announced),
            sequence(der.encode_oid(self.content_type), wrapped),
            der.encode(0xA0, *inside) if inside else b"",
            der.encode(der.SET, *([signer] * self.copies)),
        )
        return sequence(der.encode_oid("1.2.840.113549.1.7.2"), der.encode(0xA0, data))

    def response(self) -> bytes:
        return answer(self.token())

    def _sign(self, data: bytes) -> tuple[bytes, bytes]:
        key = self.signer.key
        digest = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
        chosen = digest[self.digest]
        if isinstance(key, ec.EllipticCurvePrivateKey):
            last = {"sha256": 2, "sha384": 3, "sha512": 4}[self.digest]
            kind = sequence(der.encode_oid(f"1.2.840.10045.4.3.{last}"))
            return kind, key.sign(data, ec.ECDSA(chosen))
        if not self.pss:
            kind = sequence(der.encode_oid("1.2.840.113549.1.1.1"), der.encode(der.NULL))
            return kind, key.sign(data, padding.PKCS1v15(), chosen)
        hashed = sequence(der.encode_oid(_digest_oid(self.digest)))
        parameters = sequence(
            der.encode(0xA0, hashed),
            der.encode(0xA1, sequence(der.encode_oid("1.2.840.113549.1.1.8"), hashed)),
            der.encode(0xA2, der.encode_integer(32)),
        )
        kind = sequence(der.encode_oid("1.2.840.113549.1.1.10"), parameters)
        return kind, key.sign(data, padding.PSS(padding.MGF1(chosen), 32), chosen)


def answer(token: bytes, *, status: bytes | None = None) -> bytes:
    return sequence(status or sequence(der.encode_integer(0)), token)


def encoded(party: Party) -> bytes:
    return party.certificate.public_bytes(serialization.Encoding.DER)


def _digest_oid(digest: str) -> str:
    return {"sha256": SHA256, "sha384": "2.16.840.1.101.3.4.2.2", "sha512": SHA512}[digest]


@dataclass(frozen=True)
class Setting:
    """A pinned root, a signer below it, and a checker that knows both."""

    root: Party
    signer: Party

    def check(self, response: bytes, *, crls: tuple[bytes, ...] = ()) -> Token:
        return verify_response(
            response,
            imprint=IMPRINT,
            nonce=NONCE,
            roots=self.root.pin,
            extra_certificates=[self.root.certificate],
            policy=POLICY,
            crls=crls,
        )
