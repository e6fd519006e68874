"""The RFC 6962 Merkle tree over SHA-256: root and inclusion proofs.

Leaf hash = SHA-256(0x00 ‖ leaf), node hash = SHA-256(0x01 ‖ left ‖ right), split at the largest
power of two below n (RFC 6962 §2.1). Inputs here are leaf *hashes*, 32 bytes each.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

from core.errors import InvalidInput, VerificationFailed

HASH_BYTES: Final = 32
MAX_PATH: Final = 64
"""A tree of 2^64 leaves; longer paths are refused before hashing."""

_NODE = b"\x01"
_SHARED_LEVELS: Final = 10
"""Leaves in the blocks of `Tree.paths`: 2 to this power."""


class Tree:
    """A sealed tree: all levels are kept, so each proof costs only its own length."""

    def __init__(self, leaf_hashes: Sequence[bytes]) -> None:
        """Build all levels. An odd last node moves up unchanged, which is RFC 6962's split.

        Raises:
            InvalidInput: no leaves, or one that is not 32 bytes.
        """
        if not leaf_hashes:
            raise InvalidInput("空树 / a tree needs at least one leaf")
        if any(len(leaf) != HASH_BYTES for leaf in leaf_hashes):
            raise InvalidInput("叶须为 32 字节 / a leaf hash has 32 bytes")
        level = list(leaf_hashes)
        self._levels = [level]
        while len(level) > 1:
            pairs = iter(level)
            above = [sha256(_NODE + left + right).digest() for left, right in zip(pairs, pairs)]  # noqa: B905 - one iterator twice
            if len(level) % 2:
                above.append(level[-1])
            self._levels.append(above)
            level = above

    @property
    def root(self) -> bytes:
        """The RFC 6962 tree head hash."""
        return self._levels[-1][0]

    @property
    def size(self) -> int:
        return len(self._levels[0])

    def path(self, index: int) -> list[bytes]:
        """The inclusion proof of leaf `index`, from the leaf upwards (RFC 9162 §2.1.3.1)."""
        if not 0 <= index < self.size:
            raise InvalidInput("叶序号越界 / no leaf with this index")
        found = []
        for level in self._levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):
                found.append(level[sibling])
            index >>= 1
        return found

    def paths(self) -> Iterator[bytes]:
        """Every leaf's inclusion proof in order, each as its hashes one after the other.

        The upper part of a path is shared by neighbours and made once: all proofs together cost
        one concatenation a node. Only one block of leaves is held at a time.
        """
        top = min(_SHARED_LEVELS, len(self._levels) - 1)
        above = [b""]
        for level in reversed(self._levels[top:-1]):
            above = _descend(level, above)
        for place, path in enumerate(above):
            paths, start = [path], place
            for level in reversed(self._levels[:top]):
                start *= 2
                paths = _descend(level[start : start + 2 * len(paths)], paths)
            yield from paths


def split(path: bytes) -> tuple[bytes, ...]:
    """The hashes of a proof that `Tree.paths` gave."""
    return tuple(path[at : at + HASH_BYTES] for at in range(0, len(path), HASH_BYTES))


def _descend(level: Sequence[bytes], above: Sequence[bytes]) -> list[bytes]:
    """The paths of a level's nodes from those of their parents."""
    pairs = iter(level)
    found = [
        path
        for left, right, parent in zip(pairs, pairs, above)  # noqa: B905 - one iterator twice
        for path in (right + parent, left + parent)
    ]
    if len(level) % 2:
        found.append(above[-1])  # moved up unchanged: no sibling here
    return found


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Check an inclusion proof, RFC 9162 §2.1.3.2.

    The path's length is fixed by index and size, so a shortened or padded proof fails.

    Raises:
        VerificationFailed: the path does not lead from the leaf to the root.
    """
    if not 0 <= index < size:
        raise VerificationFailed("叶序号不在树内 / the leaf index lies outside the tree")
    if len(path) > MAX_PATH or any(len(p) != HASH_BYTES for p in (*path, leaf_hash, root)):
        raise VerificationFailed("证明格式有误 / malformed inclusion proof")
    node, last, current = leaf_hash, size - 1, index
    for sibling in path:
        if last == 0:
            raise VerificationFailed("证明过长 / the inclusion proof is too long")
        if current % 2 or current == last:
            node = sha256(_NODE + sibling + node).digest()
            while current % 2 == 0 and current:
                current >>= 1
                last >>= 1
        else:
            node = sha256(_NODE + node + sibling).digest()
        current >>= 1
        last >>= 1
    if last != 0:
        raise VerificationFailed("证明过短 / the inclusion proof is too short")
    if node != root:
        raise VerificationFailed("证明不能到达树根 / the path does not lead to the root")
