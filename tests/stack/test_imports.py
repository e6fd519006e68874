"""What a process loads before it can serve: time at every start, and memory for ever."""

import subprocess
import sys

import pytest

HEAVY = {
    "PIL", "aiohttp", "alembic", "boto3", "celery", "eth_account", "httpx2", "kombu", "pyhanko",
    "qrcode", "reportlab", "rlp", "web3",
}  # fmt: skip


@pytest.mark.parametrize("module", ["api.app", "api.setup", "api.stack.supervisor"])
def test_a_start_loads_no_heavy_library(module: str) -> None:
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not HEAVY & set(done.stdout.split())
