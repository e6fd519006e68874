"""The audit's chain: whatever is changed, left out, slipped in or moved breaks it (T09)."""

import random
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.audit_chain import FIRST, Break, Entry, breaks

EDITS = 10_000
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
Line = tuple[Entry, bytes]


def chain(stream: str, count: int) -> list[Line]:
    lines: list[Line] = []
    before = FIRST
    for place in range(1, count + 1):
        entry = Entry(
            stream, place, before, START + timedelta(microseconds=place), "matter.passed",
            f"matter:{uuid.uuid4()}", uuid.uuid4() if place % 3 else None,
            {"was": "submitted", "round": place, "items": ["a", "b"], "granted": True},
        )  # fmt: skip
        before = entry.digest()
        lines.append((entry, before))
    return lines


def found(lines: list[Line]) -> list[Break]:
    return list(breaks(sorted(lines, key=lambda line: (line[0].stream, line[0].sequence))))


def flipped(dice: random.Random, data: bytes) -> bytes:
    place = dice.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << dice.randrange(8))]) + data[place + 1 :]


def other_text(dice: random.Random, text: str) -> str:
    place = dice.randrange(len(text))
    return text[:place] + dice.choice("xyz作") + text[place + 1 :] + dice.choice(["", " "])


def other_facts(dice: random.Random, facts: Any) -> dict[str, Any]:
    name = dice.choice(list(facts))
    changed: list[dict[str, Any]] = [
        {each: value for each, value in facts.items() if each != name},
        {**facts, name: None},
        {**facts, "more": 1},
        {**facts, "round": float(facts["round"])},
        {**facts, "items": facts["items"][::-1]},
        {**facts, "granted": 1},
    ]
    return dice.choice(changed)


EDIT: dict[str, Callable[[random.Random, Entry], dict[str, Any]]] = {
    "stream": lambda d, e: {"stream": d.choice(["office:c", "z", other_text(d, e.stream)])},
    "sequence": lambda d, e: {"sequence": e.sequence + d.choice([-1, 1, 100])},
    "previous": lambda d, e: {"previous": flipped(d, e.previous)},
    "at": lambda d, e: {"at": e.at + timedelta(microseconds=d.choice([-1, 1, 10**9]))},
    "act": lambda d, e: {"act": other_text(d, e.act)},
    "subject": lambda d, e: {"subject": other_text(d, e.subject)},
    "by": lambda d, e: {"by": uuid.uuid4() if e.by is None or d.random() < 0.5 else None},
    "facts": lambda d, e: {"facts": other_facts(d, e.facts)},
}  # fmt: skip


def test_a_chain_that_nobody_touched_is_whole() -> None:
    assert found(chain("a", 12) + chain("office:b", 7) + chain("installation", 1)) == []


def test_of_ten_thousand_random_edits_every_one_is_found() -> None:
    dice = random.Random(20260301)  # noqa: S311 - repeatable on purpose
    whole = chain("a", 8) + chain("office:b", 4)
    missed, tried = [], dict.fromkeys([*EDIT, "digest"], 0)
    for _ in range(EDITS):
        place, column = dice.randrange(len(whole)), dice.choice([*EDIT, "digest"])
        entry, digest = whole[place]
        if column == "digest":
            line = (entry, flipped(dice, digest))
        else:
            line = (replace(entry, **EDIT[column](dice, entry)), digest)
        if line == whole[place]:
            continue
        tried[column] += 1
        if not found([*whole[:place], line, *whole[place + 1 :]]):
            missed.append((column, line))
    assert missed == []
    assert min(tried.values()) > EDITS // 20


def test_a_changed_line_with_a_new_digest_breaks_the_next_one() -> None:
    lines = chain("a", 5)
    entry = replace(lines[2][0], act="matter.refused")
    lines[2] = (entry, entry.digest())
    assert found(lines) == [Break("a", 4, "does not follow the line before")]


@pytest.mark.parametrize("gone", range(4))
def test_a_line_that_was_left_out_is_missed(gone: int) -> None:
    lines = chain("a", 5)
    del lines[gone]
    assert found(lines)


def test_two_lines_that_changed_places_are_found() -> None:
    lines = chain("a", 5)
    for one, other in ((0, 1), (1, 3), (3, 4)):
        swapped = list(lines)
        swapped[one] = (replace(lines[other][0], sequence=one + 1), lines[other][1])
        swapped[other] = (replace(lines[one][0], sequence=other + 1), lines[one][1])
        assert found(swapped)


def test_values_that_no_line_can_have_are_a_break_and_no_crash() -> None:
    lines = chain("a", 2)
    lines[1] = (replace(lines[1][0], facts={"x": 1.5}), lines[1][1])
    assert found(lines) == [Break("a", 2, "was changed")]
