"""Rows 6 and 7: the intent is written before the irreversible act.

`sign_call` takes the nonce, signs and stores in one database transaction; the bytes are sent only
afterwards, by anybody, any number of times. An exception while sending means *unknown*.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chain import alarms, calls
from chain.calls import WantedCall
from chain.ledger import Fees
from chain.lifecycle import ATTEMPT, AttemptStatus, TransactionStatus
from chain.models import Attempt, Sender, Transaction
from chain.signing import Call, TransactionSigner
from core.errors import ConcurrentChange
from core.lifecycle import Lifecycle, move

ATTEMPTS: Final = Lifecycle("attempt", ATTEMPT)
FEE_CAP: Final = "fee-cap"
UNMINED: Final = frozenset({AttemptStatus.SIGNED, AttemptStatus.BROADCAST, AttemptStatus.REORGED})
_BUMP_NUMERATOR, _BUMP_DENOMINATOR = 1125, 1000
"""A replacement pays at least 12.5 % more on both fees: nodes ask 10 %, some 12.5 %."""


@dataclass(frozen=True)
class ChainTerms:
    """How we use one chain. Fees in wei per gas, `low_balance` in wei, depths in blocks."""

    chain_id: int
    contract: bytes
    depth: int = 1
    gas: int = 150_000
    max_fee_cap: int = 500_000_000_000
    low_balance: int = 10**16
    resend_after: timedelta = timedelta(seconds=15)
    replace_after: timedelta = timedelta(seconds=60)
    foreign_after: timedelta = timedelta(seconds=30)
    """How long a nonce must look taken by somebody else before the key is halted."""
    recheck_depth: int = 128
    """Final blocks this far below the head are looked at again."""
    since: int = 0
    """The contract's block: no event of it is older."""


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


def unknown_senders(session: Session, addresses: Sequence[bytes], chain_id: int) -> list[bytes]:
    """Those of `addresses` that have no nonce counter yet."""
    wanted = select(Sender.address).where(
        Sender.address.in_(addresses), Sender.chain_id == chain_id
    )
    known = set(session.scalars(wanted))
    return [address for address in addresses if address not in known]


def sender_of(session: Session, address: bytes, chain_id: int) -> Sender:
    """The counter of a key, locked: whoever holds the lock hands out the next nonce."""
    return session.scalars(
        select(Sender)
        .where(Sender.address == address, Sender.chain_id == chain_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def max_fee(fees: Fees, cap: int) -> int | None:
    """Wei per gas to offer: room for the base fee to double, never above the cap.

    None when even the next block would cost more than the cap.
    """
    needed = fees.base + fees.priority
    return None if needed > cap else min(fees.base * 2 + fees.priority, cap)


def sign_call(
    session: Session,
    call: WantedCall,
    signer: TransactionSigner,
    fees: Fees,
    terms: ChainTerms,
    *,
    now: datetime,
) -> bool:
    """Sign a call that has no live transaction. False when it must not or need not be."""
    if not calls.claim(session, call):
        return False
    sender = sender_of(session, signer.address, terms.chain_id)
    if sender.halted is not None:
        return False
    offer = max_fee(fees, terms.max_fee_cap)
    if offer is None:
        alarms.raise_alarm(
            session,
            FEE_CAP,
            call.subject,
            "手续费高于上限,暂不签发 / the fee is above the cap: nothing is signed yet",
            now=now,
        )
        return False
    alarms.clear_alarm(session, FEE_CAP, call.subject, now=now)
    transaction = Transaction(
        id=uuid.uuid4(),
        chain_id=terms.chain_id,
        sender=signer.address,
        nonce=sender.next_nonce,
        contract=terms.contract,
        batch_id=call.batch_id,
        revocation_id=call.revocation_id,
        status=TransactionStatus.OPEN,
        created_at=now,
    )
    sender.next_nonce += 1
    session.add(transaction)
    session.flush()
    _add_attempt(session, transaction, signer, call, 1, offer, fees.priority, terms, now=now)
    return True


def unsent(session: Session, terms: ChainTerms, *, now: datetime) -> Sequence[Unsent]:
    """The newest attempt of every transaction whose nonce no block is known to have used.

    Among them bytes of a *failed* transaction that a reorganisation past finality threw out:
    without them the nonces after it could never be mined.
    """
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
            or_(
                and_(Transaction.status == TransactionStatus.OPEN, Attempt.number == newest),
                Transaction.status == TransactionStatus.FAILED,
            ),
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


def just_sent(session: Session, *, since: datetime) -> bool:
    """Whether an open transaction has bytes that were signed after `since`."""
    signed = (
        select(Attempt.id)
        .join(Transaction, Transaction.id == Attempt.transaction_id)
        .where(Transaction.status == TransactionStatus.OPEN, Attempt.signed_at > since)
    )
    return session.scalar(select(signed.exists())) is True


def anything_stuck(session: Session, terms: ChainTerms, *, now: datetime) -> bool:
    """May `replace_stuck` find something?"""
    found = session.scalar(
        select(Attempt.id).where(
            Attempt.status.in_(UNMINED), Attempt.signed_at < now - terms.replace_after
        )
        .limit(1)
    )  # fmt: skip
    return found is not None


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
    Transactions of a key we no longer hold are left to the bytes that exist.
    """
    by_address = {signer.address: signer for signer in signers}
    row = _stuck(session, list(by_address), terms, now=now)
    if row is None:
        return False
    old, transaction = row
    sender = sender_of(session, transaction.sender, transaction.chain_id)
    if sender.halted is not None:
        return False
    priority = max(_bumped(old.max_priority_fee), fees.priority)
    least = _bumped(old.max_fee)
    offer = max(least, min(fees.base * 2 + priority, terms.max_fee_cap))
    if offer > terms.max_fee_cap or fees.base + priority > terms.max_fee_cap:
        alarms.raise_alarm(
            session,
            FEE_CAP,
            transaction.id,
            "手续费已达上限,继续重发原交易 / the fee cap is reached; the old bytes are re-sent",
            now=now,
        )
        return False
    alarms.clear_alarm(session, FEE_CAP, transaction.id, now=now)
    call = calls.call_of(session, transaction)
    signer = by_address[transaction.sender]
    _add_attempt(
        session, transaction, signer, call, old.number + 1, offer, priority, terms, now=now
    )
    return True


def _stuck(
    session: Session, addresses: Sequence[bytes], terms: ChainTerms, *, now: datetime
) -> tuple[Attempt, Transaction] | None:
    """The newest attempt of the lowest stuck nonce: sent, not mined, and nothing newer signed."""
    young_or_mined = (
        select(Attempt.id)
        .where(
            Attempt.transaction_id == Transaction.id,
            or_(
                Attempt.status == AttemptStatus.MINED,
                Attempt.signed_at >= now - terms.replace_after,
            ),
        )
        .correlate(Transaction)
        .exists()
    )
    row = session.execute(
        select(Attempt, Transaction)
        .join(Transaction, Transaction.id == Attempt.transaction_id)
        .where(
            Transaction.status == TransactionStatus.OPEN,
            Transaction.sender.in_(addresses),
            Attempt.status.in_(UNMINED),
            # A node may refuse bytes outright (the base fee rose): that is stuck as well.
            Attempt.sent_at.is_not(None),
            ~young_or_mined,
        )
        .order_by(Transaction.nonce, Attempt.number.desc())
        .limit(1)
        .with_for_update(of=Transaction, skip_locked=True)
    ).first()
    if row is None:
        return None
    newest = session.scalars(
        select(Attempt)
        .where(Attempt.transaction_id == row[1].id)
        .order_by(Attempt.number.desc())
        .limit(1)
    ).one()
    return newest, row[1]


def _due(before: datetime) -> ColumnElement[bool]:
    unsent_or_old = or_(Attempt.sent_at.is_(None), Attempt.sent_at < before)
    # `sent_at` of a mined attempt is emptied when no canonical block shows it (confirming).
    lost = and_(Attempt.status == AttemptStatus.MINED, Attempt.sent_at.is_(None))
    return or_(and_(Attempt.status.in_(UNMINED), unsent_or_old), lost)


def _add_attempt(
    session: Session,
    transaction: Transaction,
    signer: TransactionSigner,
    wanted: WantedCall,
    number: int,
    offer: int,
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
            data=wanted.data,
            gas=terms.gas,
            max_fee=offer,
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
            max_fee=offer,
            max_priority_fee=priority,
            gas=terms.gas,
            status=AttemptStatus.SIGNED,
            signed_at=now,
        )
    )
    session.flush()


def _bumped(fee: int) -> int:
    return -(-fee * _BUMP_NUMERATOR // _BUMP_DENOMINATOR)
