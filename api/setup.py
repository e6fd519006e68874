"""`yinji setup`: what must be there before the first request. Doing it again changes nothing."""

import json
import secrets
import time
from typing import Final

from accounts import keys
from api.database import transaction
from api.deployment import FILE, Deployment, check
from api.keyfiles import ensure_key, write_private
from api.numbers_kept import check_numbering
from api.production import check_start
from api.sealing import ensure_keyring
from api.settings import Settings
from api.trust_file import write_trust
from api.wiring import Services, utc_now
from chain.node import HttpNode
from chain.sending import ensure_sender, unknown_senders
from chain.signing import LocalSigner
from core import pki

LOCAL_NAME: Final = "本机用户 local user"
LOCAL_EMAIL: Final = "local@localhost"
_FUNDS: Final = hex(10**24)


def setup(services: Services) -> None:
    """Keys, contract, trust file and, in the embedded profile, a local account."""
    settings = services.settings
    check_start(services, now=utc_now())
    check_numbering(services, now=utc_now())
    if settings.embedded:
        _embedded_keys(settings)
        _embedded_chain(services)
    _ = services.keyring  # refuses to start without one
    deployment = Deployment.load(settings.var)
    check(HttpNode(settings.chain.rpc_urls[0]), deployment)
    _senders(services, deployment.chain_id)
    write_trust(services, deployment)
    if settings.embedded:
        _local_account(services)


def _embedded_keys(settings: Settings) -> None:
    makers = (
        ("issuer", pki.create_issuer),
        ("authority", pki.create_authority),
        ("signers", pki.create_signers),
    )
    for folder, create in makers:
        if folder == "authority" and settings.time.url is not None:
            continue
        if not (settings.keys / folder).exists():
            pki.save(create(pki.new_installation_id(), now=utc_now()), settings.keys / folder)
    ensure_keyring(settings.keys)
    for name in ("admin", "anchor", "registrar", "status", "sandbox"):
        ensure_key(settings.keys / f"{name}.key")


def _embedded_chain(services: Services) -> None:
    settings = services.settings
    node = HttpNode(settings.chain.rpc_urls[0])
    senders = [services.anchorer.address, services.registrar.address]
    admin_key = ensure_key(settings.keys / "admin.key")
    for address in (LocalSigner(admin_key).address, *senders):
        if node.balance(address) == 0:
            node.ask("anvil_setBalance", "0x" + address.hex(), _FUNDS)
    if not (settings.var / FILE).exists():
        # web3 takes a second to import: only the first start pays for it.
        from api.deploying import deploy  # noqa: PLC0415
        from chain.ethereum import EthereumLedger  # noqa: PLC0415

        made = deploy(
            EthereumLedger(settings.chain.rpc_urls[0]),
            services.ledger,
            admin_key,
            *senders,
            wait=time.sleep,
        )
        services.ledger.final_number(1)  # the contract is on the disk before anything rests on it
        made.save(settings.var)


def _senders(services: Services, chain_id: int) -> None:
    """A nonce counter for each of our keys; the chain is asked only about new ones."""
    addresses = [services.anchorer.address, services.registrar.address]
    with transaction(services.sessions) as session:
        new = unknown_senders(session, addresses, chain_id)
    nonces = {address: services.ledger.nonce(address) for address in new}
    with transaction(services.sessions) as session:
        for address, nonce in nonces.items():
            ensure_sender(session, address, chain_id, nonce)


def _local_account(services: Services) -> None:
    """A key for this machine's user, written to cli.json (mode 600); never in production."""
    path = services.settings.var / "cli.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    now = utc_now()
    with transaction(services.sessions) as session:
        account = keys.ensure_account(session, LOCAL_EMAIL, LOCAL_NAME, now=now)
        secret = known.get("key")
        if secret is None or keys.find(session, secret, now=now) is None:
            _, secret = keys.issue(
                session, account.id, f"cli {secrets.token_hex(2)}", keys.ALL_SCOPES, None, now=now
            )
    document = {
        "server": services.settings.public_url,
        "key": secret,
        "rpc": services.settings.chain.rpc_urls[0],
    }
    write_private(path, json.dumps(document, indent=2).encode() + b"\n")
