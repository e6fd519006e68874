"""A chain node of a test's own with our contract on it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from api.deploying import deploy
from api.stack.anvil import find_anvil
from api.stack.ports import free_ports
from chain.ethereum import EthereumLedger
from chain.sending import ChainTerms
from chain.signing import LocalSigner
from core.errors import OutsideError
from tests.grounds.anchoring import ANCHORER, CHAIN_ID, REGISTRAR

CHECKOUT = Path(__file__).resolve().parents[2]
ADMIN_KEY = bytes.fromhex("44" * 32)
FUNDS = hex(10**24)


@dataclass(frozen=True)
class ChainNode:
    """A running anvil; `terms` are ours for the contract on it."""

    url: str
    terms: ChainTerms

    def ask(self, method: str, *parameters: object) -> Any:
        return EthereumLedger(self.url).ask(method, *parameters)


@contextmanager
def started(*options: str) -> Iterator[str]:
    """An empty node's address."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    command = [
        str(find_anvil(CHECKOUT)), "--port", str(port), "--accounts", "0", "--quiet",
        "--chain-id", str(CHAIN_ID), *options,
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while True:
            assert process.poll() is None
            try:
                EthereumLedger(url).chain_id()
                break
            except OutsideError:
                assert time.monotonic() < until, "the node does not answer"
                time.sleep(0.02)
        yield url
    finally:
        process.kill()
        process.wait()


def fund(url: str, *addresses: bytes) -> None:
    for address in addresses:
        EthereumLedger(url).ask("anvil_setBalance", "0x" + address.hex(), FUNDS)


@contextmanager
def chain_node(*options: str, depth: int = 2) -> Iterator[ChainNode]:
    """A node that mines on demand, with the contract deployed; see `ChainNode`."""
    with started(*options) as url:
        ledger = EthereumLedger(url)
        fund(url, LocalSigner(ADMIN_KEY).address, ANCHORER.address, REGISTRAR.address)
        made = deploy(
            ledger, ledger, ADMIN_KEY, ANCHORER.address, REGISTRAR.address, wait=time.sleep
        )
        terms = ChainTerms(
            CHAIN_ID,
            made.contract,
            depth=depth,
            resend_after=timedelta(0),
            replace_after=timedelta(0),
            foreign_after=timedelta(0),
            since=made.block,
        )
        yield ChainNode(url, terms)
