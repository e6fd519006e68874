"""The bytes of a file from a reportlab document: objects packed together, found by a stream.

reportlab writes every object and its place as plain text. Here those without a stream of their own
stand in one compressed object stream (ISO 32000-1, 7.5.7), and the table of places is a stream too
(7.5.8): the same document in fewer bytes. What has a stream stays as it is, so attachments can be
found without a PDF library.
"""

import struct
import zlib
from functools import partial
from typing import Any, Final

from reportlab.pdfbase.pdfdoc import PDFFile, PDFStream
from reportlab.pdfbase.pdfdoc import format as formatted
from reportlab.pdfgen.canvas import Canvas

_BEST: Final = 9
_FREE, _PLAIN, _PACKED = 0, 1, 2


class _Deflate:
    """FlateDecode for reportlab's streams, as small as zlib makes it; text is one byte each."""

    pdfname: Final = "FlateDecode"

    def encode(self, content: str | bytes) -> bytes:
        data = content.encode("latin-1") if isinstance(content, str) else content
        return zlib.compress(data, _BEST)


DEFLATE: Final = _Deflate()


def assemble(canvas: Canvas) -> bytes:
    """The file of a canvas whose last page has been shown; the canvas is used up."""
    document = canvas._doc  # noqa: SLF001 - the only way to the objects
    # reportlab makes the rest ready, then asks for the bytes.
    document.format = partial(_file, document)
    made: bytes = canvas.getpdfdata()
    return made


def _file(document: Any) -> bytes:  # noqa: ANN401 - reportlab has no types
    catalog, info = document.Reference(document.Catalog), document.Reference(document.info)
    document.encrypt.prepare(document)
    header = PDFFile(document._pdfVersion)  # noqa: SLF001
    out = bytearray(header.format(document))
    places: list[tuple[int, int, int]] = [(_FREE, 0, 0xFFFF)]
    packed: list[tuple[int, bytes]] = []
    number = 1
    # Writing an object can make others.
    while number in document.numberToId:
        thing = document.idToObject[document.numberToId[number]]
        if isinstance(thing, PDFStream) and thing.filters:
            thing.filters = [DEFLATE]
        body = formatted(thing, document, toplevel=1).strip(b"\n")
        if body.endswith(b"endstream"):
            places.append((_PLAIN, len(out), 0))
            out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        else:
            places.append((_PACKED, 0, len(packed)))
            packed.append((number, body))
        number += 1
    places = [(kind, number if kind == _PACKED else at, rest) for kind, at, rest in places]
    places.append((_PLAIN, len(out), 0))
    out += _object(number, _object_stream(packed))
    start = len(out)
    places.append((_PLAIN, start, 0))
    identity = formatted(document.ID(), document)
    references = (formatted(each, document) for each in (catalog, info))
    trailer = b"/Root %b /Info %b /ID %b" % (*references, identity)
    out += _object(number + 1, _places_stream(places, trailer))
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def _object_stream(packed: list[tuple[int, bytes]]) -> bytes:
    heads, bodies = [], bytearray()
    for number, body in packed:
        heads.append(b"%d %d" % (number, len(bodies)))
        bodies += body + b"\n"
    head = b" ".join(heads) + b"\n"
    entries = b"/Type /ObjStm /N %d /First %d" % (len(packed), len(head))
    return _stream(entries, zlib.compress(head + bodies, _BEST))


def _places_stream(places: list[tuple[int, int, int]], trailer: bytes) -> bytes:
    entries = b"/Type /XRef /Size %d /W [1 3 2] %b" % (len(places), trailer)
    rows = (struct.pack(">BIH", kind, at, rest) for kind, at, rest in places)
    # Three bytes are enough for a place: 7.5.8.2 lets each field be as wide as it needs.
    data = b"".join(row[:1] + row[2:] for row in rows)
    return _stream(entries, zlib.compress(data, _BEST))


def _stream(entries: bytes, data: bytes) -> bytes:
    head = b"<< %b /Filter /FlateDecode /Length %d >>" % (entries, len(data))
    return head + b"\nstream\n" + data + b"\nendstream"


def _object(number: int, body: bytes) -> bytes:
    return b"%d 0 obj\n%b\nendobj\n" % (number, body)
