"""Reading a certificate that somebody presents: what is signed, what is attached, what is printed.

Promises: only the shape that `certs.pades` writes is accepted: one signature over the whole file
with nothing before, between or after, certified against any change. Whatever the bytes are, the
answer is a value or one of our errors with a sentence in it. Loads neither pyHanko nor pikepdf,
and PDFium only for what `certs.pdfreading` does not know.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from certs import pdfreading
from certs.pdfreading import Objects, OtherShape
from core.errors import InvalidInput, TooLarge, VerificationFailed

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MAX_PDF: Final = 16 * 1024 * 1024
MAX_ATTACHMENTS: Final = 32
MAX_ATTACHMENT: Final = 4 * 1024 * 1024
MAX_PAGES: Final = 400
MAX_TEXT: Final = 4_000_000

# ISO 32000-1, 7.2.2, table 1; Python's \s knows VT and not NUL.
_WHITE: Final = b"\x00\t\n\x0c\r "
_W: Final = b"[" + _WHITE + b"]"
BYTE_RANGE: Final = re.compile(
    _W.join((rb"/ByteRange", rb"*\[", rb"*(\d{1,10})", *[rb"+(\d{1,10})"] * 3, rb"*\]"))
)
_DOC_MDP: Final = re.compile(
    _W.join(
        (rb"/TransformMethod", rb"*/DocMDP", rb"*/TransformParams", rb"*<<([^<>]*)>>"),
    )
)
_PERMISSION: Final = re.compile(rb"/P" + _W + rb"+([^/" + _WHITE + rb"]+)")
HEADER: Final = re.compile(rb"%PDF-1\.7[\r\n]")
END: Final = re.compile(rb"startxref\r?\n(\d{1,10})\r?\n%%EOF\r?\n?\Z")
# Upper case only: the other spelling would be a changed file with the same signature.
_HEX: Final = re.compile(rb"<[0-9A-F]+>")


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """`covered` is every byte the signature is over; `cms` the DER of the CMS ContentInfo."""

    covered: bytes
    cms: bytes


def signed_range(pdf: bytes) -> SignedPdf:
    """What the one signature of `pdf` covers, and the signature.

    1. it is a PDF of ours in outline: header, one end of file per revision, two revisions;
    2. there is exactly one byte range, and it is written plainly;
    3. it starts at 0 and ends at the end of the file;
    4. the hole in it is exactly one hexadecimal string, that of /Contents;
    5. the signature certifies the document against any change (DocMDP, P 1);
    6. the string is DER followed by zeros only.

    Raises VerificationFailed for a PDF that does not hold to this, InvalidInput for other bytes.
    This finds the signature; whether it is good is `core.cms.verify`'s to say.
    """
    # Step 1.
    if len(pdf) > MAX_PDF:
        raise TooLarge(f"文件过大 / the PDF is larger than {MAX_PDF} bytes", field="certificate")
    if not HEADER.match(pdf):
        raise InvalidInput("不是本系统的 PDF / not a PDF of ours", field="certificate")
    if END.search(pdf, max(0, len(pdf) - 64)) is None:
        raise VerificationFailed(
            "文件末尾有多余内容或不完整 / something follows the end of the PDF, or it is cut short"
        )
    if pdf.count(b"%%EOF") != 2:  # noqa: PLR2004 - the document and its signature
        raise VerificationFailed(
            "文件不是恰好由正文和一次签名组成"
            " / the PDF is not just the document and its one signature"
        )
    # Step 2.
    if pdf.count(b"/ByteRange") != 1:
        raise VerificationFailed("须恰有一个签名 / the PDF must have exactly one signature")
    match = BYTE_RANGE.search(pdf)
    if match is None:
        raise VerificationFailed("签名范围无法读取 / the signature's byte range is unreadable")
    first, length, second, rest = (int(part) for part in match.groups())
    # Step 3.
    if first != 0 or second + rest != len(pdf) or not 0 < length < second:
        raise VerificationFailed(
            "签名没有覆盖整个文件 / the signature does not cover the whole file"
        )
    # Step 4.
    digits = hole(pdf, length, second)
    # Step 5.
    covered = pdf[:length] + pdf[second:]
    # Named twice: in the signature's reference, and in the catalog's /Perms.
    transforms = _DOC_MDP.findall(covered)
    permitted = [each for said in transforms for each in _PERMISSION.findall(said)]
    if (len(transforms), permitted) != (1, [b"1"]) or covered.count(b"/DocMDP") != 2:  # noqa: PLR2004
        raise VerificationFailed(
            "签名未声明禁止改动 / the signature does not certify the document against changes"
        )
    # Step 6.
    return SignedPdf(covered, unpadded(digits))


def hole(pdf: bytes, start: int, end: int) -> bytes:
    """The hexadecimal digits between two signed ranges; raises VerificationFailed if not those."""
    found = pdf[start:end]
    if _HEX.fullmatch(found) is None or not pdf[:start].rstrip(_WHITE).endswith(b"/Contents"):
        raise VerificationFailed(
            "签名范围的缺口不是签名本身 / the gap in the signed range is not the signature itself"
        )
    return found[1:-1]


def unpadded(digits: bytes) -> bytes:
    """The DER at the start of the hexadecimal digits; only zeros may follow it."""
    if len(digits) % 2:
        raise VerificationFailed("签名编码有误 / the signature's encoding is damaged")
    data = bytes.fromhex(digits.decode("ascii"))
    # DER, long form (X.690, 8.1.3.5): a SEQUENCE of some hundred to some ten thousand bytes.
    if data[:2] not in (b"\x30\x81", b"\x30\x82", b"\x30\x83"):
        raise VerificationFailed("签名编码有误 / the signature's encoding is damaged")
    width = data[1] & 0x7F
    end = 2 + width + int.from_bytes(data[2 : 2 + width], "big")
    if end > len(data) or any(data[end:]):
        raise VerificationFailed("签名编码有误 / the signature's encoding is damaged")
    return data[:end]


# PDFium keeps global state and must never run in two threads at once.
_ONE_AT_A_TIME: Final = threading.Lock()

# What PDFium makes of a hyphen at a line's end, which it takes for a division of a word.
_HYPHENS: Final = str.maketrans({"\x02": "-", "\ufffe": "-"})


def attachments(pdf: bytes, objects: Objects | None = None) -> dict[str, bytes]:
    """The embedded files by name. Check the signature first: this trusts the file's structure.

    `objects` are those of `pdf` where `certs.pdfreading` knows its shape.

    Raises VerificationFailed for two of one name, TooLarge past the limits, InvalidInput when the
    bytes are not a PDF that can be opened or an attachment cannot be read.
    """
    if objects is not None:
        with suppress(OtherShape):
            return pdfreading.attachments(objects, at_most=MAX_ATTACHMENTS)
    found: dict[str, bytes] = {}
    with opened(pdf) as document:
        count = document.count_attachments()
        if count > MAX_ATTACHMENTS:
            raise TooLarge(
                f"附件过多 / more than {MAX_ATTACHMENTS} attachments", field="certificate"
            )
        for index in range(count):
            attached = document.get_attachment(index)
            name = str(attached.get_name())
            if name in found:
                raise VerificationFailed("附件重名 / two attachments have the same name")
            data = bytes(attached.get_data())
            if len(data) > MAX_ATTACHMENT:
                raise TooLarge(
                    f"附件过大 / an attachment is larger than {MAX_ATTACHMENT} bytes",
                    field="certificate",
                )
            found[name] = data
    return found


def page_text(pdf: bytes) -> str:
    """All printed text, page after page; lines are separated by U+000A. Raises like `pages`."""
    with pages(pdf) as texts:
        return "\n".join(texts)


@contextmanager
def pages(pdf: bytes) -> Iterator[Iterator[str]]:
    """The printed text of each page as a reader extracts it, read when it is asked for.

    Compare with white space removed: long values are broken over lines. Raises InvalidInput when
    the bytes are not a PDF that can be opened, TooLarge past the limits on pages and text.
    """
    with opened(pdf) as document:
        if len(document) > MAX_PAGES:
            raise TooLarge(f"页数过多 / more than {MAX_PAGES} pages", field="certificate")
        yield _texts(document)


def _texts(document: "PdfDocument") -> Iterator[str]:
    total = 0
    for index in range(len(document)):
        page = document[index]
        text = page.get_textpage().get_text_bounded()
        page.close()
        total += len(text)
        if total > MAX_TEXT:
            raise TooLarge("文字过多 / too much text", field="certificate")
        yield text.translate(_HYPHENS).replace("\r\n", "\n")


@contextmanager
def opened(pdf: bytes) -> Iterator["PdfDocument"]:
    import pypdfium2  # noqa: PLC0415 - most checks do without it, and it is slow to load

    if len(pdf) > MAX_PDF:
        raise TooLarge(f"文件过大 / the PDF is larger than {MAX_PDF} bytes", field="certificate")
    with _ONE_AT_A_TIME:
        document = None
        try:
            document = pypdfium2.PdfDocument(pdf)
            yield document
        except (pypdfium2.PdfiumError, ValueError, IndexError) as error:
            raise InvalidInput(
                "PDF 已损坏，无法读取 / the PDF is damaged and cannot be read",
                field="certificate",
            ) from error
        finally:
            if document is not None:
                document.close()
