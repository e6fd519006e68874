"""A verifier written from docs/verification.md and the vectors alone agrees on every vector.

`second_verifier.py` shares no line with ours: it imports the standard library and calls openssl.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

from tests.grounds.gaps import need

HERE = Path(__file__).parent
SECOND = HERE / "second_verifier.py"
VECTORS = HERE.parent / "vectors"


def test_it_imports_nothing_but_the_standard_library() -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(SECOND.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".", 1)[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").split(".", 1)[0])
    assert imported <= set(sys.stdlib_module_names)


def test_it_agrees_on_every_vector(tmp_path: Path) -> None:
    need("openssl", why="the second verifier checks signatures with it")
    count = len(json.loads((VECTORS / "manifest.json").read_bytes())["vectors"])
    done = subprocess.run(
        # -I: nothing of ours is on its path.
        [sys.executable, "-I", SECOND, "--vectors", VECTORS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert f"vectors {count} agreed {count}" in done.stdout, done.stdout + done.stderr
