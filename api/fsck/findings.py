"""What a check has looked at, and what it found wrong."""

from dataclasses import dataclass, field


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
