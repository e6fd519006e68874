"""Which children a run has, and what they are told: the settings of one run made into a plan."""

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Final

from api.stack import anvil, postgres, valkey
from api.stack.application import Application, Surroundings
from api.stack.children import Child, Plan
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
    var, checkout = settings.var, settings.checkout
    port = settings.port or kept_port(var / "port")
    _wait_for_port(port)
    secrets, chain = var / "secrets", var / "chain"
    chain.mkdir(exist_ok=True, mode=0o700)
    database_port, broker_port, node_port = free_ports(3)
    values = {
        "YINJI_PROFILE": settings.profile,
        "YINJI_VAR": str(var),
        "YINJI_PORT": str(port),
        "YINJI_PUBLIC_URL": settings.public_url or f"http://{LOOPBACK}:{port}",
        "PYTHONUNBUFFERED": "1",
    }
    # What runs on this machine is never to be asked for through somebody's proxy.
    bypass = ",".join(filter(None, (settings.environ.get("NO_PROXY"), LOOPBACK, "localhost")))
    inherited = {**settings.environ, "NO_PROXY": bypass, "no_proxy": bypass}
    parts: list[Child] = []

    if settings.database_url is None:
        password = postgres.kept_password(secrets / "postgres")
        values["DATABASE_URL"] = postgres.address(database_port, password)
        home = var / "postgres"
        parts.append(
            postgres.postgres(
                home,
                port=database_port,
                password=password,
                checkout=checkout,
                environment=inherited,
            )
        )
    else:
        values["DATABASE_URL"] = settings.database_url

    if settings.broker_url is None:
        password = valkey.kept_password(secrets / "valkey")
        values["BROKER_URL"] = valkey.address(broker_port, password)
        home = var / "valkey"
        parts.append(
            valkey.valkey(home, port=broker_port, password=password, environment=inherited)
        )
    else:
        values["BROKER_URL"] = settings.broker_url

    if settings.rpc_urls is None:
        values["YINJI_RPC_URLS"] = anvil.address(node_port)
        values["YINJI_CHAIN_SNAPSHOTS"] = str(chain)
        parts.append(
            anvil.anvil(
                chain,
                program=anvil.find_anvil(checkout),
                port=node_port,
                chain_id=anvil.kept_chain_id(chain / "id"),
                environment=inherited,
                say=say,
            )
        )
    else:
        values["YINJI_RPC_URLS"] = settings.rpc_urls

    write_environment(var / "env", values)
    environment = {**inherited, **values}
    logs = var / "log"

    def announce() -> Sequence[str]:
        lines = [f"Yinji: http://{LOOPBACK}:{port}"]
        trust = var / "trust.json"
        if trust.is_file():
            digest = hashlib.sha256(trust.read_bytes()).hexdigest()
            lines.insert(0, f"信任文件 SHA-256 · trust file SHA-256: {digest}")
        return lines

    # What the others need stops last, in this order: the node, the broker, the database.
    here = Surroundings(checkout=checkout, var=var, logs=logs, port=port, environment=environment)
    stages = [*([part] for part in parts), *application(here)]
    return Plan(stages=stages, logs=logs, announce=announce, loop_deaths=settings.loop_deaths)


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
