"""Signing, sending and replacing, on a real database and a simulated chain."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chain.models import Anchor, Attempt, Sender, Transaction
from tests.grounds.anchoring import ANCHORER, Bench, simulated_bench
from tests.grounds.database import Cluster


@pytest.fixture
def bench(postgres: Cluster) -> Iterator[Bench]:
    with simulated_bench(postgres.fresh()) as made:
        yield made


class TestSign:
    def test_keeps_the_bytes_before_anything_is_sent(self, bench: Bench) -> None:
        bench.leaves(3)
        bench.run("seal", "sign")
        assert bench.one(Attempt).status == "signed"
        assert bench.ledger.sent == []

    def test_gives_consecutive_nonces_and_moves_the_counter_with_them(self, bench: Bench) -> None:
        for _ in range(3):
            bench.leaves()
            bench.run("seal", "sign")
        assert sorted(t.nonce for t in bench.all(Transaction)) == [0, 1, 2]
        counters = {s.address: s.next_nonce for s in bench.all(Sender)}
        assert counters[ANCHORER.address] == 3

    def test_refuses_a_chain_with_another_id_and_says_so(self, bench: Bench) -> None:
        bench.leaves()
        bench.ledger.claimed_chain_id = 1
        bench.run("seal", "sign")
        assert bench.all(Attempt) == []
        assert bench.alarms() == {"wrong-chain"}
        bench.ledger.claimed_chain_id = None
        bench.run("sign")
        assert bench.alarms() == set()
        assert len(bench.all(Attempt)) == 1

    def test_waits_while_the_fee_is_above_the_cap_and_goes_on_when_it_falls(
        self, bench: Bench
    ) -> None:
        bench.leaves()
        bench.ledger.chain.base_fee = bench.services.terms.max_fee_cap
        bench.run("seal", "sign")
        assert bench.all(Transaction) == []
        assert bench.alarms() == {"fee-cap"}
        bench.ledger.chain.base_fee = 10**9
        bench.run("sign")
        assert len(bench.all(Transaction)) == 1
        assert bench.alarms() == set()


class TestBroadcast:
    def test_a_connection_cut_after_forwarding_leads_to_one_transaction(self, bench: Bench) -> None:
        bench.leaves(2)
        bench.ledger.cuts = True
        bench.run("seal", "sign", "broadcast")
        assert bench.one(Attempt).status == "signed"
        bench.ledger.chain.mine(3)
        bench.run("broadcast", "confirm")
        assert bench.statuses() == [("final", ["final"])]
        assert bench.verify_all() == 2

    def test_a_dropped_transaction_is_sent_again_with_the_same_bytes(self, bench: Bench) -> None:
        bench.leaves()
        bench.run("seal", "sign", "broadcast")
        bench.ledger.chain.drop()
        bench.run("broadcast")
        assert len(bench.ledger.sent) == 2
        assert len(set(bench.ledger.sent)) == 1
        assert len(bench.ledger.chain.pool) == 1

    def test_an_absent_receipt_ends_nothing(self, bench: Bench) -> None:
        bench.leaves()
        bench.terms(replace_after=timedelta(hours=1))
        bench.run("seal", "sign", "broadcast")
        bench.ledger.chain.mine(9)
        bench.ledger.blind = True
        bench.settle()
        assert bench.statuses() == [("open", ["broadcast"])]
        bench.ledger.blind = False
        bench.run("confirm")
        assert bench.statuses() == [("final", ["final"])]


class TestReplace:
    def test_raises_both_fees_by_an_eighth_and_keeps_the_nonce(self, bench: Bench) -> None:
        bench.leaves()
        bench.run("seal", "sign", "broadcast", "replace")
        old, new = sorted(bench.all(Attempt), key=lambda attempt: attempt.number)
        assert new.max_fee * 1000 >= old.max_fee * 1125
        assert new.max_priority_fee * 1000 >= old.max_priority_fee * 1125
        assert len(bench.all(Transaction)) == 1

    def test_the_old_attempt_may_still_win(self, bench: Bench) -> None:
        bench.leaves()
        bench.run("seal", "sign", "broadcast", "replace", "broadcast")
        old = next(a for a in bench.all(Attempt) if a.number == 1)
        bench.ledger.chain.mine_bytes(old.raw)
        bench.ledger.chain.mine(3)
        bench.run("confirm")
        assert bench.statuses() == [("final", ["final", "replaced"])]
        assert bench.one(Anchor).transaction_hash == old.hash

    def test_bytes_that_a_node_refuses_for_their_fee_are_replaced(self, bench: Bench) -> None:
        bench.leaves()
        bench.run("seal", "sign")
        bench.ledger.chain.base_fee = 50 * 10**9
        bench.run("broadcast", "replace", "broadcast")
        bench.ledger.chain.mine(3)
        bench.run("confirm")
        assert bench.statuses() == [("final", ["replaced", "final"])]

    def test_never_goes_above_the_cap_but_goes_on_sending(self, bench: Bench) -> None:
        bench.leaves()
        bench.run("seal", "sign", "broadcast")
        bench.terms(max_fee_cap=bench.one(Attempt).max_fee)
        before = len(bench.ledger.sent)
        bench.run("replace", "broadcast")
        assert len(bench.all(Attempt)) == 1
        assert len(bench.ledger.sent) == before + 1
        assert bench.alarms() == {"fee-cap"}
