"""Glyph outlines on a coarser grid (OpenType 1.9, glyf), for embedding in few bytes.

Promises: no point moves by more than half a step of the new grid in either direction; contours,
parts of composite glyphs and which points lie on the curve stay as they are. Hinting is dropped.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Final

HEADER: Final = struct.Struct(">5h")
_ON, _SHORT_X, _SHORT_Y, _REPEAT, _SAME_X, _SAME_Y = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
# Flags of one part of a composite glyph.
_WORDS, _OFFSETS, _SCALE, _MORE, _TWO_SCALES, _MATRIX = 0x01, 0x02, 0x08, 0x20, 0x40, 0x80
_INSTRUCTIONS: Final = 0x100
_BYTE: Final = 0xFF

Scale = Callable[[int], int]


def scaled(outline: bytes, scale: Scale) -> bytes:
    """The glyph's description with every length put through `scale`; empty for a space."""
    if not outline:
        return b""
    contours, *box = HEADER.unpack_from(outline)
    if contours < 0:
        return HEADER.pack(contours, *map(scale, box)) + _scaled_parts(outline, scale)
    ends = struct.unpack_from(f">{contours}H", outline, HEADER.size)
    flags, xs, ys = _points(outline, HEADER.size + 2 * contours, ends[-1] + 1 if ends else 0)
    xs, ys = [*map(scale, xs)], [*map(scale, ys)]
    box = [min(xs), min(ys), max(xs), max(ys)] if xs else [0, 0, 0, 0]
    head = HEADER.pack(contours, *box) + struct.pack(f">{contours}H", *ends) + b"\0\0"
    return head + _packed(flags, xs, ys)


def parts(outline: bytes) -> Iterator[tuple[int, int, int]]:
    """Each part of a composite glyph: where it stands, its flags, its glyph number."""
    if len(outline) < HEADER.size or HEADER.unpack_from(outline)[0] >= 0:
        return
    at, flags = HEADER.size, _MORE
    while flags & _MORE:
        flags, glyph = struct.unpack_from(">HH", outline, at)
        yield at, flags, glyph
        at += _part_size(flags)


def _part_size(flags: int) -> int:
    matrix = 2 * bool(flags & _SCALE) + 4 * bool(flags & _TWO_SCALES) + 8 * bool(flags & _MATRIX)
    return 4 + (4 if flags & _WORDS else 2) + matrix


def _scaled_parts(outline: bytes, scale: Scale) -> bytes:
    out = bytearray()
    for at, flags, glyph in parts(outline):
        part = bytearray(outline[at : at + _part_size(flags)])
        struct.pack_into(">HH", part, 0, flags & ~_INSTRUCTIONS, glyph)
        if flags & _OFFSETS:
            form = ">2h" if flags & _WORDS else ">2b"
            struct.pack_into(form, part, 4, *map(scale, struct.unpack_from(form, part, 4)))
        out += part
    return bytes(out)


def _points(outline: bytes, at: int, count: int) -> tuple[list[int], list[int], list[int]]:
    """Flags and coordinates, which are told as steps from the point before."""
    at += 2 + int.from_bytes(outline[at : at + 2], "big")
    flags: list[int] = []
    while len(flags) < count:
        flag, again = outline[at], 0
        at += 1
        if flag & _REPEAT:
            again = outline[at]
            at += 1
        flags += [flag] * (again + 1)
    xs, at = _coordinates(outline, at, flags, _SHORT_X, _SAME_X)
    ys, _ = _coordinates(outline, at, flags, _SHORT_Y, _SAME_Y)
    return flags, xs, ys


def _coordinates(
    outline: bytes, at: int, flags: Sequence[int], short: int, same: int
) -> tuple[list[int], int]:
    found, place = [], 0
    for flag in flags:
        if flag & short:
            place += outline[at] if flag & same else -outline[at]
            at += 1
        elif not flag & same:
            place += int.from_bytes(outline[at : at + 2], "big", signed=True)
            at += 2
        found.append(place)
    return found, at


def _packed(flags: Sequence[int], xs: Sequence[int], ys: Sequence[int]) -> bytes:
    """The shortest spelling of the points."""
    told = bytearray()
    steps_x, steps_y = bytearray(), bytearray()
    repeats, before = 0, -1
    last_x = last_y = 0
    for flag, x, y in zip(flags, xs, ys, strict=True):
        new = flag & _ON
        new |= _step(x - last_x, _SHORT_X, _SAME_X, steps_x)
        new |= _step(y - last_y, _SHORT_Y, _SAME_Y, steps_y)
        last_x, last_y = x, y
        if new == before and repeats < _BYTE:
            repeats += 1
            # A flag said twice is shorter than a flag and how often.
            if repeats == 1:
                told.append(new)
            else:
                told[-2:] = bytes([new | _REPEAT, repeats])
        else:
            told.append(new)
            repeats, before = 0, new
    return bytes(told + steps_x + steps_y)


def _step(step: int, short: int, same: int, out: bytearray) -> int:
    if step == 0:
        return same
    if -_BYTE <= step <= _BYTE:
        out.append(abs(step))
        return short | (same if step > 0 else 0)
    out += struct.pack(">h", step)
    return 0
