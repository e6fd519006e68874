"""What is acknowledged is on the disk first: the order of system calls, seen by strace."""

import re
import subprocess
import time
from pathlib import Path

from tests.faults.harness import Victim
from tests.grounds.gaps import need


def test_the_offset_moves_only_after_fdatasync_of_the_bytes(hurt: Victim, tmp_path: Path) -> None:
    strace = need("strace", why="it shows the order of system calls")
    trace = tmp_path / "trace"
    content = b"durable before acknowledged\n" * 4000
    path = tmp_path / "work.txt"
    path.write_bytes(content)
    tracing = subprocess.Popen(
        [strace, "-f", "-qq", "-s", "300", "-e", "trace=fdatasync,pwrite64,sendto", "-o", trace,
         "-p", str(hurt.child("uvicorn api.app"))],
    )  # fmt: skip
    try:
        time.sleep(1.0)
        hurt.client.upload(path, len(content), lambda _offset: None)
        time.sleep(0.5)
    finally:
        tracing.terminate()
        tracing.wait(10)
    calls = [
        kind
        for line in trace.read_text(errors="replace").splitlines()
        if (kind := _kind(line)) is not None
    ]
    assert calls == ["written", "synced", "recorded"], trace.read_text(errors="replace")


def _kind(line: str) -> str | None:
    if re.search(r"pwrite64\(\d+, \"durable before", line):
        return "written"
    if "fdatasync(" in line and "resumed" not in line:
        return "synced"
    if "UPDATE upload SET received" in line:
        return "recorded"
    return None
