"""Papers that several people sign: fields first, then our certification, then one signature each.

Promises: a signature is one incremental update and leaves every earlier byte as it was; our own,
certifying, permits signing and nothing else (DocMDP level 2); the last one locks every field
(FieldMDP, all). Each holds its time-stamp, and what a later checker needs stands beside it (PAdES
B-LT, EN 319 142-1). The result is checked against what was meant before it is returned. Section
numbers are those of ISO 32000-1.

Two people must not sign one paper at the same time: the later file would lack the earlier's
signature. Whoever calls `sign` holds a lease on the paper and gives the newest bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
)
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.cms_embedder import SigMDPSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from certs.cosigned import CERTIFICATION, PaperTrust, check
from certs.marks import Mark, draw
from certs.pades_parts import (
    RESERVED,
    Prepare,
    Signer,
    TimestampCall,
    TimeTerms,
    Writer,
    fill,
    streams,
)
from certs.signer_keys import SignerAuthority
from core.errors import VerificationFailed
from core.pki import Identity, fingerprint

_LOCK: Final = FieldMDPSpec(FieldMDPAction.ALL)
# A signer's path has one certificate more than an issuer's.
_RESERVED: Final = (4800, RESERVED[1])


class Place(Protocol):
    """Where somebody signs: points from the lower left corner, pages from 0."""

    @property
    def name(self) -> str: ...
    @property
    def page(self) -> int: ...
    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def wide(self) -> float: ...
    @property
    def high(self) -> float: ...


@dataclass(frozen=True)
class Act:
    """One person's signing of one paper: at `place`, seen as `mark`; `last` locks the paper.

    `reference` is the act's own id, kept in the certificate.
    """

    place: Place
    mark: Mark
    reference: str
    last: bool


class PaperSigner:
    """An installation that prepares papers and lets people sign them."""

    def __init__(self, issuer: Identity, signers: SignerAuthority, time: TimeTerms) -> None:
        self._issuer, self._signers, self._time = issuer, signers, time
        self._certifier = Signer(issuer, _enclosed(issuer, time), time)
        self.trust = PaperTrust(
            issuer_roots=frozenset({fingerprint(issuer.root)}),
            signer_roots=frozenset({fingerprint(signers.identity.root)}),
            tsa_roots=time.roots,
            tsa_policy=time.policy,
        )

    def prepare(
        self, pdf: bytes, places: Sequence[Place], timestamp: TimestampCall, *, now: datetime
    ) -> bytes:
        """The paper with a field for each place, certified by us at `now`; signing is what is left.

        Raises VerificationFailed when the result is not what was meant; what `timestamp` raises
        passes through. Call it outside any database transaction.
        """
        certified = SigMDPSetup("sha256", certify=True, docmdp_perms=MDPPerm.FILL_FORMS)

        def prepared(reserved: int) -> tuple[Any, Any, BytesIO]:
            writer = Writer(BytesIO(pdf))
            writer.register_extension(ESIC_EXTENSION_1)
            for place in places:
                append_signature_field(writer, _field(place))
            identities = (self._issuer, self._signers.identity)
            chains = [each for one in identities for each in one.chain]
            lists = (*(one.crl for one in identities), *self._time.crls)
            _keep(writer, chains, lists)
            spec = SigFieldSpec(CERTIFICATION, on_page=0)
            embedder = cms_embedder.PdfCMSEmbedder(new_field_spec=spec)
            embedding = embedder.write_cms(CERTIFICATION, writer)
            next(embedding)
            return _sent(embedding, certified, reserved, now)

        made = _filled(prepared, self._certifier, timestamp)
        self._check(pdf, made, unsigned=tuple(place.name for place in places))
        return made

    def sign(self, pdf: bytes, act: Act, timestamp: TimestampCall, *, now: datetime) -> bytes:
        """`pdf` with the signature of `act`, by a key that is made here and does not leave.

        Raises VerificationFailed when the place is signed already or the paper is locked, and as
        `prepare`. Call it outside any database transaction, with a lease on the paper.
        """
        before = check(pdf, self.trust, whole=False)
        if act.place.name not in before.unsigned:
            raise VerificationFailed(
                "此处已签署或不在文件中 / this place is signed already, or not in the paper"
            )
        identity = self._signers.certify(act.mark.name, act.reference, now=now)
        look = draw(act.mark, act.place.wide, act.place.high)
        lock = SigMDPSetup("sha256", field_lock=_LOCK) if act.last else None

        def prepared(reserved: int) -> tuple[Any, Any, BytesIO]:
            writer = Writer(BytesIO(pdf))
            _keep(writer, (), (identity.crl,))
            embedding = cms_embedder.PdfCMSEmbedder().write_cms(
                act.place.name, writer, existing_fields_only=True
            )
            field = next(embedding).get_object()
            shown = writer.import_page_as_xobject(PdfFileReader(BytesIO(look)))
            field["/AP"] = generic.DictionaryObject(  # type: ignore[no-untyped-call]
                {generic.pdf_name("/N"): shown}
            )
            return _sent(embedding, lock, reserved, now, name=act.mark.name)

        signer = Signer(identity, _enclosed(identity, self._time), self._time)
        made = _filled(prepared, signer, timestamp)
        left = tuple(name for name in before.unsigned if name != act.place.name)
        self._check(pdf, made, unsigned=left, act=act)
        return made

    def _check(
        self, before: bytes, after: bytes, *, unsigned: tuple[str, ...], act: Act | None = None
    ) -> None:
        """What was made must be what was meant: the same file, then one signature more."""
        if not after.startswith(before):
            raise VerificationFailed(
                "签名改动了文件内容 / signing changed the file itself; it is not kept"
            )
        found = check(after, self.trust, whole=act is not None and act.last)
        signed = found.signatures[-1].reference if found.signatures else None
        if set(found.unsigned) != set(unsigned) or signed != (act and act.reference):
            raise VerificationFailed("签署结果与预期不符 / not the signature that was meant")


def _enclosed(identity: Identity, time: TimeTerms) -> list[x509.Certificate]:
    """Certificates that stand in the signature: both paths, the signer's and the time-stamp's."""
    return [*dict.fromkeys((identity.certificate, *identity.chain, *time.certificates))]


def _field(place: Place) -> SigFieldSpec:
    box = (place.x, place.y, place.x + place.wide, place.y + place.high)
    return SigFieldSpec(place.name, on_page=place.page, box=box)  # type: ignore[arg-type]


def _keep(writer: Writer, certificates: Sequence[x509.Certificate], lists: Sequence[bytes]) -> None:
    """Add to the document security store what checks a signature years later."""
    store = writer.root.get("/DSS")
    added = streams(writer, lists)
    if store is None:
        store = writer.root["/DSS"] = generic.DictionaryObject()  # type: ignore[no-untyped-call]
        encoded = [each.public_bytes(Encoding.DER) for each in certificates]
        store["/Certs"] = streams(writer, encoded)
        store["/CRLs"] = added
    else:
        kept = store["/CRLs"]
        for each in added:
            kept.append(each)
    writer.update_root()  # type: ignore[no-untyped-call]


def _sent(
    embedding: Any,  # noqa: ANN401 - pyHanko's generator
    permissions: SigMDPSetup | None,
    reserved: int,
    now: datetime,
    *,
    name: str | None = None,
) -> tuple[Any, Any, BytesIO]:
    embedding.send(
        cms_embedder.SigObjSetup(
            sig_placeholder=SignatureObject(
                timestamp=now,
                subfilter=SigSeedSubFilter.PADES,
                # Counted in hexadecimal digits.
                bytes_reserved=2 * reserved,
                name=name,
            ),
            mdp_setup=permissions,
        )
    )
    prepared, output = embedding.send(
        cms_embedder.SigIOSetup(md_algorithm="sha256", output=BytesIO())
    )
    return embedding, prepared, output


def _filled(prepare: Prepare, signer: Signer, timestamp: TimestampCall) -> bytes:
    try:
        return fill(prepare, signer, timestamp, _RESERVED)[0]
    except (PdfError, SigningError) as error:
        raise VerificationFailed(
            f"此文件不能签名 / this PDF cannot be signed: {type(error).__name__}"
        ) from error
