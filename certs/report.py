"""What a check says: steps, each with its own result, and one verdict drawn from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from core.canonical import format_time

if TYPE_CHECKING:
    from certs.subject import Subject

STATUS_STEP: Final = "status"


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


class Verdict(StrEnum):
    VALID = "valid"
    INVALID = "invalid"
    INDETERMINATE = "indeterminate"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


class Standing(StrEnum):
    """What the status step found."""

    IN_FORCE = "in_force"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Step:
    """One step. `waived` marks a step that the checker chose to do without (--offline)."""

    id: str
    result: Result
    reason: str
    waived: bool = False


@dataclass(frozen=True)
class Report:
    """The whole check.

    `as_of` is the time up to which revocation was looked for: the checker's clock when the chain
    answered, the stapled status's own time when only that could be used, None when neither.
    `not_presented` lists the files of the statement that nobody showed.
    """

    verdict: Verdict
    as_of: datetime | None
    steps: tuple[Step, ...]
    summary: str
    summary_zh: str
    evidence_number: str | None
    existed_by: dict[str, str]
    files: tuple[dict[str, object], ...]
    not_presented: tuple[dict[str, object], ...] = ()
    sample: bool | None = None
    """Whether the certificate calls itself a sample; None when its content was not read."""
    subject: "Subject | None" = None
    """What the certificate is about; None when that was not found bound."""

    def to_json(self) -> dict[str, object]:
        """The document `yinji verify --json` prints."""
        return {
            "verdict": self.verdict.value,
            "as_of": None if self.as_of is None else format_time(self.as_of),
            "steps": [
                {"id": step.id, "result": step.result.value, "reason": step.reason}
                for step in self.steps
            ],
            "summary": self.summary,
            "summary_zh": self.summary_zh,
            "evidence_number": self.evidence_number,
            "existed_by": self.existed_by,
            "files": list(self.files),
            "not_presented": list(self.not_presented),
            "sample": self.sample,
            "subject": None if self.subject is None else self.subject.to_json(),
        }


def conclude(steps: Sequence[Step], standing: Standing) -> Verdict:
    """The verdict, in this order: a failed step, revoked, superseded, something unchecked, valid.

    A status step that failed because of what the standing says does not mean *invalid*; one that
    failed otherwise (a forged or foreign status) does.
    """
    spoken = standing in {Standing.REVOKED, Standing.SUPERSEDED}
    for step in steps:
        if step.result is Result.FAILED and not (step.id == STATUS_STEP and spoken):
            return Verdict.INVALID
    if standing is Standing.REVOKED:
        return Verdict.REVOKED
    if standing is Standing.SUPERSEDED:
        return Verdict.SUPERSEDED
    if any(step.result is not Result.PASSED and not step.waived for step in steps):
        return Verdict.INDETERMINATE
    return Verdict.VALID
