"""What a process loads before it can serve: time at every start, and memory for ever."""

import subprocess
import sys

import pytest

HEAVY = {
    "PIL", "aiohttp", "alembic", "boto3", "celery", "eth_account", "httpx2", "kombu", "pyhanko",
    "qrcode", "reportlab", "rlp", "web3",
}  # fmt: skip


WEB = {"fastapi", "starlette", "uvicorn"}


def test_a_worker_loads_nothing_of_the_web() -> None:
    assert not WEB & loaded("api.jobs")


@pytest.mark.parametrize("module", ["api.app", "api.setup", "api.stack.supervisor"])
def test_a_start_loads_no_heavy_library(module: str) -> None:
    assert not HEAVY & loaded(module)


def loaded(module: str) -> set[str]:
    """The packages in a process that has imported `module` alone."""
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())
