"""Our keys: used by somebody else, poor, or behind the chain after a restore."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, text, update

from api import anchoring
from chain import guarding
from chain.models import Alarm, Anchor, Attempt, Batch, Sender, Transaction
from chain.signing import Call, LocalSigner, anchor_data
from core.errors import NotFound
from core.lifecycle import Transition
from tests.grounds.anchoring import (
    ANCHORER,
    CHAIN_ID,
    CONTRACT,
    REGISTRAR,
    STRANGER,
    Bench,
    simulated_bench,
)
from tests.grounds.database import Cluster


@pytest.fixture
def bench(postgres: Cluster) -> Iterator[Bench]:
    with simulated_bench(postgres.fresh()) as made:
        yield made


def used_elsewhere(bench: Bench, nonce: int, signer: LocalSigner = ANCHORER) -> None:
    """Somebody else signs with the key, and that is mined."""
    data = anchor_data(bytes([nonce + 1]) * 32, 1)
    call = Call(CHAIN_ID, nonce, CONTRACT, data, 150_000, 10**10, 10**9)
    bench.ledger.chain.mine_bytes(signer.sign(call).raw)


def anchored(bench: Bench) -> None:
    bench.leaves()
    bench.run("seal", "sign", "broadcast")
    bench.ledger.chain.mine(3)
    bench.run("confirm")


def halted(bench: Bench) -> bool:
    return next(s for s in bench.all(Sender) if s.address == ANCHORER.address).halted is not None


class TestForeignUse:
    def test_a_nonce_we_never_gave_out_halts_the_key_before_it_signs(self, bench: Bench) -> None:
        used_elsewhere(bench, 0)
        bench.leaves()
        bench.run("seal", "sign")
        assert bench.all(Transaction) == []
        assert halted(bench)
        assert bench.alarms() == {"key-halted"}

    def test_a_nonce_of_ours_that_others_used_halts_the_key_when_it_lasts(
        self, bench: Bench
    ) -> None:
        bench.leaves()
        bench.run("seal", "sign", "broadcast")
        bench.ledger.chain.drop()
        used_elsewhere(bench, 0)
        anchoring.watch_keys(bench.services)
        anchoring.watch_keys(bench.services)
        assert halted(bench)
        assert {"key-halted", "nonce-taken"} <= bench.alarms()
        bench.leaves()
        bench.run("seal", "sign", "replace")
        assert len(bench.all(Attempt)) == 1

    def test_our_own_transaction_seen_a_moment_late_halts_nothing(self, bench: Bench) -> None:
        bench.leaves()
        bench.run("seal", "sign", "broadcast")
        bench.ledger.chain.mine()
        anchoring.watch_keys(bench.services)
        assert not halted(bench)
        assert bench.alarms() == set()

    def test_the_other_key_goes_on_while_one_is_halted(self, bench: Bench) -> None:
        used_elsewhere(bench, 0, REGISTRAR)
        anchoring.watch_keys(bench.services)
        anchored(bench)
        assert bench.statuses() == [("final", ["final"])]

    def test_resuming_signs_the_lost_call_anew_from_the_chains_nonce(self, bench: Bench) -> None:
        bench.leaves()
        bench.run("seal", "sign", "broadcast")
        bench.ledger.chain.drop()
        used_elsewhere(bench, 0)
        used_elsewhere(bench, 1)
        anchoring.watch_keys(bench.services)
        assert halted(bench)
        with bench.session() as session:
            guarding.resume(session, ANCHORER.address, CHAIN_ID, 2, now=_now())
        bench.run("sign", "broadcast")
        bench.ledger.chain.mine(3)
        bench.run("confirm")
        anchoring.watch_keys(bench.services)
        assert bench.statuses() == [("failed", ["replaced"]), ("final", ["final"])]
        assert bench.alarms() == set()

    def test_resuming_an_unknown_key_is_refused(self, bench: Bench) -> None:
        with pytest.raises(NotFound), bench.session() as session:
            guarding.resume(session, STRANGER.address, CHAIN_ID, 0, now=_now())

    def test_a_call_made_by_a_strangers_key_is_left_to_an_operator(self, bench: Bench) -> None:
        bench.leaves()
        bench.run("seal")
        batch = bench.one(Batch)
        bench.ledger.chain.holders |= {STRANGER.address}
        data = anchor_data(batch.root, batch.size)
        call = Call(CHAIN_ID, 0, CONTRACT, data, 150_000, 10**10, 10**9)
        bench.ledger.chain.mine_bytes(STRANGER.sign(call).raw)
        bench.run("sign", "sign")
        assert bench.all(Transaction) == []
        assert bench.alarms() == {"foreign-call"}


class TestRestore:
    def forget(self, bench: Bench, *, counter: int) -> None:
        """As after a restore from a backup that knows the batches only."""
        with bench.session() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            for model in (Anchor, Attempt, Transaction, Transition):
                session.execute(delete(model))
            session.execute(update(Batch).values(settled=False))
            session.execute(
                update(Sender).where(Sender.address == ANCHORER.address).values(next_nonce=counter)
            )

    def test_our_earlier_transactions_are_taken_over_not_repeated(self, bench: Bench) -> None:
        anchored(bench)
        anchored(bench)
        hashes = {anchor.transaction_hash for anchor in bench.all(Anchor)}
        self.forget(bench, counter=0)
        bench.run("sign", "sign", "confirm")
        assert {anchor.transaction_hash for anchor in bench.all(Anchor)} == hashes
        assert bench.statuses() == [("final", ["final"])] * 2
        anchored(bench)
        assert sorted(t.nonce for t in bench.all(Transaction)) == [0, 1, 2]
        assert bench.alarms() == set()
        assert bench.verify_all() == 3

    def test_work_that_only_the_chain_remembers_halts_the_key(self, bench: Bench) -> None:
        anchored(bench)
        self.forget(bench, counter=0)
        used_elsewhere(bench, 1)
        bench.run("sign", "confirm")
        anchoring.watch_keys(bench.services)
        assert bench.statuses() == [("final", ["final"])]
        assert bench.alarms() == {"key-halted"}

    def test_a_missing_nonce_halts_the_key(self, bench: Bench) -> None:
        anchored(bench)
        with bench.session() as session:
            session.execute(
                update(Sender).where(Sender.address == ANCHORER.address).values(next_nonce=3)
            )
        anchoring.watch_keys(bench.services)
        assert bench.alarms() == {"key-halted"}


class TestBalance:
    def test_too_little_money_is_an_alarm_until_there_is_more(self, bench: Bench) -> None:
        bench.ledger.chain.balance = bench.services.terms.low_balance - 1
        anchoring.watch_keys(bench.services)
        assert {a.subject for a in bench.all(Alarm)} == {
            ANCHORER.address.hex(),
            REGISTRAR.address.hex(),
        }
        assert bench.alarms() == {"low-balance"}
        bench.ledger.chain.balance += 1
        anchoring.watch_keys(bench.services)
        assert bench.alarms() == set()


def _now() -> datetime:
    return datetime.now(UTC)
