"""The anchoring jobs on a database of their own, over whatever ledger a test gives them."""

import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import eth_account  # noqa: F401 - raises the recursion limit when imported: not amid a Hypothesis run
from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import Session

from accounts.models import Account
from api import anchoring
from api.database import transaction
from api.settings import Settings
from api.wiring import Services
from chain.ledger import Ledger
from chain.merkle import Tree
from chain.models import Alarm, Anchor, Attempt, Batch, Leaf, Transaction
from chain.proof import Proof, parse_block, verify
from chain.sealing import BatchLimits
from chain.sending import ChainTerms, ensure_sender
from chain.signing import LocalSigner
from chain.simulated import SimulatedChain, SimulatedLedger
from evidence.models import Evidence, StatementRow, Work, WorkVersion

ANCHORER = LocalSigner(bytes.fromhex("11" * 32))
REGISTRAR = LocalSigner(bytes.fromhex("22" * 32))
STRANGER = LocalSigner(bytes.fromhex("33" * 32))
CONTRACT = bytes.fromhex("c0" * 20)
CHAIN_ID = 4_242
AT_ONCE = ChainTerms(
    CHAIN_ID,
    CONTRACT,
    depth=3,
    resend_after=timedelta(0),
    replace_after=timedelta(0),
    foreign_after=timedelta(0),
)
"""Nothing waits: what is due after a while in life is due at the next look here."""


def simulated_chain(*, automine: bool = False) -> SimulatedChain:
    holders = frozenset({ANCHORER.address, REGISTRAR.address})
    return SimulatedChain(CHAIN_ID, CONTRACT, holders, automine=automine)


@dataclass(eq=False)
class Bench:
    """Services whose chain parts a test has chosen; the rest is never touched."""

    services: Services
    account: uuid.UUID

    @property
    def ledger(self) -> Any:
        return self.services.ledger

    def use(self, ledger: Ledger) -> None:
        self.services.__dict__["ledger"] = ledger

    def terms(self, **changes: Any) -> None:
        self.services.__dict__["terms"] = replace(self.services.terms, **changes)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with transaction(self.services.sessions) as session:
            yield session

    def leaves(self, count: int = 1) -> list[uuid.UUID]:
        """As many statements that wait for a batch."""
        now = datetime.now(UTC) - timedelta(minutes=1)
        rows: dict[Any, list[dict[str, Any]]] = {
            Work: [], WorkVersion: [], Evidence: [], StatementRow: [],
        }  # fmt: skip
        found = []
        for _ in range(count):
            work, version, evidence = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
            found.append(evidence)
            rows[Work].append({"id": work, "owner_id": self.account, "created_at": now})
            rows[WorkVersion].append(
                {"id": version, "work_id": work, "number": 1, "tags": [], "authors": [],
                 "created_at": now, "frozen_at": now}
            )  # fmt: skip
            rows[Evidence].append(
                {"id": evidence, "number": evidence.hex, "check_code": "", "owner_id": self.account,
                 "version_id": version, "custody_mode": "hash_only",
                 "idempotency_key": evidence.hex, "request_digest": b"", "submitted_at": now,
                 "stated_at": now, "public": False}
            )  # fmt: skip
            rows[StatementRow].append(
                {"evidence_id": evidence, "body": b"{}", "leaf_hash": secrets.token_bytes(32),
                 "fixed_at": now}
            )  # fmt: skip
        with self.session() as session:
            for model, values in rows.items():
                session.execute(insert(model), values)
        return found

    def run(self, *jobs: str) -> None:
        """Run jobs of `api.anchoring` by name, each once."""
        for job in jobs:
            getattr(anchoring, job)(self.services)

    def settle(self, rounds: int = 6) -> None:
        """Everything again and again, as the worker's ticks do."""
        for _ in range(rounds):
            self.run("seal", "sign", "broadcast", "confirm", "replace")

    def all(self, model: Any) -> list[Any]:
        with self.session() as session:
            return list(session.scalars(select(model)))

    def one(self, model: Any) -> Any:
        (found,) = self.all(model)
        return found

    def alarms(self) -> set[str]:
        """Kinds of open alarms, without the key in them."""
        return {a.kind.partition(":")[0] for a in self.all(Alarm) if a.cleared_at is None}

    def statuses(self) -> list[tuple[str, list[str]]]:
        """Each transaction's status with those of its attempts, by nonce."""
        with self.session() as session:
            found = []
            for each in session.scalars(select(Transaction).order_by(Transaction.nonce)):
                attempts = session.scalars(
                    select(Attempt.status)
                    .where(Attempt.transaction_id == each.id)
                    .order_by(Attempt.number)
                )
                found.append((each.status, list(attempts)))
            return found

    def verify_all(self) -> int:
        """Check the proof of every leaf of every standing anchor; how many there were."""
        checked = 0
        with self.session() as session:
            for anchor in session.scalars(select(Anchor).where(Anchor.suspended_at.is_(None))):
                batch = session.get_one(Batch, anchor.batch_id)
                leaves = session.scalars(
                    select(Leaf.leaf_hash).where(Leaf.batch_id == batch.id).order_by(Leaf.index)
                ).all()
                tree, block = Tree(leaves), parse_block(anchor.block_document)
                for place, leaf in enumerate(leaves):
                    proof = Proof(
                        place, tree.size, tuple(tree.path(place)), batch.root, anchor.chain_id,
                        anchor.contract, anchor.transaction_hash,
                    )  # fmt: skip
                    assert verify(leaf, proof, block).hash == anchor.block_hash
                    checked += 1
        return checked


@contextmanager
def bench(url: str, ledger: Ledger, terms: ChainTerms = AT_ONCE) -> Iterator[Bench]:
    """A bench on a fresh database at `url`."""
    settings = Settings.from_environment(
        {
            "DATABASE_URL": url,
            "BROKER_URL": "memory://",
            "YINJI_PUBLIC_URL": "http://127.0.0.1",
            "YINJI_RPC_URLS": "http://127.0.0.1:9",
        },
        Path("/nonexistent"),
    )
    settings = replace(
        settings, chain=replace(settings.chain, batch=BatchLimits(size=8, age=timedelta(0)))
    )
    services = Services(settings)
    parts = {"ledger": ledger, "terms": terms, "anchorer": ANCHORER, "registrar": REGISTRAR}
    services.__dict__.update(parts)
    services.__dict__["engine"] = create_engine(url, pool_size=8)
    account = uuid.uuid4()
    with transaction(services.sessions) as session:
        session.add(
            Account(id=account, email=f"{account.hex}@test", name="t", created_at=datetime.now(UTC))
        )
        for signer in (ANCHORER, REGISTRAR):
            ensure_sender(session, signer.address, terms.chain_id, 0)
    try:
        yield Bench(services, account)
    finally:
        services.engine.dispose()


@contextmanager
def simulated_bench(url: str, *, automine: bool = False) -> Iterator[Bench]:
    """A bench over a simulated chain that mines when told to."""
    with bench(url, SimulatedLedger(simulated_chain(automine=automine))) as made:
        yield made
