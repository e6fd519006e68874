"""The bench at its smallest: rows are measured, kept and written down, and nothing is made up."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.figures import Row, Series, Target, ratio
from bench.report import report

CHECKOUT = Path(__file__).resolve().parents[2]


def bench(*words: str | Path, seconds: float = 120) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bench", *map(str, words)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    ran = bench("P5", "P6", "--quick", "--no-peers", "--out", folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


@pytest.fixture(scope="module")
def rows(out: Path) -> list[Any]:
    found: list[Any] = json.loads((out / "results.json").read_text())["rows"]
    return found


class TestRun:
    def test_keeps_every_sample_with_the_commit_and_the_versions(self, rows: list[Any]) -> None:
        assert [row["id"] for row in rows] == ["P5", "P6"]
        for row in rows:
            assert all(series["samples"] for series in row["series"])
            assert all(sample > 0 for series in row["series"] for sample in series["samples"])
            assert {"commit", "at", "python", "load before"} <= row["circumstances"].keys()

    def test_the_contract_costs_what_its_gas_snapshot_allows(self, rows: list[Any]) -> None:
        gas = {target["what"]: target["measured"] for target in rows[1]["targets"]}
        assert 21 < gas["gas for one evidence in a batch of 1,000"] <= 50
        assert 2.1 < gas["gas for one evidence in a batch of 10,000"] <= 5

    def test_a_missing_peer_is_named_and_gets_no_ratio(self, out: Path, rows: list[Any]) -> None:
        assert len(rows[0]["missing"]) == 2
        compared = [each for each in rows[0]["targets"] if "merkletreejs" in each["what"]]
        assert [each["measured"] for each in compared] == [None]
        page = (out / "results.md").read_text()
        assert "| times as fast as merkletreejs, tree and all proofs | ≥ 5 × | – |" in page

    def test_another_row_later_leaves_the_first_ones_in_place(
        self, tmp_path: Path, rows: list[Any]
    ) -> None:
        (tmp_path / "results.json").write_text(json.dumps({"rows": rows}))
        ran = bench("P5", "--quick", "--no-peers", "--out", tmp_path)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        found = json.loads((tmp_path / "results.json").read_text())["rows"]
        assert found[1] == rows[1]
        assert found[0]["series"] != rows[0]["series"]

    def test_an_unknown_row_is_a_usage_error_that_lists_the_known_ones(self) -> None:
        ran = bench("P99")
        assert ran.returncode == 2
        assert "P15" in ran.stderr


def test_the_queue_is_asked_every_way_among_many_matters(tmp_path: Path) -> None:
    ran = bench("P15", "--quick", "--no-peers", "--out", tmp_path, seconds=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (row,) = json.loads((tmp_path / "results.json").read_text())["rows"]
    assert "2,000 matters" in row["title"]
    assert len(row["series"]) == 10
    assert all(len(each["samples"]) == 3 for each in row["series"])


def test_look_alikes_by_index_are_those_found_by_looking_at_each(tmp_path: Path) -> None:
    ran = bench("P16", "--quick", "--no-peers", "--out", tmp_path, seconds=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (row,) = json.loads((tmp_path / "results.json").read_text())["rows"]
    found = row["series"][-1]
    assert found["name"] == "pictures found"
    assert len(found["samples"]) == 3
    assert min(found["samples"]) >= 1


class TestFigures:
    def test_a_missed_target_says_by_how_much(self) -> None:
        assert Target("rate", "at least", 300, 75).missed_by == 0.75
        assert Target("time", "at most", 2, 3).missed_by == 0.5
        assert Target("time", "at most", 2, 2).missed_by is None

    def test_a_percentile_is_a_value_that_was_measured(self) -> None:
        series = Series("times", "s", tuple(float(each) for each in range(1, 41)))
        assert series.percentile(95) == 38.0
        assert Series("one", "s", (7.0,)).percentile(95) == 7.0

    def test_a_ratio_compares_what_ran_in_the_same_round(self) -> None:
        # Over all rounds the medians are equal; in every single round we took half as long.
        assert ratio([1.0, 2.0, 4.0], [2.0, 4.0, 8.0]) == 0.5

    def test_the_page_says_missed_in_so_many_words(self) -> None:
        row = Row("P0", "nothing", (Series("n", "s", (1.0,)),), (Target("n", "at most", 1, 4),))
        page = report({"rows": [row.to_json()]})
        assert "**missed by 300%**" in page

    def test_a_target_of_nothing_at_all_can_be_missed_too(self) -> None:
        lost = Target("lost", "at most", 0, 2, "")
        page = report({"rows": [Row("P0", "", (Series("n", "s", (1.0,)),), (lost,)).to_json()]})
        assert "| P0 | lost | ≤ 0 | 2 | **missed** |" in page
