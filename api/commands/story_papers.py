"""What `yinji story` does beside the screen: papers that an office wants on paper, too."""

import sys
from collections.abc import Callable
from typing import Any


def bring_papers(
    applicant: Callable[[str, str], dict[str, Any]],
    examiner: Callable[[str, str, object], object],
    at: str,
    matter: str,
) -> None:
    """Where the office waits for them, the agency notes that they came; else nothing."""
    shown = applicant("GET", f"/matters/{matter}")
    if shown["awaits_papers"]:
        examiner("POST", f"{at}/papers-received", {"note": "当面提交 handed in"})
        sys.stderr.write(f"收到纸质材料 papers received at {shown['papers_to']}\n")
