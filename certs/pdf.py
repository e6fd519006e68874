"""From content to an unsigned PDF 1.7: pages, embedded fonts, attachments, metadata.

Promises: equal content and attachments give equal bytes; every printed character is drawn by an
embedded font or the call fails by name (`InvalidInput`); the text can be extracted exactly; a
sample says 样本 SAMPLE on every page.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from certs.content import CertificateContent
from certs.glyphs import check_glyphs, roles
from certs.layout_flow import Flow
from certs.layout_labels import MULTILINE
from certs.layout_page import PAGE, Sheet, frame
from certs.layout_sections import chain, facts, files, head, scope, times
from certs.layout_steps import steps
from certs.pdfwriter import (
    Attachment,
    PdfWriter,
    array,
    date_string,
    dictionary,
    reference,
    text_string,
)
from core.canonical import parse_time
from core.errors import InvalidInput

__all__ = ["Attachment", "render", "warm"]

LANGUAGE: Final = b"(zh-CN)"
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


def warm() -> None:
    """Load the fonts now, so that the first certificate of a process is as fast as the rest."""
    roles()


def render(content: CertificateContent, attachments: Sequence[Attachment]) -> bytes:
    """The unsigned certificate.

    Raises `InvalidInput` naming the field when a value holds a character that cannot be printed,
    or when attachment names repeat or are not plain ASCII file names.
    """
    names = [item.name for item in attachments]
    if len(set(names)) != len(names) or not all(map(_FILE_NAME.fullmatch, names)):
        raise InvalidInput(
            "附件名重复或不合规定 / attachment names must differ and be plain", field="attachments"
        )
    _check_facts(content)
    flow = Flow(content)
    flow.new_page()
    for part in (head, facts, files, times, chain, scope):
        part(flow)
    steps(flow, attachments)
    flow.foot()
    return _assemble(content, flow, attachments)


def _check_facts(content: CertificateContent) -> None:
    """Refuse what would print as something else; a line end inside a name could forge a row."""
    for fact in content.facts:
        items = fact.value if isinstance(fact.value, tuple) else (fact.value,)
        for item in items:
            check_glyphs(str(item), f"facts.{fact.name}", lines=fact.name in MULTILINE)


def _assemble(content: CertificateContent, flow: Flow, attachments: Sequence[Attachment]) -> bytes:
    writer = PdfWriter()
    background = frame(flow.fonts, sample=content.sample)
    fonts = dictionary({font.resource: writer.font(font) for font in flow.fonts.used.values()})
    created = parse_time(content.times.issued_at)
    shared = _form(writer, background, fonts)
    parent = writer.reserve()
    pages = [_page(writer, sheet, parent, fonts, shared) for sheet in flow.sheets]
    writer.put(
        parent,
        dictionary({"Type": b"/Pages", "Kids": array(pages), "Count": str(len(pages)).encode()}),
    )
    title = f"存证证书 Certificate of Evidence {content.certificate_number}"
    if content.sample:
        title = f"样本 SAMPLE {title}"
    embedded = {item.name: writer.attachment(item, created) for item in attachments}
    catalog = {
        "Type": b"/Catalog",
        "Pages": reference(parent),
        "Lang": LANGUAGE,
        "ViewerPreferences": b"<</DisplayDocTitle true>>",
        "Metadata": writer.stream(
            _xmp(title, content, created),
            {"Type": b"/Metadata", "Subtype": b"/XML"},
            compress=False,
        ),
    }
    if embedded:
        ordered = sorted(embedded.items())
        tree = array(b"(" + key.encode("ascii") + b") " + value for key, value in ordered)
        catalog["Names"] = dictionary({"EmbeddedFiles": dictionary({"Names": tree})})
        catalog["AF"] = array(value for _, value in ordered)
    info = writer.add(
        dictionary(
            {
                "Title": text_string(title),
                "Author": text_string(content.issuer.name_zh),
                "Subject": text_string("存在与完整性 existence and integrity"),
                "CreationDate": date_string(created),
                "ModDate": date_string(created),
            }
        )
    )
    return writer.finish(writer.add(dictionary(catalog)), info)


def _form(writer: PdfWriter, sheet: Sheet, fonts: bytes) -> bytes:
    return writer.stream(
        sheet.bytes(),
        {
            "Type": b"/XObject",
            "Subtype": b"/Form",
            "BBox": _box(),
            "Resources": dictionary({"Font": fonts}),
        },
    )


def _page(writer: PdfWriter, sheet: Sheet, parent: int, fonts: bytes, shared: bytes) -> bytes:
    content = writer.stream(b"/Frame Do\n" + sheet.bytes())
    return writer.add(
        dictionary(
            {
                "Type": b"/Page",
                "Parent": reference(parent),
                "MediaBox": _box(),
                "Resources": dictionary({"Font": fonts, "XObject": dictionary({"Frame": shared})}),
                "Contents": content,
            }
        )
    )


def _box() -> bytes:
    return array([b"0", b"0", *(f"{side:.2f}".encode("ascii") for side in PAGE)])


def _xmp(title: str, content: CertificateContent, created: datetime) -> bytes:
    """XMP (ISO 16684-1) with the same title, author and dates as the document information."""
    at = f"{created:%Y-%m-%dT%H:%M:%SZ}"
    author = escape(content.issuer.name_zh)
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>zh-CN</rdf:li></rdf:Bag></dc:language>
<dc:identifier>{escape(content.certificate_number)}</dc:identifier>
<xmp:CreateDate>{at}</xmp:CreateDate><xmp:ModifyDate>{at}</xmp:ModifyDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()
