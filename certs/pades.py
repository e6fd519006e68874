"""The one signature on a certificate: certifying, over the whole file, checkable for years.

Promises: what `DocumentSigner.sign` returns is the given file, unchanged, followed by one revision
that holds the signature and the material to check it (PAdES B-LT, ETSI EN 319 142-1: revocation
lists, and certificates that the signature lacks, in the document security store), all of it under
the signature. DocMDP level 1: no change is permitted afterwards. The result is checked against what
was meant before it is returned. Nothing is fetched but the one time-stamp.
"""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from certs.pades_parts import (
    RESERVED,
    Signer,
    TimestampCall,
    TimeTerms,
    Writer,
    fill,
    stamped,
    streams,
)
from certs.pdffile import signed_range
from core import cms
from core.errors import Misconfigured, VerificationFailed
from core.pki import Identity, fingerprint

__all__ = ["DocumentSigner", "TimestampCall"]

FIELD_NAME: Final = "YinjiSignature"
# From one signature to the next only numbers differ in length: serial, time, and the two points.
_SLACK: Final = 32


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
        roots = tsa_roots | {fingerprint(one.root) for one in others}
        if not roots:
            raise Misconfigured(
                "未指定可信的时间戳根证书 / no time-stamp authority's root is pinned for signing"
            )
        beside = [each for one in others for each in (one.certificate, *one.chain)]
        self._time = TimeTerms(roots, (*tsa_certificates, *beside), tuple(tsa_crls), policy)
        self._reserved = RESERVED[0]
        own = [identity.certificate, *identity.chain]
        self._lists = [identity.crl, *tsa_crls, *(one.crl for one in others)]
        self._roots = frozenset({fingerprint(identity.root)})
        # Roots stand in the signature too: who holds nothing but this file and the roots'
        # fingerprints can then build both paths, the signer's and the time-stamp's.
        ends = [each for one in others for each in one.chain]
        inside = [*dict.fromkeys((*own, *tsa_certificates, *ends))]
        self._signer = Signer(identity, inside, self._time)
        # What the signature holds itself need not be said again (EN 319 142-1, 6.3).
        self._certificates = [
            each.public_bytes(Encoding.DER)
            for each in dict.fromkeys(self._time.certificates)
            if each not in inside
        ]

    def sign(self, pdf: bytes, timestamp: TimestampCall, *, now: datetime) -> bytes:
        """`pdf` (from `certs.pdf.render`) with one certifying signature, made at `now` (aware).

        `timestamp` turns a TimeStampReq into a TimeStampResp, both DER. Raises VerificationFailed
        when the result is not what was meant; what `timestamp` raises passes through. Call it
        outside any database transaction.
        """
        signed, length = fill(
            lambda reserved: self._prepare(pdf, reserved, now),
            self._signer,
            timestamp,
            (self._reserved, *RESERVED),
        )
        self._reserved = length + _SLACK
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
        writer = Writer(BytesIO(pdf))
        writer.register_extension(ESIC_EXTENSION_1)
        # Before the signature and in its revision, so that the signature covers it.
        store = generic.DictionaryObject()  # type: ignore[no-untyped-call]
        if self._certificates:
            store["/Certs"] = streams(writer, self._certificates)
        store["/CRLs"] = streams(writer, self._lists)
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

    def _check(self, before: bytes, after: bytes, now: datetime) -> None:
        """What was signed must be what was meant: the same file, then one signature by us."""
        if not after.startswith(before):
            raise VerificationFailed(
                "签名改动了文件内容 / signing changed the file itself; it is not issued"
            )
        found = signed_range(after)
        structure = cms.parse(found.cms)
        verified = cms.verify(structure, at=now, roots=self._roots, content=found.covered)
        if verified.signer != self._identity.certificate:
            raise VerificationFailed("签名者不符 / the signature is not by the intended key")
        stamped(structure, self._time)
