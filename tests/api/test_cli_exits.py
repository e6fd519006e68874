"""One convention of exit codes for every command: README.md lists it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli import INTERNAL, REFUSED, USAGE, code_of
from api.commands.local import NOT_IN_TIME
from core import errors
from core.errors import ServiceError
from evidence.numbers import new_number
from tests.architecture.sources import ROOT
from tests.grounds.stack import RunningStack

OFFICES = "national, shandong, tianjin, zhejiang"
STAFF = ("staff", "add", "--to", "nobody@office.example", "--name", "王五")


def tree(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from tree(each)


def test_each_error_has_the_code_that_the_readme_gives_it() -> None:
    kinds = {each for each in tree(ServiceError) if each.__module__ == errors.__name__}
    found = {each.__name__: code_of(each.__new__(each)) for each in kinds}
    assert {name for name, code in found.items() if code == USAGE} == {
        "InvalidInput", "NotFound", "TooLarge", "UnsupportedType",
    }  # fmt: skip
    assert {name for name, code in found.items() if code == NOT_IN_TIME} == {
        "NotReady", "OutcomeUnknown",
    }  # fmt: skip
    told = (ROOT / "README.md").read_text()
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", told, re.MULTILINE)}
    assert listed == {0, 2, 3, 130, INTERNAL, *found.values()}
    assert set(found.values()) == {REFUSED, USAGE, NOT_IN_TIME}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("office", "enforce", "tianjing", "--by", "x"), OFFICES),
        (("office", "suspend", "tianjing", "--by", "x", "--reason", "y"), OFFICES),
        (("office", "standing", "tianjing"), OFFICES),
        (("office", "enforced", "tianjin"), "check, enforce, suspend, standing"),
        ((*STAFF, "--office", "tianjing", "--role", "registrar"), OFFICES),
        ((*STAFF, "--office", "tianjin", "--role", "king"), "first_examiner, final_examiner"),
        ((*STAFF, "--office", "tianjin", "--role", "cashier", "--agency", "none"), "exchange, "),
        (("holidays", "list", "2026", "--office", "tianjing"), OFFICES),
        (("story", "--office", "tianjing", "--file", "FILE", "--out", "OUT"), OFFICES),
        (("story", "--office", "tianjin", "--file", "FILE", "--out", "FILE"), "--out"),
        (("export", "NUMBER", "--out", "FILE"), "--out"),
        (("export", "NUMBER", "--out", "OUT"), "no such"),
        (("revoke", "NUMBER", "--reason", "1"), "no such"),
        (("review", "NUMBER"), "no such"),
        (("resume", "0x" + 20 * "12"), "[address]"),
        (("alarms", "--clear", "nothing"), "[clear]"),
        (("keys", "--rewarp"), "--rewarp"),
        (("mission", "all"), "(all)"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else None,
)
def test_what_names_nothing_there_is_wrong_usage(
    stack: RunningStack, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "file.jpg").write_bytes(b"a work")
    number = new_number()
    names = {"FILE": str(tmp_path / "file.jpg"), "OUT": str(tmp_path / "out"), "NUMBER": number}
    ran = stack.yinji(*(names.get(word, word) for word in words))
    assert ran.code == 64, ran
    assert ran.out == ""
    assert ran.err.startswith("yinji: ")
    assert len(ran.err.splitlines()) == 1
    assert said in ran.err
    assert not (tmp_path / "out").exists()


def test_where_nobody_answers_the_same_command_is_for_later(stack: RunningStack) -> None:
    ran = stack.yinji("resume", "0x" + 20 * "12", YINJI_RPC_URLS="http://127.0.0.1:9/")
    assert ran.code == 75, ran


@pytest.mark.parametrize("command", ["deposit", "revoke"])
def test_the_help_of_what_may_be_unfinished_says_so(stack: RunningStack, command: str) -> None:
    told = " ".join(stack.yinji(command, "--help").out.split())
    assert "exit code 75: not finished in time" in told
    assert "seconds to wait, then exit 75" in told
    assert "75 稍后重复同一命令" in stack.yinji("--help").out
