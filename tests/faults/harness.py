"""A stack to hurt: crash points, kills, and what must hold afterwards.

A fault counts only when its effect was seen: an armed crash point that was hit by a process which
the supervisor then reported as ended by signal 9.
"""

import json
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from api import fsck
from api.client import Client
from certs.presented import PresentedFile
from certs.report import Verdict
from certs.trust import parse
from certs.verifying import check
from chain.ethereum import EthereumLedger
from chain.node import HttpNode
from chain.proof import EVENT_TOPIC
from evidence.digest import digest_chunks
from tests.grounds.stack import RunningStack, await_address, launch, nothing_forbidden
from tests.stack.looking import descendants

# In the order of the life of a file, rows 1 to 10.
CRASH_POINTS = (
    "upload-synced", "deposited", "stored", "stated", "timestamped", "sealed", "signed",
    "broadcast", "snapshot", "observed", "anchored", "frozen", "made", "kept",
)  # fmt: skip

PATIENCE_SECONDS = 90.0


def until(
    holds: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS, pause: float = 0.05
) -> None:
    """Wait for something to come true, or fail saying what did not."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"within {seconds} s this did not happen: {what}"
        time.sleep(pause)


@dataclass(frozen=True)
class Deposited:
    number: str
    content: bytes


@dataclass
class Victim:
    """A stack in a folder of its own that can be killed and started again."""

    folder: Path
    stack: RunningStack
    environment: Mapping[str, str]
    hits: list[str] = field(default_factory=list)

    @property
    def crash_folder(self) -> Path:
        return self.folder / "crash"

    @property
    def rpc(self) -> str:
        return self.stack.local["rpc"]

    @property
    def printed(self) -> str:
        return (self.folder / "printed").read_text()

    def arm(self, point: str) -> None:
        """The next process that reaches `point` dies there."""
        (self.crash_folder / point).touch()

    def await_hit(self, point: str) -> int:
        """Wait until the point was hit; the pid of the process that died by signal 9."""
        until(lambda: list(self.crash_folder.glob(f"{point}.hit-*")), f"crash point {point}")
        (hit,) = self.crash_folder.glob(f"{point}.hit-*")
        pid = int(hit.name.rpartition("-")[2])
        hit.unlink()
        until(lambda: not Path(f"/proc/{pid}").exists() or zombie(pid), f"end of process {pid}")
        self.hits.append(point)
        return pid

    @cached_property
    def client(self) -> Client:
        """The client that `yinji deposit` uses; it outlives a server that dies."""
        return Client(self.stack.address, self.stack.local["key"])

    def deposit(
        self, content: bytes, key: str | None = None, *, personal: bool = False
    ) -> Deposited:
        """Upload and deposit; the same key again is the same request."""
        path = self.folder / "files" / f"{sha256(content).hexdigest()[:16]}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        client = self.client
        upload = client.upload(path, len(content), lambda _offset: None)
        body = {
            "title": path.name,
            "files": [
                {
                    "name": path.name,
                    "size": len(content),
                    "sha256": sha256(content).hexdigest(),
                    "upload": upload,
                }
            ],
            "personal": personal,
        }
        answer = client.deposit(body, key or secrets.token_hex(16))
        return Deposited(answer["evidence_number"], content)

    def await_certificate(self, deposited: Deposited) -> dict[str, Any]:
        """Wait until the certificate is there; what the owner then sees of the evidence."""
        client, seen = self.client, dict[str, Any]()

        def ready() -> bool:
            seen.update(client.evidence(deposited.number))
            return bool(seen["certificate_ready"])

        until(ready, f"certificate of {deposited.number}; printed:\n{self.printed}")
        return seen

    def verify(self, deposited: Deposited) -> None:
        """The certificate is valid for the deposited file, every step of it."""
        pdf = self.client.download(deposited.number, "certificate")
        file = PresentedFile("file", digest_chunks([deposited.content]))
        trust = parse((self.stack.var / "trust.json").read_bytes())
        node = HttpNode(self.stack.local["rpc"])
        report = check(pdf, [file], trust, node, offline=False, now=datetime.now(UTC))
        assert report.verdict is Verdict.VALID, report.summary

    def fsck(self) -> None:
        """What `yinji fsck` does; it must find nothing wrong."""
        with self.stack.services() as services:
            found = fsck.run(services)
        assert found.violations == []
        assert found.checked["I2"] > 0

    def child(self, words: str) -> int:
        """The process of the stack whose command line holds `words`."""
        found = [
            pid
            for pid, name in descendants(self.stack.process.pid).items()
            if words in name and "unshare" not in name
        ]
        assert found, f"no child like {words!r}"
        return min(found)

    def kill_all(self) -> None:
        """kill -9 of the supervisor and everything below it."""
        pids = [self.stack.process.pid, *descendants(self.stack.process.pid)]
        os.kill(self.stack.process.pid, signal.SIGKILL)
        assert self.stack.process.wait(10) == -signal.SIGKILL
        until(lambda: not any(alive(pid) for pid in pids), "end of all processes")

    def start_again(self) -> None:
        """`yinji up` on the same data."""
        self.stack = _start(self.folder, self.environment)


def kill_part(hurt: Victim, words: str) -> None:
    """kill -9 of the child whose command line holds `words`, seen to have ended."""
    pid = hurt.child(words)
    os.kill(pid, signal.SIGKILL)
    until(lambda: zombie(pid), f"end of {words}")


def _start(folder: Path, environment: Mapping[str, str]) -> RunningStack:
    printed = folder / "printed"
    process = launch(
        folder / "var",
        printed,
        YINJI_CRASH_FOLDER=str(folder / "crash"),
        YINJI_LOOP_DEATHS="1000",  # the loop is ours
        **environment,
    )
    return RunningStack(process, folder / "var", await_address(process, printed))


@contextmanager
def victim(folder: Path, **environment: str) -> Iterator[Victim]:
    """A running stack with crash points and these settings, ended whatever happens."""
    (folder / "crash").mkdir()
    made = Victim(folder, _start(folder, environment), environment)
    try:
        yield made
        nothing_forbidden(folder / "var" / "log")
    finally:
        made.client.close()
        process = made.stack.process
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except TimeoutError:
                os.killpg(process.pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and not zombie(pid)


def zombie(pid: int) -> bool:
    """Ended, and not yet waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def anchored_once(rpc: str, roots: Sequence[str]) -> None:
    """Each root stands in exactly one event of the chain."""
    query = {"fromBlock": "0x0", "toBlock": "latest", "topics": ["0x" + EVENT_TOPIC.hex()]}
    logs = EthereumLedger(rpc).ask("eth_getLogs", query)
    seen = [log["topics"][1][2:] for log in logs]
    for root in roots:
        assert seen.count(root) == 1, f"root anchored {seen.count(root)} times: {json.dumps(seen)}"
