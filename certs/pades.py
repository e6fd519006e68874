"""The one signature on a certificate: certifying, over the whole file, checkable for years.

Promises: what `DocumentSigner.sign` returns is the given file, unchanged, followed by one revision
that holds the signature and the material to check it (PAdES B-LT, ETSI EN 319 142-1: revocation
lists, and certificates that the signature lacks, in the document security store), all of it under
the signature. DocMDP level 1: no change is permitted afterwards. The result is checked against what
was meant before it is returned. Nothing is fetched but the one time-stamp.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from certs.pdffile import signed_range
from core import cms, der
from core.errors import Misconfigured, VerificationFailed
from core.pki import Identity, fingerprint
from core.signed_data import (
    CONTENT_TYPE,
    DATA,
    MESSAGE_DIGEST,
    SIGNATURE_TIMESTAMP,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
)
from evidence.rfc3161 import request_token, verify_token

TimestampCall = Callable[[bytes], bytes]

FIELD_NAME: Final = "YinjiSignature"
# Bytes kept free for the first CMS structure, and for one by an authority that sends a chain.
_RESERVED: Final = (3200, 24_000)
# From one signature to the next only numbers differ in length: serial, time, and the two points.
_SLACK: Final = 32

_ECDSA_SHA256: Final = der.encode(der.SEQUENCE, der.encode_oid("1.2.840.10045.4.3.2"))
_SHA256: Final = der.encode(der.SEQUENCE, der.encode_oid("2.16.840.1.101.3.4.2.1"))
_A0, _A1 = 0xA0, 0xA1


class DocumentSigner:
    """An issuer ready to sign: key, certificates and lists stay loaded between certificates.

    A signature's time-stamp is checked against `tsa_roots` (SHA-256 fingerprints) and `policy`
    (dotted, None for any). `tsa_certificates` and `tsa_crls` (DER) are what a later checker needs
    about that authority; they go into the document beside the issuer's own. An authority of this
    installation is given whole, in `others`, instead. Raises Misconfigured when no root is pinned.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        others: Sequence[Identity] = (),
        tsa_roots: frozenset[str] = frozenset(),
        tsa_certificates: Sequence[x509.Certificate] = (),
        tsa_crls: Sequence[bytes] = (),
        policy: str | None = None,
    ) -> None:
        if not isinstance(identity.certificate.public_key(), ec.EllipticCurvePublicKey):
            raise Misconfigured("签名证书须为 P-256 / the signing certificate must be for P-256")
        self._identity = identity
        self._tsa_roots = tsa_roots | {fingerprint(one.root) for one in others}
        if not self._tsa_roots:
            raise Misconfigured(
                "未指定可信的时间戳根证书 / no time-stamp authority's root is pinned for signing"
            )
        beside = [each for one in others for each in (one.certificate, *one.chain)]
        self._tsa_certificates = (*tsa_certificates, *beside)
        self._policy = policy
        self._reserved = _RESERVED[0]
        own = [identity.certificate, *identity.chain]
        self._lists = [identity.crl, *tsa_crls, *(one.crl for one in others)]
        self._roots = frozenset({fingerprint(identity.root)})
        # Roots stand in the signature too: who holds nothing but this file and the roots'
        # fingerprints can then build both paths, the signer's and the time-stamp's.
        roots = [each for one in others for each in one.chain]
        inside = [*dict.fromkeys((*own, *tsa_certificates, *roots))]
        self._fixed = _FixedParts(identity, inside)
        # What the signature holds itself need not be said again (EN 319 142-1, 6.3).
        self._certificates = [
            each.public_bytes(Encoding.DER)
            for each in dict.fromkeys(self._tsa_certificates)
            if each not in inside
        ]

    def sign(self, pdf: bytes, timestamp: TimestampCall, *, now: datetime) -> bytes:
        """`pdf` (from `certs.pdf.render`) with one certifying signature, made at `now` (aware).

        `timestamp` turns a TimeStampReq into a TimeStampResp, both DER. Raises VerificationFailed
        when the result is not what was meant; what `timestamp` raises passes through. Call it
        outside any database transaction.
        """
        for reserved in (self._reserved, *_RESERVED):
            # The digest depends on the room left, so each try is a signature of its own.
            embedding, prepared, output = self._prepare(pdf, reserved, now)
            structure = self._structure(bytes(prepared.document_digest), timestamp)
            if len(structure) <= reserved:
                break
        else:
            raise VerificationFailed(
                "时间戳过大，签名放不下 / the time-stamp is too large for the signature"
            )
        self._reserved = len(structure) + _SLACK
        embedding.send(structure)
        signed: bytes = output.getvalue()
        self._check(pdf, signed, now)
        return signed

    def _prepare(self, pdf: bytes, reserved: int, now: datetime) -> tuple[Any, Any, BytesIO]:
        """The file with room for the signature, and the digest to sign."""
        try:
            return self._embed(pdf, reserved, now)
        except (PdfError, SigningError) as error:
            raise VerificationFailed(
                f"此文件不能签名 / this PDF cannot be signed: {error}"
            ) from error

    def _embed(self, pdf: bytes, reserved: int, now: datetime) -> tuple[Any, Any, BytesIO]:
        writer = _Writer(BytesIO(pdf))
        writer.register_extension(ESIC_EXTENSION_1)
        # Before the signature and in its revision, so that the signature covers it.
        store = generic.DictionaryObject()  # type: ignore[no-untyped-call]
        if self._certificates:
            store["/Certs"] = _streams(writer, self._certificates)
        store["/CRLs"] = _streams(writer, self._lists)
        writer.root["/DSS"] = store
        writer.update_root()  # type: ignore[no-untyped-call]
        embedding = cms_embedder.PdfCMSEmbedder(
            new_field_spec=SigFieldSpec(FIELD_NAME, on_page=0)
        ).write_cms(FIELD_NAME, writer)
        next(embedding)
        embedding.send(
            cms_embedder.SigObjSetup(
                sig_placeholder=SignatureObject(
                    timestamp=now,
                    subfilter=SigSeedSubFilter.PADES,
                    # Counted in hexadecimal digits.
                    bytes_reserved=2 * reserved,
                ),
                mdp_setup=cms_embedder.SigMDPSetup(
                    md_algorithm="sha256", certify=True, docmdp_perms=MDPPerm.NO_CHANGES
                ),
            )
        )
        prepared, output = embedding.send(
            cms_embedder.SigIOSetup(md_algorithm="sha256", output=BytesIO())
        )
        return embedding, prepared, output

    def _structure(self, digest: bytes, timestamp: TimestampCall) -> bytes:
        """The CMS ContentInfo (RFC 5652, 5) of a detached signature, with its time-stamp.

        PAdES baseline (EN 319 142-1, 6.3) asks for these three signed attributes and forbids
        signing-time: the time claimed is the signature dictionary's /M.
        """
        fixed = self._fixed
        attributes = b"".join(
            sorted(
                (
                    *fixed.attributes,
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
            roots=self._tsa_roots,
            extra_certificates=self._tsa_certificates,
            policy=self._policy,
        )
        signer = der.encode(
            der.SEQUENCE,
            fixed.signer_head,
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
                der.encode(der.SEQUENCE, fixed.signed_head, der.encode(der.SET, signer)),
            ),
        )

    def _check(self, before: bytes, after: bytes, now: datetime) -> None:
        """What was signed must be what was meant: the same file, then one signature by us."""
        if not after.startswith(before):
            raise VerificationFailed(
                "签名改动了文件内容 / signing changed the file itself; it is not issued"
            )
        found = signed_range(after)
        verified = cms.verify(
            cms.parse(found.cms), at=now, roots=self._roots, content=found.covered
        )
        if verified.signer != self._identity.certificate:
            raise VerificationFailed("签名者不符 / the signature is not by the intended key")
        if verified.signature_timestamp is None:
            raise VerificationFailed("签名缺少时间戳 / the signature has no time-stamp")
        imprint = hashes.Hash(hashes.SHA256())
        imprint.update(verified.signature)
        verify_token(
            verified.signature_timestamp,
            imprint=imprint.finalize(),
            nonce=None,
            roots=self._tsa_roots,
            extra_certificates=self._tsa_certificates,
            policy=self._policy,
        )


class _Writer(IncrementalPdfFileWriter):
    """Leaves title, author and dates as the document has them; the stock one writes the clock."""

    def _update_meta(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Caller:
    """A function in the shape of a `TimestampClient`."""

    ask: TimestampCall


class _FixedParts:
    """What is the same in every signature of one identity, encoded once."""

    def __init__(self, identity: Identity, certificates: Sequence[x509.Certificate]) -> None:
        certificate = identity.certificate
        name = der.encode(
            der.SEQUENCE,
            certificate.issuer.public_bytes(),
            der.encode_integer(certificate.serial_number),
        )
        self.signer_head = der.encode_integer(1) + name + _SHA256
        self.signed_head = (
            der.encode_integer(1)
            + der.encode(der.SET, _SHA256)
            + der.encode(der.SEQUENCE, der.encode_oid(DATA))
            + der.encode_set_of((each.public_bytes(Encoding.DER) for each in certificates), _A0)
        )
        # RFC 5035 section 4: SHA-256 is the default and DER leaves defaults out.
        digest = der.encode(der.OCTET_STRING, certificate.fingerprint(hashes.SHA256()))
        named = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, digest)))
        self.attributes = (
            _attribute(CONTENT_TYPE, der.encode_oid(DATA)),
            _attribute(SIGNING_CERTIFICATE_V2, named),
        )


def _attribute(kind: str, value: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode_oid(kind), der.encode(der.SET, value))


def _streams(writer: IncrementalPdfFileWriter, items: Sequence[bytes]) -> generic.ArrayObject:
    """Each of `items` as a stream of its own, in an array of references."""
    streams = []
    for item in items:
        stream = generic.StreamObject(stream_data=item)
        stream.compress()  # type: ignore[no-untyped-call]
        streams.append(writer.add_object(stream))
    return generic.ArrayObject(streams)
