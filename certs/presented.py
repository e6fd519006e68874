"""A presented certificate or package, taken apart: bytes in, the documents it carries out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from certs import package, pdffile, pdfreading
from certs.documents import ATTACHED, BLOCK, COPIED, PROOF, STATUS, kind
from certs.pdfreading import Objects
from chain.proof import (
    AnchoredBlock,
    BlockEvidence,
    Proof,
    parse_block,
    parse_proof,
    verify_anchor,
)
from core.errors import InvalidInput, VerificationFailed
from core.signed_data import SignedData
from evidence.digest import FileDigest

PDF_MAGIC: Final = b"%PDF-"
ZIP_MAGIC: Final = b"PK"
MAX_PRESENTED: Final = 64 * 1024 * 1024
"""Bytes; nothing of ours comes near."""


@dataclass(frozen=True)
class PresentedFile:
    """A file somebody holds beside the certificate."""

    name: str
    digest: FileDigest


def presented_file(name: str, chunks: Iterable[bytes]) -> PresentedFile:
    """A file by its bytes: size and SHA-256, which is what a statement lists it by."""
    digest, size = sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return PresentedFile(name, FileDigest(size, digest.hexdigest(), None))


class Unreadable(InvalidInput):
    """Not a certificate or package at all: nothing was checked."""

    code = "unreadable"


@dataclass(frozen=True)
class Presented:
    """The PDF, the documents attached to it, and what lay in the ZIP beside it (or nothing).

    `objects` are the PDF's where its shape is one that needs no PDF library.
    """

    pdf: bytes
    attached: Mapping[str, bytes]
    members: Mapping[str, bytes] | None
    objects: Objects | None = None

    @property
    def status(self) -> bytes:
        """status.json: the package's, which is later, or the one in the PDF."""
        return (self.attached if self.members is None else self.members)[STATUS]

    def document(self, name: str) -> bytes:
        return self.attached[name]

    @cached_property
    def proof(self) -> Proof:
        """proof.json as read, not yet believed; raises InvalidInput, as the others do."""
        return parse_proof(self.attached[PROOF])

    @cached_property
    def block(self) -> BlockEvidence:
        """block.json as read."""
        return parse_block(self.attached[BLOCK])

    @cached_property
    def anchored(self) -> AnchoredBlock:
        """The block whose receipts hold the event; raises VerificationFailed when they do not."""
        return verify_anchor(self.proof, self.block)


def open_presented(data: bytes) -> Presented:
    """Take `data` apart.

    Raises:
        Unreadable: neither PDF nor ZIP.
        InvalidInput, VerificationFailed: one of ours in outline, but damaged or altered.
    """
    if data.startswith(PDF_MAGIC):
        return _presented(data, None)
    if data.startswith(ZIP_MAGIC):
        members = package.read(data)
        return _presented(members[package.CERTIFICATE], members)
    raise Unreadable(
        "不是证书 PDF,也不是证据包 ZIP / neither a certificate (PDF) nor a package (ZIP)",
        field="certificate",
    )


def compare_copies(presented: Presented, signature: SignedData) -> None:
    """Documents in the ZIP and in the PDF are the same bytes.

    The PEM files beside them hold certificates of the certificate's own signature, so that who
    follows README.txt by hand is not given a stranger's root.

    Raises:
        VerificationFailed: naming the document that differs.
    """
    if presented.members is None:
        return
    known = {each.public_bytes(Encoding.PEM) for each in signature.certificates}
    for name in package.PEMS:
        if presented.members[name] not in known:
            raise VerificationFailed(
                f"证书签名中没有这张根证书 / not a certificate of the signature: {name}"
            )
    for name in COPIED:
        if presented.members[name] != presented.attached[name]:
            raise VerificationFailed(
                f"证据包与证书内的副本不一致 / package and certificate carry different {name}"
            )


def _presented(pdf: bytes, members: Mapping[str, bytes] | None) -> Presented:
    objects = pdfreading.opened(pdf)
    found = pdffile.attachments(pdf, objects)
    if not found:
        # A stripped certificate looks the same, so the verdict is the norm's: not our shape.
        raise VerificationFailed(
            "PDF 内没有证书附件:通知书等文书不是证书,请以 pdfsig 或 PDF 阅读器核对其签名 / "
            "no attachments of a certificate: a notice or paper is no certificate, "
            "check its signature with pdfsig or a PDF reader"
        )
    if set(found) != set(ATTACHED):
        raise VerificationFailed("证书附件缺失或多余 / attachments missing or unknown")
    for name, data in found.items():
        if kind(data) != name:
            raise VerificationFailed(
                f"附件与其名称不符 / an attachment is not what it is called: {name}"
            )
    return Presented(pdf, found, members, objects)
