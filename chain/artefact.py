"""The compiled contract, as committed in `chain/abi/` and as this release deploys and expects it.

Promises that a loaded artefact is complete and well formed, or refuses to load. That it is what
the source compiles to, and that its hashes are right, is proved where the compiler is: by the
tests, not at run time. Standard library only, so that a checker can read it too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from core.errors import Misconfigured

EVIDENCE_ANCHOR: Final = Path(__file__).with_name("abi") / "EvidenceAnchor.json"

SELECTOR_BYTES: Final = 4
HASH_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Artefact:
    """One compiled contract."""

    contract: str
    """Its name in the source."""
    abi: tuple[dict[str, Any], ...]
    """The Solidity contract ABI in JSON, one entry for each function, event and error."""
    bytecode: bytes
    """What a deployment sends; the encoded constructor arguments follow it."""
    runtime_bytecode: bytes
    """What stands at the address afterwards, whatever the constructor arguments were."""
    runtime_code_hash: bytes
    """Keccak-256 of `runtime_bytecode`, 32 bytes: what `EXTCODEHASH` answers (EIP-1052)."""
    compiler: str
    """Name and version, as in `solc 0.8.37+commit.f401782d`."""
    selectors: Mapping[str, bytes]
    """Signature of a function or error, as in `anchor(bytes32,uint64)`, to its 4 bytes."""
    topics: Mapping[str, bytes]
    """Signature of an event to its first log topic, 32 bytes."""


@cache
def evidence_anchor() -> Artefact:
    """The evidence anchor of this release, read once. Raises `Misconfigured` as `load` does."""
    return load(EVIDENCE_ANCHOR)


def load(path: Path) -> Artefact:
    """Read an artefact file.

    Raises `Misconfigured` when it is missing, unreadable, incomplete or not in this format.
    """
    try:
        document = json.loads(path.read_bytes())
        return Artefact(
            contract=_text(document["contract"]),
            abi=tuple(_entry(entry) for entry in document["abi"]),
            bytecode=_code(document["bytecode"]),
            runtime_bytecode=_code(document["deployedBytecode"]),
            runtime_code_hash=_sized(document["runtime_code_hash"], HASH_BYTES),
            compiler=f"{document['compiler']['name']} {document['compiler']['version']}",
            selectors=_table(document["selectors"], SELECTOR_BYTES),
            topics=_table(document["topics"], HASH_BYTES),
        )
    except OSError as error:
        raise Misconfigured(
            f"the contract artefact {path.name} cannot be read: {error.strerror}"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misconfigured(f"the contract artefact {path.name} is damaged: {error!r}") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("text expected")
    return value


def _entry(value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or "type" not in value:
        raise ValueError("an ABI entry has a type")
    return value


def _code(value: object) -> bytes:
    """Non-empty bytes from 0x-prefixed hex; an unlinked library's placeholder is not hex."""
    text = _text(value)
    code = bytes.fromhex(text.removeprefix("0x"))
    if not text.startswith("0x") or not code:
        raise ValueError("0x and at least one byte expected")
    return code


def _sized(value: object, size: int) -> bytes:
    code = _code(value)
    if len(code) != size:
        raise ValueError(f"{size} bytes expected, {len(code)} found")
    return code


def _table(value: object, size: int) -> Mapping[str, bytes]:
    if not isinstance(value, dict):
        raise TypeError("a table of signatures expected")
    return MappingProxyType({_text(name): _sized(code, size) for name, code in value.items()})
