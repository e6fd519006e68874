"""Somebody's own machines: the production profile, each part by its own command."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from api.production import KEYS
from api.settings import Settings
from api.stack.ports import free_ports
from api.wiring import Services
from chain.signing import LocalSigner
from tests.grounds import anvil, own
from tests.grounds.proxy import proxy
from tests.grounds.stack import CHECKOUT, YINJI, Ran, connected


@dataclass(frozen=True)
class Installation:
    """Somebody's own machines: `environment` is what their operator has set."""

    folder: Path
    environment: Mapping[str, str]
    node: str

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def address(self) -> str:
        return self.environment["YINJI_PUBLIC_URL"]

    def yinji(self, *arguments: str | Path, **changes: str | None) -> Ran:
        done = subprocess.run(
            [YINJI, *map(str, arguments)],
            env=self.changed(changes),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def services(self) -> Iterator[Services]:
        """What the installation's parts work with, in this process."""
        with connected(Settings.from_environment(self.environment, CHECKOUT)) as found:
            yield found

    def changed(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        merged = {**self.environment, **changes}
        return {name: value for name, value in merged.items() if value is not None}

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        with (self.folder / f"{arguments[0]}.log").open("wb") as output:
            process = subprocess.Popen(
                [YINJI, *arguments],
                env=dict(self.environment),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """API, worker and scheduler, each by its own command, until the end."""
        port = self.environment["YINJI_PORT"]
        with (
            self.running("api", "--port", port),
            self.running("worker"),
            self.running("scheduler"),
            httpx2.Client(base_url=self.address, timeout=60, trust_env=False) as http,
        ):
            until = time.monotonic() + 60
            while not answers(http):
                assert time.monotonic() < until, "the API does not answer"
                time.sleep(0.1)
            yield


def answers(http: httpx2.Client) -> bool:
    try:
        return http.get("/api/v1/openapi.json").status_code == 200
    except httpx2.TransportError:
        return False


@contextmanager
def installed(folder: Path, database: str, **more: str) -> Iterator[Installation]:
    """Keys, database, broker, authority and chain outside; deployed and set up by command."""
    own.write_keys(folder / "keys", own.document_signer(), [*KEYS, "admin"])
    with ExitStack() as stack:
        node = stack.enter_context(anvil.started())
        front = stack.enter_context(proxy(node))
        # Stands for a chain that others keep: in truth the node is one of a test's own.
        front.claims["web3_clientVersion"] = "besu/v25.1.0"
        authority = stack.enter_context(own.authority(folder / "tsa.pem"))
        broker = stack.enter_context(own.broker(folder / "valkey"))
        (port,) = free_ports(1)
        environment = {
            **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
            "YINJI_STRICT": "1",
            "YINJI_PASSWORD_MIB": "19",
            "YINJI_PROFILE": "production",
            "YINJI_VAR": str(folder / "var"),
            "YINJI_KEYS": str(folder / "keys"),
            "YINJI_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "YINJI_PORT": str(port),
            "YINJI_RPC_URLS": front.url,
            "YINJI_TSA_URL": authority,
            "YINJI_TSA_ROOTS": str(folder / "tsa.pem"),
            "YINJI_TSA_POLICY": own.POLICY,
            "YINJI_ISSUER_ZH": "某登记机构",
            "YINJI_ISSUER_EN": "Office of Works",
            "YINJI_TRUSTED_PROXIES": "127.0.0.1",
            "DATABASE_URL": database,
            "BROKER_URL": broker,
            **more,
        }
        made = Installation(folder, environment, node)
        keys = [bytes.fromhex((folder / f"keys/{name}.key").read_text()) for name in KEYS]
        admin = bytes.fromhex((folder / "keys/admin.key").read_text())
        anvil.fund(node, *(LocalSigner(key).address for key in [*keys, admin]))
        for command in (["migrate"], deploying(folder), ["setup"]):
            ran = made.yinji(*command)
            assert ran.code == 0, (command, ran.out, ran.err)
        yield made


def deploying(folder: Path) -> list[str]:
    admin, record = str(folder / "keys/admin.key"), str(folder / "record")
    return ["deploy", "--admin-key", admin, "--record", record]
