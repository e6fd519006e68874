"""From a node's JSON to the bytes that were hashed: header RLP, receipt RLP, receipt proof."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import rlp
from trie.hexary import HexaryTrie

from chain.keccak import keccak256
from chain.ledger import Log, ProvenReceipt
from core.errors import OutsideError

# Order of the header's fields. Each fork appends; a later one never stands without the earlier.
_HEADER: Final = (
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot",
    "logsBloom", "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData",
    "mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas",
    "parentBeaconBlockRoot", "requestsHash",
)  # fmt: skip
_INTEGERS: Final = frozenset(
    {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed",
     "excessBlobGas"}
)  # fmt: skip
_OPTIONAL_FROM: Final = _HEADER.index("baseFeePerGas")
_HASHED_FROM: Final = 32

Json = Mapping[str, Any]


def encode_header(block: Json) -> bytes:
    """The RLP of a block header, from `eth_getBlockBy…` JSON or a node's state dump."""
    fields: list[bytes] = []
    for place, name in enumerate(_HEADER):
        value = block.get(name)
        if value is None and place >= _OPTIONAL_FROM:
            break
        fields.append(_integer(value) if name in _INTEGERS else _raw(value))
    encoded: bytes = rlp.encode(fields)
    return encoded


def header_bytes(block: Json, block_hash: bytes) -> bytes:
    """The RLP of a block header, checked against the hash that was asked for.

    Raises:
        OutsideError: the fields do not hash to it.
    """
    encoded = encode_header(block)
    if keccak256(encoded) != block_hash:
        raise OutsideError(
            "无法从节点数据还原区块头 / the node's fields do not hash to its block hash"
        )
    return encoded


def receipt_bytes(receipt: Json) -> bytes:
    """The consensus encoding of a receipt (EIP-2718 type byte before the RLP when typed)."""
    body: bytes = rlp.encode(
        [
            _integer(receipt["status"]),
            _integer(receipt["cumulativeGasUsed"]),
            _raw(receipt["logsBloom"]),
            [
                [_raw(log["address"]), [_raw(t) for t in log["topics"]], _raw(log["data"])]
                for log in receipt["logs"]
            ],
        ]
    )
    kind = int(receipt.get("type", "0x0"), 16)
    return bytes([kind]) + body if kind else body


def prove(
    block: Json, receipts: Sequence[Json], transaction_hash: bytes, block_hash: bytes
) -> ProvenReceipt:
    """The receipt of a transaction, with its proof up to the header of `block_hash`.

    Raises:
        OutsideError: the receipts do not build the header's root, or ours is not among them.
    """
    header = header_bytes(block, block_hash)
    ordered = sorted(receipts, key=lambda receipt: int(receipt["transactionIndex"], 16))
    trie = receipt_trie([receipt_bytes(receipt) for receipt in ordered])
    if trie.root_hash != _raw(block["receiptsRoot"]):
        raise OutsideError("收据与区块头不符 / the receipts do not build the header's root")
    for place, receipt in enumerate(ordered):
        if _raw(receipt["transactionHash"]) == transaction_hash:
            return ProvenReceipt(
                header=header,
                index=place,
                nodes=proof_nodes(trie, place),
                succeeded=int(receipt["status"], 16) == 1,
                logs=tuple(
                    Log(_raw(log["address"]), tuple(map(_raw, log["topics"])), _raw(log["data"]))
                    for log in receipt["logs"]
                ),
                time=datetime.fromtimestamp(int(block["timestamp"], 16), UTC),
            )
    raise OutsideError("区块中没有该交易 / the block does not hold the transaction")


def receipt_trie(encoded: Sequence[bytes]) -> HexaryTrie:
    """The trie whose root a header names as its receipts root."""
    trie = HexaryTrie({})
    for place, receipt in enumerate(encoded):
        trie[rlp.encode(place)] = receipt
    return trie


def proof_nodes(trie: HexaryTrie, place: int) -> tuple[bytes, ...]:
    """The RLP nodes from the root to the receipt at `place`.

    A node shorter than 32 bytes lies inside its parent and is not listed again.
    """
    nodes = trie.get_proof(rlp.encode(place))  # type: ignore[no-untyped-call]
    encoded = [rlp.encode(node) for node in nodes]
    return tuple(n for at, n in enumerate(encoded) if at == 0 or len(n) >= _HASHED_FROM)


def _raw(value: object) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise OutsideError("节点返回的字段有误 / the node answered with a malformed field")
    return bytes.fromhex(value[2:])


def _integer(value: object) -> bytes:
    if not isinstance(value, str):
        raise OutsideError("节点返回的字段有误 / the node answered with a malformed field")
    number = int(value, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
