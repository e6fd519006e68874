"""How alike two pictures are: 256 bits each (`evidence.previewer`), compared by Hamming distance.

To find near ones among a million without looking at each, the bits are cut into 16 pieces of 16
(multi-index hashing, Norouzi, Punjani & Fleet 2012): two hashes that differ in fewer than 16 bits
agree in one piece at least, and those that differ in fewer than 32 have a piece that differs in one
bit at most. `pieces` is what is kept and indexed, `probes` what is looked for.
"""

from typing import Final

from core.errors import InvalidInput

BITS: Final = 256
PIECES: Final = 16
_WIDTH: Final = BITS // PIECES
MOST_DISTANCE: Final = 2 * PIECES - 1
"""31, which is also the distance within which the authors of PDQ call pictures alike."""

LEAST_QUALITY: Final = 50
"""Of 100: below it there is too little to see for the hash to mean anything (PDQ, Meta 2019)."""


def pieces(likeness: str) -> list[int]:
    """The 16 pieces, each with its place in the upper half of a 32-bit number.

    Raises:
        InvalidInput: not 256 binary digits.
    """
    if len(likeness) != BITS or set(likeness) - {"0", "1"}:
        raise InvalidInput("须为 256 位 / 256 binary digits", field="likeness")
    return [
        place << _WIDTH | int(likeness[place * _WIDTH : (place + 1) * _WIDTH], 2)
        for place in range(PIECES)
    ]


def probes(likeness: str, most: int) -> list[int]:
    """Every piece that a hash within distance `most` must have one of.

    Raises:
        InvalidInput: a distance for which no such list is short.
    """
    if not 0 <= most <= MOST_DISTANCE:
        raise InvalidInput(f"0–{MOST_DISTANCE}", field="distance")
    exact = pieces(likeness)
    if most < PIECES:
        return exact
    return exact + [piece ^ (1 << bit) for piece in exact for bit in range(_WIDTH)]


def distance(one: str, other: str) -> int:
    """In how many of the 256 bits two hashes differ."""
    return (int(one, 2) ^ int(other, 2)).bit_count()
