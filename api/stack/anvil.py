"""The embedded chain: anvil, started from our own snapshots. For trying and testing, as it says.

Promises: a chain id of its own, chosen once; none of anvil's published keys has an account; a
snapshot exists from the first answer on, so that even the genesis block survives a kill.
"""

import http.client
import json
import platform
import secrets
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from api.stack.children import Child
from api.stack.keeping import keep
from api.stack.ports import LOOPBACK
from chain.snapshot import NOTHING_DURABLE, SnapshotStore, nudge, set_time
from core.errors import InvalidInput, Misconfigured, OutsideError

_LOWEST_ID: Final = 1_000_000_000
_HIGHEST_ID: Final = 2**53 - 1
"""Identifiers above this are not whole numbers any more in JavaScript, nor in RFC 8785 JSON."""


def address(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def kept_chain_id(path: Path) -> int:
    """The chain id of this installation; chosen at the first start, far from public ids."""
    return int(keep(path, lambda: str(_LOWEST_ID + secrets.randbelow(_HIGHEST_ID - _LOWEST_ID))))


def find_anvil(checkout: Path) -> Path:
    """The program among the contract packages. Raises Misconfigured when it is not there."""
    name = {"x86_64": "anvil-linux-amd64", "aarch64": "anvil-linux-arm64"}.get(platform.machine())
    found = checkout / "contracts/node_modules/@foundry-rs" / (name or "anvil") / "bin" / "anvil"
    if not found.is_file():
        raise Misconfigured(
            "没有找到链节点 anvil:请运行 make up,或用 YINJI_RPC_URLS 指定节点 · the chain node "
            "anvil is not installed: run make up, or name a node in YINJI_RPC_URLS",
            field="YINJI_RPC_URLS",
        )
    return found


def anvil(
    home: Path,
    *,
    program: Path,
    port: int,
    chain_id: int,
    environment: Mapping[str, str],
    say: Callable[[str], None],
) -> Child:
    """The chain child; `home` holds its snapshots."""
    store = SnapshotStore(home)
    rpc = address(port)

    def command() -> Sequence[str]:
        options = ["--host", LOOPBACK, "--port", str(port), "--chain-id", str(chain_id)]
        options += ["--accounts", "0", "--mnemonic-random", "12", "--no-cors", "--quiet"]
        # Without it every start makes a genesis block of its own, and the chain's identity with it.
        options += ["--timestamp", keep(home / "genesis-time", lambda: str(int(time.time())))]
        # Old states go to memory or nowhere: after a restart they could not be asked for anyway.
        options += ["--prune-history", "64", "--cache-path", str(home / "cache")]
        if newest := store.newest():
            options += ["--load-state", str(newest)]
        return [str(program), *options]

    def ready() -> bool:
        if _chain_id(port) != chain_id:
            return False
        try:
            # The clock of a node begins at its genesis time; a clock set back is left alone.
            with suppress(InvalidInput):
                set_time(rpc, int(time.time()))
            if store.best_block_number() == NOTHING_DURABLE:
                store.take(rpc)
        except OutsideError:
            return False
        return True

    def last_snapshot() -> None:
        try:
            store.take(rpc)
        except OutsideError as reason:
            say(f"停止前未能保存链快照 · no chain snapshot before stopping: {reason.message}")

    def keep_mining() -> None:
        # It is watched for its death elsewhere; a moment without an answer is nothing to report.
        with suppress(OutsideError):
            nudge(rpc)

    return Child(
        name="anvil",
        command=command,
        environment=environment,
        folder=home,
        ready=ready,
        upkeep=keep_mining,
        before_stop=last_snapshot,
        stop_signal=signal.SIGTERM,
        remedy="链快照无法载入?损坏的文件旁有原因说明 · does a chain snapshot not load? a file "
        "that was set aside has its reason beside it",
    )


def _chain_id(port: int) -> int | None:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=1)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []})
    try:
        connection.request("POST", "/", body=body, headers={"Content-Type": "application/json"})
        return int(json.loads(connection.getresponse().read())["result"], 16)
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()
