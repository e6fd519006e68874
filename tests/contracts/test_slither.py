"""Static analysis of our Solidity: nothing above informational.

Slither lives in an environment of its own (its pins clash with ours); `YINJI_SLITHER` can name
another one. OpenZeppelin's own files are left out of the findings: they are not ours to change.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.grounds.gaps import need

from .tools import CONTRACTS, environment, report

pytestmark = pytest.mark.contracts

HARMLESS = {"Informational", "Optimization"}


def test_slither_finds_nothing_above_informational(tmp_path: Path) -> None:
    own = CONTRACTS.parent / ".slither" / "bin" / "slither"
    slither = need(os.environ.get("YINJI_SLITHER", str(own)), why="make setup-dev installs it")
    result = tmp_path / "slither.json"
    done = subprocess.run(
        [slither, ".", "--filter-paths", "node_modules", "--fail-none", "--json", result],
        cwd=CONTRACTS,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, report(done)
    analysis = json.loads(result.read_bytes())
    assert analysis["success"], analysis["error"]
    assert ". analyzed (" in done.stderr, report(done)
    findings = [
        f"{finding['impact']}: {finding['description']}"
        for finding in analysis["results"].get("detectors", [])
        if finding["impact"] not in HARMLESS
    ]
    assert not findings, "\n".join(findings)
