"""The proof: from a leaf hash to a block hash, checked without asking anyone.

`Proof` is proof.json, `BlockEvidence` is block.json (`docs/verification.md` §6–7). `verify`
walks leaf → root → event → receipt → block header and returns what the header says, or raises.
Whether that block belongs to the chain is not decided here: only a node can tell.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from chain import patricia, rlp
from chain.keccak import keccak256
from chain.merkle import MAX_PATH, verify_inclusion
from core import canonical
from core.canonical import Json
from core.errors import InvalidInput, VerificationFailed

PROOF_TYPE: Final = "yinji/proof"
BLOCK_TYPE: Final = "yinji/block"
VERSION: Final = 1
EVENT_TOPIC: Final = keccak256(b"RootAnchored(bytes32,address,uint64)")

_RECEIPTS_ROOT, _NUMBER, _TIMESTAMP, _HEADER_FIELDS = 5, 8, 11, 15
_SUCCESS: Final = 1
_TYPED_BELOW: Final = 0x80
_MAX_JSON_INTEGER: Final = 2**53 - 1


@dataclass(frozen=True)
class Proof:
    """proof.json: where the leaf stands in its tree, and which call anchored the root."""

    leaf_index: int
    tree_size: int
    path: tuple[bytes, ...]
    root: bytes
    chain_id: int
    contract: bytes
    transaction: bytes

    def encode(self) -> bytes:
        return canonical.encode(
            {
                "type": PROOF_TYPE,
                "version": VERSION,
                "leaf_index": self.leaf_index,
                "tree_size": self.tree_size,
                "path": [step.hex() for step in self.path],
                "root": self.root.hex(),
                "chain_id": self.chain_id,
                "contract": "0x" + self.contract.hex(),
                "transaction": "0x" + self.transaction.hex(),
            }
        )


@dataclass(frozen=True)
class BlockEvidence:
    """block.json: the block's header and the receipt's place in it."""

    header: bytes
    transaction_index: int
    log_index: int
    receipt_proof: tuple[bytes, ...]

    def encode(self) -> bytes:
        return canonical.encode(
            {
                "type": BLOCK_TYPE,
                "version": VERSION,
                "header": "0x" + self.header.hex(),
                "transaction_index": self.transaction_index,
                "log_index": self.log_index,
                "receipt_proof": ["0x" + node.hex() for node in self.receipt_proof],
            }
        )

    @property
    def block_hash(self) -> bytes:
        return keccak256(self.header)


@dataclass(frozen=True)
class AnchoredBlock:
    """What the header says: a claim of the chain until a node confirms the block."""

    hash: bytes
    number: int
    time: datetime
    submitter: bytes


def verify(leaf_hash: bytes, proof: Proof, block: BlockEvidence) -> AnchoredBlock:
    """Check everything that can be checked without a node.

    Raises:
        VerificationFailed: with the step that does not hold.
    """
    # (1) The leaf is in the tree.
    verify_inclusion(leaf_hash, proof.leaf_index, proof.tree_size, proof.path, proof.root)
    return verify_anchor(proof, block)


def verify_anchor(proof: Proof, block: BlockEvidence) -> AnchoredBlock:
    """Steps (2) to (4): the event with our root and size stands in the block's receipts."""
    # (2) The header names the root of the receipts.
    header = rlp.require_list(rlp.decode(block.header), _HEADER_FIELDS)
    receipts_root = rlp.require_bytes(header[_RECEIPTS_ROOT], 32)
    # (3) The receipt is among them and its transaction succeeded.
    key = rlp.encode_index(block.transaction_index)
    receipt = _receipt(patricia.value_at(receipts_root, key, block.receipt_proof))
    if rlp.require_integer(receipt[0]) != _SUCCESS:
        raise VerificationFailed("交易未成功 / the anchoring transaction did not succeed")
    # (4) Its event comes from our contract and carries root and size.
    logs = rlp.require_list(receipt[3], 0)
    if block.log_index >= len(logs):
        raise VerificationFailed("收据中没有该事件 / the receipt has no such event")
    address, topics, data = rlp.require_list(logs[block.log_index], 3)[:3]
    signature, root, submitter = _topics(topics)
    if rlp.require_bytes(address, 20) != proof.contract or signature != EVENT_TOPIC:
        raise VerificationFailed("事件不是本合约的上链事件 / the event is not our contract's")
    if root != proof.root:
        raise VerificationFailed("事件中的根不符 / the event carries another root")
    if int.from_bytes(rlp.require_bytes(data, 32), "big") != proof.tree_size:
        raise VerificationFailed("事件中的树大小不符 / the event carries another tree size")
    return AnchoredBlock(
        hash=block.block_hash,
        number=rlp.require_integer(header[_NUMBER]),
        time=_time(rlp.require_integer(header[_TIMESTAMP])),
        submitter=submitter[12:],
    )


def parse_proof(data: bytes) -> Proof:
    """Read proof.json strictly; InvalidInput names the member at fault."""
    document = _document(
        data,
        PROOF_TYPE,
        {"leaf_index", "tree_size", "path", "root", "chain_id", "contract", "transaction"},
    )
    path = document["path"]
    if not isinstance(path, list) or len(path) > MAX_PATH:
        raise InvalidInput(f"path 须为至多 {MAX_PATH} 项 / at most {MAX_PATH}", field="path")
    return Proof(
        leaf_index=_integer(document, "leaf_index", 0),
        tree_size=_integer(document, "tree_size", 1),
        path=tuple(_hex(step, 32, "path", prefix="") for step in path),
        root=_hex(document["root"], 32, "root", prefix=""),
        chain_id=_integer(document, "chain_id", 1),
        contract=_hex(document["contract"], 20, "contract"),
        transaction=_hex(document["transaction"], 32, "transaction"),
    )


def parse_block(data: bytes) -> BlockEvidence:
    """Read block.json strictly."""
    document = _document(
        data, BLOCK_TYPE, {"header", "transaction_index", "log_index", "receipt_proof"}
    )
    nodes = document["receipt_proof"]
    if not isinstance(nodes, list) or not 1 <= len(nodes) <= patricia.MAX_NODES:
        raise InvalidInput("receipt_proof 长度有误 / of unusable length", field="receipt_proof")
    return BlockEvidence(
        header=_hex(document["header"], None, "header"),
        transaction_index=_integer(document, "transaction_index", 0, 2**32 - 1),
        log_index=_integer(document, "log_index", 0),
        receipt_proof=tuple(_hex(node, None, "receipt_proof") for node in nodes),
    )


def _receipt(raw: bytes) -> list[rlp.Item]:
    # EIP-2718: a type byte below 0x80 stands before the RLP of a typed receipt.
    body = raw[1:] if raw[0] < _TYPED_BELOW else raw
    return rlp.require_list(rlp.decode(body), 4)


def _topics(item: rlp.Item) -> tuple[bytes, bytes, bytes]:
    topics = rlp.require_list(item, 0)
    if len(topics) != 3:  # noqa: PLR2004 - signature and two indexed arguments
        raise VerificationFailed("事件不是本合约的上链事件 / the event is not our contract's")
    signature, root, submitter = (rlp.require_bytes(topic, 32) for topic in topics)
    return signature, root, submitter


def _time(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise VerificationFailed("区块时间有误 / unusable block time") from error


def _document(data: bytes, kind: str, members: set[str]) -> dict[str, Json]:
    document = canonical.decode(data)
    if not isinstance(document, dict) or document.get("type") != kind:
        raise InvalidInput(f"不是 {kind} 文档 / not a {kind} document", field="type")
    if document.get("version") != VERSION or isinstance(document["version"], bool):
        raise InvalidInput("未知版本 / unknown version", field="version")
    if set(document) != members | {"type", "version"}:
        raise InvalidInput(f"{kind} 字段缺失或多余 / members missing or unknown", field="type")
    return document


def _integer(
    document: dict[str, Json], name: str, minimum: int, maximum: int = _MAX_JSON_INTEGER
) -> int:
    value = document[name]
    if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= maximum:
        raise InvalidInput(f"{name} 须为整数 / must be an integer in range", field=name)
    return value


def _hex(value: Json, size: int | None, field: str, *, prefix: str = "0x") -> bytes:
    if isinstance(value, str) and value.startswith(prefix) and value == value.lower():
        try:
            raw = bytes.fromhex(value[len(prefix) :])
        except ValueError:
            raw = b""
        canonical_spelling = prefix + raw.hex() == value
        if raw and canonical_spelling and (size is None or len(raw) == size):
            return raw
    raise InvalidInput(f"{field} 须为小写十六进制 / must be lower-case hex", field=field)
