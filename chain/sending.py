"""Rows 6 and 7: the intent is written before the irreversible act.

`sign_next` takes the nonce, signs and stores in one database transaction; the bytes are sent
only afterwards, by anybody, any number of times. An exception while sending means *unknown*.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chain import alarms
from chain.ledger import Fees
from chain.lifecycle import ATTEMPT, AttemptStatus, TransactionStatus
from chain.models import Attempt, Batch, Leaf, Revocation, Sender, Transaction
from chain.signing import Call, TransactionSigner, anchor_data, revoke_data
from core.errors import ConcurrentChange
from core.lifecycle import Lifecycle, move

ATTEMPTS: Final = Lifecycle("attempt", ATTEMPT)
_BUMP_NUMERATOR, _BUMP_DENOMINATOR = 1125, 1000
"""A replacement pays at least 12.5 % more: nodes ask 10 %, some 12.5 %."""

MAX_FAILURES: Final = 3
"""Nonces spent in vain on one call before an operator must look."""


@dataclass(frozen=True)
class ChainTerms:
    """How we use one chain. Fees in wei per gas, `low_balance` in wei, `depth` in blocks."""

    chain_id: int
    contract: bytes
    depth: int = 1
    gas: int = 150_000
    max_fee_cap: int = 500_000_000_000
    low_balance: int = 10**16
    resend_after: timedelta = timedelta(seconds=15)
    replace_after: timedelta = timedelta(seconds=60)


@dataclass(frozen=True)
class Unsent:
    """Stored bytes that a node should be given."""

    attempt_id: uuid.UUID
    status: AttemptStatus
    raw: bytes


def ensure_sender(session: Session, address: bytes, chain_id: int, chain_nonce: int) -> None:
    """The nonce counter of a key, begun at what the chain says when the key is new to us."""
    session.execute(
        insert(Sender)
        .values(address=address, chain_id=chain_id, next_nonce=chain_nonce)
        .on_conflict_do_nothing()
    )


def sign_next(
    session: Session,
    anchorer: TransactionSigner,
    registrar: TransactionSigner,
    fees: Fees,
    terms: ChainTerms,
    *,
    now: datetime,
) -> bool:
    """Sign one batch or revocation that has no live transaction. False when there is none."""
    if (batch := _next_batch(session)) is not None:
        data = anchor_data(batch.root, batch.size)
        return _sign(session, anchorer, data, fees, terms, now=now, batch_id=batch.id)
    if (revocation := _next_revocation(session)) is not None:
        leaf = session.scalars(
            select(Leaf.leaf_hash).where(Leaf.evidence_id == revocation.evidence_id)
        ).one()
        data = revoke_data(leaf, revocation.reason)
        return _sign(session, registrar, data, fees, terms, now=now, revocation_id=revocation.id)
    return False


def anything_to_sign(session: Session) -> bool:
    """Asked first, so that an idle worker does not question the chain every second."""
    return _next_batch(session) is not None or _next_revocation(session) is not None


def anything_stuck(session: Session, terms: ChainTerms, *, now: datetime) -> bool:
    """May `replace_stuck` find something?"""
    return (
        session.scalar(
            select(Attempt.id)
            .where(
                Attempt.status == AttemptStatus.BROADCAST,
                Attempt.signed_at < now - terms.replace_after,
            )
            .limit(1)
        )
        is not None
    )


def unsent(session: Session, terms: ChainTerms, *, now: datetime) -> Sequence[Unsent]:
    """The newest attempt of every open transaction that no block holds, due for (re)sending."""
    newest = (
        select(func.max(Attempt.number))
        .where(Attempt.transaction_id == Transaction.id)
        .correlate(Transaction)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Attempt.id, Attempt.status, Attempt.raw)
        .join(Transaction, Transaction.id == Attempt.transaction_id)
        .where(
            Transaction.status == TransactionStatus.OPEN,
            Attempt.number == newest,
            _due(now - terms.resend_after),
        )
        .order_by(Transaction.nonce)
    )
    return [Unsent(row.id, AttemptStatus(row.status), row.raw) for row in rows]


def record_sent(
    session: Session, item: Unsent, *, accepted: bool, reason: str, now: datetime
) -> None:
    """A node has the bytes, or (not `accepted`) nobody knows and they are sent again later."""
    if accepted and item.status in {AttemptStatus.SIGNED, AttemptStatus.REORGED}:
        try:
            move(
                session,
                ATTEMPTS,
                Attempt,
                item.attempt_id,
                was=item.status,
                to=AttemptStatus.BROADCAST,
                reason=reason,
                now=now,
                sent_at=now,
            )
        except ConcurrentChange:
            return  # seen in a block meanwhile
    else:
        session.execute(update(Attempt).where(Attempt.id == item.attempt_id).values(sent_at=now))


def replace_stuck(
    session: Session,
    signers: Sequence[TransactionSigner],
    fees: Fees,
    terms: ChainTerms,
    *,
    now: datetime,
) -> bool:
    """Sign one replacement with the same nonce and a higher fee; False when none is stuck.

    Above the cap nothing new is signed: the old bytes go on being sent, and an alarm says so.
    """
    row = session.execute(
        select(Attempt, Transaction)
        .join(Transaction, Transaction.id == Attempt.transaction_id)
        .where(
            Transaction.status == TransactionStatus.OPEN,
            Attempt.status == AttemptStatus.BROADCAST,
            Attempt.signed_at < now - terms.replace_after,
            ~select(Attempt.id)
            .where(
                Attempt.transaction_id == Transaction.id,
                or_(
                    Attempt.status == AttemptStatus.MINED,
                    Attempt.signed_at >= now - terms.replace_after,
                ),
            )
            .correlate(Transaction)
            .exists(),
        )
        .order_by(Transaction.nonce, Attempt.number.desc())
        .limit(1)
        .with_for_update(of=Transaction, skip_locked=True)
    ).first()
    if row is None:
        return False
    old, transaction = row
    signer = next(s for s in signers if s.address == transaction.sender)
    priority = max(_bumped(old.max_priority_fee), fees.priority)
    max_fee = max(_bumped(old.max_fee), fees.base * 2 + priority)
    if max_fee > terms.max_fee_cap:
        alarms.raise_alarm(
            session,
            "fee-cap",
            transaction.id,
            "手续费已达上限,继续重发原交易 / the fee cap is reached; the old bytes are re-sent",
            now=now,
        )
        return False
    data = _call_data(session, transaction)
    _add_attempt(
        session, transaction, signer, data, old.number + 1, max_fee, priority, terms, now=now
    )
    return True


def _due(before: datetime) -> ColumnElement[bool]:
    fresh = Attempt.status.in_([AttemptStatus.SIGNED, AttemptStatus.REORGED])
    return or_(
        and_(fresh, or_(Attempt.sent_at.is_(None), Attempt.sent_at < before)),
        and_(Attempt.status == AttemptStatus.BROADCAST, Attempt.sent_at < before),
    )


def _next_batch(session: Session) -> Batch | None:
    return session.scalars(
        select(Batch)
        .where(
            ~select(Transaction.id)
            .where(Transaction.batch_id == Batch.id, Transaction.status != TransactionStatus.FAILED)
            .exists(),
            _failures(Transaction.batch_id == Batch.id) < MAX_FAILURES,
        )
        .order_by(Batch.sealed_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def _next_revocation(session: Session) -> Revocation | None:
    return session.scalars(
        select(Revocation)
        .join(Leaf, Leaf.evidence_id == Revocation.evidence_id)
        .where(
            ~select(Transaction.id)
            .where(
                Transaction.revocation_id == Revocation.id,
                Transaction.status != TransactionStatus.FAILED,
            )
            .exists(),
            _failures(Transaction.revocation_id == Revocation.id) < MAX_FAILURES,
        )
        .order_by(Revocation.requested_at)
        .limit(1)
        .with_for_update(of=Revocation, skip_locked=True)
    ).first()


def _failures(of: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count()).select_from(Transaction).where(of).scalar_subquery()


def _sign(
    session: Session,
    signer: TransactionSigner,
    data: bytes,
    fees: Fees,
    terms: ChainTerms,
    *,
    now: datetime,
    batch_id: uuid.UUID | None = None,
    revocation_id: uuid.UUID | None = None,
) -> bool:
    sender = session.scalars(
        select(Sender)
        .where(Sender.address == signer.address, Sender.chain_id == terms.chain_id)
        .with_for_update()
    ).one()
    if sender.halted is not None:
        return False
    max_fee = fees.base * 2 + fees.priority
    if max_fee > terms.max_fee_cap:
        alarms.raise_alarm(
            session,
            "fee-cap",
            batch_id or revocation_id,
            "手续费高于上限,暂不签发 / the fee is above the cap: nothing is signed yet",
            now=now,
        )
        return False
    transaction = Transaction(
        id=uuid.uuid4(),
        chain_id=terms.chain_id,
        sender=signer.address,
        nonce=sender.next_nonce,
        contract=terms.contract,
        batch_id=batch_id,
        revocation_id=revocation_id,
        status=TransactionStatus.OPEN,
        created_at=now,
    )
    sender.next_nonce += 1
    session.add(transaction)
    session.flush()
    _add_attempt(session, transaction, signer, data, 1, max_fee, fees.priority, terms, now=now)
    return True


def _add_attempt(
    session: Session,
    transaction: Transaction,
    signer: TransactionSigner,
    data: bytes,
    number: int,
    max_fee: int,
    priority: int,
    terms: ChainTerms,
    *,
    now: datetime,
) -> None:
    signed = signer.sign(
        Call(
            chain_id=transaction.chain_id,
            nonce=transaction.nonce,
            contract=transaction.contract,
            data=data,
            gas=terms.gas,
            max_fee=max_fee,
            max_priority_fee=priority,
        )
    )
    session.add(
        Attempt(
            id=uuid.uuid4(),
            transaction_id=transaction.id,
            number=number,
            hash=signed.hash,
            raw=signed.raw,
            max_fee=max_fee,
            max_priority_fee=priority,
            gas=terms.gas,
            status=AttemptStatus.SIGNED,
            signed_at=now,
        )
    )
    session.flush()


def _call_data(session: Session, transaction: Transaction) -> bytes:
    if transaction.batch_id is not None:
        batch = session.get_one(Batch, transaction.batch_id)
        return anchor_data(batch.root, batch.size)
    revocation = session.get_one(Revocation, transaction.revocation_id)
    leaf = session.scalars(
        select(Leaf.leaf_hash).where(Leaf.evidence_id == revocation.evidence_id)
    ).one()
    return revoke_data(leaf, revocation.reason)


def _bumped(fee: int) -> int:
    return -(-fee * _BUMP_NUMERATOR // _BUMP_DENOMINATOR)
