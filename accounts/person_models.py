"""Tables of who people are: verifications, papers, rights holders, mandates.

Identity numbers, addresses and the keys of papers are sealed and bound to their row; numbers are
found by blind index. Erasure empties sealed columns and leaves the row, its digests and its times.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id
from core.sealed import Sealed


class Verification(Base):
    """One attempt to say who an account is. Its number was checked in form only, until a human
    looked at the papers (`verified`).
    """

    __tablename__ = "verification"
    __table_args__ = (
        CheckConstraint(
            "status IN ('draft', 'submitted', 'accepted', 'verified', 'rejected', 'superseded', "
            "'withdrawn', 'erased')",
            name="status",
        ),
        CheckConstraint("status = 'erased' OR number IS NOT NULL", name="number_or_tombstone"),
        CheckConstraint(
            "status <> 'erased' OR (number IS NULL AND number_index IS NULL "
            "AND details IS NULL AND name IS NULL)",
            name="erased_is_empty",
        ),
        CheckConstraint(
            "status NOT IN ('verified', 'rejected') "
            "OR (decided_by IS NOT NULL AND decided_by <> account_id)",
            name="not_oneself",
        ),
        Index(
            "uq_verification_open", "account_id",
            unique=True, postgresql_where=text("status IN ('draft', 'submitted')"),
        ),
        Index(
            "uq_verification_holds", "account_id",
            unique=True, postgresql_where=text("status IN ('accepted', 'verified')"),
        ),
        Index(
            "ix_verification_queue", "office", "submitted_at",
            postgresql_where=text("status = 'submitted'"),
        ),
        Index(
            "ix_verification_valid_until", "valid_until",
            postgresql_where=text("status IN ('accepted', 'verified')"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    status: Mapped[str]
    office: Mapped[str | None]
    """Whose officers review it; None while nobody has to."""
    name: Mapped[str | None]
    document_kind: Mapped[str]
    number: Mapped[Sealed | None]
    number_index: Mapped[bytes | None] = mapped_column(index=True)
    details: Mapped[Sealed | None]
    """Sealed JSON: address, legal representative, handler, contact mobile."""
    region: Mapped[str | None]
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    corrects_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("verification.id"))
    reason: Mapped[str | None]
    """Why an identity that was verified before is changed."""
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    ground: Mapped[str | None]
    """What the officer wrote for the account's owner."""


class Party(Base):
    """A rights holder (人员档案) in an account's library, for use in any number of matters."""

    __tablename__ = "party"
    __table_args__ = (
        CheckConstraint("nature IN ('natural', 'body')", name="nature"),
        CheckConstraint("erased_at IS NOT NULL OR number IS NOT NULL", name="number_or_tombstone"),
        CheckConstraint(
            "erased_at IS NULL OR (number IS NULL AND number_index IS NULL AND details IS NULL "
            "AND name IS NULL)",
            name="erased_is_empty",
        ),
        CheckConstraint("guardian_id <> id", name="guardian_is_another"),
        Index(
            "uq_party_once", "owner_id", "number_index",
            unique=True, postgresql_where=text("erased_at IS NULL"),
        ),
        Index("ix_party_library", "owner_id", "created_at", "id"),
    )  # fmt: skip

    id: Mapped[Id]
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    nature: Mapped[str]
    roles: Mapped[list[str]]
    name: Mapped[str | None]
    pen_name: Mapped[str | None]
    document_kind: Mapped[str]
    number: Mapped[Sealed | None]
    number_index: Mapped[bytes | None] = mapped_column(index=True)
    details: Mapped[Sealed | None]
    """Sealed JSON: mobile, e-mail, address, day of birth."""
    nationality: Mapped[str | None]
    region: Mapped[str | None]
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    """None with `valid_from` set: valid without end."""
    guardian_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("party.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Paper(Base):
    """A paper of identity or authority. Its bytes lie encrypted, apart from works, under the
    sealed key; without the key they are noise.
    """

    __tablename__ = "paper"
    __table_args__ = (
        CheckConstraint("erased_at IS NOT NULL OR data_key IS NOT NULL", name="key_or_tombstone"),
        CheckConstraint("erased_at IS NULL OR data_key IS NULL", name="erased_is_empty"),
        CheckConstraint("size > 0", name="not_empty"),
    )

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    data_key: Mapped[Sealed | None]
    verification_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("verification.id"), index=True
    )
    party_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("party.id"), index=True)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Mandate(Base):
    """A party's dated authority for an agent. Whether it is in force follows from its dates."""

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("valid_from <= valid_until", name="dates"),
        CheckConstraint("principal_id <> agent_id", name="of_another"),
    )

    id: Mapped[Id]
    principal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    agent_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    scopes: Mapped[list[str]]
    offices: Mapped[list[str]]
    """Where the agent may act; empty: anywhere."""
    valid_from: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    """The last day; days are those of Asia/Shanghai."""
    paper_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("paper.id"))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class KindChange(Base):
    """A request to be of another kind (agents too are confirmed this way), decided by staff."""

    __tablename__ = "kind_change"
    __table_args__ = (
        CheckConstraint("status IN ('requested', 'granted', 'refused')", name="status"),
        CheckConstraint(
            "status = 'requested' OR (decided_by IS NOT NULL AND decided_by <> account_id)",
            name="not_oneself",
        ),
        Index(
            "uq_kind_change_open", "account_id",
            unique=True, postgresql_where=text("status = 'requested'"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    office: Mapped[str]
    status: Mapped[str]
    wanted: Mapped[str]
    reason: Mapped[str]
    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("paper.id"))
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    ground: Mapped[str | None]


class DeliveryAddress(Base):
    """Where paper certificates go. Recipient, mobile and address are one sealed JSON."""

    __tablename__ = "delivery_address"
    __table_args__ = (
        CheckConstraint("erased_at IS NULL OR contents IS NULL", name="erased_is_empty"),
    )

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    contents: Mapped[Sealed | None]
    region: Mapped[str]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Reveal(Base):
    """Append-only: who saw which sealed value or paper, and why. Persons are named by id."""

    __tablename__ = "reveal"

    id: Mapped[Id]
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    office: Mapped[str | None]
    subject: Mapped[str]
    subject_id: Mapped[uuid.UUID] = mapped_column(index=True)
    reason: Mapped[str]
    at: Mapped[datetime]
