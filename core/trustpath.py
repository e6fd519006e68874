"""From a signer's certificate to a root that the caller trusts (RFC 5280 section 6, in part).

Promises: trust is given by the caller's pinned fingerprints and by nothing else; a certificate
that came with a signature is only a candidate. Every certificate of an accepted path was valid at
the moment asked about (never "now"), every issuer is a CA allowed to sign certificates, and no
critical extension was passed over. Nothing is fetched. Work is bounded whatever is presented.

Three answers: a `TrustPath`; `UntrustedRoot`, when no path to a pinned root can be shown, which is
a lack of knowledge; and `VerificationFailed`, when the path to a pinned root is itself at fault.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from core.errors import VerificationFailed
from core.pki import SIGNING_USAGES, fingerprint

_Kind = TypeVar("_Kind", bound=x509.ExtensionType)

MAX_CERTIFICATES_IN_PATH = 6
MAX_CANDIDATES = 32
MAX_CRLS = 32
_MIN_RSA_BITS, _MAX_RSA_BITS = 2048, 8192

_UNDERSTOOD = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        # Identity only: they do not narrow what a path may do.
        x509.SubjectAlternativeName.oid,
        x509.SubjectKeyIdentifier.oid,
        x509.AuthorityKeyIdentifier.oid,
        # Critical or not, it narrows nothing while the caller asks for no policy.
        x509.CertificatePolicies.oid,
    }
)
_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
# RFC 3161 section 4 (1): after these reasons, and only when one is stated, older tokens stand.
_HARMLESS_BEFORE = frozenset(
    {
        x509.ReasonFlags.unspecified,
        x509.ReasonFlags.affiliation_changed,
        x509.ReasonFlags.superseded,
        x509.ReasonFlags.cessation_of_operation,
    }
)


class UntrustedRoot(VerificationFailed):
    """No path to a pinned root: the check could not be made, which is not the same as invalid."""

    code = "untrusted-root"


class CertificateRevoked(VerificationFailed):
    """A certificate of the path had been revoked by the moment asked about."""

    code = "certificate-revoked"


@dataclass(frozen=True, slots=True)
class TrustPath:
    """The certificates from the signer to the pinned root, both included.

    `root_sha256` is the pinned fingerprint that was met. `revocation_checked` is true only when a
    CRL that was current at the moment asked about covered every certificate below the root.
    """

    certificates: tuple[x509.Certificate, ...]
    root_sha256: str
    revocation_checked: bool


def find(
    signer: x509.Certificate,
    *,
    candidates: Sequence[x509.Certificate],
    roots: frozenset[str],
    at: datetime,
    crls: Sequence[bytes] = (),
    signer_tells_time: bool = False,
) -> TrustPath:
    """The first acceptable path from `signer` to a root whose fingerprint is in `roots`.

    `candidates` may hold the intermediates and the root, from anywhere; `at` is an aware time.
    `signer_tells_time` is for time-stamp authorities: a stolen key can then invent any time, so a
    revocation without a harmless reason counts whatever its date (RFC 3161 section 4).

    Raises UntrustedRoot, CertificateRevoked or VerificationFailed.
    """
    if len(candidates) > MAX_CANDIDATES or len(crls) > MAX_CRLS:
        raise VerificationFailed(
            "证书或吊销列表过多 / "
            "more certificates or revocation lists were presented than a path can need"
        )
    lists = [_load_crl(der) for der in crls]
    failure: VerificationFailed | None = None
    for path in _paths(signer, _without_repeats(candidates), roots):
        try:
            _check(path, at)
            covered = _check_revocation(path, lists, at, ever=signer_tells_time)
        except VerificationFailed as error:
            failure = failure or error
            continue
        return TrustPath(path, fingerprint(path[-1]), covered)
    if failure:
        raise failure
    raise UntrustedRoot(
        "没有通向受信任根证书的证书链 / "
        f"no path leads from {label(signer)} to a root that the checker trusts"
    )


def label(certificate: x509.Certificate) -> str:
    """What to call a certificate in a sentence: its common name, else the whole subject."""
    try:
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return f"“{names[0].value!s}”" if names else f"“{certificate.subject.rfc4514_string()}”"
    except ValueError:
        return "a certificate whose name cannot be read"


def extensions(certificate: x509.Certificate) -> x509.Extensions:
    """The certificate's extensions. Raises VerificationFailed when they cannot be read."""
    try:
        return certificate.extensions
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise VerificationFailed(
            f"证书扩展无法读取 / {label(certificate)} has extensions that cannot be read"
        ) from error


def _without_repeats(candidates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    return list({fingerprint(each): each for each in candidates}.values())


def _paths(
    signer: x509.Certificate, candidates: list[x509.Certificate], roots: frozenset[str]
) -> Iterator[tuple[x509.Certificate, ...]]:
    """Every chain of true signatures from the signer to a pinned root, shortest first.

    The signer's own certificate may be the pinned one: how an issuer under a public authority is
    trusted without trusting everybody whom that authority certifies.
    """
    # Each pair is asked about once, so a tangle of cross-signed CAs costs at most n² signatures.
    links: dict[int, list[x509.Certificate]] = {}
    open_paths: list[tuple[x509.Certificate, ...]] = [(signer,)]
    budget = 8 * MAX_CANDIDATES
    while open_paths and budget:
        budget -= 1
        path = open_paths.pop(0)
        last = path[-1]
        if fingerprint(last) in roots:
            yield path
            continue
        if len(path) == MAX_CERTIFICATES_IN_PATH:
            continue
        if id(last) not in links:
            links[id(last)] = [each for each in candidates if _issued(last, each)]
        open_paths += [(*path, each) for each in links[id(last)] if each not in path]


# A checker sees the same few certificates over and over; the answer for a pair never changes.
@lru_cache(maxsize=512)
def _issued(child: x509.Certificate, parent: x509.Certificate) -> bool:
    try:
        if child.issuer.public_bytes() != parent.subject.public_bytes():
            return False
        child.verify_directly_issued_by(parent)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _check(path: tuple[x509.Certificate, ...], at: datetime) -> None:
    # Certificates tell time in whole seconds, and are valid to the end of their last.
    at = at.replace(microsecond=0)
    for certificate in path:
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise VerificationFailed(
                "该时刻证书不在有效期内 / "
                f"{label(certificate)} was not valid at {at:%Y-%m-%d %H:%M:%S}Z, only from "
                f"{certificate.not_valid_before_utc:%Y-%m-%d} "
                f"to {certificate.not_valid_after_utc:%Y-%m-%d}"
            )
        for extension in extensions(certificate):
            if extension.critical and extension.oid not in _UNDERSTOOD:
                raise VerificationFailed(
                    "证书含有无法理解的关键扩展 / "
                    f"{label(certificate)} has a critical extension that is not understood: "
                    f"{extension.oid.dotted_string}"
                )
        _check_strength(certificate)
    _check_signer(path[0])
    for below, issuer in enumerate(path[1:]):
        _check_issuer(issuer, path[1 : below + 1])
    for certificate in path[:-1]:
        if not isinstance(_signature_digest(certificate), _DIGESTS):
            raise VerificationFailed(
                "证书签名的摘要算法过弱 / "
                f"{label(certificate)} is signed with a digest weaker than SHA-256"
            )


def _signature_digest(certificate: x509.Certificate) -> hashes.HashAlgorithm | None:
    try:
        return certificate.signature_hash_algorithm
    except (UnsupportedAlgorithm, ValueError):
        return None


def _check_strength(certificate: x509.Certificate) -> None:
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError) as error:
        raise VerificationFailed(
            "证书密钥种类无法识别 / "
            f"{label(certificate)} has a key of a kind that is not understood"
        ) from error
    if isinstance(key, rsa.RSAPublicKey):
        strong = _MIN_RSA_BITS <= key.key_size <= _MAX_RSA_BITS
    else:
        strong = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES)
    if not strong:
        raise VerificationFailed(
            "证书密钥过弱或种类不被接受 / "
            f"{label(certificate)} has a key that is too weak or of an unaccepted kind"
        )


def require_document_signer(signer: x509.Certificate) -> None:
    """Raises VerificationFailed when `signer` is certified for other things than documents."""
    usages = _one(signer, x509.ExtendedKeyUsage)
    if usages is not None and not SIGNING_USAGES.intersection(usages):
        raise VerificationFailed(
            f"证书不是用于签署文件的 / {label(signer)} is not a certificate for signing documents"
        )


def _check_signer(signer: x509.Certificate) -> None:
    constraints = _one(signer, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise VerificationFailed(
            "签名者证书是 CA 证书 / "
            f"{label(signer)} is a certificate authority and may not sign by itself"
        )
    usage = _one(signer, x509.KeyUsage)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise VerificationFailed(
            f"证书用途不允许签名 / {label(signer)} is not allowed to make signatures"
        )


def _check_issuer(issuer: x509.Certificate, below: tuple[x509.Certificate, ...]) -> None:
    """`below` are the CAs between this issuer and the signer."""
    constraints = _one(issuer, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise VerificationFailed(
            "签发者不是 CA / "
            f"{label(issuer)} issued a certificate but is not a certificate authority"
        )
    usage = _one(issuer, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise VerificationFailed(
            f"签发者无权签发证书 / {label(issuer)} is not allowed to issue certificates"
        )
    # RFC 5280 section 4.2.1.9: self-issued certificates do not count.
    depth = sum(each.subject != each.issuer for each in below)
    if constraints.path_length is not None and depth > constraints.path_length:
        raise VerificationFailed(
            f"证书链超过允许长度 / the path below {label(issuer)} is longer than it allows"
        )


def _one(certificate: x509.Certificate, kind: type[_Kind]) -> _Kind | None:
    try:
        return extensions(certificate).get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _load_crl(der: bytes) -> x509.CertificateRevocationList:
    try:
        return x509.load_der_x509_crl(der)
    except (ValueError, x509.InvalidVersion) as error:
        raise VerificationFailed("吊销列表无法读取 / a revocation list cannot be read") from error


def _check_revocation(
    path: tuple[x509.Certificate, ...],
    lists: list[x509.CertificateRevocationList],
    at: datetime,
    *,
    ever: bool,
) -> bool:
    covered = True
    for position, (child, issuer) in enumerate(pairwise(path)):
        current = False
        for crl in lists:
            if not _speaks_for(crl, issuer):
                continue
            entry = crl.get_revoked_certificate_by_serial_number(child.serial_number)
            if entry is not None and _counts(entry, at, ever=ever and position == 0):
                raise CertificateRevoked(
                    "证书已被吊销 / "
                    f"{label(child)} was revoked on {entry.revocation_date_utc:%Y-%m-%d}"
                )
            fresh = crl.next_update_utc is None or crl.next_update_utc >= at
            current = current or (fresh and not any(each.critical for each in crl.extensions))
        covered = covered and current
    return covered


def _speaks_for(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether an entry of this list is the issuer's own word about a certificate of its."""
    key = issuer.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return False
    usage = _one(issuer, x509.KeyUsage)
    if crl.issuer != issuer.subject or not (usage is None or usage.crl_sign):
        return False
    try:
        for extension in crl.extensions:
            value = extension.value
            # A partial list says nothing of what it leaves out, but what it names is revoked;
            # an indirect or delta list may speak of other issuers' certificates, or of none.
            partial = isinstance(value, x509.IssuingDistributionPoint) and not value.indirect_crl
            if extension.critical and not partial:
                return False
        return crl.is_signature_valid(key)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise VerificationFailed("吊销列表无法读取 / a revocation list cannot be read") from error


def _counts(entry: x509.RevokedCertificate, at: datetime, *, ever: bool) -> bool:
    if entry.revocation_date_utc <= at:
        return True
    if not ever:
        return False
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, ValueError):
        return True
    return reason not in _HARMLESS_BEFORE
