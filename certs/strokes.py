"""What a signer draws: strokes on a field of a fixed size, checked before anything draws them."""

from collections.abc import Sequence
from typing import Final

from core.errors import InvalidInput

GRID: Final = 1000
"""Strokes are drawn on a field of 1000 by 1000, its origin at the upper left."""

MOST_STROKES: Final = 100
MOST_POINTS: Final = 4_000

Stroke = Sequence[tuple[int, int]]


def check_strokes(strokes: Sequence[Sequence[Sequence[int]]], field: str) -> tuple[Stroke, ...]:
    """Strokes as they may be drawn.

    Raises:
        InvalidInput: too many, too few to be seen, or outside the field.
    """
    if len(strokes) > MOST_STROKES or sum(map(len, strokes)) > MOST_POINTS:
        raise InvalidInput(
            f"笔迹至多 {MOST_STROKES} 笔、{MOST_POINTS} 点 / too many strokes or points: "
            "draw it more simply",
            field=field,
        )
    found: list[Stroke] = []
    for stroke in strokes:
        points = [(int(x), int(y)) for x, y in stroke]
        if len(points) < 2 or not all(0 <= each <= GRID for point in points for each in point):  # noqa: PLR2004
            raise InvalidInput(
                f"每笔至少两点,坐标为 0–{GRID} / two points or more, each from 0 to {GRID}",
                field=field,
            )
        found.append(tuple(points))
    spread = [point for stroke in found for point in stroke]
    if found and max(x for x, _ in spread) - min(x for x, _ in spread) < GRID // 20:
        raise InvalidInput("笔迹过小,请重新书写 / too small to be seen: sign again", field=field)
    return tuple(found)
