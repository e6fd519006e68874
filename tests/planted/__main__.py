"""Plant every bug in a copy, and see its test fail. Exit 0 only if each is caught."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.planted.catalogue import ROOT, Planted, catalogue

_SECONDS = 900
_FAILED_TESTS = 1
"""pytest's exit code when tests ran and some failed; any other code proves nothing."""


def main(wanted: list[str]) -> int:
    missed = 0
    for planted in catalogue():
        if wanted and planted.name not in wanted:
            continue
        problem = caught(planted)
        sys.stdout.write(f"{'caught' if problem is None else 'MISSED'}  {planted.name}\n")
        if problem is not None:
            missed += 1
            sys.stdout.write(f"{problem}\n")
        sys.stdout.flush()
    sys.stdout.write(f"planted {len(catalogue())} missed {missed}\n")
    return 1 if missed else 0


def caught(planted: Planted) -> str | None:
    """None when the test fails on the patched copy, else what went wrong."""
    with tempfile.TemporaryDirectory(prefix="planted-") as scratch:
        copy = Path(scratch) / "tree"
        copy_tree(copy)
        applied = planted.apply(copy)
        if applied is not None:
            return f"the patch does not apply any more:\n{applied}"
        try:
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pytest",
                    "-q",
                    "-x",
                    "-p",
                    "no:cacheprovider",
                    planted.test,
                ],
                cwd=copy,
                env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"no end of {planted.test} within {_SECONDS} s"
        if done.returncode == _FAILED_TESTS and " failed" in done.stdout:
            return None
        return f"exit code {done.returncode} of {planted.test}:\n{done.stdout[-2000:]}"


def copy_tree(target: Path) -> None:
    """Tracked and new files as they are now, without what git ignores; node packages by link."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    for folder in ("contracts/node_modules", "web/dist"):
        if (ROOT / folder).exists():
            (target / folder).symlink_to(ROOT / folder)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
