"""The trust file: what a checker believes beforehand. Nothing inside a proof can add to it.

`docs/verification.md` §2 is the normative text.
"""

from dataclasses import dataclass
from typing import Final

from core import canonical
from core.canonical import Json
from core.errors import InvalidInput
from evidence.digest import require_hex32

TYPE: Final = "yinji/trust"
VERSION: Final = 1
MAX_ENTRIES: Final = 64


@dataclass(frozen=True)
class TrustedChain:
    """A chain and our contract on it; `confirmations` is the depth a checker demands."""

    chain_id: int
    genesis: bytes
    contract: bytes
    code_hash: bytes
    confirmations: int


@dataclass(frozen=True)
class TrustFile:
    """SHA-256 fingerprints (hex) of roots, chains, and raw Ed25519 status keys (32 bytes)."""

    issuer_roots: frozenset[str] = frozenset()
    tsa_roots: frozenset[str] = frozenset()
    chains: tuple[TrustedChain, ...] = ()
    status_keys: frozenset[bytes] = frozenset()

    def encode(self) -> bytes:
        return canonical.encode(
            {
                "type": TYPE,
                "version": VERSION,
                "issuer_roots": sorted(self.issuer_roots),
                "tsa_roots": sorted(self.tsa_roots),
                "chains": [
                    {
                        "chain_id": chain.chain_id,
                        "genesis": "0x" + chain.genesis.hex(),
                        "contract": "0x" + chain.contract.hex(),
                        "code_hash": "0x" + chain.code_hash.hex(),
                        "confirmations": chain.confirmations,
                    }
                    for chain in self.chains
                ],
                "status_keys": sorted(key.hex() for key in self.status_keys),
            }
        )

    def chain(self, chain_id: int, contract: bytes) -> TrustedChain | None:
        """The trusted entry for a proof's chain and contract, or None."""
        for chain in self.chains:
            if chain.chain_id == chain_id and chain.contract == contract:
                return chain
        return None


def parse(data: bytes) -> TrustFile:
    """Read a trust file strictly.

    Raises:
        InvalidInput: naming the member at fault.
    """
    document = canonical.decode(data)
    members = {"type", "version", "issuer_roots", "tsa_roots", "chains", "status_keys"}
    if not isinstance(document, dict) or set(document) != members:
        raise InvalidInput("不是信任文件 / not a trust file", field="trust")
    version = document["version"]
    if document["type"] != TYPE or version != VERSION or isinstance(version, bool):
        raise InvalidInput("未知的信任文件版本 / unknown kind or version", field="version")
    chains = document["chains"]
    if not isinstance(chains, list) or len(chains) > MAX_ENTRIES:
        raise InvalidInput("chains 有误 / bad list of chains", field="chains")
    entries = tuple(_chain(entry) for entry in chains)
    if len({(entry.chain_id, entry.contract) for entry in entries}) != len(entries):
        raise InvalidInput("chains 有重复 / a chain and contract stand twice", field="chains")
    return TrustFile(
        issuer_roots=frozenset(_digests(document, "issuer_roots")),
        tsa_roots=frozenset(_digests(document, "tsa_roots")),
        chains=entries,
        status_keys=frozenset(bytes.fromhex(key) for key in _digests(document, "status_keys")),
    )


def _digests(document: dict[str, Json], name: str) -> list[str]:
    values = document[name]
    if not isinstance(values, list) or len(values) > MAX_ENTRIES:
        raise InvalidInput(f"{name} 须为列表 / must be a list", field=name)
    return [require_hex32(value, name) for value in values]


def _chain(entry: Json) -> TrustedChain:
    members = {"chain_id", "genesis", "contract", "code_hash", "confirmations"}
    if not isinstance(entry, dict) or set(entry) != members:
        raise InvalidInput("chains 的字段有误 / members of a chain", field="chains")
    chain_id, confirmations = entry["chain_id"], entry["confirmations"]
    for value in (chain_id, confirmations):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InvalidInput("chains 的数值有误 / numbers of a chain", field="chains")
    assert isinstance(chain_id, int)  # noqa: S101 - shown above
    assert isinstance(confirmations, int)  # noqa: S101 - shown above
    return TrustedChain(
        chain_id=chain_id,
        genesis=_prefixed(entry["genesis"], 32),
        contract=_prefixed(entry["contract"], 20),
        code_hash=_prefixed(entry["code_hash"], 32),
        confirmations=confirmations,
    )


def _prefixed(value: Json, size: int) -> bytes:
    if isinstance(value, str) and value.startswith("0x"):
        try:
            raw = bytes.fromhex(value[2:])
        except ValueError:
            raw = b""
        if len(raw) == size and "0x" + raw.hex() == value:
            return raw
    raise InvalidInput(f"须为 0x 与 {size} 字节十六进制 / 0x and {size} bytes", field="chains")
