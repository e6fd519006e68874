"""What `make bench` has measured is told whole: what, how far from the target, and why."""

import json
from pathlib import Path

from bench.figures import Row
from bench.missed import UNEXPLAINED, WHY
from bench.report import report

BENCH = Path(__file__).resolve().parents[2] / "bench"
DOCUMENT = json.loads((BENCH / "results.json").read_text(encoding="utf-8"))
MISSED = {
    (row.id, target.what)
    for row in map(Row.from_json, DOCUMENT["rows"])
    for target in row.targets
    if target.met is False
}


def test_the_page_is_what_the_figures_give() -> None:
    assert (BENCH / "results.md").read_text(encoding="utf-8") == report(DOCUMENT)


def test_every_missed_target_is_explained_and_no_other() -> None:
    assert set(WHY) == MISSED
    assert UNEXPLAINED not in report(DOCUMENT)


def test_a_missed_target_without_a_reason_is_seen() -> None:
    changed = json.loads(json.dumps(DOCUMENT))
    changed["rows"][0]["targets"][0].update(what="something new", sense="at least", wanted=1e9)
    assert f"something new: {UNEXPLAINED}" in report(changed)
