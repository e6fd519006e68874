"""Kill -9 of a process that writes snapshots as fast as it can."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chain.snapshot import SnapshotStore

from .looking import CHECKOUT

pytestmark = pytest.mark.integration

WRITING = """
import sys
from pathlib import Path
from chain.snapshot import SnapshotStore
from tests.stack.test_snapshot import dump
store = SnapshotStore(Path(sys.argv[1]))
for best in range(int(sys.argv[2]), 100000):
    print(store.write(dump(best)), flush=True)
"""


@pytest.mark.parametrize("seed", range(5))
def test_a_number_told_before_a_kill_9_is_durable_after_it(tmp_path: Path, seed: int) -> None:
    durable = 0
    pause = random.Random(seed)  # noqa: S311 - repeatable on purpose
    for _ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITING, str(tmp_path), str(durable + 1)],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
        )
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(pause.uniform(0.0, 0.1))
        writer.kill()
        told = [int(line) for line in [first, *writer.stdout.read().splitlines()]]
        writer.stdout.close()
        writer.wait()
        store = SnapshotStore(tmp_path)
        durable = store.best_block_number()
        assert durable >= max(told)
        assert store.newest() is not None
        assert not list(tmp_path.glob("*.broken"))
