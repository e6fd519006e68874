"""The contract's own tests, its gas and its coverage, as forge reports them."""

import re
from pathlib import Path

import pytest

from .tools import forge, report

pytestmark = pytest.mark.contracts

LCOV_COUNTERS = {"lines": ("LF", "LH"), "branches": ("BRF", "BRH"), "functions": ("FNF", "FNH")}
LCOV_TOTALS = {name for pair in LCOV_COUNTERS.values() for name in pair}
KINDS = ("test", "testFuzz", "invariant")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forge's output, kept between the tests of this module so that it compiles once."""
    return tmp_path_factory.mktemp("forge")


def test_every_contract_test_passes_fuzz_and_invariants_included(scratch: Path) -> None:
    done = forge("test", scratch=scratch)
    assert done.returncode == 0, report(done)
    total = re.search(r"(\d+) tests passed, 0 failed, 0 skipped", done.stdout)
    assert total is not None, report(done)
    kinds = {kind: done.stdout.count(f"[PASS] {kind}_") for kind in KINDS}
    assert all(kinds.values()), kinds
    assert sum(kinds.values()) == int(total[1]), kinds


def test_gas_is_what_the_committed_snapshot_says(scratch: Path) -> None:
    done = forge("snapshot", "--match-contract", "GasTest", "--check", scratch=scratch)
    assert done.returncode == 0, report(done)
    assert "3 tests passed, 0 failed" in done.stdout, report(done)


def test_the_source_is_formatted(scratch: Path) -> None:
    done = forge("fmt", "--check", scratch=scratch)
    assert done.returncode == 0, report(done)


def test_every_line_branch_and_function_of_the_contract_is_run(tmp_path: Path) -> None:
    # Coverage is measured without the optimiser, so the gas limits say nothing there.
    lcov = tmp_path / "lcov.info"
    done = forge(
        "coverage",
        *("--report", "summary", "--report", "lcov", "--report-file", str(lcov)),
        *("--no-match-contract", "GasTest"),
        scratch=tmp_path,
        settings={"FOUNDRY_FUZZ_RUNS": "64", "FOUNDRY_INVARIANT_RUNS": "8"},
    )
    assert done.returncode == 0, report(done)
    counters = _counters(lcov.read_text(encoding="utf-8"), "src/EvidenceAnchor.sol")
    for name, (found, hit) in LCOV_COUNTERS.items():
        assert 0 < counters[found] == counters[hit], f"{name}: {counters}"
    row = re.search(r"src/EvidenceAnchor\.sol +\|(.*)", done.stdout)
    assert row is not None, report(done)
    assert row[1].count("100.00%") == 4, row[0]  # lines, statements, branches, functions


def _counters(lcov: str, source: str) -> dict[str, int]:
    """The totals of one source file in an lcov report."""
    section = next(part for part in lcov.split("end_of_record") if f"SF:{source}\n" in part)
    lines = (line.partition(":") for line in section.split())
    return {name: int(count) for name, _, count in lines if name in LCOV_TOTALS}
