"""The time-stamp authority of an embedded installation (RFC 3161).

Promises: an answer is always a well-formed TimeStampResp, a token or a stated refusal. A token's
time is the caller's clock cut down to the millisecond, and none is given outside the lifetime of
the certificate. The answer carries the signer's certificate alone and only when asked for it:
some strict readers refuse a chain whose certificates are not in DER order.

This authority is the operator's own: it proves order and time only to those who trust the operator,
which is why everything under it is marked as a sample.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core import der
from core.errors import InvalidInput
from core.pki import Identity
from core.signed_data import (
    CONTENT_TYPE,
    DIGESTS,
    MESSAGE_DIGEST,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    TST_INFO,
)

MAX_REQUEST_BYTES = 4096
_MAX_NONCE_BYTES = 64
_DIGEST_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}

# PKIFailureInfo bits, RFC 3161 section 2.4.2.
_BAD_ALGORITHM, _BAD_REQUEST, _BAD_FORMAT = 0, 2, 5
_NO_TIME, _OTHER_POLICY, _EXTENSION = 14, 15, 16
_REJECTION = 2

_SHA256 = der.encode(der.SEQUENCE, der.encode_oid("2.16.840.1.101.3.4.2.1"))
_ECDSA_SHA256 = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.10045.4.3.2"))
_ALGORITHM = ec.ECDSA(hashes.SHA256())
_GRANTED = der.encode(der.SEQUENCE, der.encode_integer(0))
_A0, _80, _81 = 0xA0, 0x80, 0x81


@dataclass(frozen=True, slots=True)
class _Request:
    imprint: bytes
    nonce: bytes
    certificates_wanted: bool


@dataclass(frozen=True, slots=True)
class _Refusal:
    failure_bit: int
    reason: str


@dataclass(frozen=True)
class EmbeddedAuthority:
    """Answers time-stamp requests with one P-256 identity under one policy.

    `policy_oid` in dotted form; `accuracy` is what the operator claims of the clock, down to a
    microsecond. Raises InvalidInput when the accuracy is negative or a day or more.
    """

    identity: Identity
    policy_oid: str
    accuracy: timedelta
    _parts: "_FixedParts" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_parts", _FixedParts.of(self))

    def answer(self, request_der: bytes, *, now: datetime, serial: int) -> bytes:
        """The DER of a full TimeStampResp for the DER of a TimeStampReq.

        `now` is aware and becomes genTime; `serial` is positive and never used twice. A request
        that cannot be served is answered with a rejection, not with an exception.
        """
        parts = self._parts
        if not parts.not_before <= now <= parts.not_after:
            return _rejection(_Refusal(_NO_TIME, "the clock is outside the certificate's lifetime"))
        try:
            request = _read(request_der, self.policy_oid)
        except der.MalformedDer:
            request = _Refusal(_BAD_FORMAT, "the request is not a DER TimeStampReq")
        if isinstance(request, _Refusal):
            return _rejection(request)
        info = der.encode(
            der.SEQUENCE,
            parts.version_and_policy,
            request.imprint,
            der.encode_integer(serial),
            der.encode_time_ms(now),
            parts.accuracy,
            request.nonce,
        )
        return self._sign(info, certificates_wanted=request.certificates_wanted)

    def _sign(self, info: bytes, *, certificates_wanted: bool) -> bytes:
        parts = self._parts
        digest = hashes.Hash(hashes.SHA256())
        digest.update(info)
        attributes = b"".join(
            (parts.before_digest, digest.finalize(), parts.after_digest),
        )
        signature = self.identity.key.sign(der.encode(der.SET, attributes), _ALGORITHM)
        signer = der.encode(
            der.SEQUENCE,
            parts.signer_head,
            der.encode(_A0, attributes),
            _ECDSA_SHA256,
            der.encode(der.OCTET_STRING, signature),
        )
        content = der.encode(
            der.SEQUENCE, parts.content_type, der.encode(_A0, der.encode(der.OCTET_STRING, info))
        )
        signed = der.encode(
            der.SEQUENCE,
            parts.signed_head,
            content,
            parts.certificates if certificates_wanted else b"",
            der.encode(der.SET, signer),
        )
        token = der.encode(der.SEQUENCE, parts.signed_data_type, der.encode(_A0, signed))
        return der.encode(der.SEQUENCE, _GRANTED, token)


@dataclass(frozen=True, slots=True)
class LocalTimestampClient:
    """An `EmbeddedAuthority` as a `TimestampClient`; `clock` gives the aware time of an answer."""

    authority: EmbeddedAuthority
    clock: Callable[[], datetime]

    def ask(self, request_der: bytes) -> bytes:
        """The authority's answer; serial numbers are random, 64 bits, never 0."""
        serial = secrets.randbits(64) or 1
        return self.authority.answer(request_der, now=self.clock(), serial=serial)


@dataclass(frozen=True, slots=True)
class _FixedParts:
    """All that is the same in every answer, encoded once."""

    not_before: datetime
    not_after: datetime
    version_and_policy: bytes
    accuracy: bytes
    content_type: bytes
    signed_data_type: bytes
    signed_head: bytes
    signer_head: bytes
    certificates: bytes
    before_digest: bytes
    after_digest: bytes

    @classmethod
    def of(cls, authority: EmbeddedAuthority) -> "_FixedParts":
        certificate = authority.identity.certificate
        encoded = certificate.public_bytes(serialization.Encoding.DER)
        policy = der.encode_oid(authority.policy_oid)
        content_type = der.encode_oid(TST_INFO)
        name = der.encode(
            der.SEQUENCE,
            certificate.issuer.public_bytes(),
            der.encode_integer(certificate.serial_number),
        )
        # RFC 5035 section 4: SHA-256 is the default and DER leaves defaults out.
        named = der.encode(der.OCTET_STRING, certificate.fingerprint(hashes.SHA256()))
        named = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, named)))
        blank = bytes(32)
        attributes = sorted(
            (
                _attribute(CONTENT_TYPE, content_type),
                _attribute(MESSAGE_DIGEST, der.encode(der.OCTET_STRING, blank)),
                _attribute(SIGNING_CERTIFICATE_V2, named),
            )
        )
        # The digest is the last thing in its attribute, and lengths decide the order before it.
        head, tail = b"".join(attributes).split(der.encode(der.OCTET_STRING, blank))
        return cls(
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            version_and_policy=der.encode_integer(1) + policy,
            accuracy=_accuracy(authority.accuracy),
            content_type=content_type,
            signed_data_type=der.encode_oid(SIGNED_DATA),
            signed_head=der.encode_integer(3) + der.encode(der.SET, _SHA256),
            signer_head=der.encode_integer(1) + name + _SHA256,
            certificates=der.encode(_A0, encoded),
            before_digest=head + der.encode(der.OCTET_STRING, blank)[:2],
            after_digest=tail,
        )


def _attribute(kind: str, value: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(kind), der.encode(der.SET, value))


def _accuracy(accuracy: timedelta) -> bytes:
    """Accuracy ::= SEQUENCE { seconds, millis [0] 1..999, micros [1] 1..999 }, zeros left out."""
    if not timedelta(0) <= accuracy < timedelta(days=1):
        raise InvalidInput(
            "时间精度不合理 / the accuracy must be from 0 to a day", field="accuracy"
        )
    millis, micros = divmod(accuracy.microseconds, 1000)
    stated = (
        (accuracy.seconds, der.INTEGER),
        (millis, _80),
        (micros, _81),
    )
    return der.encode(
        der.SEQUENCE, *(der.encode_integer(value, tag) for value, tag in stated if value)
    )


def _read(request_der: bytes, policy_oid: str) -> _Request | _Refusal:
    """Raises MalformedDer."""
    if len(request_der) > MAX_REQUEST_BYTES:
        return _Refusal(_BAD_REQUEST, "the request is too large")
    request = der.whole(request_der, der.SEQUENCE, "TimeStampReq")
    if der.integer(request.take(der.INTEGER)) != 1:
        return _Refusal(_BAD_REQUEST, "the request's version is not 1")
    imprint = request.take(der.SEQUENCE)
    wanted = request.maybe(der.OID)
    nonce = request.maybe(der.INTEGER)
    certificates = request.maybe(der.BOOLEAN)
    extensions = request.maybe(_A0)
    request.finish()
    fault = _imprint_fault(imprint) or _options_fault(wanted, nonce, extensions, policy_oid)
    if fault is not None:
        return fault
    return _Request(
        imprint=imprint.raw,
        nonce=b"" if nonce is None else nonce.raw,
        certificates_wanted=certificates is not None and der.boolean(certificates),
    )


def _imprint_fault(imprint: der.Element) -> _Refusal | None:
    reader = der.Reader(imprint.body, "MessageImprint")
    algorithm = der.Reader(reader.take(der.SEQUENCE).body, "MessageImprint")
    name = der.oid(algorithm.take(der.OID))
    parameters = algorithm.maybe(der.NULL)
    algorithm.finish()
    digest = reader.take(der.OCTET_STRING).body
    reader.finish()
    if name not in DIGESTS:
        return _Refusal(_BAD_ALGORITHM, "the digest must be SHA-256, SHA-384 or SHA-512")
    if len(digest) != _DIGEST_BYTES[DIGESTS[name]] or (parameters and parameters.body):
        return _Refusal(_BAD_FORMAT, "the digest's length does not fit its algorithm")
    return None


def _options_fault(
    wanted: der.Element | None,
    nonce: der.Element | None,
    extensions: der.Element | None,
    policy_oid: str,
) -> _Refusal | None:
    if extensions is not None:
        return _Refusal(_EXTENSION, "no extension is supported")
    if wanted is not None and der.oid(wanted) != policy_oid:
        return _Refusal(_OTHER_POLICY, f"the only policy is {policy_oid}")
    if nonce is not None:
        der.integer(nonce)
        if len(nonce.body) > _MAX_NONCE_BYTES:
            return _Refusal(_BAD_REQUEST, f"the nonce is longer than {_MAX_NONCE_BYTES} bytes")
    return None


def _rejection(refusal: _Refusal) -> bytes:
    # X.690 section 11.2.2: a named bit list ends with its last one bit.
    bit = refusal.failure_bit
    octets = bytearray(bit // 8 + 1)
    octets[-1] = 0x80 >> bit % 8
    failure = der.encode(der.BIT_STRING, bytes((7 - bit % 8,)), bytes(octets))
    text = der.encode(der.SEQUENCE, der.encode(der.UTF8_STRING, refusal.reason.encode()))
    status = der.encode(der.SEQUENCE, der.encode_integer(_REJECTION), text, failure)
    return der.encode(der.SEQUENCE, status)
