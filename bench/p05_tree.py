"""P5: a tree and all its inclusion proofs, beside the hashing alone and beside other libraries.

Everyone starts from the same statements of 64 bytes and ends with a root and a proof for every
leaf. The bound is the same number of SHA-256 calls over bytes that lie ready, and nothing else.
"""

import gc
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from bench import installing
from bench.figures import Row, Series, Target, ratio
from bench.installing import PeerMissing
from bench.machine import version
from bench.terms import Terms
from chain.merkle import Tree, split, verify_inclusion

STATEMENT_BYTES = 64
_OURS, _BOUND, _TREE = "ours: tree and all proofs", "bound: the hashes alone", "ours: tree alone"
_PEERS = {
    "merkletreejs": (5.0, lambda: [installing.node(), installing.SCRIPTS / "tree.mjs"]),
    "python-opentimestamps": (8.0, lambda: [installing.python(), installing.SCRIPTS / "ots.py"]),
}


def measure(terms: Terms) -> Row:
    """Rounds in which the bound, we and each peer run once."""
    leaves, rounds = terms.size(1_000_000, 2_000), terms.size(3, 2)
    missing: list[str] = []
    seconds: dict[str, list[float]] = {_BOUND: [], _TREE: [], _OURS: []}
    for _ in range(rounds):
        seconds[_BOUND].append(_bound(leaves))
        tree, whole = _ours(leaves)
        seconds[_TREE].append(tree)
        seconds[_OURS].append(whole)
        for name, (_, words) in _PEERS.items():
            if any(name in each for each in missing):
                continue
            try:
                seconds.setdefault(name, []).append(_peer(words, leaves))
            except PeerMissing as reason:
                seconds.pop(name)
                missing.append(f"{name}: {reason}")
    return Row(
        id="P5",
        title=f"tree and all inclusion proofs, {leaves:,} leaves",
        series=tuple(Series(name, "s", tuple(taken)) for name, taken in seconds.items()),
        targets=(
            Target(
                "tree and all proofs against the hash-only bound",
                "at most",
                1.3,
                ratio(seconds[_OURS], seconds[_BOUND]),
            ),
            *(_against(name, least, seconds) for name, (least, _) in _PEERS.items()),
        ),
        missing=tuple(missing),
        notes=(
            f"The bound is {2 * leaves - 1:,} SHA-256 calls: one a leaf, one an inner node.",
            "Each proof is made and handed on, as sealing does; none but one is kept, on any side.",
            "A proof of each round was verified against its root before the round counted.",
        ),
        circumstances=_versions(missing),
    )


def _against(name: str, least: float, seconds: dict[str, list[float]]) -> Target:
    theirs = seconds.get(name)
    return Target(
        f"times as fast as {name}, tree and all proofs",
        "at least",
        least,
        None if theirs is None else ratio(theirs, seconds[_OURS]),
    )


def _bound(leaves: int) -> float:
    first = [b"\x00" + each for each in _statements(leaves)]
    above = [b"\x01" + bytes(64)] * (leaves - 1)
    return _timed(lambda: [sha256(each).digest() for each in (*first, *above)])


def _ours(leaves: int) -> tuple[float, float]:
    """Seconds for the tree from statements, and for tree and proofs."""
    statements = _statements(leaves)
    gc.collect()
    began = time.perf_counter()
    hashes = [sha256(b"\x00" + each).digest() for each in statements]
    tree = Tree(hashes)
    built = time.perf_counter()
    kept = b""
    for index, path in enumerate(tree.paths()):
        if index == leaves - 2:
            kept = path
    done = time.perf_counter()
    verify_inclusion(hashes[-2], leaves - 2, leaves, split(kept), tree.root)
    return built - began, done - began


def _peer(words: Callable[[], list[Path]], leaves: int) -> float:
    answer = installing.run([*map(str, words()), str(leaves), str(STATEMENT_BYTES)])
    assert answer["verified"], answer
    return float(answer["seconds"])


def _statements(count: int) -> list[bytes]:
    return [index.to_bytes(STATEMENT_BYTES, "big") for index in range(count)]


def _timed(act: Callable[[], object]) -> float:
    gc.collect()
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _versions(missing: list[str]) -> dict[str, str]:
    found = {"yinji": version("yinji")}
    if not any("merkletreejs" in each for each in missing):
        found |= installing.node_version("merkletreejs")
    if not any("opentimestamps" in each for each in missing):
        found |= installing.python_versions("opentimestamps")
    return found
