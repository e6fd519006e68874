"""The production profile: each part by its own command, and none starts on what is not so."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from api.deployment import Deployment
from api.production import KEYS, check_start
from api.settings import Settings
from certs import package
from core import pki
from core.errors import Misconfigured
from tests.grounds import anvil, own, providers
from tests.grounds.callers import certified, declared, deposit, person
from tests.grounds.database import Cluster
from tests.grounds.production import Installation, deploying, installed
from tests.grounds.proxy import proxy
from tests.grounds.stack import CHECKOUT, connected

STARTS = ("setup", "api", "worker")


@pytest.fixture(scope="module")
def installation(
    postgres: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Keys, database, broker, authority and chain outside; deployed and set up by command."""
    with installed(tmp_path_factory.mktemp("production"), postgres.empty()) as made:
        yield made


def test_deploying_again_finds_the_same_contract(installation: Installation) -> None:
    record = installation.folder / "record" / f"{anvil.CHAIN_ID}.json"
    before, first = record.read_bytes(), Deployment.load(installation.folder / "var")
    ran = installation.yinji(*deploying(installation.folder))
    assert (ran.code, ran.out.strip()) == (0, str(record))
    assert record.read_bytes() == before
    assert Deployment.load(installation.folder / "var") == first


def test_each_part_by_its_command_makes_a_certificate_which_is_a_sample_without_an_office(
    installation: Installation,
) -> None:
    with installation.at_work():
        owner = person(installation)
        file = {"name": "a.txt", "size": 1, "sha256": "a" * 64}
        made = deposit(owner.http, file, custody_mode="hash_only")
        assert made.status_code == 201, made.text
        number = made.json()["evidence_number"]
        certified(owner.http, number)
        told = owner.http.get(f"/api/v1/public/evidence/{number}").json()
        assert (told["verdict"], told["sample"]) == ("valid", True)
        assert owner.http.get(f"/api/v1/evidence/{number}/package").status_code == 200
        assert owner.http.post("/tsa", content=b"x").status_code == 404
    assert not (installation.folder / "var" / "cli.json").exists()
    assert installation.yinji("fsck").code == 0


def test_no_root_but_the_issuers_is_trusted_for_certificates(installation: Installation) -> None:
    """People sign papers under a root of their own; it lies beside the issuer's key."""
    keys = installation.folder / "keys"
    assert installation.yinji("setup").code == 0
    trust = json.loads((installation.var / "trust.json").read_text())
    assert trust["issuer_roots"] == [pki.fingerprint(pki.load(keys / "issuer").root)]
    assert pki.fingerprint(pki.load(keys / "signers").root) not in trust["tsa_roots"]


def test_under_a_public_authority_the_signer_alone_is_trusted(
    installation: Installation, tmp_path: Path
) -> None:
    folder = installation.folder / "keys" / "issuer"
    issuer = pki.load(folder)
    (folder / "trusted.pem").write_bytes((folder / "certificate.pem").read_bytes())
    try:
        assert installation.yinji("setup").code == 0
        trust = installation.var / "trust.json"
        named = json.loads(trust.read_text())["issuer_roots"]
        assert named == [pki.fingerprint(issuer.certificate)]
        work, found = tmp_path / "work.txt", tmp_path / "found.zip"
        work.write_bytes(b"under a public authority")
        with installation.at_work():
            owner = person(installation)
            file = declared(work.name, work.read_bytes())
            number = deposit(owner.http, file, custody_mode="hash_only").json()["evidence_number"]
            certified(owner.http, number)
            found.write_bytes(owner.http.get(f"/api/v1/evidence/{number}/package").content)
        pem = package.read(found.read_bytes())[package.PEMS[0]]
        assert pem == issuer.certificate.public_bytes(serialization.Encoding.PEM)
        said = installation.yinji("verify", work, found, "--trust", trust, "--offline")
        assert said.code == 0, said.out
    finally:
        (folder / "trusted.pem").unlink()
        assert installation.yinji("setup").code == 0


def with_issuer(installation: Installation, folder: Path, issuer: pki.Identity) -> dict[str, str]:
    own.write_keys(folder / "keys", issuer, ())
    for name in KEYS:
        shutil.copy(installation.folder / f"keys/{name}.key", folder / "keys")
    return {"YINJI_KEYS": str(folder / "keys")}


def sample_issuer(installation: Installation, folder: Path) -> dict[str, str]:
    return with_issuer(installation, folder, pki.create_issuer("abcd1234", now=datetime.now(UTC)))


def expired_issuer(installation: Installation, folder: Path) -> dict[str, str]:
    return with_issuer(installation, folder, own.document_signer(ends=-own.DAY))


def early_issuer(installation: Installation, folder: Path) -> dict[str, str]:
    return with_issuer(installation, folder, own.document_signer(begins=own.DAY))


def no_status_key(installation: Installation, folder: Path) -> dict[str, str]:
    changed = with_issuer(installation, folder, own.document_signer())
    (folder / "keys/status.key").unlink()
    return changed


def no_signers(installation: Installation, folder: Path) -> dict[str, str]:
    changed = with_issuer(installation, folder, own.document_signer())
    shutil.rmtree(folder / "keys/signers")
    return changed


def sample_signers(installation: Installation, folder: Path) -> dict[str, str]:
    changed = no_signers(installation, folder)
    pki.save(pki.create_signers("persons1", now=datetime.now(UTC)), folder / "keys/signers")
    return changed


def expired_signers(installation: Installation, folder: Path) -> dict[str, str]:
    changed = no_signers(installation, folder)
    pki.save(own.people_signing(ends=-own.DAY), folder / "keys/signers")
    return changed


def open_key(installation: Installation, folder: Path) -> dict[str, str]:
    changed = with_issuer(installation, folder, own.document_signer())
    (folder / "keys/anchor.key").chmod(0o644)
    return changed


def open_payment_key(installation: Installation, folder: Path) -> dict[str, str]:
    changed = with_issuer(installation, folder, own.document_signer())
    providers.write_keys(folder / "keys")
    (folder / "keys/alipay/app.pem").chmod(0o640)
    ours = providers.environment("http://x", "http://x")
    return {**changed, **ours, "YINJI_PAYMENTS": "alipay"}


def own_authority(_: Installation, folder: Path) -> dict[str, str]:
    root = pki.create_authority("abcd1234", now=datetime.now(UTC)).root
    (folder / "roots.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    return {"YINJI_TSA_ROOTS": str(folder / "roots.pem")}


def no_root(_: Installation, folder: Path) -> dict[str, str]:
    signer = own.identity("Time Service", ExtendedKeyUsageOID.TIME_STAMPING).certificate
    (folder / "roots.pem").write_bytes(signer.public_bytes(serialization.Encoding.PEM))
    return {"YINJI_TSA_ROOTS": str(folder / "roots.pem")}


Change = Callable[[Installation, Path], Mapping[str, str | None]]
REFUSED: dict[str, tuple[Change, str, str]] = {
    "an embedded signing key": (sample_issuer, "embedded sample installation", "issuer"),
    "an expired certificate": (expired_issuer, "expired", "issuer"),
    "a certificate of tomorrow": (early_issuer, "not valid yet", "issuer"),
    "a missing key": (no_status_key, "cannot read status.key", "status.key"),
    "a key that others can read": (open_key, "mode 600", "anchor.key"),
    "no authority over signers' keys": (no_signers, "is missing or unusable", "signers"),
    "an embedded authority over signers' keys": (
        sample_signers, "embedded sample installation", "signers",
    ),
    "an expired authority over signers' keys": (expired_signers, "not valid now", "signers"),
    "no outside authority": (
        lambda *_: {"YINJI_TSA_URL": None}, "time-stamp authority outside", "YINJI_TSA_URL",
    ),
    "no roots of the authority": (
        lambda *_: {"YINJI_TSA_ROOTS": None}, "needs its roots", "YINJI_TSA_ROOTS",
    ),
    "roots without a root": (no_root, "no self-signed root", "YINJI_TSA_ROOTS"),
    "an authority of one's own": (own_authority, "the operator's own", "YINJI_TSA_ROOTS"),
    "snapshots of an embedded chain": (
        lambda _, folder: {"YINJI_CHAIN_SNAPSHOTS": str(folder)},
        "embedded", "YINJI_CHAIN_SNAPSHOTS",
    ),
    "a trial node": (
        lambda installation, _: {"YINJI_RPC_URLS": installation.node}, "trial", "YINJI_RPC_URLS",
    ),
    "a payment provider without money": (
        lambda *_: {"YINJI_PAYMENTS": "sandbox"}, "takes no money", "YINJI_PAYMENTS",
    ),
    "a payment provider without its keys": (
        lambda *_: {**providers.environment("http://x", "http://x"), "YINJI_PAYMENTS": "wechat"},
        "cannot read apiv3.key", "apiv3.key",
    ),
    "a payment key that others can read": (
        open_payment_key, "mode 600", "app.pem",
    ),
    "a payment provider without our number there": (
        lambda *_: {"YINJI_PAYMENTS": "alipay"}, "is missing", "YINJI_ALIPAY_APP",
    ),
    "a payment provider without an adapter": (
        lambda *_: {"YINJI_PAYMENTS": "barter"}, "accepts: sandbox", "YINJI_PAYMENTS",
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


def start_checked(installation: Installation, changes: Mapping[str, str | None]) -> None:
    """What each command that starts something does first."""
    environment = installation.changed(changes)
    with connected(Settings.from_environment(environment, CHECKOUT)) as services:
        check_start(services, now=datetime.now(UTC))


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_starts_on(installation: Installation, tmp_path: Path, name: str) -> None:
    change, words, field = REFUSED[name]
    with pytest.raises(Misconfigured, match=re.escape(words)) as refusal:
        start_checked(installation, change(installation, tmp_path))
    assert refusal.value.field == field


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
        with pytest.raises(Misconfigured, match=words) as refusal:
            start_checked(installation, {"YINJI_RPC_URLS": liar.url})
        assert refusal.value.field == field
        assert liar.did("claimed", method) == 1


@pytest.mark.parametrize("start", STARTS)
def test_a_command_that_refuses_says_why_in_one_line(
    installation: Installation, tmp_path: Path, start: str
) -> None:
    """A wrong key, found while settings are used, and a missing one, found while they are read."""
    for name in ("an embedded signing key", "no database"):
        change, words, field = REFUSED[name]
        (folder := tmp_path / name).mkdir()
        ran = installation.yinji(start, **change(installation, folder))
        assert ran.code == 1, ran
        assert words in ran.err, ran.err
        assert ran.err.rstrip().endswith(f"[{field}]"), ran.err
        assert len(ran.err.splitlines()) == 1, ran.err


def test_the_second_node_is_asked_too(installation: Installation) -> None:
    both = f"{installation.environment['YINJI_RPC_URLS']},{installation.node}"
    ran = installation.yinji("worker", YINJI_RPC_URLS=both)
    assert ran.code == 1
    assert "trial" in ran.err


def test_before_the_contract_is_deployed_the_command_is_named(
    installation: Installation, tmp_path: Path
) -> None:
    ran = installation.yinji("api", YINJI_VAR=str(tmp_path))
    assert ran.code == 75
    assert "not deployed yet" in ran.err
