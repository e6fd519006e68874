"""What a row of the bench found, as values that go to JSON and come back.

A series keeps its samples in the order they were taken. A target compares two numbers that were
measured, never one that was written down elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Literal

Sense = Literal["at least", "at most"]


@dataclass(frozen=True)
class Series:
    """Samples of one thing. `unit` is of each sample, as in `s`, `MB/s` or `gas`."""

    name: str
    unit: str
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.samples)

    def percentile(self, percent: float) -> float:
        """Nearest rank: a value that was really measured."""
        ordered = sorted(self.samples)
        rank = -(-len(ordered) * percent // 100)
        return ordered[max(int(rank), 1) - 1]


@dataclass(frozen=True)
class Target:
    """What was wanted and what was found; `measured` None means that the peer is missing."""

    what: str
    sense: Sense
    wanted: float
    measured: float | None
    unit: str = "×"

    @property
    def met(self) -> bool | None:
        if self.measured is None:
            return None
        below = self.measured <= self.wanted
        return below if self.sense == "at most" else self.measured >= self.wanted

    @property
    def missed_by(self) -> float | None:
        """How far from the target, as a share of it; None when met, not measured, or wanted 0."""
        if self.measured is None or self.met or self.wanted == 0:
            return None
        return abs(self.measured - self.wanted) / self.wanted


@dataclass(frozen=True)
class Row:
    """One row. `missing` says which peers could not be run, and why."""

    id: str
    title: str
    series: tuple[Series, ...]
    targets: tuple[Target, ...]
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    circumstances: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Row":
        return cls(
            id=document["id"],
            title=document["title"],
            series=tuple(
                Series(each["name"], each["unit"], tuple(each["samples"]))
                for each in document["series"]
            ),
            targets=tuple(Target(**each) for each in document["targets"]),
            missing=tuple(document["missing"]),
            notes=tuple(document["notes"]),
            circumstances=document["circumstances"],
        )


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of ours over theirs, round by round: both saw the same minute."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))
