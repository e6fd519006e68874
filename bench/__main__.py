"""`python -m bench [P5 P6 …] [--quick] [--no-peers] [--out FOLDER]`.

Without names, every row. A row that was measured takes its place in `bench/results.json`, from
which `bench/results.md` is written; rows not named keep what they had, with their own commit and
time. `--quick` measures tiny sizes and writes only where `--out` says; `--no-peers` installs
nothing, and every peer is missing. Exit code 1 when a row could not be measured; a missed target
is a result, not a failure.
"""

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bench import installing, machine
from bench.figures import Row
from bench.report import number, report
from bench.terms import Terms

ROWS: Final = {
    "P2": "bench.p02_upload",
    "P5": "bench.p05_tree",
    "P6": "bench.p06_gas",
    "P7": "bench.p07_certificate",
    "P8": "bench.p08_sustained",
    "P10": "bench.p10_signing",
    "P13": "bench.p13_offline",
    "P14": "bench.p14_restart",
    "P15": "bench.p15_queue",
    "P16": "bench.p16_alike",
}
_USUAL: Final = Path(__file__).resolve().parent


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does every step work?")
    parser.add_argument("--no-peers", action="store_true", help="install and run no peer")
    parser.add_argument("--out", type=Path, help="folder for results.json and results.md")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    folder: Path | None = asked.out or (None if asked.quick else _USUAL)
    if asked.no_peers:
        installing.leave_out()
    failed = False
    for name in asked.rows or ROWS:
        row = _measure(name, quick=asked.quick)
        if row is None:
            failed = True
            continue
        _say(row)
        if folder is not None:
            _keep(row, folder)
    return 1 if failed else 0


def _measure(name: str, *, quick: bool) -> Row | None:
    print(f"{name} …", flush=True)
    began, load = time.monotonic(), machine.load()
    with tempfile.TemporaryDirectory(prefix="yinji-bench-") as scratch:
        try:
            row: Row = import_module(ROWS[name]).measure(Terms(quick, Path(scratch)))
        except Exception:  # noqa: BLE001 - it is shown whole, and the other rows still count
            traceback.print_exc()
            print(f"{name} 未测成 · could not be measured", flush=True)
            return None
    versions = {key: str(value) for key, value in row.circumstances.items()}
    found = machine.circumstances(load, time.monotonic() - began, versions)
    return replace(row, circumstances=found | ({"size": "quick"} if quick else {}))


def _say(row: Row) -> None:
    for series in row.series:
        print(f"  {series.name}: {number(series.median)} {series.unit} ({len(series.samples)})")
    for target in row.targets:
        sign = "≥" if target.sense == "at least" else "≤"
        wanted = f"{sign} {number(target.wanted)} {target.unit}"
        if target.measured is None:
            print(f"  – {target.what}: {wanted}; peer missing")
            continue
        mark = "✓" if target.met else "✗"
        print(f"  {mark} {target.what}: {wanted}; {number(target.measured)} {target.unit}")
    for reason in row.missing:
        print(f"  peer missing: {reason}")


def _keep(row: Row, folder: Path) -> None:
    """Put the row in its place in `results.json`, and write the page anew."""
    path = folder / "results.json"
    known: Mapping[str, Any] = {"rows": []}
    if path.is_file():
        known = json.loads(path.read_text(encoding="utf-8"))
    by_name = {each["id"]: each for each in known["rows"]} | {row.id: row.to_json()}
    document = {"rows": [by_name[name] for name in ROWS if name in by_name]}
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "results.md").write_text(report(json.loads(path.read_text())), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
