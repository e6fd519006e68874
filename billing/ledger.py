"""The ledger: double entry, append-only; every posting sums to zero.

Accounts: `held:<provider>` is what a provider holds for us, `income:<seller>` what sellers have
earned (a credit), `owed` what is to be paid back (a credit). Nothing is stored that can be summed.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.models import LedgerEntry, LedgerPosting, Order, Payment, Refund
from billing.money import NOTHING
from billing.orders import INSTALLATION

OWED: Final = "owed"


def credited(
    session: Session, payment: Payment, shares: Mapping[str, Decimal], *, now: datetime
) -> None:
    """Money came: the provider holds it, for the accounts in `shares`, which sum to it."""
    earned = {account: -amount for account, amount in shares.items()}
    _post(session, "credited", payment, None,
          {_held(payment.provider): payment.amount, **earned}, now=now)  # fmt: skip


def refund_intended(
    session: Session,
    payment: Payment,
    refund: Refund,
    shares: Mapping[str, Decimal],
    *,
    now: datetime,
) -> None:
    """What was earned by the accounts in `shares` is owed back from now on."""
    _post(session, "refund_intended", payment, refund,
          {**shares, OWED: -refund.amount}, now=now)  # fmt: skip


def refund_done(session: Session, payment: Payment, refund: Refund, *, now: datetime) -> None:
    """The provider paid it back from what it holds."""
    amount = refund.amount
    _post(session, "refund_done", payment, refund,
          {OWED: amount, _held(refund.provider): -amount}, now=now)  # fmt: skip


def income(seller: str) -> str:
    """The account of what a seller has earned."""
    return f"income:{seller}"


def shares(order: Order, own: Decimal, amount: Decimal) -> dict[str, Decimal]:
    """Whose an amount of an order is: its seller's, so far as it is for the order's `own` subject,
    and the installation's, whose order the rest was taken in from.
    """
    first = min(amount, max(own, NOTHING))
    found = {income(order.seller): first}
    found[income(INSTALLATION)] = found.get(income(INSTALLATION), NOTHING) + amount - first
    return {account: each for account, each in found.items() if each}


def balance(session: Session, account: str, currency: str) -> Decimal:
    """Debits less credits of one account."""
    found = session.scalar(
        select(func.sum(LedgerEntry.amount))
        .join(LedgerPosting, LedgerPosting.id == LedgerEntry.posting_id)
        .where(LedgerEntry.account == account, LedgerPosting.currency == currency)
    )
    return NOTHING if found is None else Decimal(found)


def _held(provider: str) -> str:
    return f"held:{provider}"


def _post(
    session: Session,
    cause: str,
    payment: Payment,
    refund: Refund | None,
    amounts: Mapping[str, Decimal],
    *,
    now: datetime,
) -> None:
    posting = LedgerPosting(
        id=uuid.uuid4(), cause=cause, payment_id=payment.id,
        refund_id=None if refund is None else refund.id, currency=payment.currency, at=now,
    )  # fmt: skip
    session.add(posting)
    session.flush()
    session.add_all(
        LedgerEntry(posting_id=posting.id, account=account, amount=amount)
        for account, amount in amounts.items()
    )
    session.flush()
