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
