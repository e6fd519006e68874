"""Walking a Merkle-Patricia proof (Ethereum yellow paper, appendix D) from root to value."""

from collections.abc import Sequence
from typing import Final

from chain import rlp
from chain.keccak import keccak256
from core.errors import VerificationFailed

MAX_NODES: Final = 64
_BRANCH, _PAIR = 17, 2


def value_at(root: bytes, key: bytes, proof: Sequence[bytes]) -> bytes:
    """The value stored under `key` in the trie with this root.

    `proof` lists the RLP nodes from the root downwards, each referred to by its hash; nodes
    shorter than 32 bytes are embedded in their parent and not listed.

    Raises:
        VerificationFailed: a node does not match its hash, the key is absent, nodes are left.
    """
    if not 1 <= len(proof) <= MAX_NODES:
        raise VerificationFailed("收据证明长度有误 / receipt proof of unusable length")
    nibbles = [n for byte in key for n in (byte >> 4, byte & 15)]
    remaining = list(proof)
    node = _load(root, remaining)
    while True:
        if len(node) == _BRANCH:
            if not nibbles:
                return _finish(node[16], remaining)
            reference = node[nibbles.pop(0)]
        elif len(node) == _PAIR:
            prefix, leaf = _path(rlp.require_bytes(node[0]))
            if nibbles[: len(prefix)] != prefix:
                raise VerificationFailed("收据不在区块内 / the receipt is not in the block")
            nibbles = nibbles[len(prefix) :]
            if leaf:
                if nibbles:
                    raise VerificationFailed("收据不在区块内 / the receipt is not in the block")
                return _finish(node[1], remaining)
            reference = node[1]
        else:
            raise VerificationFailed("收据证明节点有误 / malformed trie node")
        node = reference if isinstance(reference, list) else _load(reference, remaining)


def _load(digest: bytes, remaining: list[bytes]) -> list[rlp.Item]:
    if not remaining or keccak256(remaining[0]) != digest:
        raise VerificationFailed("收据证明与根不符 / the receipt proof does not match its root")
    return rlp.require_list(rlp.decode(remaining.pop(0)), _PAIR)


def _path(encoded: bytes) -> tuple[list[int], bool]:
    """Hex-prefix decoding: the nibbles and whether the node is a leaf."""
    nibbles = [n for byte in encoded for n in (byte >> 4, byte & 15)]
    if not nibbles or nibbles[0] > 3:  # noqa: PLR2004 - flags are two bits
        raise VerificationFailed("收据证明路径有误 / malformed trie path")
    odd, leaf = nibbles[0] & 1, bool(nibbles[0] & 2)
    if not odd and nibbles[1] != 0:
        raise VerificationFailed("收据证明路径有误 / malformed trie path")
    return nibbles[1:] if odd else nibbles[2:], leaf


def _finish(value: rlp.Item, remaining: Sequence[bytes]) -> bytes:
    raw = rlp.require_bytes(value)
    if remaining or not raw:
        raise VerificationFailed("收据证明有多余或缺失 / receipt proof with nodes left or no value")
    return raw
