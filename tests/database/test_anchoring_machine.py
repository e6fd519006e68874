"""Any order of work, crashes and misbehaviour of the chain ends with every leaf anchored once.

The jobs are the real ones, on a real database; the chain is simulated. Whatever happens on the
way: nonces stay contiguous, no batch has two final transactions, no root is written twice, no
key is halted for nothing, and every standing anchor's proof verifies.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select, text, update

from api import anchoring
from chain import confirming, sending
from chain.lifecycle import TransactionStatus
from chain.models import Anchor, Attempt, Batch, Leaf, Sender, Transaction
from chain.simulated import SimulatedLedger
from core.errors import OutsideError
from evidence.models import StatementRow
from tests.grounds.anchoring import ANCHORER, AT_ONCE, Bench, bench, simulated_chain
from tests.grounds.database import Cluster

JOBS = ("seal", "sign", "broadcast", "confirm", "replace", "recheck", "watch_keys")
EMPTIED = "TRUNCATE statement, leaf, batch, transaction, attempt, anchor, alarm, transition, "
EMPTIED += "evidence, work_version, work CASCADE"


class Killed(BaseException):
    """The process died here; no handler may survive it."""


class DyingLedger:
    """Passes everything on, and dies before or after its n-th question."""

    def __init__(self, ledger: SimulatedLedger, after: int, *, acted: bool) -> None:
        self._ledger, self._left, self._acted = ledger, after, acted

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._ledger, name)

        def asked(*arguments: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._acted:
                raise Killed
            answer = real(*arguments)
            if self._left == 0:
                raise Killed
            return answer

        return asked


class Anchoring(RuleBasedStateMachine):
    def __init__(self, made: Bench) -> None:
        super().__init__()
        self.bench = made
        with made.session() as session:
            session.execute(text(EMPTIED))
            session.execute(update(Sender).values(next_nonce=0, halted=None))
        self.chain = simulated_chain()
        self.ledger = SimulatedLedger(self.chain)
        made.use(self.ledger)

    def work(self, job: str) -> None:
        with suppress(OutsideError):  # the worker logs it and comes back
            getattr(anchoring, job)(self.bench.services)

    @rule(count=st.integers(1, 12))
    def deposit(self, count: int) -> None:
        self.bench.leaves(count)

    @rule(jobs=st.lists(st.sampled_from(JOBS), min_size=1, max_size=6))
    def worker_runs(self, jobs: list[str]) -> None:
        for job in jobs:
            self.work(job)

    @rule()
    def worker_runs_everything(self) -> None:
        for job in JOBS:
            self.work(job)

    @rule(job=st.sampled_from(JOBS), after=st.integers(1, 6), acted=st.booleans())
    def worker_dies(self, job: str, after: int, *, acted: bool) -> None:
        self.bench.use(DyingLedger(self.ledger, after, acted=acted))
        try:
            self.work(job)
        except Killed:
            pass
        finally:
            self.bench.use(self.ledger)

    @rule(job=st.sampled_from(JOBS), blocks=st.integers(0, 4), depth=st.integers(0, 5))
    def slow_worker_records_what_it_saw_long_ago(self, job: str, blocks: int, depth: int) -> None:
        terms = self.bench.services.terms
        with self.bench.session() as session:
            watched = confirming.watched(session)
        try:
            seen = [(item, confirming.look(item, self.ledger, terms)) for item in watched]
        except OutsideError:
            return
        self.chain.mine(blocks)
        self.chain.reorg(depth, requeue=True)
        self.work(job)
        for item, sighting in seen:
            with self.bench.session() as session:
                confirming.record(session, item, sighting, terms, now=datetime.now(UTC))

    @rule(job=st.sampled_from(JOBS))
    def slow_worker_sends_what_it_read_long_ago(self, job: str) -> None:
        with self.bench.session() as session:
            waiting = sending.unsent(session, self.bench.services.terms, now=datetime.now(UTC))
        self.work(job)
        for item in waiting:
            accepted = True
            try:
                self.ledger.send(item.raw)
            except OutsideError:
                accepted = False
            with self.bench.session() as session:
                sending.record_sent(
                    session, item, accepted=accepted, reason="late", now=datetime.now(UTC)
                )

    @rule(count=st.integers(1, 4))
    def blocks_come(self, count: int) -> None:
        self.chain.mine(count)

    @rule(which=st.integers(0, 5))
    def an_older_attempt_is_mined(self, which: int) -> None:
        nonce = self.chain.blocks[-1].nonces.get(ANCHORER.address, 0)
        with self.bench.session() as session:
            raws = session.scalars(
                select(Attempt.raw)
                .join(Transaction, Transaction.id == Attempt.transaction_id)
                .where(Transaction.nonce == nonce, Attempt.sent_at.is_not(None))
                .order_by(Attempt.number)
            ).all()
        if raws:
            self.chain.mine_bytes(raws[which % len(raws)])

    @rule(depth=st.integers(1, 8), requeue=st.booleans())
    def chain_reorganises(self, depth: int, *, requeue: bool) -> None:
        self.chain.reorg(depth, requeue=requeue)

    @rule()
    def pool_is_lost(self) -> None:
        self.chain.drop()

    @rule(lag=st.integers(0, 4), cuts=st.booleans(), blind=st.booleans())
    def provider_changes(self, *, lag: int, cuts: bool, blind: bool) -> None:
        self.ledger.lag, self.ledger.cuts, self.ledger.blind = lag, cuts, blind

    @rule(gwei=st.sampled_from([1, 1, 20, 400, 600]))
    def fee_changes(self, gwei: int) -> None:
        self.chain.base_fee = gwei * 10**9

    @rule(refused=st.booleans())
    def role_is_taken_or_given(self, *, refused: bool) -> None:
        self.chain.holders = frozenset() if refused else frozenset({ANCHORER.address})

    @invariant()
    def nonces_are_contiguous_and_nobody_is_halted(self) -> None:
        with self.bench.session() as session:
            sender = session.get_one(Sender, (ANCHORER.address, AT_ONCE.chain_id))
            nonces = session.scalars(select(Transaction.nonce).order_by(Transaction.nonce)).all()
            assert list(nonces) == list(range(sender.next_nonce))
            assert sender.halted is None

    @invariant()
    def each_batch_is_final_and_written_at_most_once(self) -> None:
        with self.bench.session() as session:
            doubles = session.execute(
                select(Transaction.batch_id)
                .where(Transaction.status == TransactionStatus.FINAL)
                .group_by(Transaction.batch_id)
                .having(func.count() > 1)
            ).all()
            assert not doubles
            for root in session.scalars(select(Batch.root)):
                assert self.chain.events(root) <= 1
        self.bench.verify_all()

    def teardown(self) -> None:
        """The faults end; the work must end as well."""
        self.ledger.lag, self.ledger.cuts, self.ledger.blind = 0, False, False
        self.chain.base_fee = 10**9
        self.chain.holders = frozenset({ANCHORER.address})
        with self.bench.session() as session:
            # The operator has looked at what the taken role left behind.
            session.execute(text("UPDATE alarm SET cleared_at = raised_at"))
        for _ in range(60):
            for job in JOBS:
                self.work(job)
            self.chain.mine()
            if self.settled():
                break
        with self.bench.session() as session:
            leaves = session.scalar(select(func.count()).select_from(Leaf))
            statements = session.scalar(select(func.count()).select_from(StatementRow))
            for root in session.scalars(select(Batch.root)):
                assert self.chain.events(root) == 1
            for anchor in session.scalars(select(Anchor)):
                assert self.chain.blocks[anchor.block_number].hash == anchor.block_hash
        assert leaves == statements == self.bench.verify_all()

    def settled(self) -> bool:
        with self.bench.session() as session:
            batches = session.scalar(select(func.count()).select_from(Batch))
            standing = session.scalars(select(Anchor).where(Anchor.suspended_at.is_(None))).all()
            waiting = session.scalar(
                select(StatementRow.evidence_id)
                .outerjoin(Leaf, Leaf.evidence_id == StatementRow.evidence_id)
                .where(Leaf.evidence_id.is_(None))
                .limit(1)
            )
            canonical = all(
                self.ledger.canonical_hash(a.block_number) == a.block_hash for a in standing
            )
        return waiting is None and len(standing) == batches and canonical


def test_every_leaf_is_anchored_once_whatever_happens(postgres: Cluster) -> None:
    terms = sending.ChainTerms(
        AT_ONCE.chain_id,
        AT_ONCE.contract,
        depth=3,
        resend_after=timedelta(0),
        replace_after=timedelta(0),
        # No stranger uses the key here: whatever halts it is a false alarm.
        foreign_after=timedelta(days=1),
    )
    with bench(postgres.fresh(), SimulatedLedger(simulated_chain()), terms) as made:
        run_state_machine_as_test(
            lambda: Anchoring(made),
            settings=settings(
                max_examples=8,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
                # Shrinking would replay real transactions for minutes.
                phases=[Phase.generate],
            ),
        )
