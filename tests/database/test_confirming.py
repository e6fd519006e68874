"""Receipts, finality, reorganisations within and beyond it."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from api import anchoring
from certs.models import Certificate
from chain.ledger import AgreeingLedger
from chain.models import Anchor, Attempt, Batch, Transaction
from chain.simulated import SimulatedLedger
from core.errors import OutcomeUnknown
from core.lifecycle import Transition
from tests.grounds.anchoring import ANCHORER, Bench, simulated_bench
from tests.grounds.database import Cluster


@pytest.fixture
def bench(postgres: Cluster) -> Iterator[Bench]:
    with simulated_bench(postgres.fresh()) as made:
        yield made


def mined(bench: Bench, leaves: int = 1) -> None:
    bench.leaves(leaves)
    bench.run("seal", "sign", "broadcast")
    bench.ledger.chain.mine()
    bench.run("confirm")


def anchored(bench: Bench, leaves: int = 1) -> list[uuid.UUID]:
    found = bench.leaves(leaves)
    bench.run("seal", "sign", "broadcast")
    bench.ledger.chain.mine(3)
    bench.run("confirm")
    return found


class TestFinality:
    def test_waits_for_every_confirmation(self, bench: Bench) -> None:
        mined(bench)
        for more in (0, 1):
            bench.ledger.chain.mine(more)
            bench.run("confirm")
            assert bench.statuses() == [("open", ["mined"])]
        bench.ledger.chain.mine()
        bench.run("confirm")
        assert bench.statuses() == [("final", ["final"])]

    def test_asks_a_chain_that_mines_on_demand_for_the_missing_blocks(self, bench: Bench) -> None:
        bench.ledger.chain.automine = True
        bench.leaves()
        bench.run("seal", "sign", "broadcast", "confirm")
        assert bench.statuses() == [("final", ["final"])]
        assert bench.one(Anchor).confirmations == 3

    def test_a_provider_that_lags_undoes_nothing(self, bench: Bench) -> None:
        mined(bench)
        bench.ledger.lag = 1
        bench.run("confirm", "confirm")
        assert bench.statuses() == [("open", ["mined"])]

    def test_bytes_go_out_again_when_the_chain_became_shorter(self, bench: Bench) -> None:
        mined(bench)
        chain = bench.ledger.chain
        chain.blocks = chain.blocks[:1]
        bench.run("confirm", "broadcast")
        assert len(chain.pool) == 1
        chain.mine(3)
        bench.run("confirm")
        assert bench.statuses() == [("final", ["final"])]

    @pytest.mark.parametrize("requeue", [True, False])
    def test_a_reorganisation_before_finality_sends_the_same_bytes_again(
        self, bench: Bench, *, requeue: bool
    ) -> None:
        mined(bench, 3)
        bench.ledger.chain.reorg(1, requeue=requeue)
        bench.run("confirm")
        assert bench.statuses() == [("open", ["reorged"])]
        bench.run("broadcast")
        bench.ledger.chain.mine(3)
        bench.run("confirm")
        assert bench.statuses() == [("final", ["final"])]
        assert len(set(bench.ledger.sent)) == 1
        assert bench.verify_all() == 3


class TestRevert:
    def test_a_refused_call_gets_a_new_nonce_three_times_and_then_an_operator(
        self, bench: Bench
    ) -> None:
        bench.leaves()
        holders = bench.ledger.chain.holders
        bench.ledger.chain.holders = frozenset()
        bench.run("seal")
        for _ in range(4):
            bench.run("sign", "broadcast")
            bench.ledger.chain.mine(3)
            bench.run("confirm")
        assert bench.statuses() == [("failed", ["reverted"])] * 3
        assert {"call-reverted", "batch-stuck"} <= bench.alarms()
        bench.ledger.chain.holders = holders
        bench.run("sign")
        assert len(bench.all(Transaction)) == 3

    def test_a_stuck_batch_does_not_hold_up_the_others(self, bench: Bench) -> None:
        self.test_a_refused_call_gets_a_new_nonce_three_times_and_then_an_operator(bench)
        anchored(bench)
        assert bench.statuses()[-1] == ("final", ["final"])


class TestBeyondFinality:
    def certificate(self, bench: Bench, evidence: uuid.UUID, *, made: bool) -> None:
        with bench.session() as session:
            session.add(
                Certificate(
                    id=uuid.uuid4(), evidence_id=evidence, edition=1, number=f"{evidence}-1",
                    sample=True,
                    content=b"{}", frozen_at=datetime.now(UTC), pdf_sha256="00" if made else None,
                )
            )  # fmt: skip

    def recheck(self, bench: Bench) -> None:
        anchoring.recheck(bench.services)

    def test_suspends_sends_again_and_renews_with_the_history_kept(self, bench: Bench) -> None:
        evidence, other = anchored(bench, 2)
        self.certificate(bench, evidence, made=True)
        self.certificate(bench, other, made=False)
        before = bench.one(Anchor)
        bench.ledger.chain.reorg(3, requeue=False)
        self.recheck(bench)
        assert bench.one(Anchor).suspended_at is not None
        assert bench.statuses() == [("open", ["reorged"])]
        assert bench.alarms() == {"deep-reorg"}
        assert all(c.superseded_at is None for c in bench.all(Certificate))
        bench.run("broadcast")
        bench.ledger.chain.mine(3)
        bench.run("confirm")
        after = bench.one(Anchor)
        assert after.suspended_at is None
        assert after.block_hash != before.block_hash
        assert after.transaction_hash == before.transaction_hash
        assert bench.alarms() == set()
        assert bench.verify_all() == 2
        certificates = {c.evidence_id: c for c in bench.all(Certificate)}
        assert certificates[evidence].superseded_at is not None
        assert certificates[evidence].content == b"{}"
        assert certificates[other].content is None
        history = [t.became for t in bench.all(Transition) if t.lifecycle == "transaction"]
        assert history == ["final", "open", "final"]

    def test_a_branch_that_comes_back_restores_the_anchor_as_it_was(self, bench: Bench) -> None:
        (evidence,) = anchored(bench)
        self.certificate(bench, evidence, made=True)
        chain, before = bench.ledger.chain, bench.one(Anchor)
        old = list(chain.blocks)
        chain.reorg(3, requeue=False)
        self.recheck(bench)
        chain.blocks = old
        bench.run("confirm")
        after = bench.one(Anchor)
        assert (after.block_hash, after.suspended_at) == (before.block_hash, None)
        assert bench.one(Certificate).superseded_at is None

    def test_a_chain_that_is_too_short_suspends_nothing(self, bench: Bench) -> None:
        anchored(bench)
        bench.ledger.lag = 3
        self.recheck(bench)
        assert bench.one(Anchor).suspended_at is None

    def test_an_older_attempt_may_win_on_the_new_branch(self, bench: Bench) -> None:
        bench.leaves()
        bench.run("seal", "sign", "broadcast", "replace", "broadcast")
        bench.ledger.chain.mine(3)
        bench.run("confirm")
        assert bench.statuses() == [("final", ["replaced", "final"])]
        bench.ledger.chain.reorg(3, requeue=False)
        self.recheck(bench)
        old = next(a for a in bench.all(Attempt) if a.number == 1)
        bench.ledger.chain.mine_bytes(old.raw)
        bench.ledger.chain.mine(3)
        bench.run("confirm")
        assert bench.statuses() == [("final", ["final", "replaced"])]
        assert bench.one(Anchor).transaction_hash == old.hash

    def test_a_failure_that_left_the_chain_leaves_no_gap_in_the_nonces(self, bench: Bench) -> None:
        chain = bench.ledger.chain
        bench.leaves()
        holders, chain.holders = chain.holders, frozenset()
        bench.run("seal", "sign", "broadcast")
        chain.mine(3)
        bench.run("confirm")
        chain.holders = holders
        bench.run("sign", "broadcast")
        chain.mine(3)
        bench.run("confirm")
        assert bench.statuses() == [("failed", ["reverted"]), ("final", ["final"])]
        chain.reorg(len(chain.blocks) - 1, requeue=False)
        self.recheck(bench)
        for _ in range(4):
            bench.settle(1)
            chain.mine(3)
        assert chain.events(bench.one(Batch).root) == 1
        assert bench.one(Anchor).suspended_at is None
        assert bench.verify_all() == 1
        assert chain.blocks[-1].nonces[ANCHORER.address] == 2


class TestTwoProviders:
    def agreeing(self, bench: Bench) -> tuple[SimulatedLedger, SimulatedLedger]:
        first = bench.ledger
        second = SimulatedLedger(first.chain)
        bench.use(AgreeingLedger([first, second]))
        return first, second

    @pytest.mark.parametrize("fault", ["lag", "blind", "away"])
    def test_one_that_lags_or_shows_nothing_makes_everything_unknown(
        self, bench: Bench, fault: str
    ) -> None:
        mined(bench)
        _, second = self.agreeing(bench)
        second.chain.mine(5)
        setattr(second, fault, 9 if fault == "lag" else True)
        if fault == "away":
            with pytest.raises(OutcomeUnknown):
                bench.run("confirm")
        else:
            bench.run("confirm")
        assert bench.statuses() == [("open", ["mined"])]
        setattr(second, fault, 0)
        bench.run("confirm")
        assert bench.statuses() == [("final", ["final"])]

    def test_one_that_takes_the_bytes_is_enough(self, bench: Bench) -> None:
        _, second = self.agreeing(bench)
        second.cuts = True
        bench.leaves()
        bench.run("seal", "sign", "broadcast")
        assert bench.one(Attempt).status == "broadcast"
