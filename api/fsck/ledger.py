"""I5: the ledger balances, nothing was had unpaid, and no more goes back than came."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from api.fsck.rules import APART, kept
from billing.ledger import OWED, shares
from billing.lifecycle import OrderState, RefundState
from billing.models import (
    EXCESS,
    SETTLES,
    LedgerEntry,
    LedgerPosting,
    Order,
    OrderLine,
    Payment,
    Refund,
)
from billing.orders import own_total
from registry.fees import MATTER
from registry.lifecycle import MatterState
from registry.models import Matter

_UNPAID: Final = frozenset({OrderState.OPEN, OrderState.CANCELLED, OrderState.EXPIRED})
_BEYOND: Final = frozenset(MatterState) - {
    MatterState.DRAFT, MatterState.SIGNING, MatterState.PAYMENT, MatterState.WITHDRAWN,
    MatterState.LAPSED,
}  # fmt: skip


def check_money(session: Session, found: Findings) -> None:
    """Everything about orders, payments and the ledger."""
    _check_orders(session, found)
    _check_refunds(session, found)
    _check_postings(session, found)
    _check_gate(session, found)


def _check_orders(session: Session, found: Findings) -> None:
    """I5: an order's lines are its total, and it is paid exactly when one payment of it came."""
    lines = _sums(session, OrderLine.order_id, OrderLine.unit * OrderLine.quantity)
    paid = _sums(session, Payment.order_id, Payment.amount, Payment.use == SETTLES)
    for order in session.scalars(select(Order)):
        holds = lines[order.id] == order.total
        found.look("I5", holds=holds, subject=order.number, detail="lines are not the total")
        owed = Decimal(0) if OrderState(order.status) in _UNPAID else order.total
        found.look(
            "I5", holds=paid[order.id] == owed, subject=order.number, detail="paid is not the price"
        )


def _check_refunds(session: Session, found: Findings) -> None:
    """I5: no more goes back than came; what was not owed goes back whole."""
    back = _sums(session, Refund.payment_id, Refund.amount)
    for payment in session.scalars(select(Payment)):
        whole = payment.use != EXCESS or back[payment.id] == payment.amount
        holds = whole and back[payment.id] <= payment.amount
        found.look("I5", holds=holds, subject=payment.id, detail="goes back otherwise than it came")


def _check_postings(session: Session, found: Findings) -> None:
    """I5: every posting sums to zero; payments and refunds have exactly theirs, of their amount."""
    _check_accounts(session, found)
    sums = _sums(session, LedgerEntry.posting_id, LedgerEntry.amount)
    debits = _sums(session, LedgerEntry.posting_id, LedgerEntry.amount, LedgerEntry.amount > 0)
    posted: dict[tuple[str, Any], list[Decimal]] = defaultdict(list)
    for posting in session.scalars(select(LedgerPosting)):
        holds = sums[posting.id] == 0 and debits[posting.id] > 0
        found.look("I5", holds=holds, subject=posting.id, detail="posting does not sum to zero")
        subject = posting.refund_id or posting.payment_id
        posted[posting.cause, subject].append(debits[posting.id])
    wanted: dict[tuple[str, Any], list[Decimal]] = {
        ("credited", payment.id): [payment.amount] for payment in session.scalars(select(Payment))
    }
    for refund, use in session.execute(
        select(Refund, Payment.use).join(Payment, Payment.id == Refund.payment_id)
    ):
        if use == SETTLES:
            wanted["refund_intended", refund.id] = [refund.amount]
        if refund.status == RefundState.DONE:
            wanted["refund_done", refund.id] = [refund.amount]
    for key in wanted.keys() | posted.keys():
        holds = wanted.get(key) == posted.get(key)
        found.look("I5", holds=holds, subject=key[1], detail=f"ledger: {key[0]} is not posted once")


def _check_accounts(session: Session, found: Findings) -> None:
    """I5: every posting is on the accounts that its payment or refund is of: what a provider holds,
    what each seller earned, what is owed back.
    """
    entries: dict[Any, dict[str, Decimal]] = defaultdict(dict)
    for entry in session.scalars(select(LedgerEntry)):
        entries[entry.posting_id][entry.account] = Decimal(entry.amount)
    orders = {order.id: order for order in session.scalars(select(Order))}
    payments = {payment.id: payment for payment in session.scalars(select(Payment))}
    back: dict[Any, Decimal] = defaultdict(Decimal)
    before: dict[Any, Decimal] = {}
    refunds: dict[Any, Refund] = {}
    for each in session.scalars(select(Refund).order_by(Refund.intended_at, Refund.id)):
        refunds[each.id], before[each.id] = each, back[each.payment_id]
        back[each.payment_id] += each.amount
    for posting in session.scalars(select(LedgerPosting)):
        payment, refund = payments.get(posting.payment_id), refunds.get(posting.refund_id)
        if payment is None or payment.order_id not in orders:
            continue  # told of above
        order = orders[payment.order_id]
        own = own_total(session, order)
        wanted: dict[str, Decimal] | None = None
        if posting.cause == "credited":
            wanted = {f"held:{payment.provider}": payment.amount} | _negative(
                {OWED: payment.amount} if payment.use == EXCESS
                else shares(order, own, payment.amount)
            )  # fmt: skip
        elif posting.cause == "refund_intended" and refund is not None:
            earned = shares(order, own - before[refund.id], refund.amount)
            wanted = {**earned, OWED: -refund.amount}
        elif posting.cause == "refund_done" and refund is not None:
            wanted = {OWED: refund.amount, f"held:{refund.provider}": -refund.amount}
        holds = wanted is None or entries[posting.id] == wanted
        found.look("I5", holds=holds, subject=posting.id, detail="posted to other accounts")


def _negative(amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {account: -amount for account, amount in amounts.items()}


def _check_gate(session: Session, found: Findings) -> None:
    """I5: no matter is examined, or was, that its office charges for and that nobody paid."""
    settled = set(
        session.scalars(
            select(Order.subject_id).where(
                Order.subject_kind == MATTER, Order.settled_at.is_not(None)
            )
        )
    )
    profiles = kept(session).profiles
    for matter in session.scalars(
        select(Matter).where(Matter.status.in_([state.value for state in _BEYOND]))
    ):
        rules, paid = profiles.get(matter.edition), matter.id in settled
        if rules is None and not paid:
            found.set_apart(APART, 1)
            continue
        holds = paid or (rules is not None and rules.fees.due == "never")
        found.look("I5", holds=holds, subject=matter.id, detail="examined without being paid for")


def _sums(session: Session, key: Any, amount: Any, *where: Any) -> dict[Any, Decimal]:  # noqa: ANN401 - columns
    rows = session.execute(select(key, func.sum(amount)).where(*where).group_by(key)).all()
    return defaultdict(Decimal, {found: Decimal(total) for found, total in rows})
