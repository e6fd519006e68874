"""P14: the stack started again with many anchors: after a clean stop, after a kill of everything.

The anchors are real: as many batches of one hash-only deposit each, through HTTP, the workers and
the node. Between start and answer lies all that `yinji up` does. Beside it the node alone, loading
the same snapshot.
"""

import http.client
import os
import signal
import subprocess
import time
from pathlib import Path

from sqlalchemy import func, select

from api.database import transaction
from api.stack.anvil import find_anvil
from api.stack.ports import LOOPBACK, free_ports
from api.wiring import Services
from bench import running
from bench.figures import Row, Series, Target
from bench.machine import ROOT
from bench.parts.depositors import fill
from bench.terms import Terms
from chain.ethereum import EthereumLedger
from chain.models import Anchor
from chain.signing import ANCHORED_TOPIC
from chain.snapshot import SnapshotStore
from core.errors import OutsideError
from tests.grounds.stack import await_address, launch

_CLEAN, _KILLED = "after a clean stop", "after kill -9 of everything"
_PATIENCE = 3600.0


def measure(terms: Terms) -> Row:
    """Fill a stack with anchors, then stop it both ways, turn by turn."""
    anchors, rounds = terms.size(10_000, 5), terms.size(5, 1)
    folder = terms.scratch / "stack"
    batches = {"YINJI_BATCH_SIZE": "1", "YINJI_BATCH_AGE_MS": "0"}
    began = time.monotonic()
    with running.anchoring_stack(folder, **batches) as stack:
        key = stack.local["key"]
        fill(stack.address, key, 8, anchors)
        _await_anchors(running.services_of(stack.var), anchors)
    filled = time.monotonic() - began
    seconds: dict[str, list[float]] = {_CLEAN: [], _KILLED: []}
    least = anchors
    for _ in range(rounds):
        # Each start ends in the stop that the next one is measured after.
        for before, then in ((_CLEAN, signal.SIGKILL), (_KILLED, signal.SIGTERM)):
            taken, found = _start(folder, key, then)
            seconds[before].append(taken)
            least = min(least, found)
    alone = tuple(_node_alone(folder / "var" / "chain") for _ in range(rounds))
    clean, killed = (Series(f"first answer {how}", "s", tuple(seconds[how])) for how in seconds)
    snapshot = _snapshot(folder / "var" / "chain").stat().st_size / 1e6
    return Row(
        id="P14",
        title=f"restart of the embedded stack with {anchors:,} anchors",
        series=(
            clean,
            killed,
            Series("anvil alone, same snapshot", "s", alone),
            Series("newest snapshot of the chain", "MB", (snapshot,)),
            Series("anchored while it was filled", "1/s", (anchors / filled,)),
        ),
        targets=(
            Target("first answer after a clean stop", "at most", 5, clean.median, "s"),
            Target("first answer after kill -9 of everything", "at most", 5, killed.median, "s"),
            Target("anchored batches lost over all restarts", "at most", 0, anchors - least, ""),
        ),
        notes=(
            "The answer is a list of evidence read through HTTP with the local account's key.",
            "After each start the anchors are counted in the database and as events of the node.",
            "Their certificates are not made yet: the workers begin with them at each start.",
        ),
    )


def _await_anchors(services: Services, wanted: int) -> None:
    end = time.monotonic() + _PATIENCE
    while (found := _recorded(services)) < wanted:
        assert time.monotonic() < end, f"{found} of {wanted} anchored"
        time.sleep(0.5)
    services.engine.dispose()


def _recorded(services: Services) -> int:
    """Anchors in force in the database."""
    with transaction(services.sessions) as session:
        query = select(func.count()).select_from(Anchor).where(Anchor.suspended_at.is_(None))
        return session.scalar(query) or 0


def _start(folder: Path, key: str, then: signal.Signals) -> tuple[float, int]:
    """Start, wait for the first answer, count the anchors, stop; seconds and anchors."""
    var, printed = folder / "var", folder / "printed"
    port = int((var / "port").read_text(encoding="utf-8"))
    began = time.monotonic()
    process = launch(var, printed, **running.UNLIMITED)
    try:
        while not _answers(port, key):
            assert process.poll() is None, printed.read_text(encoding="utf-8")
            time.sleep(0.02)
        taken = time.monotonic() - began
        await_address(process, printed)
        services = running.services_of(var)
        found = min(_recorded(services), _on_chain(services))
        services.engine.dispose()
    finally:
        if then is signal.SIGKILL:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.send_signal(then)
        process.wait(120)
    return taken, found


def _on_chain(services: Services) -> int:
    """Events of our contract that the node shows."""
    wanted = {
        "address": "0x" + services.terms.contract.hex(),
        "topics": ["0x" + ANCHORED_TOPIC.hex()],
        "fromBlock": "0x0",
        "toBlock": "latest",
    }
    return len(EthereumLedger(services.settings.chain.rpc_urls[0]).ask("eth_getLogs", wanted))


def _answers(port: int, key: str) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        path, bearer = "/api/v1/evidence?limit=1", {"Authorization": f"Bearer {key}"}
        connection.request("GET", path, headers=bearer)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _node_alone(chain: Path) -> float:
    (port,) = free_ports(1)
    words: list[str | Path] = [find_anvil(ROOT), "--port", str(port), "--accounts", "0", "--quiet"]
    began = time.monotonic()
    process = subprocess.Popen([*words, "--load-state", _snapshot(chain)])
    node = EthereumLedger(f"http://{LOOPBACK}:{port}")
    try:
        while not _knows_its_head(node):
            time.sleep(0.02)
        return time.monotonic() - began
    finally:
        process.kill()
        process.wait()


def _knows_its_head(node: EthereumLedger) -> bool:
    try:
        return node.head().number > 0
    except OutsideError:
        return False


def _snapshot(chain: Path) -> Path:
    found = SnapshotStore(chain).newest()
    assert found is not None
    return found
