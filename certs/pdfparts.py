"""What a PDF has beside its pages, given to a reportlab canvas: attachments, metadata, identifier.

Promises: nothing in the file comes from the clock or from chance; the document information and
the XMP packet say the same. Section numbers are those of ISO 32000-1.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.pdfbase.pdfdoc import (
    XMP,
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFStream,
    PDFString,
    PDFText,
    PDFZCompress,
)
from reportlab.pdfgen.canvas import Canvas

LANGUAGE: Final = "zh-CN"

# Streams as they are: reportlab would write them in ASCII Base-85, a quarter longer.
rl_config.useA85 = 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """One embedded file: ASCII `name`, media type, a description, and the exact bytes."""

    name: str
    media_type: str
    description: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Description:
    """What the file says of itself. `identity` (16 bytes) is the same for the same document."""

    title: str
    author: str
    subject: str
    identifier: str
    created: datetime
    identity: bytes


def describe(canvas: Canvas, said: Description) -> None:
    """Write `said` into the document information (14.3.3), the XMP packet and the file's ID."""
    canvas.setTitle(said.title)
    canvas.setAuthor(said.author)
    canvas.setSubject(said.subject)
    canvas.setCreator("Yinji")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    date = f"D:{said.created:%Y%m%d%H%M%S}Z"
    canvas.setDateFormatter(lambda *_: date)
    packet = _xmp(said)
    canvas.setCatalogEntry("Metadata", XMP(creator=lambda _: packet))
    # reportlab would take the ID from its own clock and the title alone.
    document = _document(canvas)
    document._ID = PDFArray([PDFText(said.identity)] * 2).format(document)  # noqa: SLF001


def attach(canvas: Canvas, attachments: Sequence[Attachment], created: datetime) -> None:
    """Embed the files (7.11.4), found by name and listed as belonging to the document."""
    if not attachments:
        return
    document = _document(canvas)
    names, references = [], []
    for item in sorted(attachments, key=lambda item: item.name):
        at = document.Reference(_specification(document, item, created))
        names += [PDFString(item.name), at]
        references.append(at)
    tree = PDFDictionary({"Names": PDFArray(names)})
    canvas.setCatalogEntry("Names", PDFDictionary({"EmbeddedFiles": tree}))
    # ISO 32000-2, 14.13: associated files, younger than reportlab's list of catalog entries.
    document.Catalog.__NoDefault__ = [*document.Catalog.__NoDefault__, "AF"]
    canvas.setCatalogEntry("AF", references)


def _document(canvas: Canvas) -> Any:  # noqa: ANN401 - reportlab has no types
    return canvas._doc  # noqa: SLF001 - the only way to the catalog and to objects of one's own


def _specification(document: Any, item: Attachment, created: datetime) -> PDFDictionary:  # noqa: ANN401
    name, size = PDFString(item.name), len(item.data)
    # 7.11.4, table 46: this check value is MD5 by definition.
    checksum = PDFText(hashlib.md5(item.data, usedforsecurity=False).digest())
    date = PDFString(f"D:{created:%Y%m%d%H%M%S}Z")
    subtype = "/" + item.media_type.replace("/", "#2F")
    stream = PDFStream(
        PDFDictionary(
            {
                "Type": PDFName("EmbeddedFile"),
                "Subtype": subtype,
                "Params": PDFDictionary({"Size": size, "ModDate": date, "CheckSum": checksum}),
            }
        ),
        item.data,
        [PDFZCompress],
    )
    embedded = document.Reference(stream)
    return PDFDictionary(
        {
            "Type": PDFName("Filespec"),
            "F": name,
            "UF": name,
            "Desc": PDFString(item.description),
            "AFRelationship": PDFName("Data"),
            "EF": PDFDictionary({"F": embedded, "UF": embedded}),
        }
    )


def _xmp(said: Description) -> bytes:
    """XMP (ISO 16684-1) with the same title, author and dates as the document information."""
    at = f"{said.created:%Y-%m-%dT%H:%M:%SZ}"
    title, author = escape(said.title), escape(said.author)
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{LANGUAGE}</rdf:li></rdf:Bag></dc:language>
<dc:identifier>{escape(said.identifier)}</dc:identifier>
<xmp:CreateDate>{at}</xmp:CreateDate><xmp:ModifyDate>{at}</xmp:ModifyDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()
