"""The rules of CONTRIBUTING.md that no linter knows, each as a look at the sources."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import BELOW_THE_SHELL, PACKAGES, ROOT, name, sources, tree

MOST_LINES = 400
ONE_LONG_TEST = ROOT / "tests/interop/second_verifier.py"
"""It is carried away and read alone, as it says itself."""
MOST_FUNCTION_LINES = 60
"""Of its body: signature and docstring are for the reader, and free."""


@pytest.mark.parametrize("path", sources(), ids=name)
class TestEveryModule:
    def test_says_what_it_promises(self, path: Path) -> None:
        assert ast.get_docstring(tree(path))

    def test_is_small(self, path: Path) -> None:
        assert len(path.read_text().splitlines()) <= MOST_LINES

    def test_has_small_functions(self, path: Path) -> None:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                if body:
                    assert node.end_lineno is not None
                    lines = node.end_lineno - body[0].lineno + 1
                    assert lines <= MOST_FUNCTION_LINES, f"{node.name} has {lines} lines"


def test_every_test_file_is_small() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        lines = len(path.read_text().splitlines())
        assert lines <= MOST_LINES or path == ONE_LONG_TEST, f"{name(path)} has {lines} lines"
    assert "one long file on\npurpose" in (ast.get_docstring(tree(ONE_LONG_TEST)) or "")


@pytest.mark.parametrize("path", sources(BELOW_THE_SHELL), ids=name)
class TestBelowTheShell:
    def test_nothing_commits(self, path: Path) -> None:
        calls = [
            node.lineno
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute) and node.attr == "commit"
        ]
        assert not calls

    def test_nothing_reads_clock_or_environment(self, path: Path) -> None:
        text = path.read_text()
        found = re.findall(r"datetime\.now\(|utcnow\(|time\.time\(|os\.environ|os\.getenv", text)
        assert not found


@pytest.mark.parametrize("path", sources(), ids=name)
def test_only_the_one_writer_sets_a_status(path: Path) -> None:
    for node in ast.walk(tree(path)):
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            assert not (isinstance(target, ast.Attribute) and target.attr == "status"), node.lineno


@pytest.mark.parametrize("path", sources(), ids=name)
def test_nobody_turns_any_exception_into_an_answer(path: Path) -> None:
    if name(path) in {"api/cli.py", "api/apart.py"}:
        return  # the last lines of defence: of a command (exit code 70), and of a worker's stage
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            kinds = ast.unparse(node.type) if node.type else ""
            assert node.type is not None, node.lineno
            assert kinds not in {"Exception", "BaseException"}, node.lineno


def test_every_package_is_installed_and_layered() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    for package in PACKAGES:
        assert text.count(f'"{package}"') >= 3, package


def test_no_todo_without_an_end() -> None:
    for path in sources():
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", path.read_text()), name(path)
