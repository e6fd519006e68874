"""Clients that deposit digests without pause, while not too many of them wait to be anchored.

usage: depositors.py ADDRESS THREADS AHEAD EACH; EACH deposits go in one call. The key comes first
on standard input, then a line with the number anchored so far each time it is known, and an empty
line to stop. Prints how many were accepted, once a fifth of a second and at the end.
"""

import secrets
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from bench.running import Caller

_TICK = 0.2


class _Count:
    """Shared between threads."""

    def __init__(self) -> None:
        self.accepted = 0
        self.anchored = 0
        self.stopped = False
        self.lock = threading.Lock()


def main(address: str, threads: int, ahead: int, each: int) -> None:
    key = sys.stdin.readline().strip()
    count = _Count()
    clients = [
        threading.Thread(target=_deposit, args=(Caller(address, key), count, ahead, each))
        for _ in range(threads)
    ]
    for client in (*clients, threading.Thread(target=_tell, args=(count,))):
        client.start()
    for line in sys.stdin:
        if not line.strip():
            break
        count.anchored = int(line)
    count.stopped = True


def _deposit(caller: Caller, count: _Count, ahead: int, each: int) -> None:
    while not count.stopped:
        if count.accepted - count.anchored >= ahead:
            caller.rest()
            time.sleep(_TICK / 10)
            continue
        if each == 1:
            deposit_digest(caller)
        else:
            deposit_digests(caller, each)
        with count.lock:
            count.accepted += each


def deposit_digest(caller: Caller) -> None:
    """A digest that nobody deposited before."""
    caller.deposit([_file()], title="报告", custody_mode="hash_only")


def deposit_digests(caller: Caller, count: int) -> None:
    """As many of them in one call."""
    rows = [
        {"key": secrets.token_hex(12), "title": "报告", "files": [_file()]} for _ in range(count)
    ]
    answer = caller.json("POST", "/api/v1/evidence/batch", {"deposits": rows})
    assert all(item["evidence_number"] for item in answer["items"]), answer


def _file() -> dict[str, object]:
    return {"name": "report.pdf", "size": 1234, "sha256": secrets.token_hex(32)}


def fill(address: str, key: str, threads: int, count: int) -> None:
    """Deposit `count` digests and return once they are accepted."""
    local = threading.local()

    def one(_: int) -> None:
        if not hasattr(local, "caller"):
            local.caller = Caller(address, key)
        deposit_digest(local.caller)

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(one, range(count)):
            pass


def _tell(count: _Count) -> None:
    while not count.stopped:
        print(count.accepted, flush=True)
        time.sleep(_TICK)
    time.sleep(_TICK)
    print(count.accepted, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
