"""Tables of orders, payments, refunds and the ledger.

Amounts are `numeric(10,2)`. The migration adds what a table definition cannot say: postings sum to
zero, lines, payments and ledger are never edited, an order is paid only by payments of its amount,
and no more is paid back than came.
"""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id

Amount = Annotated[Decimal, mapped_column(Numeric(10, 2))]
SETTLES, EXCESS = "settles", "excess"


class Order(Base):
    """What a payer owes a seller for one subject. `subject` is whatever the order's maker sells."""

    __tablename__ = "billing_order"
    __table_args__ = (
        CheckConstraint("total >= 0", name="not_negative"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("invoice IN ('none', 'electronic')", name="invoice"),
        CheckConstraint(
            "(status IN ('open', 'cancelled', 'expired')) = (settled_at IS NULL)",
            name="settled",
        ),
        Index(
            "ix_billing_order_one_open",
            "subject_kind",
            "subject_id",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_billing_order_subject", "subject_kind", "subject_id"),
        Index("ix_billing_order_payer", "payer_id", "created_at"),
        Index("ix_billing_order_expiry", "expires_at", postgresql_where=text("status = 'open'")),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    payer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    """Who ordered for the payer, under a mandate."""
    seller: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    title: Mapped[str]
    """What a payer reads beside the amount; never the title of a work."""
    price_list: Mapped[str]
    """The edition of the price list its lines come from."""
    currency: Mapped[str]
    total: Mapped[Amount]
    invoice: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class OrderLine(Base):
    """Never edited: what is charged, for which subject, and why."""

    __tablename__ = "billing_line"
    __table_args__ = (Index("ix_billing_line_subject", "subject_kind", "subject_id"),)

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing_order.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    code: Mapped[str]
    name: Mapped[str]
    unit: Mapped[Amount]
    quantity: Mapped[int]
    reason: Mapped[str]


class PaymentRequest(Base):
    """A payment that a provider is asked to take; its id is our reference there.

    The row is committed before the provider is asked.
    """

    __tablename__ = "payment_request"
    __table_args__ = (
        Index(
            "ix_payment_request_one_live",
            "order_id",
            "provider",
            unique=True,
            postgresql_where=text("status IN ('intended', 'asked')"),
        ),
        Index(
            "ix_payment_request_ask",
            "ask_at",
            postgresql_where=text("status IN ('intended', 'asked')"),
        ),
    )

    id: Mapped[Id]
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing_order.id"), index=True)
    provider: Mapped[str]
    merchant: Mapped[str]
    amount: Mapped[Amount]
    currency: Mapped[str]
    page: Mapped[str | None]
    """Where the payer pays, or None."""
    code: Mapped[str | None]
    """What to draw as a code that the payer's telephone reads."""
    status: Mapped[str]
    created_at: Mapped[datetime]
    ask_at: Mapped[datetime]
    """When the provider is asked next how it stands."""
    tries: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None]
    """What differs, when the provider told of another payment than was asked for."""


class Payment(Base):
    """Never edited: money that came, once for each event of a provider.

    `use`: it settles the order, or it is more than was owed and goes back.
    """

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("provider", "event"),
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("use IN ('settles', 'excess')", name="use"),
        Index(
            "ix_payment_settles_once",
            "order_id",
            unique=True,
            postgresql_where=text("use = 'settles'"),
        ),
    )

    id: Mapped[Id]
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment_request.id"), index=True)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing_order.id"), index=True)
    provider: Mapped[str]
    event: Mapped[str]
    """The provider's own number of this movement of money: its message and its answer to a
    question carry the same one."""
    amount: Mapped[Amount]
    currency: Mapped[str]
    use: Mapped[str]
    paid_at: Mapped[datetime]
    credited_at: Mapped[datetime]


class Refund(Base):
    """Money that goes back; its id is our reference at the provider."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("(status = 'done') = (event IS NOT NULL)", name="done_by_event"),
        UniqueConstraint("provider", "event"),
        Index("ix_refund_ask", "ask_at", postgresql_where=text("status = 'intended'")),
    )

    id: Mapped[Id]
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment.id"), index=True)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing_order.id"), index=True)
    provider: Mapped[str]
    amount: Mapped[Amount]
    currency: Mapped[str]
    cause: Mapped[str]
    status: Mapped[str]
    intended_at: Mapped[datetime]
    ask_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    event: Mapped[str | None]
    done_at: Mapped[datetime | None]


class LedgerPosting(Base):
    """Never edited: one thing that happened to money, once."""

    __tablename__ = "ledger_posting"
    __table_args__ = (
        UniqueConstraint("cause", "payment_id", "refund_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Id]
    cause: Mapped[str]
    payment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payment.id"), index=True)
    refund_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("refund.id"), index=True)
    currency: Mapped[str]
    at: Mapped[datetime]


class LedgerEntry(Base):
    """Never edited: what one posting does to one account; debits are positive, credits negative."""

    __tablename__ = "ledger_entry"
    __table_args__ = (CheckConstraint("amount <> 0", name="not_zero"),)

    posting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ledger_posting.id"), primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[Amount]


class InvoiceRequest(Base):
    """An electronic invoice that the payer asks for. Making one is the office's own system's."""

    __tablename__ = "invoice_request"

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("billing_order.id"), primary_key=True)
    title: Mapped[str]
    tax_number: Mapped[str | None]
    email: Mapped[str]
    asked_at: Mapped[datetime]
    changed_at: Mapped[datetime]
