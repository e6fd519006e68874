"""Ports on the loopback interface, and nowhere else."""

import secrets
import socket
from contextlib import ExitStack
from pathlib import Path

from api.stack.keeping import keep

LOOPBACK = "127.0.0.1"

# Below the range Linux takes source ports of outgoing connections from (32768 and up): a port kept
# for years must not be taken by somebody's passing connection at the moment we start.
_FIRST, _LAST = 20000, 32000


def free_ports(count: int) -> list[int]:
    """`count` different ports nobody listens on at this moment."""
    with ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            port = _FIRST + secrets.randbelow(_LAST - _FIRST)
            listener = held.enter_context(socket.socket())
            try:
                listener.bind((LOOPBACK, port))
            except OSError:
                continue
            ports.append(port)
        return ports


def kept_port(path: Path) -> int:
    """The port this installation has always had; chosen now when it is new."""
    return int(keep(path, lambda: str(free_ports(1)[0])))


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
