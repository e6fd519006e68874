import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .looking import CHECKOUT, STANDIN, Stack, Starter


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """Start supervisors on one data folder; whatever still runs at the end is killed."""
    started: list[Stack] = []

    def starter(kind: str = "web", *, grounds: bool = False, **environment: str) -> Stack:
        var = tmp_path / "var"
        printed = tmp_path / f"printed-{len(started)}"
        elsewhere = {"DATABASE_URL": "a:", "BROKER_URL": "b:", "YINJI_RPC_URLS": "c:"}
        with printed.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, str(STANDIN), str(CHECKOUT), kind],
                env={
                    **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
                    **({} if grounds else elsewhere),
                    "YINJI_VAR": str(var),
                    **environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        stack = Stack(process, var, printed)
        started.append(stack)
        return stack

    yield starter
    for stack in started:
        if stack.process.poll() is None:
            stack.process.kill()
        stack.process.wait()
