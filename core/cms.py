"""CMS signatures (RFC 5652) by one signer, verified strictly.

Promises: `verify` returns a fact only when every step of its list held, and raises otherwise.
Trust comes from the caller's pinned roots alone (`core.trustpath`); the structure is read by
`core.signed_data`, so that checking a signature loads nothing heavier than `cryptography`.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from core import der, trustpath
from core.errors import VerificationFailed
from core.signed_data import (
    CONTENT_TYPE,
    DATA,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE_V2,
    CertificateName,
    SignedData,
    certificate_names,
    load_certificate,
    parse,
)

__all__ = ["DATA", "SignedData", "VerifiedSignature", "load_certificate", "parse", "verify"]

_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class VerifiedSignature:
    """What has been shown: who signed which content, under which pinned root.

    `signing_time` is the signer's own claim. `digest_algorithm` is "sha256", "sha384" or "sha512".
    """

    signer: x509.Certificate
    path: trustpath.TrustPath
    content: bytes
    digest_algorithm: str
    signing_time: datetime | None
    signature: bytes
    signature_timestamp: bytes | None

    @property
    def root_sha256(self) -> str:
        """The pinned fingerprint the path ends in."""
        return self.path.root_sha256


def verify(
    signed: SignedData,
    *,
    at: datetime,
    roots: frozenset[str],
    content: bytes | None = None,
    content_type: str = DATA,
    extra_certificates: Sequence[x509.Certificate] = (),
    crls: Sequence[bytes] = (),
    signer_tells_time: bool = False,
    demand: Callable[[x509.Certificate], None] | None = None,
) -> VerifiedSignature:
    """Checks one signature completely.

    `content` are the bytes of a detached signature and must be None for an enclosing one; `roots`
    are pinned SHA-256 fingerprints (lower-case hex); `at` is the aware time at which every
    certificate must be valid; `extra_certificates` are candidates as good as those inside;
    `demand` raises VerificationFailed for a signer's certificate that is not for this.

    1. the content is there once, and is of the expected type;
    2. its digest is the signed one;
    3. the signer's certificate is found: the one the signer signed the name of;
    4. the signature over the signed attributes holds, and the certificate is for this;
    5. a path leads to a pinned root, valid at `at`, not revoked.

    Raises UntrustedRoot when only 5 could not be shown for want of a pinned root, otherwise
    VerificationFailed.
    """
    # Step 1.
    if (content is None) == (signed.content is None):
        raise VerificationFailed(
            "签名内容须内含或另给，二者取一 / "
            "the signed content must stand inside or be given, and not both"
        )
    octets = signed.content if signed.content is not None else content or b""
    if signed.content_type != content_type:
        raise VerificationFailed(
            "签名针对的是另一种内容 / the signature is over content of another type"
        )
    if der.oid(_value(signed, CONTENT_TYPE)) != content_type:
        raise VerificationFailed(
            "签名所载内容类型与内容不符 / the signed content type differs from the content's"
        )
    # Step 2.
    stated = _value(signed, MESSAGE_DIGEST)
    digest = hashlib.new(signed.digest_algorithm, octets).digest()
    if stated.tag != der.OCTET_STRING or not hmac.compare_digest(stated.body, digest):
        raise VerificationFailed(
            "内容与签名时不同（摘要不符） / the content is not what was signed: its digest differs"
        )
    # Step 3.
    candidates = (*signed.certificates, *extra_certificates)
    named = certificate_names(_value(signed, SIGNING_CERTIFICATE_V2))
    signer = _find_signer(signed.signer_id, named[0], candidates)
    # Step 4.
    _check_signature(signer, signed)
    if demand is not None:
        demand(signer)
    # Step 5.
    path = trustpath.find(
        signer,
        candidates=candidates,
        roots=roots,
        at=at,
        crls=crls,
        signer_tells_time=signer_tells_time,
    )
    if len(named) > 1:
        _check_named(named[1:], path.certificates)
    return VerifiedSignature(
        signer,
        path,
        octets,
        signed.digest_algorithm,
        signed.signing_time,
        signed.signature,
        signed.signature_timestamp,
    )


def _check_named(named: Sequence[CertificateName], path: Sequence[x509.Certificate]) -> None:
    """RFC 5035 section 5: further names limit the certificates that may stand in the path.

    All of them stand in it, too: openssl asks for that.
    """
    for issuer in path[1:-1]:
        if not any(_names(name, issuer) for name in named):
            raise VerificationFailed(
                "证书链含有签名者未允许的证书 / "
                "the path uses a certificate that the signer did not allow"
            )
    for name in named:
        if not any(_names(name, each) for each in path):
            raise VerificationFailed(
                "证书链缺少签名者指明的证书 / the path lacks a certificate that the signer named"
            )


def _names(name: CertificateName, certificate: x509.Certificate) -> bool:
    found = certificate.fingerprint(_HASHES[name.algorithm])
    return hmac.compare_digest(found, name.digest) and name.issuer_serial in (
        None,
        (certificate.issuer.public_bytes(), certificate.serial_number),
    )


def _value(signed: SignedData, kind: str) -> der.Element:
    try:
        return signed.attributes[kind]
    except KeyError:
        raise VerificationFailed(f"缺少签名属性 / the signed attribute {kind} is missing") from None


def _find_signer(
    signer_id: der.Element, named: CertificateName, candidates: Sequence[x509.Certificate]
) -> x509.Certificate:
    if signer_id.tag == der.SEQUENCE:
        reader = der.whole(signer_id.raw, der.SEQUENCE, "signer's name")
        wanted = reader.take(der.SEQUENCE).raw, der.integer(reader.take(der.INTEGER))
        reader.finish()
        found = [
            each
            for each in candidates
            if (each.issuer.public_bytes(), each.serial_number) == wanted
        ]
    else:
        found = [each for each in candidates if _key_id(each) == signer_id.body]
    if not found:
        raise VerificationFailed("未提供签名者证书 / the signer's certificate was not presented")
    for each in found:
        if _names(named, each):
            return each
    raise VerificationFailed(
        "证书不是签名者指明的那一张 / the certificate is not the one the signer named"
    )


def _key_id(certificate: x509.Certificate) -> bytes | None:
    try:
        found = trustpath.extensions(certificate).get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return found.value.digest


def _check_signature(signer: x509.Certificate, signed: SignedData) -> None:
    digest = _HASHES[signed.digest_algorithm]
    try:
        key = signer.public_key()
        if signed.signature_algorithm == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signed.signature, signed.signed_attributes, ec.ECDSA(digest))
        elif signed.signature_algorithm != "ecdsa" and isinstance(key, rsa.RSAPublicKey):
            scheme: padding.AsymmetricPadding = padding.PKCS1v15()
            if signed.pss_salt is not None:
                scheme = padding.PSS(padding.MGF1(digest), signed.pss_salt)
            key.verify(signed.signature, signed.signed_attributes, scheme, digest)
        else:
            raise VerificationFailed(
                "签名算法与签名者密钥不符 / the signature algorithm does not fit the signer's key"
            )
    except (UnsupportedAlgorithm, ValueError) as error:
        raise VerificationFailed(
            "签名者密钥种类不被接受 / the signer's key is of a kind that is not accepted"
        ) from error
    except InvalidSignature as error:
        raise VerificationFailed("签名不成立 / the signature does not hold") from error
