"""The first line of a report: what a person needs to hear, in one sentence and in two languages.

The English line begins with fixed ASCII words, so that programs may read it too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from certs.report import STATUS_STEP, Result, Step, Verdict

_CHINESE: Final = {
    "format": "格式", "signature": "签名", "copies": "副本", "statement": "声明", "facts": "事实",
    "printed": "印出内容", "file": "文件", "timestamp": "时间戳", "inclusion": "包含证明",
    "block": "区块", "chain": "链", "status": "状态",
}  # fmt: skip


@dataclass(frozen=True)
class Existence:
    """By when the statement existed (RFC 3339, UTC), on whose word."""

    time: str
    authority: str


def summarise(
    verdict: Verdict,
    steps: Sequence[Step],
    existence: Existence | None,
    as_of: str | None,
    *,
    offline: bool,
) -> tuple[str, str]:
    """English line and Chinese line."""
    by, since = "", ""
    if existence is not None:
        by = f"existed by {existence.time} by {existence.authority}"
        since = f"至迟于 {existence.time} 已存在({existence.authority})"
    match verdict:
        case Verdict.VALID:
            asked = ("; chain not asked", ";未询问链") if offline else ("", "")
            return (
                f"valid as of {as_of}{asked[0]}; unchanged; {by}",
                f"截至 {as_of} 有效{asked[1]};未改动;{since}",
            )
        case Verdict.INVALID:
            failed = [step for step in steps if step.result is Result.FAILED]
            first = f"{failed[0].id}: {failed[0].reason}"
            return f"invalid: {first}", f"无效:{_CHINESE[failed[0].id]}"
        case Verdict.REVOKED | Verdict.SUPERSEDED:
            reason = next(step.reason for step in steps if step.id == STATUS_STEP)
            word = "已撤销" if verdict is Verdict.REVOKED else "已被新版取代"
            return f"{verdict.value}: {reason}", f"{word},截至 {as_of}"
        case Verdict.INDETERMINATE:
            return _undecided(steps, by, since)


def _undecided(steps: Sequence[Step], by: str, since: str) -> tuple[str, str]:
    left = [step.id for step in steps if step.result is Result.NOT_CHECKED and not step.waived]
    names, chinese = ", ".join(left), "、".join(_CHINESE[name] for name in left)
    if by and "file" not in left:
        return (
            f"unchanged; {by}; not checked: {names}",
            f"无法判定 indeterminate;未改动;{since};未核验:{chinese}",
        )
    return f"indeterminate; not checked: {names}", f"无法判定;未核验:{chinese}"
