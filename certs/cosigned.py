"""Checking a paper that several people signed: who did, when, and that nothing else happened to it.

Promises: `check` returns only when every step of its list held, and raises otherwise. Trust is the
caller's: roots of ours for the certification, the signers' root for signatures, a time-stamp
authority's for times. What was certified is every byte up to our signature; every later byte is
under somebody's signature, and does nothing but sign.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import pairwise
from typing import Any, Final

from cryptography import x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import FieldMDPAction, MDPPerm, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import EmbeddedPdfSignature
from pyhanko.sign.validation.errors import SignatureValidationError

from certs.pades_parts import TimeTerms, stamped
from certs.pdffile import BYTE_RANGE, END, HEADER, MAX_PDF, SignedPdf, hole, unpadded
from certs.signer_keys import act_of
from core import cms, trustpath
from core.errors import InvalidInput, TooLarge, VerificationFailed
from core.pki import fingerprint
from evidence.rfc3161 import Token

CERTIFICATION: Final = "YinjiCertification"
MAX_SIGNATURES: Final = 120

_END_OF_FILE: Final = b"%%EOF\n"
_DOC_MDP: Final = "/DocMDP"
# What reading a damaged file can run into: pyHanko's readers are strict, but not about everything.
_ODD: Final = (
    PdfError, SigningError, SignatureValidationError, AssertionError, AttributeError, IndexError,
    KeyError, TypeError, ValueError, ArithmeticError, RecursionError, OSError, struct.error,
    NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True)
class PaperTrust:
    """Pinned SHA-256 fingerprints (lower-case hex); `tsa_policy` is dotted, None for any."""

    issuer_roots: frozenset[str]
    signer_roots: frozenset[str]
    tsa_roots: frozenset[str]
    tsa_policy: str | None = None


@dataclass(frozen=True)
class Signature:
    """One person's signature: the field, the name certified, the act's id, the token's time."""

    field: str
    name: str
    reference: str
    at: datetime


@dataclass(frozen=True)
class Cosigned:
    """What has been shown. `unsigned` are fields that still wait; `locked`: the last one signed."""

    drawn: bytes
    certified_at: datetime
    signatures: tuple[Signature, ...]
    unsigned: tuple[str, ...]
    locked: bool


def check(pdf: bytes, trust: PaperTrust, *, whole: bool = True) -> Cosigned:
    """Checks a paper completely; with `whole`, everybody must have signed.

    1. it is a PDF of ours in outline, and every revision after the first ends with a signature
       over all bytes before that end but its own; the last one is over the whole file;
    2. every signature holds at the time its own time-stamp proves, under the root that it must be
       under; the times do not run backwards. Only now is the file read as a PDF;
    3. each signature belongs to one field, ours is the first and the only one that certifies, and
       it permits filling in signatures and nothing else (DocMDP, P 2);
    4. the file holds a current revocation list for each certificate of every signer's path, and
       none that revokes one, or the time-stamp's;
    5. after our signature nothing was changed but what it permits;
    6. nothing was signed after the lock; with `whole`, every field is signed and the last signature
       locks them all, so that none has been taken away.

    Raises UntrustedRoot when no path to a given root can be shown, InvalidInput for bytes that are
    no PDF of ours, else VerificationFailed.
    """
    # Step 1.
    revisions = _revisions(pdf)
    # Step 2.
    signers = [
        _verified(each, trust.signer_roots if place else trust.issuer_roots, trust)
        for place, each in enumerate(revisions)
    ]
    if any(later.at < earlier.at for earlier, later in pairwise(signers)):
        raise VerificationFailed("签名时间倒退 / a signature is older than the one before it")
    try:
        reader = PdfFileReader(BytesIO(pdf))
        found = sorted(reader.embedded_signatures, key=lambda each: each.signed_revision)
        # Step 3.
        _check_fields(reader, found, revisions)
        fields = [name for name, _, _ in enumerate_sig_fields(reader) if name != CERTIFICATION]
        # Step 4.
        lists = [bytes(each.get_object().data) for each in reader.root["/DSS"]["/CRLs"]]
        for each in signers:
            _check_revocation(each, lists)
        # Step 5.
        _check_changes(found[0])
        # Step 6.
        locked = _locked(found)
        signatures = tuple(
            Signature(
                str(each.field_name), _name_of(each, by.certificate), act_of(by.certificate), by.at
            )
            for each, by in zip(found[1:], signers[1:], strict=True)
        )
    except _ODD as error:
        raise VerificationFailed(
            f"文件结构有误 / the file's structure is damaged: {type(error).__name__}"
        ) from error
    signed = {each.field for each in signatures}
    unsigned = tuple(name for name in fields if name not in signed)
    if (whole or locked) and (unsigned or not locked):
        raise VerificationFailed(
            "尚未全部签署,或有签名被移除 / not everybody has signed, or a signature was taken away"
        )
    drawn = pdf[: pdf.index(_END_OF_FILE) + len(_END_OF_FILE)]
    return Cosigned(drawn, signers[0].at, signatures, unsigned, locked)


@dataclass(frozen=True)
class _Signer:
    """Whose signature holds: at what time, under which certificates."""

    certificate: x509.Certificate
    at: datetime
    path: Sequence[x509.Certificate]
    token: Token


def _revisions(pdf: bytes) -> list[SignedPdf]:
    """What each signature covers, in the file's order."""
    if len(pdf) > MAX_PDF:
        raise TooLarge(f"文件过大 / the PDF is larger than {MAX_PDF} bytes", field="paper")
    if not HEADER.match(pdf):
        raise InvalidInput("不是本系统的 PDF / not a PDF of ours", field="paper")
    if END.search(pdf, max(0, len(pdf) - 64)) is None:
        raise VerificationFailed(
            "文件末尾有多余内容或不完整 / something follows the end of the PDF, or it is cut short"
        )
    ranges = [tuple(int(part) for part in match.groups()) for match in BYTE_RANGE.finditer(pdf)]
    if not ranges or len(ranges) > MAX_SIGNATURES or pdf.count(b"/ByteRange") != len(ranges):
        raise VerificationFailed("没有可读的签名 / no signature, or one that cannot be read")
    if pdf.count(b"%%EOF") != len(ranges) + 1:
        raise VerificationFailed(
            "有未经签名的改动 / the file has a change that nobody signed, or a signature too many"
        )
    found, last = [], pdf.index(_END_OF_FILE) + len(_END_OF_FILE)
    for first, length, second, rest in ranges:
        end = second + rest
        if first != 0 or not last < length < second < end or END.search(pdf[:end]) is None:
            raise VerificationFailed(
                "签名没有覆盖整个版本 / a signature does not cover all that was there when it was "
                "made"
            )
        digits = hole(pdf, length, second)
        found.append(SignedPdf(pdf[:length] + pdf[second:end], unpadded(digits)))
        last = end
    if last != len(pdf):
        raise VerificationFailed(
            "最后的签名没有覆盖整个文件 / the last signature does not cover the whole file"
        )
    return found


def _check_fields(
    reader: PdfFileReader, found: Sequence[EmbeddedPdfSignature], revisions: Sequence[SignedPdf]
) -> None:
    names = [each.field_name for each in found]
    if len(found) != len(revisions) or len(set(names)) != len(names):
        raise VerificationFailed("签名与签名域不对应 / signatures and fields do not correspond")
    for each, revision in zip(found, revisions, strict=True):
        first, length, second, rest = (int(part) for part in each.byte_range)
        if (first, length + rest) != (0, len(revision.covered)) or second <= length:
            raise VerificationFailed("签名与签名域不对应 / signatures and fields do not correspond")
    ours, others = found[0], found[1:]
    if ours.field_name != CERTIFICATION or ours.docmdp_level is not MDPPerm.FILL_FORMS:
        raise VerificationFailed(
            "首个签名不是本平台的认证签名 / the first signature is not our certification"
        )
    if reader.root["/Perms"].raw_get(_DOC_MDP).reference != _reference(ours):
        raise VerificationFailed("认证签名未登记 / the certification is not the document's own")
    if any(each.docmdp_level is not None for each in others):
        raise VerificationFailed("另有签名更改了权限 / another signature changes what is permitted")


def _reference(signature: EmbeddedPdfSignature) -> Any:  # noqa: ANN401 - pyHanko's own kind
    return signature.sig_field.raw_get("/V").reference


def _name_of(signature: EmbeddedPdfSignature, signer: x509.Certificate) -> str:
    """The whole name stands in the signature's dictionary; the certificate may hold its start."""
    told = str(signature.sig_object.get("/Name", ""))
    certified = trustpath.label(signer).strip("“”")
    if not told.startswith(certified.removesuffix("…")):
        raise VerificationFailed("签名人姓名与证书不符 / the name is not the certificate's")
    return told


def _verified(revision: SignedPdf, roots: frozenset[str], trust: PaperTrust) -> _Signer:
    """The signature must hold at the moment its own time-stamp proves.

    Candidates for both paths are the certificates inside, and no others: each of them is needed, so
    that none can be altered unnoticed.
    """
    structure = cms.parse(revision.cms)
    token = stamped(structure, TimeTerms(trust.tsa_roots, policy=trust.tsa_policy))
    verified = cms.verify(structure, at=token.gen_time, roots=roots, content=revision.covered)
    return _Signer(verified.signer, token.gen_time, verified.path.certificates, token)


def _check_revocation(signer: _Signer, lists: Sequence[bytes]) -> None:
    """The same paths again, with what the file holds about their certificates."""
    path = _again(signer.path, signer.at, lists, tells_time=False)
    _again(signer.token.path.certificates, signer.at, lists, tells_time=True)
    if not path.revocation_checked:
        raise VerificationFailed("缺少吊销信息 / the file lacks what checks its certificates")


def _again(
    path: Sequence[x509.Certificate], at: datetime, lists: Sequence[bytes], *, tells_time: bool
) -> trustpath.TrustPath:
    return trustpath.find(
        path[0],
        candidates=path,
        roots=frozenset({fingerprint(path[-1])}),
        at=at,
        crls=lists,
        signer_tells_time=tells_time,
    )


def _check_changes(signature: EmbeddedPdfSignature) -> None:
    """12.8.2.2: what came after a signature must be what it permits."""
    signature.compute_integrity_info()  # type: ignore[no-untyped-call]
    changes = signature.diff_result
    if not isinstance(changes, DiffResult):
        raise VerificationFailed("签名之后文件被改动 / the paper was changed after a signature")
    if changes.modification_level > ModificationLevel.FORM_FILLING:
        raise VerificationFailed(
            "签名之后有不允许的改动 / more was changed after a signature than it permits"
        )


def _locked(found: Sequence[EmbeddedPdfSignature]) -> bool:
    """Whether the last signature, and no other, locks every field."""
    locks = [each.fieldmdp is not None for each in found]
    if any(locks[:-1]):
        raise VerificationFailed("锁定之后又有签署 / something was signed after the lock")
    lock = found[-1].fieldmdp
    return lock is not None and lock.action is FieldMDPAction.ALL
