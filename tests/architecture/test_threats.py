"""Every row of the table of abuses names tests that are there, and no row is missing."""

import re

import pytest

from tests.architecture.sources import ROOT, exists

TEXT = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
WANTED = {
    *(f"T{number:02d}" for number in (*range(1, 11), 15, *range(18, 22), *range(24, 28))),
    *(f"T{number}" for number in (36, 37, *range(39, 51), 60, 61)),
}


def rows(text: str) -> dict[str, list[str]]:
    """The tests that each row names."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if (row := re.match(r"\| (T\d\d) \|", line)) is not None:
            assert row[1] not in found, row[1]
            found[row[1]] = re.findall(r"`(tests/[^`]+)`", line)
    return found


def test_every_abuse_that_must_be_answered_is() -> None:
    assert rows(TEXT).keys() >= WANTED
    assert list(rows(TEXT)) == sorted(rows(TEXT))


@pytest.mark.parametrize("name", rows(TEXT))
def test_a_row_names_tests_that_exist(name: str) -> None:
    named = rows(TEXT)[name]
    assert named
    assert [test for test in named if not exists(test)] == []


def test_a_row_without_a_test_is_noticed() -> None:
    assert rows("| T01 | a | b | |") == {"T01": []}
    assert not exists("tests/api/test_attacks.py::test_nothing")
