"""Tables of batches, transactions, their signed attempts, and anchors."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id


class Batch(Base):
    """Sealed leaves: order, size and root are fixed when the row appears."""

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("size > 0", name="not_empty"),
        Index("ix_batch_unsettled", "sealed_at", postgresql_where=text("NOT settled")),
    )

    id: Mapped[Id]
    root: Mapped[bytes] = mapped_column(unique=True)
    size: Mapped[int]
    sealed_at: Mapped[datetime]
    settled: Mapped[bool] = mapped_column(server_default=text("false"))
    """A mark of the queue: anchored, so that nothing is looked for any more."""


class Leaf(Base):
    """A leaf's place; each leaf stands in exactly one batch."""

    __tablename__ = "leaf"
    __table_args__ = (
        UniqueConstraint("batch_id", "index"),
        Index("ix_leaf_unissued", "batch_id", "index", postgresql_where=text("NOT issued")),
    )

    evidence_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("statement.evidence_id"), primary_key=True
    )
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"))
    index: Mapped[int]
    leaf_hash: Mapped[bytes] = mapped_column(unique=True)
    path: Mapped[bytes]
    """The inclusion proof, from the leaf upwards, 32 bytes a hash."""
    issued: Mapped[bool] = mapped_column(server_default=text("false"))
    """A mark of the queue: the certificate's content is frozen, or never will be (erased)."""


class Sender(Base):
    """One signing account on one chain. Its row lock is what hands out nonces."""

    __tablename__ = "sender"

    address: Mapped[bytes] = mapped_column(primary_key=True)
    chain_id: Mapped[int] = mapped_column(primary_key=True)
    next_nonce: Mapped[int]
    halted: Mapped[str | None]
    """Why signing stopped (somebody else used the key); cleared by an operator."""


class Revocation(Base):
    """The wish to revoke a leaf, written before the irreversible call."""

    __tablename__ = "revocation"
    __table_args__ = (CheckConstraint("reason BETWEEN 1 AND 255", name="reason"),)

    id: Mapped[Id]
    evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"), unique=True)
    reason: Mapped[int]
    requested_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    requested_at: Mapped[datetime]


class Transaction(Base):
    """One nonce of one sender and the call it pays for. Its attempts are its signed bytes."""

    __tablename__ = "transaction"
    __table_args__ = (
        UniqueConstraint("chain_id", "sender", "nonce"),
        CheckConstraint("(batch_id IS NULL) <> (revocation_id IS NULL)", name="one_call"),
        Index(
            "uq_transaction_live_batch",
            "batch_id",
            unique=True,
            postgresql_where=text("status <> 'failed'"),
        ),
        Index(
            "uq_transaction_live_revocation",
            "revocation_id",
            unique=True,
            postgresql_where=text("status <> 'failed'"),
        ),
    )

    id: Mapped[Id]
    chain_id: Mapped[int]
    sender: Mapped[bytes]
    nonce: Mapped[int]
    contract: Mapped[bytes]
    batch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("batch.id"), index=True)
    revocation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("revocation.id"))
    status: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]


class Attempt(Base):
    """Signed bytes, kept before they are sent. Absence of a receipt never ends one."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("transaction_id", "number"),
        # What rests on recent final blocks is looked at again every few seconds.
        Index("ix_attempt_block_number", "block_number"),
    )

    id: Mapped[Id]
    transaction_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("transaction.id"), index=True)
    number: Mapped[int]
    hash: Mapped[bytes] = mapped_column(unique=True)
    raw: Mapped[bytes]
    max_fee: Mapped[int]
    max_priority_fee: Mapped[int]
    gas: Mapped[int]
    status: Mapped[str] = mapped_column(index=True)
    signed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    """When the bytes were last handed to a node."""
    block_hash: Mapped[bytes | None]
    block_number: Mapped[int | None]
    succeeded: Mapped[bool | None]


class Anchor(Base):
    """A final success: everything proof.json and block.json need, as one immutable bundle."""

    __tablename__ = "anchor"

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    attempt_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("attempt.id"), unique=True)
    chain_id: Mapped[int]
    contract: Mapped[bytes]
    transaction_hash: Mapped[bytes] = mapped_column(unique=True)
    block_hash: Mapped[bytes]
    block_number: Mapped[int]
    block_time: Mapped[datetime]
    block_document: Mapped[bytes]
    """block.json."""
    confirmations: Mapped[int]
    anchored_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]
    """Set while a reorganisation past finality is mended: nothing rests on this meanwhile."""


class Alarm(Base):
    """Something an operator must look at. Raised once per kind and subject until cleared."""

    __tablename__ = "alarm"
    __table_args__ = (
        Index(
            "uq_alarm_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("cleared_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str]
    subject: Mapped[str]
    message: Mapped[str]
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
