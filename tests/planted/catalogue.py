"""The patches beside this file. A patch's first lines say what it breaks and which test must fail:

Breaks: one sentence
Test: tests/…/test_x.py::TestY::test_z
"""

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


@dataclass(frozen=True)
class Planted:
    name: str
    path: Path
    breaks: str
    test: str

    def apply(self, tree: Path) -> str | None:
        """Apply the patch in `tree`; None, or why it does not apply."""
        done = subprocess.run(
            ["patch", "-p1", "--forward", "--fuzz=0", "-i", str(self.path)],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
        )
        return None if done.returncode == 0 else done.stdout + done.stderr


@cache
def catalogue() -> tuple[Planted, ...]:
    """Every patch, by name."""
    return tuple(_read(path) for path in sorted(HERE.glob("*.patch")))


def _read(path: Path) -> Planted:
    head = dict(line.split(": ", 1) for line in path.read_text().splitlines()[:4] if ": " in line)
    return Planted(path.stem, path, head["Breaks"], head["Test"])
