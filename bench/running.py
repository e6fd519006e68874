"""The product as it runs: a stack of its own for a row, and the services of a stack in process."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from api.settings import Settings
from api.stack.keeping import read_environment
from api.wiring import Services
from bench.machine import ROOT
from tests.grounds.stack import RunningStack, await_address, clean_environment, running_stack

UNLIMITED: Final = {
    "YINJI_REQUESTS_PER_MINUTE": "100000000",
    "YINJI_PUBLIC_PER_MINUTE": "100000000",
}
"""One client does here what thousands would: the limit for one is not what is measured."""


@contextmanager
def stack(folder: Path, **environment: str) -> Iterator[RunningStack]:
    """`yinji up` in a folder of its own, stopped in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with running_stack(folder, **UNLIMITED, **environment) as started:
        yield started


@contextmanager
def anchoring_stack(folder: Path, **environment: str) -> Iterator[RunningStack]:
    """The same, with workers that make no certificates."""
    folder.mkdir(parents=True, exist_ok=True)
    printed, var = folder / "printed", folder / "var"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.parts.stack"],
            cwd=ROOT,
            env={
                **clean_environment(var),
                **UNLIMITED,
                **environment,
                "YINJI_DIE_WITH_PARENT": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield RunningStack(process, var, await_address(process, printed))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def services_of(var: Path) -> Services:
    """Services on the parts of the stack that runs on `var`."""
    return Services(Settings.from_environment(read_environment(var / "env"), ROOT))


def processes(ancestor: int) -> dict[int, str]:
    """Every process below `ancestor`, itself too, with its command line."""
    parents, words = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text(encoding="utf-8")
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it ended meanwhile
        # proc(5): after the name in brackets come the state and the parent.
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
        words[int(folder.name)] = line
    found = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return {pid: words[pid] for pid in found if pid in words}


def api_process(leader: int) -> int:
    """The process that answers HTTP."""
    (pid,) = (pid for pid, words in processes(leader).items() if "api.app:create_app" in words)
    return pid


class Caller:
    """One kept connection with the local account's key, with little work of its own."""

    def __init__(self, address: str, key: str) -> None:
        self._connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=60)
        self._key = {"Authorization": f"Bearer {key}"}

    def call(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """One request; header names are given with underscores. Raises AssertionError above 299."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body, {**self._key, **named})
        answer = self._connection.getresponse()
        data = answer.read()
        assert answer.status < 300, (method, path, answer.status, data[:300])
        return answer, data

    def rest(self) -> None:
        """Give the connection back: the server closes one that is silent for some seconds."""
        self._connection.close()

    def json(self, method: str, path: str, body: object = None, **headers: str) -> Any:  # noqa: ANN401
        """As `call`, with JSON in both directions."""
        sent = None if body is None else json.dumps(body).encode()
        return json.loads(
            self.call(method, path, sent, Content_Type="application/json", **headers)[1]
        )

    def upload(self, data: bytes) -> str:
        """Create an upload and send all of it; its id."""
        answer, _ = self.call(
            "POST", "/api/v1/uploads", Tus_Resumable="1.0.0", Upload_Length=str(len(data))
        )
        location = answer.headers["Location"]
        self.call(
            "PATCH",
            location,
            data,
            Tus_Resumable="1.0.0",
            Upload_Offset="0",
            Content_Type="application/offset+octet-stream",
        )
        return str(location).rsplit("/", 1)[-1]

    def deposit(self, files: Sequence[Mapping[str, object]], **more: object) -> dict[str, Any]:
        """POST /evidence with a key of its own."""
        answer: dict[str, Any] = self.json(
            "POST",
            "/api/v1/evidence",
            {"files": list(files), **more},
            Idempotency_Key=os.urandom(12).hex(),
        )
        return answer

    def until(self, number: str, seconds: float, member: str, *, wanted: object = True) -> None:
        """Ask until `member` of the evidence is `wanted`."""
        end = time.monotonic() + seconds
        found = None
        while time.monotonic() < end:
            found = self.json("GET", f"/api/v1/evidence/{number}")
            assert found["rejection"] is None, found
            if found[member] == wanted:
                return
            time.sleep(0.02)
        raise AssertionError(f"{member} not {wanted!r} within {seconds} s: {found}")


def caller(running: RunningStack) -> Caller:
    return Caller(running.address, running.local["key"])
