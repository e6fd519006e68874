"""A call that stands on the chain already is taken over, never made a second time.

It happens after a restore from an older backup (we sent it, and forgot), and after deep
reorganisations (a transaction that had failed succeeded on the new branch). The bytes are taken
from the chain into an attempt of ours; from there on `chain.confirming` treats it as any other.
"""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain import alarms, calls
from chain.calls import WantedCall
from chain.confirming import TRANSACTIONS
from chain.lifecycle import AttemptStatus, TransactionStatus
from chain.models import Attempt, Sender, Transaction
from chain.sending import ATTEMPTS, ChainTerms, sender_of
from chain.signing import ReadCall, read_signed
from core.errors import OutsideError
from core.lifecycle import move


def adopt(
    session: Session, wanted: WantedCall, raw: bytes, terms: ChainTerms, *, now: datetime
) -> bool:
    """Take over the transaction whose signed bytes the chain holds; False when it is not ours.

    One signed by a key we never held raises an alarm and holds the call back for an operator.

    Raises:
        OutsideError: the bytes are not the call that was asked for.
    """
    read = read_signed(raw)
    if (read.call.chain_id, read.call.contract, read.call.data) != (
        terms.chain_id,
        terms.contract,
        wanted.data,
    ):
        raise OutsideError("链上的交易不是所问的调用 / the chain shows another call than asked for")
    if not calls.claim(session, wanted):
        return False
    if session.get(Sender, (read.sender, terms.chain_id)) is None:
        alarms.raise_alarm(
            session,
            calls.FOREIGN,
            wanted.subject,
            "此调用已由他人的密钥完成 / a key that is not ours made this call",
            now=now,
        )
        return False
    known = session.scalar(select(Attempt).where(Attempt.hash == read.hash))
    if known is None:
        return _take_over(session, wanted, read, raw, terms, now=now)
    _reopen(session, known.transaction_id, now=now)
    return True


def _take_over(
    session: Session,
    wanted: WantedCall,
    read: ReadCall,
    raw: bytes,
    terms: ChainTerms,
    *,
    now: datetime,
) -> bool:
    sender = sender_of(session, read.sender, terms.chain_id)
    transaction = session.scalar(
        select(Transaction).where(
            Transaction.chain_id == terms.chain_id,
            Transaction.sender == read.sender,
            Transaction.nonce == read.call.nonce,
        )
    )
    number = 1
    if transaction is None:
        transaction = Transaction(
            id=uuid.uuid4(),
            chain_id=terms.chain_id,
            sender=read.sender,
            nonce=read.call.nonce,
            contract=terms.contract,
            batch_id=wanted.batch_id,
            revocation_id=wanted.revocation_id,
            status=TransactionStatus.OPEN,
            created_at=now,
        )
        session.add(transaction)
        session.flush()
        sender.next_nonce = max(sender.next_nonce, read.call.nonce + 1)
    elif (transaction.batch_id, transaction.revocation_id) == (
        wanted.batch_id,
        wanted.revocation_id,
    ):
        _reopen(session, transaction.id, now=now)
        number = 1 + len(
            session.scalars(
                select(Attempt.id).where(Attempt.transaction_id == transaction.id)
            ).all()
        )
    else:
        alarms.raise_alarm(
            session,
            calls.FOREIGN,
            wanted.subject,
            "同一序号在链上与本库中用于不同调用 / the chain used this nonce for another call",
            now=now,
        )
        return False
    session.add(
        Attempt(
            id=uuid.uuid4(),
            transaction_id=transaction.id,
            number=number,
            hash=read.hash,
            raw=raw,
            max_fee=read.call.max_fee,
            max_priority_fee=read.call.max_priority_fee,
            gas=read.call.gas,
            status=AttemptStatus.SIGNED,
            signed_at=now,
            sent_at=now,
        )
    )
    session.flush()
    return True


def _reopen(session: Session, transaction_id: uuid.UUID, *, now: datetime) -> None:
    """A failed transaction whose call stands after all: every attempt of it is looked for."""
    move(session, TRANSACTIONS, Transaction, transaction_id, was=TransactionStatus.FAILED,
         to=TransactionStatus.OPEN, reason="its call stands on the chain", now=now)  # fmt: skip
    ended = {AttemptStatus.REVERTED, AttemptStatus.REPLACED}
    for attempt in session.scalars(select(Attempt).where(Attempt.transaction_id == transaction_id)):
        was = AttemptStatus(attempt.status)
        if was in ended:
            move(session, ATTEMPTS, Attempt, attempt.id, was=was, to=AttemptStatus.REORGED,
                 reason="its call stands on the chain", now=now,
                 block_hash=None, block_number=None, succeeded=None)  # fmt: skip
