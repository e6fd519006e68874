"""What every PAdES signature of ours is made of: its CMS structure, and a revision to hold it.

Promises: the structure is that of EN 319 142-1, 6.3 (B-T), its time-stamp checked before it is
used; nothing is fetched but that one time-stamp; nothing comes from the machine's clock.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from core import cms, der
from core.errors import VerificationFailed
from core.pki import Identity
from core.signed_data import (
    CONTENT_TYPE,
    DATA,
    MESSAGE_DIGEST,
    SIGNATURE_TIMESTAMP,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
)
from evidence.rfc3161 import Token, request_token, verify_token

TimestampCall = Callable[[bytes], bytes]
"""Turns a TimeStampReq into a TimeStampResp, both DER."""

# Bytes kept free for the first CMS structure, and for one by an authority that sends a chain.
RESERVED: Final = (3200, 24_000)

_ECDSA_SHA256: Final = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.10045.4.3.2"))
_SHA256: Final = der.encode(der.SEQUENCE, der.encode_oid("2.16.840.1.101.3.4.2.1"))
_A0, _A1 = 0xA0, 0xA1


@dataclass(frozen=True)
class TimeTerms:
    """Against what a signature's time-stamp is checked, and what a later checker needs about it.

    `roots` are pinned SHA-256 fingerprints; `certificates` and `crls` (DER) are the authority's;
    `policy` is dotted, None for any.
    """

    roots: frozenset[str]
    certificates: tuple[x509.Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    policy: str | None = None


class Signer:
    """One identity's signatures, each with a time-stamp. `inside` are the certificates to enclose.

    The parts that stay the same are encoded once.
    """

    def __init__(
        self, identity: Identity, inside: Sequence[x509.Certificate], time: TimeTerms
    ) -> None:
        self._identity, self._time = identity, time
        certificate = identity.certificate
        name = der.encode(
            der.SEQUENCE,
            certificate.issuer.public_bytes(),
            der.encode_integer(certificate.serial_number),
        )
        self._signer_head = der.encode_integer(1) + name + _SHA256
        self._signed_head = (
            der.encode_integer(1)
            + der.encode(der.SET, _SHA256)
            + der.encode(der.SEQUENCE, der.encode_oid(DATA))
            + der.encode_set_of((each.public_bytes(Encoding.DER) for each in inside), _A0)
        )
        # RFC 5035 section 4: SHA-256 is the default and DER leaves defaults out.
        digest = der.encode(der.OCTET_STRING, certificate.fingerprint(hashes.SHA256()))
        named = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, digest)))
        self._attributes = (
            _attribute(CONTENT_TYPE, der.encode_oid(DATA)),
            _attribute(SIGNING_CERTIFICATE_V2, named),
        )

    def structure(self, digest: bytes, timestamp: TimestampCall) -> bytes:
        """The CMS ContentInfo (RFC 5652, 5) of a detached signature, with its time-stamp.

        PAdES baseline (EN 319 142-1, 6.3) asks for these three signed attributes and forbids
        signing-time: the time claimed is the signature dictionary's /M.
        """
        attributes = b"".join(
            sorted(
                (
                    *self._attributes,
                    _attribute(MESSAGE_DIGEST, der.encode(der.OCTET_STRING, digest)),
                )
            )
        )
        signature = self._identity.key.sign(
            der.encode(der.SET, attributes), ec.ECDSA(hashes.SHA256())
        )
        token = request_token(
            _Caller(timestamp),
            signature,
            nonce=secrets.randbits(64),
            roots=self._time.roots,
            extra_certificates=self._time.certificates,
            policy=self._time.policy,
        )
        signer = der.encode(
            der.SEQUENCE,
            self._signer_head,
            der.encode(_A0, attributes),
            _ECDSA_SHA256,
            der.encode(der.OCTET_STRING, signature),
            der.encode(_A1, _attribute(SIGNATURE_TIMESTAMP, token.token_der)),
        )
        return der.encode(
            der.SEQUENCE,
            der.encode_oid(SIGNED_DATA),
            der.encode(
                _A0,
                der.encode(der.SEQUENCE, self._signed_head, der.encode(der.SET, signer)),
            ),
        )


def stamped(structure: cms.SignedData, time: TimeTerms, crls: Sequence[bytes] = ()) -> Token:
    """The time-stamp over a signature, checked; the signature itself is not checked here.

    Raises VerificationFailed when there is none or it does not hold, UntrustedRoot as it says.
    """
    if structure.signature_timestamp is None:
        raise VerificationFailed("签名缺少时间戳 / the signature has no time-stamp")
    imprint = hashes.Hash(hashes.SHA256())
    imprint.update(structure.signature)
    return verify_token(
        structure.signature_timestamp,
        imprint=imprint.finalize(),
        nonce=None,
        roots=time.roots,
        extra_certificates=(*time.certificates, *structure.certificates),
        policy=time.policy,
        crls=crls,
    )


class Writer(IncrementalPdfFileWriter):
    """Leaves title, author and dates as the document has them; the stock one writes the clock."""

    def _update_meta(self) -> None:
        pass


Prepare = Callable[[int], tuple[Any, Any, BytesIO]]
"""Given the bytes to keep free: the embedding that waits for the structure, the digest, the file.
"""


def fill(
    prepare: Prepare, signer: Signer, timestamp: TimestampCall, reserved: Sequence[int] = RESERVED
) -> tuple[bytes, int]:
    """The file with its signature, and how long the structure was.

    Raises VerificationFailed when the structure is larger than any room of `reserved`.
    """
    for room in reserved:
        # The digest depends on the room left, so each try is a signature of its own.
        embedding, prepared, output = prepare(room)
        structure = signer.structure(bytes(prepared.document_digest), timestamp)
        if len(structure) <= room:
            embedding.send(structure)
            return output.getvalue(), len(structure)
    raise VerificationFailed(
        "时间戳过大，签名放不下 / the time-stamp is too large for the signature"
    )


def streams(writer: IncrementalPdfFileWriter, items: Sequence[bytes]) -> generic.ArrayObject:
    """Each of `items` as a stream of its own, in an array of references."""
    found = []
    for item in items:
        stream = generic.StreamObject(stream_data=item)
        stream.compress()  # type: ignore[no-untyped-call]
        found.append(writer.add_object(stream))
    return generic.ArrayObject(found)


@dataclass(frozen=True, slots=True)
class _Caller:
    """A function in the shape of a `TimestampClient`."""

    ask: TimestampCall


def _attribute(kind: str, value: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(kind), der.encode(der.SET, value))
