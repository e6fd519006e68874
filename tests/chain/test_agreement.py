"""The seam: a simulated chain proves what it says, and several providers must agree."""

from dataclasses import replace
from typing import Any

import pytest

from chain import proof
from chain.ledger import AgreeingLedger, Fees, Receipt
from chain.merkle import Tree
from chain.sending import max_fee
from chain.signing import ANCHORED_TOPIC, Call, LocalSigner, anchor_data
from chain.simulated import SimulatedChain, SimulatedLedger
from core.errors import OutcomeUnknown, OutsideError, VerificationFailed

SIGNER = LocalSigner(bytes.fromhex("11" * 32))
CONTRACT = bytes.fromhex("c0" * 20)
TREE = Tree([bytes([place]) * 32 for place in range(5)])


def signed(nonce: int = 0, fee: int = 3 * 10**9, tree: Tree = TREE) -> bytes:
    data = anchor_data(tree.root, tree.size)
    return SIGNER.sign(Call(9, nonce, CONTRACT, data, 150_000, fee, fee // 3)).raw


@pytest.fixture
def chain() -> SimulatedChain:
    return SimulatedChain(9, CONTRACT, frozenset({SIGNER.address}))


@pytest.fixture
def ledger(chain: SimulatedChain) -> SimulatedLedger:
    return SimulatedLedger(chain)


def mined(ledger: SimulatedLedger) -> Receipt:
    ledger.send(signed())
    found = ledger.receipt(ledger.chain.blocks[-1].transactions[0].read.hash)
    assert found is not None
    return found


class TestSimulated:
    def test_its_blocks_prove_every_leaf(self, ledger: SimulatedLedger) -> None:
        receipt = mined(ledger)
        proven = ledger.prove(receipt)
        block = proof.BlockEvidence(proven.header, proven.index, 0, proven.nodes)
        for place in range(TREE.size):
            claim = proof.Proof(
                place, TREE.size, tuple(TREE.path(place)), TREE.root, 9, CONTRACT,
                receipt.transaction_hash,
            )  # fmt: skip
            found = proof.verify(bytes([place]) * 32, claim, proof.parse_block(block.encode()))
            assert found.hash == receipt.block_hash
            with pytest.raises(VerificationFailed):
                proof.verify(bytes(31) + b"x", claim, block)
            with pytest.raises(VerificationFailed):
                proof.verify(bytes([place]) * 32, replace(claim, contract=bytes(20)), block)

    def test_a_second_anchor_of_a_root_reverts(self, ledger: SimulatedLedger) -> None:
        mined(ledger)
        ledger.send(signed(nonce=1))
        second = ledger.chain.blocks[-1].transactions[0]
        assert not second.succeeded
        assert ledger.chain.events(TREE.root) == 1

    def test_a_replacement_must_pay_more(self, chain: SimulatedChain) -> None:
        chain.automine = False
        chain.submit(signed())
        with pytest.raises(OutcomeUnknown, match="underpriced"):
            chain.submit(signed(fee=3 * 10**9 + 1))
        chain.submit(signed(fee=4 * 10**9))

    def test_a_reorganisation_changes_the_hashes(self, chain: SimulatedChain) -> None:
        chain.mine(3)
        before = [block.hash for block in chain.blocks]
        chain.reorg(2, requeue=True)
        after = [block.hash for block in chain.blocks]
        assert before[:2] == after[:2]
        assert not set(before[2:]) & set(after[2:])

    def test_it_gives_the_bytes_behind_an_event(self, ledger: SimulatedLedger) -> None:
        assert ledger.call_behind(CONTRACT, ANCHORED_TOPIC, TREE.root, 0) is None
        mined(ledger)
        assert ledger.call_behind(CONTRACT, ANCHORED_TOPIC, TREE.root, 0) == signed()


class TestAgreement:
    def test_believes_what_all_say(self, chain: SimulatedChain, ledger: SimulatedLedger) -> None:
        receipt = mined(ledger)
        both = AgreeingLedger([ledger, SimulatedLedger(chain)])
        assert both.receipt(receipt.transaction_hash) == receipt
        assert both.prove(receipt).succeeded
        assert both.nonce(SIGNER.address) == 1

    @pytest.mark.parametrize("fault", [{"lag": 1}, {"blind": True}, {"away": True}])
    def test_a_difference_is_unknown(
        self, chain: SimulatedChain, ledger: SimulatedLedger, fault: dict[str, Any]
    ) -> None:
        receipt = mined(ledger)
        both = AgreeingLedger([ledger, SimulatedLedger(chain, **fault)])
        with pytest.raises(OutsideError):
            both.receipt(receipt.transaction_hash)

    def test_two_chain_ids_are_unknown(
        self, chain: SimulatedChain, ledger: SimulatedLedger
    ) -> None:
        both = AgreeingLedger([ledger, SimulatedLedger(chain, claimed_chain_id=1)])
        with pytest.raises(OutsideError):
            both.chain_id()

    def test_counts_finality_by_the_slowest(
        self, chain: SimulatedChain, ledger: SimulatedLedger
    ) -> None:
        chain.mine(9)
        both = AgreeingLedger([ledger, SimulatedLedger(chain, lag=4)])
        assert both.final_number(2) == 4
        assert both.head().number == 5

    def test_sends_through_all_and_one_acceptance_is_enough(
        self, chain: SimulatedChain, ledger: SimulatedLedger
    ) -> None:
        chain.automine = False
        cut = SimulatedLedger(chain, cuts=True)
        AgreeingLedger([cut, ledger]).send(signed())
        with pytest.raises(OutcomeUnknown):
            AgreeingLedger([cut, cut]).send(signed())


@pytest.mark.parametrize(
    ("base", "cap", "offer"), [(10, 100, 21), (60, 100, 100), (99, 100, 100), (100, 100, None)]
)
def test_the_offer_leaves_room_but_never_passes_the_cap(
    base: int, cap: int, offer: int | None
) -> None:
    assert max_fee(Fees(base=base, priority=1), cap) == offer
