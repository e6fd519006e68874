"""CMS SignedData (RFC 5652) by one signer, read strictly; nothing in it is believed yet.

Promises: `parse` accepts exactly one structure, in DER, with nothing left over. What is not needed
here is refused, not skipped: several signers, attribute certificates, unsigned content, SHA-1, MD5.
Whoever wants to know whether the signature holds goes on to `core.cms.verify`.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from core import der
from core.errors import VerificationFailed

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"

MAX_BYTES = 1 << 20
MAX_CERTIFICATES = 16

DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_ECDSA = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
# RFC 3370 section 3.2 allows the bare key's identifier; the digest is then the signer's.
_RSA = {
    "1.2.840.113549.1.1.1": None,
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
_RSA_PSS = "1.2.840.113549.1.1.10"
_MGF1 = "1.2.840.113549.1.1.8"
# OpenSSL makes the salt as long as the key lets it; 8192-bit keys are the longest taken.
_MAX_SALT_BYTES = 1024
_NULL = der.encode(der.NULL)

_A0, _A1, _A2, _A3, _80 = 0xA0, 0xA1, 0xA2, 0xA3, 0x80


@dataclass(frozen=True, slots=True)
class CertificateName:
    """One ESSCertIDv2 (RFC 5035 section 4): digest, perhaps issuer (DER) and serial."""

    algorithm: str
    digest: bytes
    issuer_serial: tuple[bytes, int] | None


@dataclass(frozen=True, slots=True)
class SignedData:
    """What one SignedData says, not yet believed.

    `content` is None when the signature is detached. `signed_attributes` is the DER SET OF that
    the signature covers. `pss_salt` is set for RSASSA-PSS only, in bytes. `signature_timestamp`
    is the DER of the RFC 3161 token over SHA-256 (or another digest) of `signature`, if any.
    """

    content_type: str
    content: bytes | None
    certificates: tuple[x509.Certificate, ...]
    signer_id: der.Element
    digest_algorithm: str
    signed_attributes: bytes
    attributes: Mapping[str, der.Element]
    signature_algorithm: str
    pss_salt: int | None
    signature: bytes
    signing_time: datetime | None
    signature_timestamp: bytes | None


def parse(data: bytes) -> SignedData:
    """Reads a ContentInfo holding SignedData with one signer. Nothing is trusted yet.

    Raises MalformedDer or VerificationFailed.
    """
    if len(data) > MAX_BYTES:
        raise VerificationFailed(
            f"签名数据超过 {MAX_BYTES} 字节 / the signature is larger than {MAX_BYTES} bytes"
        )
    info = der.whole(data, der.SEQUENCE, "CMS ContentInfo")
    if der.oid(info.take(der.OID)) != SIGNED_DATA:
        raise VerificationFailed("签名结构不是 SignedData / the CMS structure is not SignedData")
    signed = der.whole(info.take(_A0).body, der.SEQUENCE, "CMS SignedData")
    info.finish()
    version = der.integer(signed.take(der.INTEGER))
    digests = [_digest(each) for each in der.Reader(signed.take(der.SET).body, "digests").rest()]
    encapsulated = der.Reader(signed.take(der.SEQUENCE).body, "CMS content")
    content_type = der.oid(encapsulated.take(der.OID))
    wrapped = encapsulated.maybe(_A0)
    encapsulated.finish()
    content = None if wrapped is None else _only(wrapped.body, der.OCTET_STRING, "CMS content")
    certificates = _certificates(signed.maybe(_A0))
    signed.maybe(_A1)  # revocation data that came along; only the caller's is used
    signers = der.Reader(signed.take(der.SET).body, "CMS signers").rest()
    signed.finish()
    if len(signers) != 1:
        raise VerificationFailed(
            f"签名者必须恰好一名 / there must be exactly one signer, not {len(signers)}"
        )
    found = _signer(signers[0].raw, content_type, content, certificates)
    # RFC 5652 section 5.1: 3 when the content is not id-data or the signer is named by key id.
    expected = 1 if content_type == DATA and found.signer_id.tag == der.SEQUENCE else 3
    if version != expected:
        raise VerificationFailed(f"签名结构版本不符 / the CMS version is {version}, not {expected}")
    if found.digest_algorithm not in digests:
        raise VerificationFailed(
            "签名者的摘要算法未在结构中声明 / the signer's digest is not among the announced ones"
        )
    return found


def parse_detached(data: bytes) -> SignedData:
    """As `parse`, for a signature over bytes (id-data) that do not stand inside it."""
    found = parse(data)
    if (found.content_type, found.content) != (DATA, None):
        raise VerificationFailed("签名不是分离式的 / the signature is not over bytes outside of it")
    return found


def _signer(
    raw: bytes,
    content_type: str,
    content: bytes | None,
    certificates: tuple[x509.Certificate, ...],
) -> SignedData:
    info = der.whole(raw, der.SEQUENCE, "CMS SignerInfo")
    version = der.integer(info.take(der.INTEGER))
    signer_id = info.maybe(_80) or info.take(der.SEQUENCE)
    if version != (1 if signer_id.tag == der.SEQUENCE else 3):
        raise VerificationFailed(
            "签名者版本与其标识方式不符 / the signer's version does not fit the way it is named"
        )
    digest = _digest(info.take(der.SEQUENCE))
    covered = info.maybe(_A0)
    if covered is None:
        raise VerificationFailed("签名缺少签名属性 / the signature has no signed attributes")
    algorithm, salt = _signature_algorithm(info.take(der.SEQUENCE), digest)
    signature = info.take(der.OCTET_STRING).body
    unsigned = info.maybe(_A1)
    info.finish()
    attributes = _attributes(covered.body, "signed attributes")
    # RFC 5652 section 5.4: what is signed carries the SET OF tag in place of the [0], in DER.
    as_set = der.encode(der.SET, covered.body)
    if der.encode_set_of(each.raw for each in der.Reader(covered.body, "set").rest()) != as_set:
        raise VerificationFailed(
            "签名属性未按 DER 排序 / the signed attributes are not in DER order"
        )
    others = _attributes(unsigned.body, "unsigned attributes") if unsigned else {}
    moment = attributes.get(SIGNING_TIME)
    stamp = others.get(SIGNATURE_TIMESTAMP)
    return SignedData(
        content_type=content_type,
        content=content,
        certificates=certificates,
        signer_id=signer_id,
        digest_algorithm=digest,
        signed_attributes=as_set,
        attributes=attributes,
        signature_algorithm=algorithm,
        pss_salt=salt,
        signature=signature,
        signing_time=None if moment is None else _time(moment),
        signature_timestamp=None if stamp is None else stamp.raw,
    )


def _attributes(body: bytes, what: str) -> dict[str, der.Element]:
    """By type. Every attribute used here has one value and may stand once."""
    found: dict[str, der.Element] = {}
    for each in der.Reader(body, what).rest():
        attribute = der.whole(each.raw, der.SEQUENCE, what)
        kind = der.oid(attribute.take(der.OID))
        values = der.Reader(attribute.take(der.SET).body, what)
        attribute.finish()
        value = values.any()
        values.finish()
        if kind in found:
            raise VerificationFailed(f"签名属性重复 / an attribute stands twice among the {what}")
        found[kind] = value
    return found


def _time(element: der.Element) -> datetime:
    if element.tag == der.UTC_TIME:
        return der.utc_time(element)
    return der.generalized_time(element)


def _single(body: bytes) -> der.Element:
    reader = der.Reader(body, "RSASSA-PSS parameters")
    found = reader.any()
    reader.finish()
    return found


def _only(data: bytes, tag: int, what: str) -> bytes:
    reader = der.Reader(data, what)
    body = reader.take(tag).body
    reader.finish()
    return body


def _certificates(element: der.Element | None) -> tuple[x509.Certificate, ...]:
    if element is None:
        return ()
    listed = der.Reader(element.body, "CMS certificates").rest()
    # Any other tag is an attribute certificate or a form of some other standard.
    if len(listed) > MAX_CERTIFICATES or any(each.tag != der.SEQUENCE for each in listed):
        raise VerificationFailed(
            "内含证书过多或种类不被接受 / too many certificates, or one of a kind that is not taken"
        )
    found: list[x509.Certificate] = []
    for each in listed:
        # Nothing signs this list. What cannot be read in it is no certificate: whoever needed it
        # misses it, and a path that does not is none the worse.
        with suppress(VerificationFailed):
            found.append(load_certificate(each.raw))
    return tuple(found)


def load_certificate(raw: bytes) -> x509.Certificate:
    """A stranger's certificate from DER, such that its names and dates can be read later.

    Raises VerificationFailed or MalformedDer.
    """
    _refuse_odd_certificate(raw)
    try:
        certificate = x509.load_der_x509_certificate(raw)
        # These are decoded when first asked for; a fault in them must show here.
        _ = certificate.subject, certificate.issuer, certificate.not_valid_after_utc
    except (ValueError, x509.InvalidVersion) as error:
        raise VerificationFailed(
            "内含证书无法读取 / a certificate inside cannot be read"
        ) from error
    return certificate


def _refuse_odd_certificate(raw: bytes) -> None:
    """What the library only warns of today: a serial below 1, parameters where none belong."""
    body = der.whole(raw, der.SEQUENCE, "certificate").take(der.SEQUENCE).body
    signed = der.Reader(body, "certificate")
    signed.maybe(_A0)
    serial = der.integer(signed.take(der.INTEGER))
    name, parameters = _algorithm(signed.take(der.SEQUENCE))
    if serial < 1 or (name in _ECDSA and parameters is not None):
        raise VerificationFailed("内含证书无法读取 / a certificate inside cannot be read")


def _algorithm(element: der.Element) -> tuple[str, der.Element | None]:
    reader = der.whole(element.raw, der.SEQUENCE, "algorithm identifier")
    name = der.oid(reader.take(der.OID))
    parameters = reader.any() if reader.next_tag() is not None else None
    reader.finish()
    return name, parameters


def _digest(element: der.Element) -> str:
    name, parameters = _algorithm(element)
    if name not in DIGESTS or (parameters is not None and parameters.raw != _NULL):
        raise VerificationFailed(
            "摘要算法不被接受 / the digest is none of SHA-256, SHA-384 and SHA-512"
        )
    return DIGESTS[name]


def _signature_algorithm(element: der.Element, digest: str) -> tuple[str, int | None]:
    """("ecdsa" | "rsa" | "rsa-pss", salt bytes); the digest must be the signer's."""
    name, parameters = _algorithm(element)
    if name == _RSA_PSS and parameters is not None:
        return "rsa-pss", _pss_salt(parameters, digest)
    if name in _ECDSA and parameters is None:
        kind, stated = "ecdsa", _ECDSA[name]
    elif name in _RSA and (parameters is None or parameters.raw == _NULL):
        kind, stated = "rsa", _RSA[name] or digest
    else:
        raise VerificationFailed(
            "签名算法不被接受 / the signature algorithm is not one that is accepted"
        )
    if stated != digest:
        raise VerificationFailed(
            "签名与内容的摘要算法不一致 / the signature and the content use different digests"
        )
    return kind, None


def _pss_salt(parameters: der.Element, digest: str) -> int:
    """RFC 4055 section 3.1. The defaults mean SHA-1, so every part but the trailer must stand."""
    reader = der.whole(parameters.raw, der.SEQUENCE, "RSASSA-PSS parameters")
    hashed = _single(reader.take(_A0).body)
    mask = _single(reader.take(_A1).body)
    salt = der.integer(_single(reader.take(_A2).body))
    trailer = reader.maybe(_A3)
    reader.finish()
    mask_name, mask_digest = _algorithm(mask)
    if (
        _digest(hashed) != digest
        or mask_name != _MGF1
        or mask_digest is None
        or _digest(mask_digest) != digest
        or not 0 <= salt <= _MAX_SALT_BYTES
        or (trailer is not None and trailer.body != der.encode_integer(1))
    ):
        raise VerificationFailed(
            "RSASSA-PSS 参数不被接受 / the RSASSA-PSS parameters are not ones that are accepted"
        )
    return salt


def certificate_names(value: der.Element) -> list[CertificateName]:
    """SigningCertificateV2 ::= SEQUENCE { certs, policies OPTIONAL } (RFC 5035 section 3).

    Raises MalformedDer or VerificationFailed.
    """
    reader = der.whole(value.raw, der.SEQUENCE, "SigningCertificateV2")
    names = der.Reader(reader.take(der.SEQUENCE).body, "SigningCertificateV2").rest()
    reader.maybe(der.SEQUENCE)
    reader.finish()
    if not 0 < len(names) <= MAX_CERTIFICATES:
        raise VerificationFailed(
            "签名者未指明证书或指明过多 / the signer named no certificate, or too many"
        )
    return [_certificate_name(each) for each in names]


def _certificate_name(element: der.Element) -> CertificateName:
    reader = der.whole(element.raw, der.SEQUENCE, "ESSCertIDv2")
    stated = reader.maybe(der.SEQUENCE)
    algorithm = "sha256" if stated is None else _digest(stated)
    digest = reader.take(der.OCTET_STRING).body
    issuer_serial = reader.maybe(der.SEQUENCE)
    reader.finish()
    if issuer_serial is None:
        return CertificateName(algorithm, digest, None)
    inner = der.Reader(issuer_serial.body, "IssuerSerial")
    names = der.Reader(inner.take(der.SEQUENCE).body, "IssuerSerial")
    # GeneralName directoryName is [4] EXPLICIT, because Name is a CHOICE.
    name = names.take(0xA4).body
    names.finish()
    serial = der.integer(inner.take(der.INTEGER))
    inner.finish()
    return CertificateName(algorithm, digest, (name, serial))
