"""Files made to hurt whoever opens them: bombs, floods, polyglots, stumps, acting documents."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from PIL import Image

PAYLOAD: Final = b"<script>alert(document.domain)</script><?php system('id'); ?>"
"""Must never come out of anything we draw."""

PICTURES: Final = ("PNG", "JPEG", "GIF", "WEBP", "TIFF")
_DICE: Final = random.Random(29)  # noqa: S311 - the same files each time


@dataclass(frozen=True)
class Hostile:
    """`kind` is the parser that is asked; `name` begins with the class of the file."""

    name: str
    kind: str
    data: bytes

    @property
    def family(self) -> str:
        return self.name.split(":", maxsplit=1)[0]


@cache
def corpus() -> tuple[Hostile, ...]:
    """All of them."""
    found = [*_stumps(), *_flips(), *_floods(), *_bombs(), *_polyglots(), *_strangers()]
    found += [*_odd_pictures(), *_documents()]
    return tuple(found)


def honest(kind: str, side: int = 48) -> bytes:
    """A small real file."""
    noise = Image.frombytes("RGB", (side, side), _DICE.randbytes(3 * side * side))
    out = io.BytesIO()
    noise.save(out, kind)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG (W3C PNG §5.3)."""
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """Any header, with these chunks behind it."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


def pdf(*objects: str, root: str = "", tail: bytes = b"") -> bytes:
    """A document of one page and what else is given; numbers of objects begin at 4."""
    made = [
        f"<</Type/Catalog/Pages 2 0 R{root}>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>>>",
        *objects,
    ]
    out, places = b"%PDF-1.7\n", []
    for number, each in enumerate(made, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{each}\nendobj\n".encode("latin-1")
    table = len(out)
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(made) + 1}\n0000000000 65535 f \n{rows}".encode()
    out += f"trailer<</Size {len(made) + 1}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n".encode()
    return out + tail


def _stumps() -> Iterator[Hostile]:
    for kind in PICTURES:
        data = honest(kind)
        for part in range(1, 20):
            yield Hostile(f"truncated:{kind} {part}/20", kind, data[: len(data) * part // 20])
    data = pdf()
    for part in range(1, 20):
        yield Hostile(f"truncated:PDF {part}/20", "PDF", data[: len(data) * part // 20])


def _flips() -> Iterator[Hostile]:
    for kind in (*PICTURES, "PDF"):
        data = pdf() if kind == "PDF" else honest(kind)
        for number in range(16):
            changed = bytearray(data)
            for _ in range(8):
                changed[_DICE.randrange(min(len(changed), 200))] = _DICE.randrange(256)
            yield Hostile(f"garbled:{kind} {number}", kind, bytes(changed))


def _floods() -> Iterator[Hostile]:
    """Headers that claim more than any memory holds, with almost nothing behind them."""
    idat = chunk(b"IDAT", zlib.compress(bytes(100)))
    for side in (20_000, 65_535, 2**31 - 1, 2**32 - 1):
        yield Hostile(f"flood:PNG {side}", "PNG", png(side, side, idat))
        yield Hostile(f"flood:PNG {side} wide", "PNG", png(side, 1, idat))
    yield Hostile("flood:PNG of no size", "PNG", png(0, 0, idat))
    gif = honest("GIF")
    yield Hostile("flood:GIF", "GIF", gif[:6] + struct.pack("<HH", 65_535, 65_535) + gif[10:])
    jpeg = honest("JPEG")
    at = jpeg.index(b"\xff\xc0") + 5
    yield Hostile("flood:JPEG", "JPEG", jpeg[:at] + b"\xff\xdc\xff\xdc" + jpeg[at + 4 :])
    lossless = struct.pack("<I", 16_383 | 16_383 << 14)
    body = b"VP8L" + struct.pack("<I", 10) + b"\x2f" + lossless + bytes(5)
    yield Hostile("flood:WEBP", "WEBP", b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body)
    for side in (60_000, 2**31 - 1, 2**32 - 1):
        yield Hostile(f"flood:TIFF {side}", "TIFF", _tiff(side))
    yield Hostile("flood:PDF page", "PDF", pdf().replace(b"[0 0 200 200]", b"[0 0 9e9 9e9]"))


def _tiff(side: int, entries: int = 9) -> bytes:
    tags = [(256, 4, side), (257, 4, side), (258, 3, 8), (259, 3, 1), (262, 3, 1),
            (273, 4, 8), (277, 3, 1), (278, 4, side), (279, 4, 64)][:entries]  # fmt: skip
    rows = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + rows + bytes(4)


def _bombs() -> Iterator[Hostile]:
    """A few kB that become very many."""
    zeros = zlib.compress(bytes(200_000_000), 9)
    small = chunk(b"IDAT", zlib.compress(bytes(13)))
    yield Hostile("bomb:PNG text", "PNG", png(2, 2, chunk(b"zTXt", b"a\0\0" + zeros), small))
    yield Hostile("bomb:PNG profile", "PNG", png(2, 2, chunk(b"iCCP", b"a\0\0" + zeros), small))
    yield Hostile("bomb:PNG pixels", "PNG", png(2, 2, chunk(b"IDAT", zeros)))
    yield Hostile(
        "bomb:PNG text again", "PNG", png(2, 2, *[chunk(b"zTXt", b"a\0\0" + zeros)] * 8, small)
    )
    gif = honest("GIF", 8)
    frame = gif[gif.index(b"\x2c") : -1]
    yield Hostile("bomb:GIF of 20,000 pictures", "GIF", gif[:-1] + frame * 20_000 + b";")
    for depth in (1, 2, 3):
        data = bytes(100_000_000)
        for _ in range(depth):
            data = zlib.compress(data, 9)
        filters = "/FlateDecode " * depth
        stream = f"<</Length {len(data)}/Filter[{filters}]>>\nstream\n{data.decode('latin-1')}"
        made = pdf(stream + "\nendstream").replace(b"<<>>>>", b"<<>>/Contents 4 0 R>>", 1)
        yield Hostile(f"bomb:PDF stream {depth} deep", "PDF", made)
    kids = pdf().replace(b"/Kids[3 0 R]/Count 1", b"/Kids[2 0 R 2 0 R]/Count 99999999")
    yield Hostile("bomb:PDF pages in a ring", "PDF", kids)
    yield Hostile("bomb:PDF of brackets", "PDF", pdf("[" * 200_000))
    many = b"%PDF-1.7\n" + b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" * 100_000
    yield Hostile("bomb:PDF of objects", "PDF", many)


def _polyglots() -> Iterator[Hostile]:
    """Good pictures and something else at the same time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../evil.html", PAYLOAD)
    for kind in PICTURES:
        data = honest(kind)
        for name, tail in (("page", PAYLOAD), ("archive", packed.getvalue()), ("pdf", pdf())):
            yield Hostile(f"polyglot:{kind} and {name}", kind, data + tail)
    comment = b"\xff\xfe" + struct.pack(">H", len(PAYLOAD) + 2) + PAYLOAD
    jpeg = honest("JPEG")
    yield Hostile("polyglot:JPEG comment", "JPEG", jpeg[:2] + comment + jpeg[2:])
    profile = chunk(b"tEXt", b"Comment\0" + PAYLOAD)
    image = honest("PNG")
    yield Hostile("polyglot:PNG text", "PNG", image[:33] + profile + image[33:])
    gif = honest("GIF")
    extension = b"!\xfe" + bytes([len(PAYLOAD)]) + PAYLOAD + b"\0"
    yield Hostile("polyglot:GIF comment", "GIF", gif[:-1] + extension + b";")
    yield Hostile("polyglot:PDF and archive", "PDF", pdf(tail=packed.getvalue()))
    yield Hostile("polyglot:PDF and page", "PDF", pdf(tail=PAYLOAD))
    exif = Image.Exif()
    exif[0x010E] = PAYLOAD.decode()
    out = io.BytesIO()
    Image.new("RGB", (9, 9), "red").save(out, "JPEG", exif=exif)
    yield Hostile("polyglot:JPEG description", "JPEG", out.getvalue())


STRANGERS: Final = {
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>1</script></svg>',
    "HTML": b"<!doctype html><html><script>alert(1)</script></html>",
    "XML with an entity": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/'
    b'passwd">]><x>&e;</x>',
    "a billion laughs": b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a;" * 10) for n in range(9)) + b"]><l>&a8;</l>",
    "PostScript": b"%!PS-Adobe-3.0\n(%pipe%id) (w) file\n",
    "DjVu": b"AT&TFORM\x00\x00\x00\x20DJVUINFO" + bytes(32),
    "MVG": b"push graphic-context\nviewbox 0 0 1 1\nimage over 0,0 0,0 'https://a/b'\n",
    "a program": b"\x7fELF\x02\x01\x01" + bytes(57),
    "a Windows program": b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + bytes(64),
    "a class": b"\xca\xfe\xba\xbe\0\0\x004" + bytes(64),
    "a script": b"#!/bin/sh\nid\n",
    "a font": b"\0\1\0\0\0\x0a\0\x80\0\3\0\x20" + b"glyf" + bytes(120),
    "an archive": b"PK\3\4" + bytes(60),
    "RAR": b"Rar!\x1a\7\1\0" + bytes(40),
    "gzip": b"\x1f\x8b\x08" + bytes(40),
    "EMF": b"\1\0\0\0" + bytes(36) + b" EMF" + bytes(60),
    "an icon": b"\0\0\1\0\1\0\x10\x10" + bytes(60),
    "nothing": b"",
    "zeros": bytes(4096),
}  # fmt: skip
"""Contents that no picture's and no document's name may carry."""


def _strangers() -> Iterator[Hostile]:
    for kind in (*PICTURES, "PDF"):
        for name, data in STRANGERS.items():
            yield Hostile(f"stranger:{name} as {kind}", kind, data)


def _odd_pictures() -> Iterator[Hostile]:
    """Claims that contradict each other."""
    good = chunk(b"IDAT", zlib.compress(bytes(13)))
    for depth, colour in ((0, 2), (3, 2), (16, 3), (8, 7), (1, 6)):
        yield Hostile(
            f"odd:PNG {depth}/{colour}", "PNG", png(2, 2, good, depth=depth, colour=colour)
        )
    yield Hostile("odd:PNG without palette", "PNG", png(2, 2, good, colour=3))
    yield Hostile("odd:PNG with a wrong sum", "PNG", png(2, 2, good[:-1] + b"\0"))
    yield Hostile("odd:PNG without data", "PNG", png(2, 2))
    yield Hostile("odd:PNG chunk longer than the file", "PNG",
                  png(2, 2, struct.pack(">I", 2**31 - 1) + b"tEXt"))  # fmt: skip
    dpi = chunk(b"pHYs", struct.pack(">IIB", 0, 2**32 - 1, 1))
    yield Hostile("odd:PNG of no resolution", "PNG", png(2, 2, dpi, good))
    for entries in range(9):
        yield Hostile(f"odd:TIFF of {entries} tags", "TIFF", _tiff(4, entries))
    ring = _tiff(4)
    yield Hostile("odd:TIFF in a ring", "TIFF", ring[:-4] + struct.pack("<I", 8))
    jpeg = honest("JPEG")
    yield Hostile("odd:JPEG of segments of no length", "JPEG", jpeg[:2] + b"\xff\xe1\0\0" * 9)
    for turn in (0, 9, 255, 65_535):
        exif = Image.Exif()
        exif[0x0112] = turn
        out = io.BytesIO()
        Image.new("RGB", (9, 7), "red").save(out, "JPEG", exif=exif)
        yield Hostile(f"odd:JPEG turned {turn}", "JPEG", out.getvalue())


ACTS: Final = {
    "script": ("/OpenAction 4 0 R", "<</S/JavaScript/JS(app.launchURL\\('http://a/'\\))>>"),
    "program": ("/OpenAction 4 0 R", "<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)>>>>"),
    "address": ("/OpenAction 4 0 R", "<</S/URI/URI(http://127.0.0.1:9/)>>"),
    "form": ("/OpenAction 4 0 R", "<</S/SubmitForm/F(http://127.0.0.1:9/)>>"),
    "another file": ("/OpenAction 4 0 R", "<</S/GoToR/F(/etc/passwd)/D[0/Fit]>>"),
    "names": ("/Names<</JavaScript<</Names[(a) 4 0 R]>>>>", "<</S/JavaScript/JS(1)>>"),
    "embedded": ("/Names<</EmbeddedFiles<</Names[(a.exe) 4 0 R]>>>>",
                 "<</Type/Filespec/F(a.exe)/EF<</F 5 0 R>>>>"),
    "XFA": ("/AcroForm<</XFA 4 0 R/Fields[]>>", "<</Length 5>>\nstream\n<xdp>\nendstream"),
    "sound": ("/OpenAction 4 0 R", "<</S/Rendition/JS(1)/OP 0>>"),
    "external stream": ("", "<</Length 0/F(http://127.0.0.1:9/)>>\nstream\n\nendstream"),
    "font of a URL": ("", "<</Type/Font/Subtype/TrueType/BaseFont/A/FontDescriptor 5 0 R>>"),
}  # fmt: skip
"""What a document would have its reader do: an entry of the catalogue, and object 4."""


def _documents() -> Iterator[Hostile]:
    for name, (root, body) in ACTS.items():
        rest = "<</Length 4>>\nstream\nMZ\0\0\nendstream"
        yield Hostile(f"acting:PDF {name}", "PDF", pdf(body, rest, root=root))
    locked = pdf().replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt<</Filter/Standard/V 9>>")
    yield Hostile("acting:PDF encrypted", "PDF", locked)
