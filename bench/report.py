"""`results.md` from `results.json`: no number comes from anywhere else."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.figures import Row, Series, Target
from bench.missed import UNEXPLAINED, WHY

_INTRODUCTION = (
    "由 `make bench` 测得并生成,勿手改;全部样本在 `results.json`。 Measured and written by "
    "`make bench`; every sample is in `results.json`. Ratios are medians of rounds in which each "
    "side ran once; absolute figures are this machine's, at that moment."
)
_MANY = 20
"""From this many samples on, the 95th percentile says more than the largest."""


def report(document: Mapping[str, Any]) -> str:
    """The whole page, Markdown."""
    rows = [Row.from_json(each) for each in document["rows"]]
    parts = [
        "# 测量结果 · Figures",
        "",
        _INTRODUCTION,
        "",
        *_summary(rows),
        *_reasons(rows),
    ]
    for row in rows:
        parts += ["", *_section(row)]
    return "\n".join(parts) + "\n"


def _summary(rows: Sequence[Row]) -> list[str]:
    lines = ["| | what | target | measured | |", "| --- | --- | --- | --- | --- |"]
    lines += [_target_line(row.id, target) for row in rows for target in row.targets]
    return lines


def _target_line(name: str, target: Target) -> str:
    sign = "≥" if target.sense == "at least" else "≤"
    wanted = f"{sign} {number(target.wanted)} {target.unit}".rstrip()
    if target.measured is None:
        return f"| {name} | {target.what} | {wanted} | – | peer missing |"
    found = f"{number(target.measured)} {target.unit}".rstrip()
    missed = target.missed_by
    by = "" if missed is None else f" by {missed:.0%}"
    verdict = "met" if target.met else f"**missed{by}**"
    return f"| {name} | {target.what} | {wanted} | {found} | {verdict} |"


def _reasons(rows: Sequence[Row]) -> list[str]:
    """Why each missed target is missed; a test asks for what nobody has explained."""
    lines = [
        f"- {row.id}, {target.what}: {WHY.get((row.id, target.what), UNEXPLAINED)}."
        for row in rows
        for target in row.targets
        if target.met is False
    ]
    return ["", "未达目标的原因 · Why a target is missed:", "", *lines] if lines else []


def _section(row: Row) -> list[str]:
    lines = [f"## {row.id} {row.title}", ""]
    lines += ["| series | median | lowest | highest | p95 | samples |"]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    lines += [_series_line(each) for each in row.series]
    if row.missing:
        lines += ["", *(f"- peer missing: {each}" for each in row.missing)]
    if row.notes:
        lines += ["", *(f"- {each}" for each in row.notes)]
    lines += ["", f"*{_circumstances(row.circumstances)}*"]
    return lines


def _series_line(series: Series) -> str:
    samples = series.samples
    high = number(series.percentile(95)) if len(samples) >= _MANY else ""
    return (
        f"| {series.name} ({series.unit}) | {number(series.median)} | {number(min(samples))} "
        f"| {number(max(samples))} | {high} | {len(samples)} |"
    )


def _circumstances(found: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in found.items())


def number(value: float) -> str:
    """Three significant digits; thousands in groups."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")
