"""Keccak-256 as Ethereum uses it (the original padding, not SHA3-256).

A compiled implementation is used where it is loaded already or worth loading; a few short inputs,
such as one check of a proof has, are quicker in plain Python than that import is (FIPS 202 §3).
"""

import sys
from functools import lru_cache
from typing import Final

_COMPILED: Final = "Crypto.Hash.keccak"
_SHORT: Final = 4096
_RATE: Final = 136
_LANES: Final = 25
_MASK: Final = 2**64 - 1
# FIPS 202, 3.2.5 (iota) and, along the walk of pi, 3.2.2 (rho) with 3.2.3.
_ROUNDS: Final = (
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
    0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
    0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
)  # fmt: skip
_WALK: Final = (
    (10, 1), (7, 3), (11, 6), (17, 10), (18, 15), (3, 21), (5, 28), (16, 36), (8, 45), (21, 55),
    (24, 2), (4, 14), (15, 27), (23, 41), (19, 56), (13, 8), (12, 25), (2, 43), (20, 62), (14, 18),
    (22, 39), (9, 61), (6, 20), (1, 44),
)  # fmt: skip


def keccak256(data: bytes) -> bytes:
    """32 bytes."""
    if _COMPILED not in sys.modules and len(data) <= _SHORT:
        return plain_keccak256(data)
    from Crypto.Hash import keccak  # noqa: PLC0415 - takes longer than a short digest does

    digest: bytes = keccak.new(digest_bits=256, data=data).digest()
    return digest


@lru_cache(maxsize=64)  # one check asks for the same header and nodes more than once
def plain_keccak256(data: bytes) -> bytes:
    """The same without any library; about half a millisecond for each 136 bytes."""
    padded = bytearray(data + bytes(_RATE - len(data) % _RATE))
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    lanes = [0] * _LANES
    for start in range(0, len(padded), _RATE):
        for place in range(_RATE // 8):
            at = start + 8 * place
            lanes[place] ^= int.from_bytes(padded[at : at + 8], "little")
        _permute(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _permute(lanes: list[int]) -> None:
    for constant in _ROUNDS:
        columns = [
            lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]
            for x in range(5)
        ]
        for x in range(5):
            twist = columns[x - 1] ^ _turned(columns[(x + 1) % 5], 1)
            for place in range(x, _LANES, 5):
                lanes[place] ^= twist
        carried = lanes[1]
        for place, turn in _WALK:
            lanes[place], carried = _turned(carried, turn), lanes[place]
        for row in range(0, _LANES, 5):
            a, b, c, d, e = lanes[row : row + 5]
            lanes[row : row + 5] = a ^ ~b & c, b ^ ~c & d, c ^ ~d & e, d ^ ~e & a, e ^ ~a & b
        lanes[0] ^= constant


def _turned(lane: int, by: int) -> int:
    return (lane << by | lane >> (64 - by)) & _MASK
