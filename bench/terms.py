"""What every row is given: how large to measure, and a folder that is gone afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Row


@dataclass(frozen=True)
class Terms:
    """`quick` asks for the smallest run that still takes every step; its figures mean nothing."""

    quick: bool
    scratch: Path

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full


Measure = Callable[[Terms], Row]
