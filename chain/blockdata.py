"""From a node's JSON to the bytes that were hashed: header RLP, receipt RLP, receipt proof."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import rlp
from trie.hexary import HexaryTrie

from chain.keccak import keccak256
from chain.proof import EVENT_TOPIC, BlockEvidence
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

Json = Mapping[str, Any]


def header_bytes(block: Json) -> bytes:
    """The RLP of a block header from `eth_getBlockBy…` JSON, checked against its own hash.

    Raises:
        OutsideError: the fields do not hash to what the node calls the block's hash.
    """
    fields: list[bytes] = []
    for place, name in enumerate(_HEADER):
        value = block.get(name)
        if value is None and place >= _OPTIONAL_FROM:
            break
        fields.append(_integer(value) if name in _INTEGERS else _raw(value))
    encoded: bytes = rlp.encode(fields)
    if keccak256(encoded) != _raw(block["hash"]):
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


def block_evidence(
    block: Json, receipts: Sequence[Json], transaction_hash: bytes, contract: bytes, root: bytes
) -> BlockEvidence:
    """block.json for the event of `contract` that carries `root`.

    Raises:
        OutsideError: the event is not there, or the receipts do not build the header's root.
    """
    ordered = sorted(receipts, key=lambda receipt: int(receipt["transactionIndex"], 16))
    trie = HexaryTrie({})
    for place, receipt in enumerate(ordered):
        trie[rlp.encode(place)] = receipt_bytes(receipt)
    if trie.root_hash != _raw(block["receiptsRoot"]):
        raise OutsideError("收据与区块头不符 / the receipts do not build the header's root")
    for place, receipt in enumerate(ordered):
        if _raw(receipt["transactionHash"]) != transaction_hash:
            continue
        for position, log in enumerate(receipt["logs"]):
            topics = [_raw(topic) for topic in log["topics"]]
            if _raw(log["address"]) == contract and topics[:2] == [EVENT_TOPIC, root]:
                nodes = trie.get_proof(rlp.encode(place))  # type: ignore[no-untyped-call]
                return BlockEvidence(
                    header=header_bytes(block),
                    transaction_index=place,
                    log_index=position,
                    receipt_proof=tuple(rlp.encode(node) for node in nodes),
                )
    raise OutsideError("区块中没有我们的事件 / the block does not hold our event")


def _raw(value: object) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise OutsideError("节点返回的字段有误 / the node answered with a malformed field")
    return bytes.fromhex(value[2:])


def _integer(value: object) -> bytes:
    if not isinstance(value, str):
        raise OutsideError("节点返回的字段有误 / the node answered with a malformed field")
    number = int(value, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
