"""The record of the contract's deployment, and its comparison with the chain at start-up."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from api.keyfiles import write_private
from chain.node import Node
from core.errors import Misconfigured, NotReady

FILE: Final = "deployment.json"


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
            genesis=unhexed(record["genesis"]),
            contract=unhexed(record["contract"]),
            block=record["block"],
            transaction=unhexed(record["transaction"]),
            code_hash=unhexed(record["code_hash"]),
        )

    def save(self, var: Path) -> None:
        write_private(var / FILE, json.dumps(hexed(asdict(self)), indent=2).encode() + b"\n")

    def publish(self, folder: Path) -> Path:
        """Write the public record `<chain id>.json`: anybody may compare it with the chain."""
        path = folder / f"{self.chain_id}.json"
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(hexed(asdict(self)), indent=2) + "\n", encoding="utf-8")
        return path


def check(node: Node, deployment: Deployment) -> None:
    """Start-up refuses to lie: chain id, genesis and contract code are what was recorded.

    Raises:
        Misconfigured: naming what differs.
    """
    if node.chain_id() != deployment.chain_id:
        raise Misconfigured(
            "链 ID 与部署记录不符 / another chain id than recorded", field="chain_id"
        )
    genesis = node.block_at(0)
    if genesis is None or genesis.hash != deployment.genesis:
        raise Misconfigured("创世块与部署记录不符 / another genesis than recorded", field="genesis")
    if node.code_hash(deployment.contract) != deployment.code_hash:
        raise Misconfigured(
            "合约代码与部署记录不符 / other contract code than recorded", field="contract"
        )


def hexed(record: dict[str, Any]) -> dict[str, Any]:
    """Bytes as 0x-hex."""
    return {
        name: "0x" + value.hex() if isinstance(value, bytes) else value
        for name, value in record.items()
    }


def unhexed(text: str) -> bytes:
    """0x-hex as bytes."""
    return bytes.fromhex(text.removeprefix("0x"))
