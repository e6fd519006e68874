"""One Postgres cluster for a test process, one migrated template, a fresh database when asked."""

import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from api.migrating import migrate
from api.stack.children import spawn
from api.stack.ports import LOOPBACK, free_ports
from api.stack.postgres import kept_password, postgres

CHECKOUT = Path(__file__).resolve().parents[2]
_COUNTER = itertools.count(1)


class Cluster:
    """A running server; `fresh` copies the migrated template in about a tenth of a second."""

    def __init__(self, port: int, password: str) -> None:
        self._port, self._password = port, password

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://yinji:{self._password}@{LOOPBACK}:{self._port}/{database}"

    def make_template(self) -> None:
        self._run("CREATE DATABASE template_yinji")
        migrate(self.url("template_yinji"))

    def fresh(self) -> str:
        """The address of a new, migrated, empty database."""
        name = f"test_{os.getpid()}_{next(_COUNTER)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE template_yinji")
        return self.url(name)

    def empty(self) -> str:
        """The address of a new database without tables."""
        name = f"empty_{os.getpid()}_{next(_COUNTER)}"
        self._run(f"CREATE DATABASE {name}")
        return self.url(name)

    def _run(self, statement: str) -> None:
        address = self.url("yinji").replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def cluster(home: Path) -> Iterator[Cluster]:
    """Start a server below `home`, and stop it in the end."""
    (port,) = free_ports(1)
    password = kept_password(home / "password")
    child = postgres(
        home / "postgres",
        port=port,
        password=password,
        checkout=CHECKOUT,
        environment=dict(os.environ),
    )
    # The tests' data may be lost with the machine: no waiting for the disk.
    command = [*child.command(), "-c", "fsync=off", "-c", "max_connections=200"]
    with (home / "log").open("wb") as output:
        process = spawn(
            command,
            environment=child.environment,
            folder=child.folder,
            output=output,
            identity=child.identity,
            orphan_signal=child.orphan_signal,
        )
    try:
        for _ in range(300):
            if child.ready():
                break
            time.sleep(0.05)
        started = Cluster(port, password)
        started.make_template()
        yield started
    finally:
        process.send_signal(child.stop_signal)
        process.wait(30)


def alone(url: str, folder: Path) -> dict[str, str]:
    """The environment of a process with this database and a folder, and nobody else to talk to."""
    return {
        "DATABASE_URL": url,
        "BROKER_URL": "memory://",
        "YINJI_PUBLIC_URL": "http://127.0.0.1:1",
        "YINJI_RPC_URLS": "http://127.0.0.1:1",
        "YINJI_VAR": str(folder / "var"),
    }
