"""A presented certificate or package, taken apart: bytes in, the documents it carries out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from certs import package, pdffile
from certs.documents import ATTACHED, COPIED, STATUS
from core.errors import InvalidInput, VerificationFailed
from core.signed_data import SignedData

PDF_MAGIC: Final = b"%PDF-"
ZIP_MAGIC: Final = b"PK"
MAX_PRESENTED: Final = 64 * 1024 * 1024
"""Bytes; nothing of ours comes near."""


class Unreadable(InvalidInput):
    """Not a certificate or package at all: nothing was checked."""

    code = "unreadable"


@dataclass(frozen=True)
class Presented:
    """The PDF, the documents attached to it, and what lay in the ZIP beside it (or nothing)."""

    pdf: bytes
    attached: Mapping[str, bytes]
    members: Mapping[str, bytes] | None

    @property
    def status(self) -> bytes:
        """status.json: the package's, which is later, or the one in the PDF."""
        return (self.attached if self.members is None else self.members)[STATUS]

    def document(self, name: str) -> bytes:
        return self.attached[name]


def open_presented(data: bytes) -> Presented:
    """Take `data` apart.

    Raises:
        Unreadable: neither PDF nor ZIP.
        InvalidInput, VerificationFailed: one of ours in outline, but damaged or altered.
    """
    if data.startswith(PDF_MAGIC):
        return Presented(data, _attached(data), None)
    if data.startswith(ZIP_MAGIC):
        members = package.read(data)
        pdf = members[package.CERTIFICATE]
        return Presented(pdf, _attached(pdf), members)
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


def _attached(pdf: bytes) -> Mapping[str, bytes]:
    found = pdffile.attachments(pdf)
    if set(found) != set(ATTACHED):
        raise VerificationFailed("证书附件缺失或多余 / attachments missing or unknown")
    return found
