"""The production profile to hurt: each part by its own command, as its operator runs it, and what
is killed is started again, as an init system does.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx2
from sqlalchemy import func, select

from api import fsck
from certs.models import Certificate
from registry.models import Registration
from tests.faults.harness import until
from tests.faults.registrations import Desk
from tests.grounds.database import cluster
from tests.grounds.production import Installation, answers, installed

PARTS: Final = ("api", "worker", "scheduler")


@dataclass
class OwnMachines:
    """The parts that run, by name."""

    stack: Installation
    ending: ExitStack
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def rpc(self) -> str:
        return self.stack.environment["YINJI_RPC_URLS"]

    def start(self, *names: str) -> None:
        """Each by its command; back when the API answers."""
        port = ("--port", self.stack.environment["YINJI_PORT"])
        for name in names:
            running = self.stack.running(name, *(port if name == "api" else ()))
            self.parts[name] = self.ending.enter_context(running)
        with httpx2.Client(base_url=self.stack.address, timeout=60, trust_env=False) as http:
            until(lambda: answers(http), "an API that answers")

    def kill(self, *names: str) -> None:
        """kill -9 of these parts and whatever they started, seen to be dead; started again."""
        for name in names:
            assert self.parts[name].poll() is None, f"{name} ended by itself"
            os.killpg(self.parts[name].pid, signal.SIGKILL)
        for name in names:
            assert self.parts[name].wait(10) == -signal.SIGKILL
        self.start(*names)

    def fsck(self) -> None:
        """What `yinji fsck` does; it must find nothing wrong."""
        with self.stack.services() as services:
            found = fsck.run(services)
        assert found.violations == []
        assert found.checked["I3"] > 0

    def each_certified_once(self) -> int:
        """Every registration has one certificate, and had no other; how many there are."""
        query = (
            select(Registration.number, func.count(Certificate.id))
            .outerjoin(Certificate, Certificate.evidence_id == Registration.record_evidence_id)
            .group_by(Registration.number)
        )
        with self.stack.services() as services, services.sessions() as session:
            counted = dict(session.execute(query).all())
        assert set(counted.values()) == {1}, counted
        return len(counted)


@contextmanager
def own_machines(folder: Path) -> Iterator[OwnMachines]:
    """Database, broker, chain and authority outside, and the three parts at work."""
    home = folder / "database"
    home.mkdir()
    with (
        cluster(home) as database, installed(folder, database.empty()) as made,
        ExitStack() as ending,
    ):  # fmt: skip
        found = OwnMachines(made, ending)
        found.start(*PARTS)
        yield found


def approvals_amid_kills(count: int) -> int:
    """Each part killed amid so many approvals, then all at once: every matter is entered once, the
    numbers follow one another, and each has one certificate. How many registrations there are.
    """
    with (
        tempfile.TemporaryDirectory(prefix="yinji-faults-") as folder,
        own_machines(Path(folder)) as hurt,
    ):
        desk, told = Desk(hurt), 0
        for names in (*((name,) for name in PARTS), PARTS):
            waiting = desk.bring(count)
            desk.approve_amid(waiting, lambda names=names: hurt.kill(*names))  # type: ignore[misc]
            desk.all_hold(waiting)
            told += count
            assert hurt.each_certified_once() == told
        return told
