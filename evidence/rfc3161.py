"""Time-stamp tokens (RFC 3161): asking for one, and checking one completely before it is kept.

Promises: a `Token` exists only when the answer was granted, is over our digest, answers our nonce,
and was signed by a certificate made for time-stamping alone whose path to a pinned root was valid
at the token's own time (so a token outlives its certificate). Whatever is wrong with an answer
raises; bytes that merely look like a token are never returned. A token says that the digest
existed by `gen_time`, on the word of the authority named: nothing about who made the work.

No network here: `evidence.tsa_http` talks to an authority, `evidence.authority` is our own.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from cryptography import x509

from core import cms, der, trustpath
from core.errors import InvalidInput, VerificationFailed
from core.signed_data import DIGESTS, TST_INFO
from evidence import tsa_certificate

IMPRINT_BYTES = 32
MAX_RESPONSE_BYTES = 64 * 1024

# RFC 3161, 3.4: the media types over HTTP.
QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
SHA256_ALGORITHM = der.encode(
    der.SEQUENCE, der.encode_oid("2.16.840.1.101.3.4.2.1"), der.encode(der.NULL)
)

_GRANTED = 0
_SERIAL_BITS = 160  # RFC 3161, 2.4.2: a user must be able to take as many
_MILLIS, _MICROS, _TSA, _EXTENSIONS = 0x80, 0x81, 0xA0, 0xA1
# PKIFailureInfo, RFC 3161 section 2.4.2.
_FAILURES = {
    0: "算法不被接受 unrecognised algorithm",
    2: "请求不被允许 transaction not permitted",
    5: "数据格式错误 wrong data format",
    14: "时间源不可用 time source not available",
    15: "策略不被接受 policy not supported",
    16: "扩展不被接受 extension not supported",
    17: "附加信息不可用 additional information not available",
    25: "系统故障 system failure",
}


class TimestampRefused(VerificationFailed):
    """The authority answered in good form that it will not give a token."""

    code = "timestamp-refused"


class TimestampClient(Protocol):
    """Whoever turns a DER request into a DER answer, by network or in process.

    Raises OutsideError when the authority cannot be reached, OutcomeUnknown when it may have
    answered; asking again is harmless either way.
    """

    def ask(self, request_der: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Token:
    """A checked time-stamp. `response_der` is the full TimeStampResp, empty for a bare token.

    `gen_time` is aware UTC; `accuracy` is how far the true time may be from it, None when not
    stated; `imprint` is SHA-256 of what was stamped; `tsa_name` the signer's common name;
    `path` ends in the pinned root and says whether revocation could be checked.
    """

    response_der: bytes = field(repr=False)
    token_der: bytes = field(repr=False)
    gen_time: datetime
    serial: int
    policy: str
    tsa_name: str
    accuracy: timedelta | None
    nonce: int | None
    imprint: bytes
    signer: x509.Certificate
    path: trustpath.TrustPath


def build_request(imprint_sha256: bytes, nonce: int, *, policy: str | None = None) -> bytes:
    """A TimeStampReq over a SHA-256 digest that asks for the signer's certificate too.

    `policy` in dotted form asks for that one. Raises InvalidInput when the digest is not 32 bytes
    or the nonce is negative.
    """
    if len(imprint_sha256) != IMPRINT_BYTES or nonce < 0:
        raise InvalidInput("时间戳请求的摘要或随机数不正确 / wrong digest length or negative nonce")
    imprint = der.encode(
        der.SEQUENCE, SHA256_ALGORITHM, der.encode(der.OCTET_STRING, imprint_sha256)
    )
    wanted = () if policy is None else (der.encode_oid(policy),)
    certificates_wanted = der.encode(der.BOOLEAN, b"\xff")
    return der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        imprint,
        *wanted,
        der.encode_integer(nonce),
        certificates_wanted,
    )


def request_token(
    client: TimestampClient,
    statement: bytes,
    *,
    nonce: int,
    roots: frozenset[str],
    extra_certificates: Sequence[x509.Certificate] = (),
    policy: str | None = None,
    crls: Sequence[bytes] = (),
) -> Token:
    """Asks for a token over SHA-256 of `statement` and checks the answer before returning it.

    `nonce` is fresh and random, 64 bits or more. Call it outside any database transaction.
    Raises what `verify_response` raises, and OutsideError or OutcomeUnknown from the client.
    """
    imprint = hashlib.sha256(statement).digest()
    answer = client.ask(build_request(imprint, nonce, policy=policy))
    return verify_response(
        answer,
        imprint=imprint,
        nonce=nonce,
        roots=roots,
        extra_certificates=extra_certificates,
        policy=policy,
        crls=crls,
    )


def verify_response(
    response_der: bytes,
    *,
    imprint: bytes,
    nonce: int | None,
    roots: frozenset[str],
    extra_certificates: Sequence[x509.Certificate] = (),
    policy: str | None = None,
    crls: Sequence[bytes] = (),
) -> Token:
    """Checks a full TimeStampResp: granted, then the token as `verify_token` does.

    Raises TimestampRefused, UntrustedRoot or VerificationFailed.
    """
    if len(response_der) > MAX_RESPONSE_BYTES:
        raise VerificationFailed("时间戳答复过大 / the time-stamp answer is too large")
    response = der.whole(response_der, der.SEQUENCE, "TimeStampResp")
    status = der.Reader(response.take(der.SEQUENCE).body, "PKIStatusInfo")
    code = der.integer(status.take(der.INTEGER))
    status.maybe(der.SEQUENCE)  # free text for people, not authenticated
    failure = status.maybe(der.BIT_STRING)
    status.finish()
    if code != _GRANTED or failure is not None:
        reason = _failure(failure)
        raise TimestampRefused(f"时间戳机构未签发 / the authority refused, status {code}: {reason}")
    token_der = response.take(der.SEQUENCE).raw
    response.finish()
    return _verify(
        response_der,
        token_der,
        imprint=imprint,
        nonce=nonce,
        roots=roots,
        extra_certificates=extra_certificates,
        policy=policy,
        crls=crls,
    )


def verify_token(
    token_der: bytes,
    *,
    imprint: bytes,
    nonce: int | None,
    roots: frozenset[str],
    extra_certificates: Sequence[x509.Certificate] = (),
    policy: str | None = None,
    crls: Sequence[bytes] = (),
) -> Token:
    """Checks a bare TimeStampToken, as it stands inside a signature.

    1. the content is a TSTInfo of version 1, nothing left over, no critical extension;
    2. it is over `imprint` (SHA-256), answers `nonce` and follows `policy` where these are given;
    3. the signature holds; the signer's key is for time-stamping: critical, and for nothing else;
       the authority's name inside, where there is one, is the signer's;
    4. the path to a root in `roots` was valid at the token's own time.

    Raises UntrustedRoot when no path to a pinned root can be shown, else VerificationFailed.
    """
    return _verify(
        b"",
        token_der,
        imprint=imprint,
        nonce=nonce,
        roots=roots,
        extra_certificates=extra_certificates,
        policy=policy,
        crls=crls,
    )


@dataclass(frozen=True, slots=True)
class _TstInfo:
    policy: str
    digest_algorithm: str
    imprint: bytes
    serial: int
    gen_time: datetime
    accuracy: timedelta | None
    nonce: int | None
    tsa: bytes | None


def _verify(
    response_der: bytes,
    token_der: bytes,
    *,
    imprint: bytes,
    nonce: int | None,
    roots: frozenset[str],
    extra_certificates: Sequence[x509.Certificate],
    policy: str | None,
    crls: Sequence[bytes],
) -> Token:
    signed = cms.parse(token_der)
    # Step 1.
    if signed.content_type != TST_INFO or signed.content is None:
        raise VerificationFailed("不是时间戳令牌 / the signature does not enclose a TSTInfo")
    info = _parse_info(signed.content)
    # Step 2.
    if info.digest_algorithm != "sha256" or not hmac.compare_digest(info.imprint, imprint):
        raise VerificationFailed("时间戳针对的是另一内容 / the token is over another digest")
    if nonce is not None and info.nonce != nonce:
        raise VerificationFailed("时间戳答复的随机数不符 / the token answers another request")
    if policy is not None and info.policy != policy:
        raise VerificationFailed("时间戳策略不符 / the token follows another policy")
    # Steps 3 and 4.
    verified = cms.verify(
        signed,
        at=info.gen_time,
        roots=roots,
        content_type=TST_INFO,
        extra_certificates=extra_certificates,
        crls=crls,
        signer_tells_time=True,
        demand=partial(tsa_certificate.require, named=info.tsa),
    )
    return Token(
        response_der=response_der,
        token_der=token_der,
        gen_time=info.gen_time,
        serial=info.serial,
        policy=info.policy,
        tsa_name=tsa_certificate.common_name(verified.signer),
        accuracy=info.accuracy,
        nonce=info.nonce,
        imprint=info.imprint,
        signer=verified.signer,
        path=verified.path,
    )


def _parse_info(content: bytes) -> _TstInfo:
    info = der.whole(content, der.SEQUENCE, "TSTInfo")
    if der.integer(info.take(der.INTEGER)) != 1:
        raise VerificationFailed("时间戳版本不是 1 / the token's version is not 1")
    policy = der.oid(info.take(der.OID))
    stamped = der.Reader(info.take(der.SEQUENCE).body, "MessageImprint")
    algorithm = der.Reader(stamped.take(der.SEQUENCE).body, "MessageImprint")
    name = der.oid(algorithm.take(der.OID))
    algorithm.maybe(der.NULL)
    algorithm.finish()
    imprint = stamped.take(der.OCTET_STRING).body
    stamped.finish()
    serial = info.take(der.INTEGER)
    gen_time = der.generalized_time(info.take(der.GENERALIZED_TIME))
    accuracy = info.maybe(der.SEQUENCE)
    # ordering: DEFAULT FALSE, so DER writes it only when true (X.690 section 11.5).
    ordering = info.maybe(der.BOOLEAN)
    nonce = info.maybe(der.INTEGER)
    tsa = info.maybe(_TSA)
    extensions = info.maybe(_EXTENSIONS)
    info.finish()
    number = der.integer(serial)
    if not 0 <= number < 1 << _SERIAL_BITS or (ordering and not der.boolean(ordering)):
        raise VerificationFailed(
            "时间戳编码不规范 / the token's serial number or flags are malformed"
        )
    if extensions is not None:
        _refuse_critical(extensions.body)
    return _TstInfo(
        policy=policy,
        digest_algorithm=DIGESTS.get(name, name),
        imprint=imprint,
        serial=number,
        gen_time=gen_time,
        accuracy=None if accuracy is None else _accuracy(accuracy.body),
        nonce=None if nonce is None else der.integer(nonce),
        tsa=None if tsa is None else tsa.body,
    )


def _accuracy(body: bytes) -> timedelta:
    """Accuracy ::= SEQUENCE { seconds, millis [0] 1..999, micros [1] 1..999 }, all optional."""
    reader = der.Reader(body, "Accuracy")
    seconds = reader.maybe(der.INTEGER)
    small = [reader.maybe(_MILLIS), reader.maybe(_MICROS)]
    reader.finish()
    # Implicitly tagged integers: the same contents under another tag.
    millis, micros = (
        0 if each is None else der.integer(der.Element(der.INTEGER, each.raw, each.body))
        for each in small
    )
    whole = 0 if seconds is None else der.integer(seconds)
    limits = (whole, 86_400), (millis, 999), (micros, 999)
    if not all(0 <= value <= limit for value, limit in limits):
        raise VerificationFailed("时间戳精度不合理 / the token states an impossible accuracy")
    return timedelta(seconds=whole, milliseconds=millis, microseconds=micros)


def _refuse_critical(body: bytes) -> None:
    for each in der.Reader(body, "TSTInfo extensions").rest():
        extension = der.whole(each.raw, der.SEQUENCE, "TSTInfo extension")
        extension.take(der.OID)
        critical = extension.maybe(der.BOOLEAN)
        extension.take(der.OCTET_STRING)
        extension.finish()
        if critical is not None and der.boolean(critical):
            raise VerificationFailed("时间戳含有无法理解的关键扩展 / unknown critical extension")


def _failure(element: der.Element | None) -> str:
    if element is None or not element.body:
        return "未说明原因 no reason given"
    bits = int.from_bytes(element.body[1:], "big")
    width = 8 * (len(element.body) - 1)
    found = [
        text for bit, text in _FAILURES.items() if bit < width and bits >> (width - 1 - bit) & 1
    ]
    return ", ".join(found) or "原因未知 unknown reason"
