"""Which children a run has, and what they are told: the settings of one run made into a plan."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from api.stack import anvil, postgres, valkey
from api.stack.application import FORKED, Application, Surroundings
from api.stack.children import Child, Plan
from api.stack.forking import ForkServer
from api.stack.keeping import write_environment
from api.stack.ports import LOOPBACK, free_ports, is_free, kept_port
from api.stack.settings import StackSettings
from core.errors import Conflict

_PORT_PATIENCE_SECONDS: Final = 5.0


def embedded_plan(
    settings: StackSettings, application: Application, *, say: Callable[[str], None]
) -> Plan:
    """Choose ports and secrets, write `var/env`, and say what is to be run.

    A part whose address the settings give is not started. The caller holds the data folder's lock.

    Raises Conflict when the kept port is taken, Misconfigured when a part is not installed.
    """
    var = settings.var
    port = settings.port or kept_port(var / "port")
    _wait_for_port(port)
    # What runs on this machine is never to be asked for through somebody's proxy.
    bypass = ",".join(filter(None, (settings.environ.get("NO_PROXY"), LOOPBACK, "localhost")))
    inherited = {**settings.environ, "NO_PROXY": bypass, "no_proxy": bypass}
    parts, addresses = _parts(settings, inherited, say)
    values = {
        "YINJI_PROFILE": settings.profile,
        "YINJI_VAR": str(var),
        "YINJI_PORT": str(port),
        "YINJI_PUBLIC_URL": settings.public_url or f"http://{LOOPBACK}:{port}",
        "PYTHONUNBUFFERED": "1",
        **addresses,
    }
    write_environment(var / "env", values)

    def announce() -> Sequence[str]:
        lines = [f"Yinji: http://{LOOPBACK}:{port}"]
        trust = var / "trust.json"
        if trust.is_file():
            digest = hashlib.sha256(trust.read_bytes()).hexdigest()
            lines.insert(0, f"信任文件 SHA-256 · trust file SHA-256: {digest}")
        return lines

    here = Surroundings(
        checkout=settings.checkout,
        var=var,
        logs=var / "log",
        port=port,
        environment={**inherited, **values},
    )
    # What the others need starts first, side by side, and stops last.
    stages = [*([parts] if parts else []), *application(here)]
    return Plan(
        stages=stages,
        logs=here.logs,
        announce=announce,
        forks=ForkServer(
            FORKED, environment=inherited, folder=here.checkout, log=here.logs / "forkserver.log"
        ),
        loop_deaths=settings.loop_deaths,
    )


def _parts(
    settings: StackSettings, inherited: Mapping[str, str], say: Callable[[str], None]
) -> tuple[list[Child], dict[str, str]]:
    """Database, broker and node, as far as they are ours to start, and where each of them is."""
    var = settings.var
    secrets, chain = var / "secrets", var / "chain"
    chain.mkdir(exist_ok=True, mode=0o700)
    database_port, broker_port, node_port = free_ports(3)
    parts: list[Child] = []
    addresses: dict[str, str] = {}
    if settings.database_url is None:
        password = postgres.kept_password(secrets / "postgres")
        addresses["DATABASE_URL"] = postgres.address(database_port, password)
        parts.append(
            postgres.postgres(
                var / "postgres",
                port=database_port,
                password=password,
                checkout=settings.checkout,
                environment=inherited,
            )
        )
    else:
        addresses["DATABASE_URL"] = settings.database_url
    if settings.broker_url is None:
        password = valkey.kept_password(secrets / "valkey")
        addresses["BROKER_URL"] = valkey.address(broker_port, password)
        home = var / "valkey"
        parts.append(
            valkey.valkey(home, port=broker_port, password=password, environment=inherited)
        )
    else:
        addresses["BROKER_URL"] = settings.broker_url
    if settings.rpc_urls is None:
        addresses["YINJI_RPC_URLS"] = anvil.address(node_port)
        addresses["YINJI_CHAIN_SNAPSHOTS"] = str(chain)
        parts.append(
            anvil.anvil(
                chain,
                program=anvil.find_anvil(settings.checkout),
                port=node_port,
                chain_id=anvil.kept_chain_id(chain / "id"),
                environment=inherited,
                say=say,
            )
        )
    else:
        addresses["YINJI_RPC_URLS"] = settings.rpc_urls
    return parts, addresses


def _wait_for_port(port: int) -> None:
    """A killed server's port may be held for a moment. Raises Conflict when it stays taken."""
    end = time.monotonic() + _PORT_PATIENCE_SECONDS
    while not is_free(port):
        if time.monotonic() >= end:
            raise Conflict(
                f"端口 {port} 已被别的程序占用:请停止它,或用 YINJI_PORT 指定另一个端口 · port "
                f"{port} is in use by another program: stop it, or name another port in YINJI_PORT",
                field="YINJI_PORT",
            )
        time.sleep(0.1)
