"""Watching our keys: nobody else may use one, no nonce may be missing, money must last.

A key that somebody else used is halted: nothing more is signed with it until an operator has
looked and called `resume`. Halting loses nothing; what was signed goes on being sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from chain import alarms
from chain.confirming import TRANSACTIONS, retire_siblings
from chain.ledger import Ledger
from chain.lifecycle import AttemptStatus, TransactionStatus
from chain.models import Attempt, Sender, Transaction
from chain.sending import UNMINED, ChainTerms, sender_of
from core.errors import NotFound
from core.lifecycle import move

HALTED: Final = "key-halted"
TAKEN: Final = "nonce-taken"
LOW_BALANCE: Final = "low-balance"
BEHIND: Final = "chain-behind"
WRONG_CHAIN: Final = "wrong-chain"


@dataclass(frozen=True)
class WatchedKey:
    """A key of ours, and its open nonces with the hashes that may use them."""

    address: bytes
    pending: tuple[tuple[int, tuple[bytes, ...]], ...]


@dataclass(frozen=True)
class KeySighting:
    """`nonce` and `balance` (wei) at the head; `taken` are open nonces that the chain has used
    while it shows none of our hashes.
    """

    nonce: int
    balance: int
    taken: tuple[int, ...]


def watched_keys(session: Session, chain_id: int) -> Sequence[WatchedKey]:
    """All keys that ever signed for us on this chain."""
    pending: dict[bytes, dict[int, list[bytes]]] = {}
    for row in session.execute(
        select(Transaction.sender, Transaction.nonce, Attempt.hash)
        .join(Attempt, Attempt.transaction_id == Transaction.id)
        .where(
            Transaction.chain_id == chain_id,
            Transaction.status == TransactionStatus.OPEN,
            Attempt.status.in_(UNMINED),
        )
        .order_by(Transaction.nonce)
    ):
        pending.setdefault(row.sender, {}).setdefault(row.nonce, []).append(row.hash)
    addresses = session.scalars(select(Sender.address).where(Sender.chain_id == chain_id)).all()
    return [
        WatchedKey(
            address, tuple((n, tuple(hashes)) for n, hashes in pending.get(address, {}).items())
        )
        for address in addresses
    ]


def look(key: WatchedKey, ledger: Ledger) -> KeySighting:
    """Ask the chain. The nonce is read first: what it counts must be visible afterwards."""
    nonce = ledger.nonce(key.address)
    taken = tuple(
        used
        for used, hashes in key.pending
        if used < nonce and all(ledger.receipt(each) is None for each in hashes)
    )
    return KeySighting(nonce, ledger.balance(key.address), taken)


def record(
    session: Session, key: WatchedKey, seen: KeySighting, terms: ChainTerms, *, now: datetime
) -> None:
    """Raise, clear and halt as the sighting demands."""
    subject = key.address.hex()
    if seen.balance < terms.low_balance:
        alarms.raise_alarm(
            session, LOW_BALANCE, subject, f"余额不足 / low balance: {seen.balance} wei", now=now
        )
    else:
        alarms.clear_alarm(session, LOW_BALANCE, subject, now=now)
    check_nonce(session, key.address, seen.nonce, terms, now=now)
    _check_taken(session, key.address, seen.taken, terms, now=now)


def check_nonce(
    session: Session, address: bytes, chain_nonce: int, terms: ChainTerms, *, now: datetime
) -> bool:
    """May we sign with this key? `chain_nonce` was read before this transaction began.

    Halts it when the chain has used nonces we never gave out, and when the next nonce that the
    chain expects belongs to nothing we have.
    """
    sender = sender_of(session, address, terms.chain_id)
    if sender.halted is not None:
        return False
    if chain_nonce > sender.next_nonce:
        reason = (
            f"链上序号 {chain_nonce} 超过已发出的 {sender.next_nonce},密钥可能被他人使用 / "
            "the chain used nonces that we never gave out"
        )
        halt(session, sender, reason, now=now)
        return False
    ours = (Transaction.chain_id == terms.chain_id, Transaction.sender == address)
    expected = session.scalar(
        select(Transaction.status).where(*ours, Transaction.nonce == chain_nonce)
    )
    first = session.scalar(select(func.min(Transaction.nonce)).where(*ours))
    began = first is not None and first < chain_nonce < sender.next_nonce
    if began and expected is None:
        reason = (
            f"缺少序号 {chain_nonce} 的交易 / nothing of ours has nonce {chain_nonce}, which the "
            "chain waits for"
        )
        halt(session, sender, reason, now=now)
        return False
    if expected == TransactionStatus.FINAL or (first is not None and chain_nonce < first):
        alarms.raise_alarm(
            session,
            BEHIND,
            address.hex(),
            "链上状态早于已终局的交易 / the chain is behind what was final",
            now=now,
        )
    else:
        alarms.clear_alarm(session, BEHIND, address.hex(), now=now)
    return True


def halt(session: Session, sender: Sender, reason: str, *, now: datetime) -> None:
    """Sign nothing more with this key."""
    sender.halted = reason
    session.flush()
    alarms.raise_alarm(session, HALTED, sender.address.hex(), reason, now=now)


def resume(
    session: Session, address: bytes, chain_id: int, chain_nonce: int, *, now: datetime
) -> None:
    """An operator has looked: sign again, from the nonce the chain has come to.

    `chain_nonce` must be the final one. Open transactions whose nonce was used by others end as
    failed, so that their calls are signed anew; the contract accepts each call once in any case.

    Raises:
        NotFound: not a key of ours.
    """
    if session.get(Sender, (address, chain_id)) is None:
        raise NotFound("没有这个密钥地址 / no such key address", field="address")
    sender = sender_of(session, address, chain_id)
    lost = session.scalars(
        select(Transaction.id).where(
            Transaction.chain_id == chain_id,
            Transaction.sender == address,
            Transaction.nonce < chain_nonce,
            Transaction.status == TransactionStatus.OPEN,
            ~select(Attempt.id)
            .where(Attempt.transaction_id == Transaction.id, Attempt.status == AttemptStatus.MINED)
            .exists(),
        )
    ).all()
    for transaction_id in lost:
        move(session, TRANSACTIONS, Transaction, transaction_id, was=TransactionStatus.OPEN,
             to=TransactionStatus.FAILED, reason="an operator found the nonce used by others",
             now=now)  # fmt: skip
        retire_siblings(session, transaction_id, None, now=now)
    session.execute(
        update(Sender)
        .where(Sender.address == address, Sender.chain_id == chain_id)
        .values(halted=None, next_nonce=max(sender.next_nonce, chain_nonce))
    )
    session.expire(sender)
    alarms.clear_alarm(session, HALTED, address.hex(), now=now)
    alarms.keep_open(session, f"{TAKEN}:{address.hex()}", {}, now=now)


def _check_taken(
    session: Session, address: bytes, taken: Sequence[int], terms: ChainTerms, *, now: datetime
) -> None:
    """One look may have met a lagging provider: the key is halted when it lasts."""
    kind = f"{TAKEN}:{address.hex()}"
    due = {
        str(nonce): f"序号 {nonce} 似被他人使用 / nonce {nonce} looks used by somebody else"
        for nonce in taken
    }
    alarms.keep_open(session, kind, due, now=now)
    for subject, reason in due.items():
        since = alarms.open_since(session, kind, subject)
        if since is not None and since <= now - terms.foreign_after:
            sender = sender_of(session, address, terms.chain_id)
            if sender.halted is None:
                halt(session, sender, reason, now=now)
