"""Deploying the contract: done once for an installation, the same bytes however often repeated."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import rlp
from eth_account import Account
from eth_account.signers.local import LocalAccount

from api.deployment import Deployment, hexed, unhexed
from api.keyfiles import write_private
from chain.artefact import evidence_anchor
from chain.ethereum import EthereumLedger
from chain.keccak import keccak256
from chain.ledger import Ledger
from core.errors import Misconfigured, OutcomeUnknown

INTENT_FILE: Final = "deployment-begun.json"
_ADMIN_DELAY_SECONDS: Final = 3 * 24 * 3600
_GAS: Final = 3_000_000
_TRIES: Final = 50
_RESEND_EVERY: Final = 50


@dataclass(frozen=True)
class _Intent:
    """A signed deployment, kept before it is sent: a repeat sends the same bytes."""

    chain_id: int
    nonce: int
    sender: bytes
    raw: bytes

    @property
    def contract(self) -> bytes:
        # The address follows from sender and nonce (Ethereum yellow paper, section 7).
        address: bytes = keccak256(rlp.encode([self.sender, self.nonce]))[12:]
        return address


def deploy(
    node: EthereumLedger,
    ledger: Ledger,
    admin_key: bytes,
    anchorer: bytes,
    registrar: bytes,
    *,
    wait: Callable[[float], None],
    intent_file: Path | None = None,
    depth: int = 1,
    tries: int = _TRIES,
) -> Deployment:
    """Deploy the contract and wait until it is final; three different keys hold its roles.

    The signed bytes are written to `intent_file` before they are sent, so that a crash in between
    never makes a second contract. Without one the key must be fresh: its first nonce is used, and
    a repeat looks at the address that follows from it before it sends anything.

    Raises:
        Misconfigured: one key has two roles, the intent is of another chain, or (after `tries`
            tenths of a second) the contract is not final; a repeat goes on waiting.
    """
    admin: LocalAccount = Account.from_key(admin_key)
    sender = bytes.fromhex(admin.address[2:])
    if len({sender, anchorer, registrar}) != len((sender, anchorer, registrar)):
        raise Misconfigured(
            "管理、上链与撤销须用三个不同的密钥 / admin, anchor and registrar need three "
            "different keys",
            field="keys",
        )
    intent = _read_intent(intent_file)
    if intent is None:
        nonce = 0 if intent_file is None else ledger.nonce(sender)
        intent = _sign(admin, nonce, ledger, anchorer, registrar)
        _write_intent(intent_file, intent)
    if intent.chain_id != ledger.chain_id() or intent.sender != sender:
        raise Misconfigured(
            "待完成的部署属于另一条链或另一密钥 / a begun deployment is of another chain or key",
            field="chain_id",
        )
    return _finish(node, ledger, intent, wait, depth, tries)


def _sign(
    admin: LocalAccount, nonce: int, ledger: Ledger, anchorer: bytes, registrar: bytes
) -> _Intent:
    sender = bytes.fromhex(admin.address[2:])
    arguments = _ADMIN_DELAY_SECONDS.to_bytes(32, "big") + b"".join(
        bytes(12) + address for address in (sender, anchorer, registrar)
    )
    fees, chain_id = ledger.fees(), ledger.chain_id()
    signed = admin.sign_transaction(
        {
            "type": 2,
            "chainId": chain_id,
            "nonce": nonce,
            "value": 0,
            "data": evidence_anchor().bytecode + arguments,
            "gas": _GAS,
            "maxFeePerGas": fees.base * 2 + fees.priority,
            "maxPriorityFeePerGas": fees.priority,
        }
    )
    return _Intent(chain_id, nonce, sender, bytes(signed.raw_transaction))


def _finish(
    node: EthereumLedger,
    ledger: Ledger,
    intent: _Intent,
    wait: Callable[[float], None],
    depth: int,
    tries: int,
) -> Deployment:
    transaction, expected = keccak256(intent.raw), evidence_anchor().runtime_code_hash
    for turn in range(tries):
        if turn % _RESEND_EVERY == 0 and ledger.nonce(intent.sender) <= intent.nonce:
            with suppress(OutcomeUnknown):  # whether it arrived is looked for below
                ledger.send(intent.raw)
        if keccak256(node.code(intent.contract)) == expected:
            receipt = ledger.receipt(transaction)
            block = 0 if receipt is None else receipt.block_number
            if receipt is not None:
                ledger.bury(block, depth)
            if block <= ledger.final_number(depth):
                return Deployment(
                    chain_id=intent.chain_id,
                    genesis=node.genesis(),
                    contract=intent.contract,
                    block=block,
                    transaction=transaction,
                    code_hash=expected,
                )
        wait(0.1)
    raise Misconfigured(
        "合约部署未完成,请重复同一命令 / the contract is not final yet: repeat the command"
    )


def _read_intent(path: Path | None) -> _Intent | None:
    if path is None or not path.exists():
        return None
    record = json.loads(path.read_text(encoding="utf-8"))
    return _Intent(
        record["chain_id"], record["nonce"], unhexed(record["sender"]), unhexed(record["raw"])
    )


def _write_intent(path: Path | None, intent: _Intent) -> None:
    if path is not None:
        write_private(path, json.dumps(hexed(asdict(intent))).encode() + b"\n")
