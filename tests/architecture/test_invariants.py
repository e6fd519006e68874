"""`yinji fsck` covers I1 to I11, says so, and each is shown to be found when it is broken."""

import re

import pytest

import api.fsck
from tests.architecture.sources import ROOT

INVARIANTS = [f"I{number}" for number in range(1, 12)]
SOURCES = "\n".join(path.read_text() for path in (ROOT / "api" / "fsck").glob("*.py"))
PLANTED = "\n".join(path.read_text() for path in sorted((ROOT / "tests").glob("*/test_fsck*.py")))


def test_the_list_at_the_head_is_whole() -> None:
    listed = re.findall(r"^ {4}(I\d+) ", api.fsck.__doc__ or "", re.MULTILINE)
    assert listed == INVARIANTS


@pytest.mark.parametrize("name", INVARIANTS)
def test_each_is_looked_at_and_found_when_broken(name: str) -> None:
    assert f'"{name}"' in SOURCES
    assert re.search(rf"\"{name}[ \"]", PLANTED), "no test plants a violation of it"
