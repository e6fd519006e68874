"""What a check has looked at, and what it found wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

NAMES: Final[Mapping[str, str]] = {
    "I1": "已确认的都在 / what was acknowledged is there",
    "I2": "每个叶子一批,每个根一次 / each leaf in one batch, each root once on the chain",
    "I3": "证书与登记可核验 / certificates and registrations verify",
    "I4": "状态只沿规则变动 / states moved only along their rules",
    "I5": "账目相符 / money adds up",
    "I6": "审计链完整 / the audit is unbroken",
    "I7": "证件号不外露 / no identity number in the clear",
    "I8": "编号不缺不重 / numbers without gap or double",
    "I9": "超期必有警报 / nothing waits unnoticed",
    "I10": "重复请求不重做 / nothing was done twice",
    "I11": "对象不缺不余 / no object missing or left over",
}
"""What is told of each invariant beside its number; what they mean in full: `api.fsck`."""


@dataclass
class Findings:
    """Counts of subjects looked at for each invariant, and the violations."""

    checked: dict[str, int] = field(default_factory=dict)
    violations: list[dict[str, str]] = field(default_factory=list)
    set_aside: dict[str, int] = field(default_factory=dict)
    """What could not be compared, and how often: neither right nor wrong."""

    def look(self, invariant: str, *, holds: bool, subject: object, detail: str) -> None:
        """One subject was looked at; when the invariant does not hold it is a violation."""
        self.checked[invariant] = self.checked.get(invariant, 0) + 1
        if not holds:
            self.violations.append(
                {"invariant": invariant, "subject": str(subject), "detail": detail}
            )

    def set_apart(self, what: str, count: int) -> None:
        """So many subjects could not be compared."""
        if count:
            self.set_aside[what] = self.set_aside.get(what, 0) + count

    def to_json(self) -> dict[str, object]:
        """The document `yinji fsck` prints."""
        told: dict[str, object] = {
            "checked": dict(sorted(self.checked.items())), "violations": self.violations,
        }  # fmt: skip
        return told | ({"set_aside": self.set_aside} if self.set_aside else {})
