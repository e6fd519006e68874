"""A small TrueType font program holding only the glyphs a document draws.

Promises: glyph n of the result is the n-th glyph asked for (glyph 0 is `.notdef`); parts of
composite glyphs come along and are renumbered; hinting is left out. Points are rounded to a grid
given by the caller, which is what keeps a certificate with hundreds of characters small: a quarter
less at 250 units to the em, where a step is a fiftieth of a millimetre in the largest running text.
Table layouts are those of the OpenType specification; a CIDFontType2 program needs no others
than these (ISO 32000-1, 9.9).
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

from certs.glyphs import Face

# Flags of a point (OpenType, `glyf`).
_ON_CURVE: Final = 0x01
_X_SHORT: Final = 0x02
_Y_SHORT: Final = 0x04
_REPEAT: Final = 0x08
_X_SAME: Final = 0x10
_Y_SAME: Final = 0x20
_OVERLAP: Final = 0x40
# Flags of a composite glyph's component (OpenType, `glyf`).
_WORDS: Final = 0x0001
_OFFSETS: Final = 0x0002
_SCALE: Final = 0x0008
_MORE: Final = 0x0020
_XY_SCALE: Final = 0x0040
_TWO_BY_TWO: Final = 0x0080
_INSTRUCTIONS: Final = 0x0100
_CHECKSUM_MAGIC: Final = 0xB1B0AFBA


def build(face: Face, glyphs: Sequence[int], units: int = 1000) -> bytes:
    """A TrueType file whose glyphs are `.notdef`, then `glyphs` in order, then their parts.

    `units` to the em (1000, 500 or 250) is the grid that points and widths are rounded to.
    """
    step = 1000 // units
    wanted = [0, *glyphs]
    number_of = {glyph: index for index, glyph in reversed(list(enumerate(wanted)))}
    glyf, offsets = bytearray(), [0]
    for glyph in wanted:  # grows while composites are met
        outline = _coarse(face, glyph, step)
        if outline[:1] and outline[0] >= 0x80:  # noqa: PLR2004 - negative contour count
            outline = _renumber(outline, wanted, number_of)
        glyf += outline
        glyf += bytes(-len(glyf) % 4)
        offsets.append(len(glyf))
    count = len(wanted)
    head, hhea, maxp = (face.tables[tag] for tag in ("head", "hhea", "maxp"))
    box = struct.pack(">4h", *(_rounded(side, step) for side in face.box))
    metrics = b"".join(
        struct.pack(
            ">Hh", _rounded(face.advances[glyph], step), _rounded(face.bearings[glyph], step)
        )
        for glyph in wanted
    )
    return _file(
        {
            "glyf": bytes(glyf),
            "head": head[:8] + bytes(4) + head[12:18] + units.to_bytes(2, "big") + head[20:36]
            + box + head[44:50] + struct.pack(">HH", 1, 0),
            "hhea": hhea[:4]
            + b"".join(
                struct.pack(">h", _rounded(value, step)) for value in (face.ascent, face.descent, 0)
            )
            + hhea[10:34] + count.to_bytes(2, "big"),
            "hmtx": metrics,
            "loca": struct.pack(f">{count + 1}I", *offsets),
            "maxp": maxp[:4] + count.to_bytes(2, "big") + maxp[6:],
        }
    )  # fmt: skip


def _rounded(value: int, step: int) -> int:
    return (value + step // 2) // step


@lru_cache(maxsize=8192)
def _coarse(face: Face, glyph: int, step: int) -> bytes:
    """The outline of one glyph on the coarser grid, without hinting."""
    outline = face.outline(glyph)
    if not outline:
        return outline
    (contours, *box) = struct.unpack(">5h", outline[:10])
    head = struct.pack(">5h", contours, *(_rounded(side, step) for side in box))
    if contours < 0:
        return head + _coarse_parts(outline[10:], step)
    ends = outline[10 : 10 + 2 * contours]
    at = 10 + 2 * contours
    at += 2 + int.from_bytes(outline[at : at + 2], "big")  # hinting
    count = int.from_bytes(ends[-2:], "big") + 1
    flags, at = _read_flags(outline, at, count)
    across, at = _read_line(outline, at, flags, _X_SHORT, _X_SAME)
    upward, _ = _read_line(outline, at, flags, _Y_SHORT, _Y_SAME)
    across_out = _write_line(across, step, _X_SHORT, _X_SAME)
    upward_out = _write_line(upward, step, _Y_SHORT, _Y_SAME)
    out_flags = [
        flag & (_ON_CURVE | _OVERLAP) | x[0] | y[0]
        for flag, x, y in zip(flags, across_out, upward_out, strict=True)
    ]
    return b"".join(
        (
            head,
            ends,
            bytes(2),
            _write_flags(out_flags),
            *(part for _, part in across_out),
            *(part for _, part in upward_out),
        )
    )


def _read_flags(outline: bytes, at: int, count: int) -> tuple[list[int], int]:
    flags: list[int] = []
    while len(flags) < count:
        flag = outline[at]
        at += 1
        times = 1
        if flag & _REPEAT:
            times += outline[at]
            at += 1
        flags += [flag] * times
    return flags, at


def _read_line(
    outline: bytes, at: int, flags: list[int], short: int, same: int
) -> tuple[list[int], int]:
    """The absolute coordinates along one axis."""
    place, places = 0, []
    for flag in flags:
        if flag & short:
            place += outline[at] if flag & same else -outline[at]
            at += 1
        elif not flag & same:
            place += int.from_bytes(outline[at : at + 2], "big", signed=True)
            at += 2
        places.append(place)
    return places, at


def _write_line(places: list[int], step: int, short: int, same: int) -> list[tuple[int, bytes]]:
    """For each point its flags and bytes along one axis, on the coarser grid."""
    before, out = 0, []
    for place in places:
        now = _rounded(place, step)
        moved, before = now - before, now
        if moved == 0:
            out.append((same, b""))
        elif -256 < moved < 256:  # noqa: PLR2004 - one byte and a sign
            out.append((short | (same if moved > 0 else 0), bytes((abs(moved),))))
        else:
            out.append((0, moved.to_bytes(2, "big", signed=True)))
    return out


def _write_flags(flags: list[int]) -> bytes:
    out = bytearray()
    for flag, run in groupby(flags):
        left = len(list(run))
        while left:
            times = min(left, 256)
            out += bytes((flag | _REPEAT, times - 1)) if times > 1 else bytes((flag,))
            left -= times
    return bytes(out)


def _coarse_parts(parts: bytes, step: int) -> bytes:
    """A composite's components with their offsets on the coarser grid, written as words."""
    out = bytearray()
    at, flags = 0, _MORE
    while flags & _MORE:
        flags = int.from_bytes(parts[at : at + 2], "big")
        glyph = parts[at + 2 : at + 4]
        form = ">2h" if flags & _WORDS else ">2b"
        wide = struct.calcsize(form)
        moved: tuple[int, ...] = struct.unpack(form, parts[at + 4 : at + 4 + wide])
        at += 4 + wide
        scale = 2 * bool(flags & _SCALE) + 4 * bool(flags & _XY_SCALE)
        scale += 8 * bool(flags & _TWO_BY_TWO)
        if flags & _OFFSETS:
            moved = tuple(_rounded(value, step) for value in moved)
        out += struct.pack(">H", (flags | _WORDS) & ~_INSTRUCTIONS) + glyph
        out += struct.pack(">2h", *moved) + parts[at : at + scale]
        at += scale
    return bytes(out)


def _renumber(outline: bytes, wanted: list[int], number_of: dict[int, int]) -> bytes:
    """A composite (as `_coarse` writes it) whose parts have their numbers in the new file."""
    out = bytearray(outline)
    at, flags = 10, _MORE
    while flags & _MORE:
        flags, glyph = struct.unpack(">HH", outline[at : at + 4])
        if glyph not in number_of:
            number_of[glyph] = len(wanted)
            wanted.append(glyph)
        out[at + 2 : at + 4] = number_of[glyph].to_bytes(2, "big")
        at += 8
        at += 2 * bool(flags & _SCALE) + 4 * bool(flags & _XY_SCALE) + 8 * bool(flags & _TWO_BY_TWO)
    return bytes(out)


def _checksum(data: bytes) -> int:
    padded = data + bytes(-len(data) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) & 0xFFFFFFFF


def _file(tables: dict[str, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    out = bytearray(
        struct.pack(
            ">IHHHH", 0x00010000, count, 16 * power, power.bit_length() - 1, 16 * (count - power)
        )
    )
    at = 12 + 16 * count
    body = bytearray()
    head_at = 0
    for tag, data in sorted(tables.items()):
        if tag == "head":
            head_at = at + len(body)
        out += struct.pack(
            ">4sIII", tag.encode("ascii"), _checksum(data), at + len(body), len(data)
        )
        body += data + bytes(-len(data) % 4)
    out += body
    adjustment = (_CHECKSUM_MAGIC - _checksum(bytes(out))) & 0xFFFFFFFF
    out[head_at + 8 : head_at + 12] = struct.pack(">I", adjustment)
    return bytes(out)
