"""The project's own Python sources, parsed once."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "accounts", "billing", "evidence", "chain", "certs", "registry", "api")
BELOW_THE_SHELL = PACKAGES[:-1]


def sources(packages: tuple[str, ...] = PACKAGES) -> list[Path]:
    """Every module of these packages, without generated migrations."""
    return [
        path
        for package in packages
        for path in sorted((ROOT / package).rglob("*.py"))
        if "versions" not in path.parts
    ]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def exists(node: str) -> bool:
    """Whether a node id (`file::Class::test`, without parameters) names a test that is there."""
    file, *names = node.split("::")
    path = ROOT / file
    if not (path.is_file() and names and names[-1].startswith("test_")):
        return False
    body: list[ast.stmt] = tree(path).body
    for name in names:
        found = [
            each
            for each in body
            if isinstance(each, ast.ClassDef | ast.FunctionDef) and each.name == name
        ]
        if not found:
            return False
        body = found[0].body
    return True
