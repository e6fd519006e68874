"""The production profile: each part by its own command, and none starts on what is not so."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization

from api.deployment import Deployment
from api.production import KEYS
from api.stack.ports import free_ports
from chain.signing import LocalSigner
from core import pki
from tests.grounds import anvil, own
from tests.grounds.callers import PASSWORD, certified
from tests.grounds.database import Cluster
from tests.grounds.proxy import proxy
from tests.grounds.stack import YINJI, Ran

STARTS = ("setup", "api", "worker")


@dataclass(frozen=True)
class Installation:
    """Somebody's own machines: `environment` is what their operator has set."""

    folder: Path
    environment: Mapping[str, str]
    node: str

    def yinji(self, *arguments: str, **changes: str | None) -> Ran:
        done = subprocess.run(
            [YINJI, *arguments],
            env=self.changed(changes),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

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


@pytest.fixture(scope="module")
def installation(
    postgres: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Keys, database, broker, authority and chain outside; deployed and set up by command."""
    folder = tmp_path_factory.mktemp("production")
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
            "PATH": os.environ["PATH"],
            "YINJI_STRICT": "1",
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
            "DATABASE_URL": postgres.empty(),
            "BROKER_URL": broker,
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


def test_deploying_again_finds_the_same_contract(installation: Installation) -> None:
    record = installation.folder / "record" / f"{anvil.CHAIN_ID}.json"
    before, first = record.read_bytes(), Deployment.load(installation.folder / "var")
    ran = installation.yinji(*deploying(installation.folder))
    assert (ran.code, ran.out.strip()) == (0, str(record))
    assert record.read_bytes() == before
    assert Deployment.load(installation.folder / "var") == first


def test_each_part_by_its_command_makes_a_certificate_that_is_no_sample(
    installation: Installation,
) -> None:
    port = installation.environment["YINJI_PORT"]
    with (
        installation.running("api", "--port", port),
        installation.running("worker"),
        installation.running("scheduler"),
        httpx2.Client(
            base_url=installation.environment["YINJI_PUBLIC_URL"], timeout=60, trust_env=False
        ) as http,
    ):
        until = time.monotonic() + 60
        while not answers(http):
            assert time.monotonic() < until, "the API does not answer"
            time.sleep(0.1)
        body = {"identifier": "owner@example.org", "name": "张三", "password": PASSWORD}
        opened = http.post("/api/v1/accounts", json=body)
        assert opened.status_code == 201, opened.text
        http.headers["X-CSRF-Token"] = opened.json()["csrf_token"]
        file = {"name": "a.txt", "size": 1, "sha256": "a" * 64}
        made = http.post(
            "/api/v1/evidence",
            json={"files": [file], "custody_mode": "hash_only"},
            headers={"Idempotency-Key": "1"},
        )
        assert made.status_code == 201, made.text
        number = made.json()["evidence_number"]
        certified(http, number)
        told = http.get(f"/api/v1/public/evidence/{number}").json()
        assert (told["verdict"], told["sample"]) == ("valid", False)
        package = http.get(f"/api/v1/evidence/{number}/package")
        assert package.status_code == 200
        assert http.post("/tsa", content=b"x").status_code == 404
    assert not (installation.folder / "var" / "cli.json").exists()
    assert installation.yinji("fsck").code == 0


def answers(http: httpx2.Client) -> bool:
    try:
        return http.get("/api/v1/openapi.json").status_code == 200
    except httpx2.TransportError:
        return False


def with_issuer(installation: Installation, folder: Path, issuer: pki.Identity) -> dict[str, str]:
    own.write_keys(folder / "keys", issuer, ())
    for name in KEYS:
        shutil.copy(installation.folder / f"keys/{name}.key", folder / "keys")
    return {"YINJI_KEYS": str(folder / "keys")}


def sample_issuer(installation: Installation, folder: Path) -> dict[str, str]:
    return with_issuer(installation, folder, pki.create_issuer("abcd1234", now=datetime.now(UTC)))


def expired_issuer(installation: Installation, folder: Path) -> dict[str, str]:
    return with_issuer(installation, folder, own.document_signer(ends=-own.DAY))


def no_status_key(installation: Installation, folder: Path) -> dict[str, str]:
    changed = with_issuer(installation, folder, own.document_signer())
    (folder / "keys/status.key").unlink()
    return changed


def open_key(installation: Installation, folder: Path) -> dict[str, str]:
    changed = with_issuer(installation, folder, own.document_signer())
    (folder / "keys/anchor.key").chmod(0o644)
    return changed


def own_authority(_: Installation, folder: Path) -> dict[str, str]:
    root = pki.create_authority("abcd1234", now=datetime.now(UTC)).root
    (folder / "roots.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    return {"YINJI_TSA_ROOTS": str(folder / "roots.pem")}


Change = Callable[[Installation, Path], Mapping[str, str | None]]
REFUSED: dict[str, tuple[Change, str, str]] = {
    "an embedded signing key": (sample_issuer, "embedded sample installation", "issuer"),
    "an expired certificate": (expired_issuer, "expired", "issuer"),
    "a missing key": (no_status_key, "cannot read status.key", "status.key"),
    "a key that others can read": (open_key, "mode 600", "anchor.key"),
    "no outside authority": (
        lambda *_: {"YINJI_TSA_URL": None}, "time-stamp authority outside", "YINJI_TSA_URL",
    ),
    "no roots of the authority": (
        lambda *_: {"YINJI_TSA_ROOTS": None}, "needs its roots", "YINJI_TSA_ROOTS",
    ),
    "an authority of one's own": (own_authority, "the operator's own", "YINJI_TSA_ROOTS"),
    "snapshots of an embedded chain": (
        lambda _, folder: {"YINJI_CHAIN_SNAPSHOTS": str(folder)},
        "embedded", "YINJI_CHAIN_SNAPSHOTS",
    ),
    "a trial node": (
        lambda installation, _: {"YINJI_RPC_URLS": installation.node}, "trial", "YINJI_RPC_URLS",
    ),
    "no database": (lambda *_: {"DATABASE_URL": None}, "is missing", "DATABASE_URL"),
    "no broker": (lambda *_: {"BROKER_URL": None}, "is missing", "BROKER_URL"),
    "no node": (lambda *_: {"YINJI_RPC_URLS": None}, "is missing", "YINJI_RPC_URLS"),
    "no public address": (lambda *_: {"YINJI_PUBLIC_URL": None}, "is missing", "YINJI_PUBLIC_URL"),
    "a secret without a file": (
        lambda *_: {"DATABASE_URL": None, "DATABASE_URL_FILE": "/nowhere"},
        "cannot be read", "DATABASE_URL",
    ),
}  # fmt: skip


def refusals(
    installation: Installation, changes: Mapping[str, str | None], starts: Sequence[str] = STARTS
) -> list[Ran]:
    """What commands that start something say."""
    with ThreadPoolExecutor(len(starts)) as pool:
        return list(pool.map(lambda start: installation.yinji(start, **changes), starts))


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_starts_on(installation: Installation, tmp_path: Path, name: str) -> None:
    change, words, field = REFUSED[name]
    # All three ask the same function: one case tries each, the others the API.
    starts = STARTS if name == "an embedded signing key" else STARTS[1:2]
    for ran in refusals(installation, change(installation, tmp_path), starts):
        assert ran.code == 1, ran
        assert words in ran.err, ran.err
        assert ran.err.rstrip().endswith(f"[{field}]"), ran.err
        assert len(ran.err.splitlines()) == 1, ran.err


@pytest.mark.parametrize(
    ("method", "answer", "words", "field"),
    [
        ("eth_chainId", "0x1", "another chain id", "chain_id"),
        ("eth_getCode", "0x6000", "other contract code", "contract"),
        ("eth_getCode", "0x", "other contract code", "contract"),
    ],
)
def test_nothing_starts_on_another_chain_or_contract(
    installation: Installation, method: str, answer: str, words: str, field: str
) -> None:
    with proxy(installation.node) as liar:
        liar.claims.update({"web3_clientVersion": "besu/v25.1.0", method: answer})
        for ran in refusals(installation, {"YINJI_RPC_URLS": liar.url}):
            assert (ran.code, words in ran.err) == (1, True), ran
            assert ran.err.rstrip().endswith(f"[{field}]"), ran.err
        assert liar.did("claimed", method) >= len(STARTS)


def test_the_second_node_is_asked_too(installation: Installation) -> None:
    both = f"{installation.environment['YINJI_RPC_URLS']},{installation.node}"
    ran = installation.yinji("worker", YINJI_RPC_URLS=both)
    assert ran.code == 1
    assert "trial" in ran.err


def test_before_the_contract_is_deployed_the_command_is_named(
    installation: Installation, tmp_path: Path
) -> None:
    ran = installation.yinji("api", YINJI_VAR=str(tmp_path))
    assert ran.code == 1
    assert "not deployed yet" in ran.err
