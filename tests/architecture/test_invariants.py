"""`yinji fsck` covers I1 to I11, says so, and each is shown to be found when it is broken."""

import ast
import re

import pytest

import api.fsck
from api.fsck.findings import NAMES
from api.fsck.histories import HISTORIES
from core.db import Base
from tests.architecture.sources import ROOT, sources, tree

INVARIANTS = [f"I{number}" for number in range(1, 12)]
SOURCES = "\n".join(path.read_text() for path in (ROOT / "api" / "fsck").glob("*.py"))
PLANTED = "\n".join(path.read_text() for path in sorted((ROOT / "tests").glob("*/test_fsck*.py")))


def test_the_list_at_the_head_is_whole() -> None:
    listed = re.findall(r"^ {4}(I\d+) ", api.fsck.__doc__ or "", re.MULTILINE)
    assert listed == INVARIANTS == list(NAMES)


@pytest.mark.parametrize("name", INVARIANTS)
def test_each_is_looked_at_and_found_when_broken(name: str) -> None:
    assert f'"{name}"' in SOURCES
    assert re.search(rf"\"{name}[ \"]", PLANTED), "no test plants a violation of it"


def test_every_check_there_is_is_run() -> None:
    """Each is tried by itself: only here would be seen that `yinji fsck` leaves one out."""
    folder = ROOT / "api" / "fsck"
    checks = {
        f"{path.stem}.{node.name}"
        for path in folder.glob("*.py")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("check_")
    }
    (run,) = (
        node for node in tree(folder / "run.py").body
        if isinstance(node, ast.FunctionDef) and node.name == "run"
    )  # fmt: skip
    called = {ast.unparse(each.func) for each in ast.walk(run) if isinstance(each, ast.Call)}
    assert len(checks) > 30, "as many as there were"
    assert checks <= called


def test_every_lifecycle_and_every_status_has_its_history_checked() -> None:
    """I4."""
    named = [
        call.args[0].value
        for path in sources()
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and _name(call.func) == "Lifecycle"
        and isinstance(call.args[0], ast.Constant)
    ]  # fmt: skip
    assert sorted(named) == sorted(each.lifecycle.name for each in HISTORIES)
    with_status = {table.name for table in Base.metadata.tables.values() if "status" in table.c}
    assert {each.model.__tablename__ for each in HISTORIES} == with_status


def _name(function: ast.expr) -> str:
    while isinstance(function, ast.Subscript):
        function = function.value
    return ast.unparse(function).rpartition(".")[2]
