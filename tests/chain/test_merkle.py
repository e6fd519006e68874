"""The RFC 6962 tree: known roots, every proof, nothing else."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.merkle import Tree, split, verify_inclusion
from core.errors import InvalidInput, VerificationFailed

leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)
# The test vectors of certificate-transparency's own tree (RFC 6962 implementations share them).
INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def hashed(text: str) -> bytes:
    return sha256(b"\x00" + bytes.fromhex(text)).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert Tree([hashed(text) for text in INPUTS[:size]]).root.hex() == ROOTS[size - 1]


@settings(deadline=None)
@given(leaves)
def test_every_leaf_proves_its_place(items: list[bytes]) -> None:
    tree = Tree(items)
    for place, leaf in enumerate(items):
        verify_inclusion(leaf, place, tree.size, tree.path(place), tree.root)


@settings(deadline=None)
@given(leaves, st.data())
def test_any_flipped_bit_is_found(items: list[bytes], data: st.DataObject) -> None:
    tree = Tree(items)
    place = data.draw(st.integers(0, len(items) - 1))
    parts = [items[place], tree.root, *tree.path(place)]
    which, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
    changed = bytearray(parts[which])
    changed[bit // 8] ^= 1 << bit % 8
    parts[which] = bytes(changed)
    with pytest.raises(VerificationFailed):
        verify_inclusion(parts[0], place, tree.size, parts[2:], parts[1])


@pytest.mark.parametrize("size", [*range(1, 70), 1023, 1024, 1025, 2047, 3001, 4097])
def test_all_paths_at_once_are_those_of_each_leaf(size: int) -> None:
    tree = Tree([sha256(b"%d" % number).digest() for number in range(size)])
    paths = [list(split(path)) for path in tree.paths()]
    assert paths == [tree.path(index) for index in range(size)]


@settings(deadline=None)
@given(leaves, st.data())
def test_a_path_that_is_cut_or_padded_is_refused(items: list[bytes], data: st.DataObject) -> None:
    tree = Tree(items)
    place = data.draw(st.integers(0, len(items) - 1))
    path = tree.path(place)
    for wrong in ([*path, bytes(32)], path[:-1]):
        if wrong != path:
            with pytest.raises(VerificationFailed):
                verify_inclusion(items[place], place, tree.size, wrong, tree.root)


def test_a_repeated_last_leaf_makes_another_root() -> None:
    items = [hashed("00"), hashed("10"), hashed("2021")]
    assert Tree(items).root != Tree([*items, items[-1]]).root


def test_an_inner_node_is_not_taken_for_a_leaf() -> None:
    items = [hashed("00"), hashed("10"), hashed("2021"), hashed("3031")]
    inner = sha256(b"\x01" + items[0] + items[1]).digest()
    other = sha256(b"\x01" + items[2] + items[3]).digest()
    with pytest.raises(VerificationFailed):
        verify_inclusion(inner, 0, 4, [other], Tree(items).root)


@pytest.mark.parametrize("items", [[], [b"short"]])
def test_no_leaves_and_short_leaves_are_refused(items: list[bytes]) -> None:
    with pytest.raises(InvalidInput):
        Tree(items)


@pytest.mark.parametrize("place", [-1, 1])
def test_a_place_outside_the_tree_has_no_path(place: int) -> None:
    with pytest.raises(InvalidInput):
        Tree([bytes(32)]).path(place)
