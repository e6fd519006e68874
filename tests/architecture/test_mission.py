"""The list of functions: each exactly once, each answer a real one, each named test there."""

import pytest

from api.commands.missions import mission
from api.mission import KINDS, SYSTEMS, counted, every_id, parse
from core.errors import InvalidInput
from tests.architecture.sources import ROOT, exists

TEXT = (ROOT / "docs" / "mission.toml").read_text(encoding="utf-8")


def test_every_function_is_answered_once() -> None:
    answers = parse(TEXT)
    assert len(answers) == 471
    assert sum(SYSTEMS.values()) == 471
    assert list(answers) == every_id()


def test_every_named_test_exists() -> None:
    named = [test for answer in parse(TEXT).values() for test in answer.tests]
    assert named
    assert [test for test in named if not exists(test)] == []


def test_a_test_that_is_not_there_is_noticed() -> None:
    assert not exists("tests/architecture/test_mission.py::test_nothing")
    assert not exists("tests/architecture/test_mission.py")
    assert not exists("tests/architecture/test_mission.py::TEXT")
    assert exists("tests/architecture/test_mission.py::test_every_named_test_exists")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('"TJ-02" =', '"TJ-1000" =', "TJ-02"),
        ('"SD-170" =', '"SD-171" =', "SD-170"),
        ('"TJ-02" =', '"TJ-01" =', "mission"),
        ('"TJ-09" = "web"', '"TJ-09" = "done"', "TJ-09"),
        ('"TJ-09" = "web"', '"TJ-09" = []', "TJ-09"),
        ('"TJ-09" = "web"', '"TJ-09" = { reason = " " }', "TJ-09"),
        ('"TJ-09" = "web"', '"TJ-09" = true', "TJ-09"),
    ],
)
def test_anything_else_is_refused(old: str, new: str, field: str) -> None:
    assert old in TEXT
    with pytest.raises(InvalidInput) as caught:
        parse(TEXT.replace(old, new, 1))
    assert caught.value.field == field


def test_the_command_counts_every_function(capsys: pytest.CaptureFixture[str]) -> None:
    assert mission() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [*KINDS, "all"]
    assert [line.split()[0] for line in lines[1:-2]] == list(SYSTEMS)
    counts = counted(parse(TEXT))
    assert [int(each) for each in lines[1].split()[1:-1]] == [counts["TJ"][kind] for kind in KINDS]
    assert lines[-2].split()[-1] == "471"
    assert [each.split()[0] for each in lines[-1].split(" · ")] == list(KINDS)


def test_what_is_open_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert mission(remaining=True) == 0
    listed = capsys.readouterr().out.splitlines()[-1].split()
    assert listed == [each for each, answer in parse(TEXT).items() if answer.kind == "open"]
