"""RLP, Keccak and the receipt trie, against values published elsewhere and a second library."""

import pytest
import rlp as reference
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from chain import blockdata, patricia, rlp
from chain.keccak import keccak256
from core.errors import VerificationFailed

nested = st.recursive(
    st.binary(max_size=80), lambda inner: st.lists(inner, max_size=5), max_leaves=12
)


def depth(item: rlp.Item) -> int:
    return 1 + max(map(depth, item), default=0) if isinstance(item, list) else 0


def test_keccak_is_ethereums_and_not_the_later_standard() -> None:
    assert keccak256(b"").hex() == (
        "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    )
    assert keccak256(b"Transfer(address,address,uint256)").hex() == (
        "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    )


class TestRlp:
    @settings(deadline=None)
    @given(nested)
    def test_reads_what_the_reference_library_writes(self, value: rlp.Item) -> None:
        assume(depth(value) <= rlp.MAX_DEPTH)
        assert rlp.decode(reference.encode(value)) == value

    def test_refuses_what_is_nested_too_deep(self) -> None:
        value: rlp.Item = b""
        for _ in range(rlp.MAX_DEPTH + 1):
            value = [value]
        with pytest.raises(VerificationFailed):
            rlp.decode(reference.encode(value))

    @settings(deadline=None)
    @given(st.binary(max_size=120))
    def test_refuses_whatever_is_not_the_one_spelling(self, data: bytes) -> None:
        try:
            value = rlp.decode(data)
        except VerificationFailed:
            return
        assert reference.encode(value) == data

    @pytest.mark.parametrize("text", ["8100", "b800", "c1", "8000", "bf", "f800", "b90001ff"])
    def test_refuses_known_bad_spellings(self, text: str) -> None:
        with pytest.raises(VerificationFailed):
            rlp.decode(bytes.fromhex(text))

    @settings(deadline=None)
    @given(st.integers(0, 2**32 - 1))
    def test_writes_an_index_as_the_reference_does(self, index: int) -> None:
        assert rlp.encode_index(index) == reference.encode(index)


class TestTrie:
    @settings(deadline=None)
    @given(st.integers(1, 200), st.data())
    def test_every_receipt_proves_its_place(self, count: int, data: st.DataObject) -> None:
        receipts = [b"\x02" + bytes([place % 256]) * (40 + place) for place in range(count)]
        trie = blockdata.receipt_trie(receipts)
        place = data.draw(st.integers(0, count - 1))
        nodes = blockdata.proof_nodes(trie, place)
        key = rlp.encode_index(place)
        assert patricia.value_at(trie.root_hash, key, nodes) == receipts[place]

    def test_nodes_shorter_than_a_hash_lie_inside_their_parents(self) -> None:
        trie = HexaryTrie({})
        for place in range(20):
            trie[reference.encode(place)] = bytes([place + 1])
        for place in range(20):
            nodes = blockdata.proof_nodes(trie, place)
            key = rlp.encode_index(place)
            assert patricia.value_at(trie.root_hash, key, nodes) == bytes([place + 1])

    def test_a_changed_missing_or_surplus_node_is_refused(self) -> None:
        trie = blockdata.receipt_trie([bytes([place]) * 60 for place in range(1, 40)])
        nodes, key = blockdata.proof_nodes(trie, 20), rlp.encode_index(20)
        changed = bytes([nodes[-1][0], nodes[-1][1] ^ 1]) + nodes[-1][2:]
        for wrong in ((*nodes[:-1], changed), nodes[:-1], (*nodes, nodes[-1]), ()):
            with pytest.raises(VerificationFailed):
                patricia.value_at(trie.root_hash, key, wrong)

    def test_another_key_is_not_found(self) -> None:
        trie = blockdata.receipt_trie([bytes([place]) * 60 for place in range(1, 40)])
        nodes = blockdata.proof_nodes(trie, 20)
        with pytest.raises(VerificationFailed):
            patricia.value_at(trie.root_hash, rlp.encode_index(21), nodes)
