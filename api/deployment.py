"""The contract's deployment: made once, recorded, and compared with the chain at start-up."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import rlp
from eth_account import Account
from eth_account.signers.local import LocalAccount

from api.keyfiles import write_private
from chain.artefact import evidence_anchor
from chain.ethereum import EthereumLedger
from chain.keccak import keccak256
from chain.ledger import Ledger
from core.errors import Misconfigured, NotReady, OutcomeUnknown

FILE: Final = "deployment.json"
_ADMIN_DELAY_SECONDS: Final = 3 * 24 * 3600
_GAS: Final = 3_000_000
_TRIES: Final = 50


@dataclass(frozen=True)
class Deployment:
    """Where our contract stands. Bytes in memory, 0x-hex in the file."""

    chain_id: int
    genesis: bytes
    contract: bytes
    block: int
    transaction: bytes
    code_hash: bytes

    @classmethod
    def load(cls, var: Path) -> "Deployment":
        """Read the record of this installation.

        Raises:
            NotReady: there is none yet.
        """
        try:
            record = json.loads((var / FILE).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise NotReady("合约尚未部署 / the contract is not deployed yet: run setup") from error
        return cls(
            chain_id=record["chain_id"],
            genesis=_raw(record["genesis"]),
            contract=_raw(record["contract"]),
            block=record["block"],
            transaction=_raw(record["transaction"]),
            code_hash=_raw(record["code_hash"]),
        )

    def save(self, var: Path) -> None:
        record = {
            name: "0x" + value.hex() if isinstance(value, bytes) else value
            for name, value in asdict(self).items()
        }
        write_private(var / FILE, json.dumps(record, indent=2).encode() + b"\n")


def deploy(
    node: EthereumLedger,
    ledger: Ledger,
    admin_key: bytes,
    anchorer: bytes,
    registrar: bytes,
    *,
    wait: Callable[[float], None],
) -> Deployment:
    """Deploy the contract and wait until it stands; three different keys hold its roles.

    The address follows from sender and nonce, so a crash in between finds it again: a repeat
    with the same admin key looks at the first address before it sends anything.
    """
    admin: LocalAccount = Account.from_key(admin_key)
    sender = bytes.fromhex(admin.address[2:])
    artefact = evidence_anchor()
    contract = keccak256(rlp.encode([sender, 0]))[12:]
    arguments = _ADMIN_DELAY_SECONDS.to_bytes(32, "big") + b"".join(
        bytes(12) + address for address in (sender, anchorer, registrar)
    )
    fees = ledger.fees()
    signed = admin.sign_transaction(
        {
            "type": 2,
            "chainId": ledger.chain_id(),
            "nonce": 0,
            "value": 0,
            "data": artefact.bytecode + arguments,
            "gas": _GAS,
            "maxFeePerGas": fees.base * 2 + fees.priority,
            "maxPriorityFeePerGas": fees.priority,
        }
    )
    transaction = bytes(signed.hash)
    if ledger.nonce(sender) == 0:
        with suppress(OutcomeUnknown):  # whether it arrived is looked for below
            ledger.send(bytes(signed.raw_transaction))
    for _ in range(_TRIES):
        if keccak256(node.code(contract)) == artefact.runtime_code_hash:
            receipt = ledger.receipt(transaction)
            return Deployment(
                chain_id=ledger.chain_id(),
                genesis=node.genesis(),
                contract=contract,
                block=0 if receipt is None else receipt.block_number,
                transaction=transaction,
                code_hash=artefact.runtime_code_hash,
            )
        wait(0.1)
    raise Misconfigured("合约部署未完成 / the contract did not appear on the chain")


def check(node: EthereumLedger, deployment: Deployment) -> None:
    """Start-up refuses to lie: chain id, genesis and contract code are what was recorded.

    Raises:
        Misconfigured: naming what differs.
    """
    if node.chain_id() != deployment.chain_id:
        raise Misconfigured(
            "链 ID 与部署记录不符 / another chain id than recorded", field="chain_id"
        )
    if node.genesis() != deployment.genesis:
        raise Misconfigured("创世块与部署记录不符 / another genesis than recorded", field="genesis")
    if keccak256(node.code(deployment.contract)) != deployment.code_hash:
        raise Misconfigured(
            "合约代码与部署记录不符 / other contract code than recorded", field="contract"
        )


def _raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
