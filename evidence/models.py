"""Tables of works, uploads, evidence and what is known of it."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BIT
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id


class Upload(Base):
    """A tus upload. `received` is the only offset: bytes up to it are on disk (fdatasync)."""

    __tablename__ = "upload"
    __table_args__ = (CheckConstraint("received BETWEEN 0 AND length", name="offset_in_length"),)

    id: Mapped[Id]
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    """The agent who began it for its owner, and who may use of the owner's uploads only these."""
    length: Mapped[int]
    received: Mapped[int]
    file_name: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    stored_sha256: Mapped[str | None]
    """Set when the bytes have moved to their content address."""


class Blob(Base):
    """Bytes at their content address, read back and re-hashed before this row is written."""

    __tablename__ = "blob"
    __table_args__ = (Index("ix_blob_unlooked", "stored_at", postgresql_where=text("NOT looked")),)

    sha256: Mapped[str] = mapped_column(primary_key=True)
    sm3: Mapped[str]
    size: Mapped[int]
    media_type: Mapped[str]
    stored_at: Mapped[datetime]
    looked: Mapped[bool] = mapped_column(server_default=text("false"))
    """A mark of the queue: what can be seen of it is in `FileFacts`."""


class FileFacts(Base):
    """What can be seen of a stored file (`evidence.looking`). It goes with the file's bytes."""

    __tablename__ = "file_facts"
    __table_args__ = (
        CheckConstraint("problem IN ('damaged', 'beyond_limits', 'unknown')", name="problem"),
        CheckConstraint("(likeness IS NULL) = (pieces IS NULL)", name="likeness_with_pieces"),
        Index("ix_file_facts_pieces", "pieces", postgresql_using="gin"),
    )

    sha256: Mapped[str] = mapped_column(
        ForeignKey("blob.sha256", ondelete="CASCADE"), primary_key=True
    )
    width: Mapped[int | None]
    height: Mapped[int | None]
    dpi: Mapped[int | None]
    pages: Mapped[int | None]
    likeness: Mapped[str | None] = mapped_column(BIT(256))
    pieces: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    """The likeness cut for the index (`evidence.likeness`)."""
    endings: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """Of the files in an archive; None: no archive, or nobody could look into it."""
    problem: Mapped[str | None]
    looked_at: Mapped[datetime]


class Work(Base):
    """What was created. Its versions form a family."""

    __tablename__ = "work"

    id: Mapped[Id]
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    """The agent who made it for its owner, and who sees of the owner's works only these."""
    created_at: Mapped[datetime]


class WorkVersion(Base):
    """One state of a work: a draft until a deposit freezes it, then unchangeable."""

    __tablename__ = "work_version"
    __table_args__ = (UniqueConstraint("work_id", "number"),)

    id: Mapped[Id]
    work_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("work.id"), index=True)
    number: Mapped[int]
    title: Mapped[str | None]
    description: Mapped[str | None]
    category: Mapped[str | None]
    tags: Mapped[list[str]]
    creation_nature: Mapped[str | None]
    completion_date: Mapped[date | None] = mapped_column(Date)
    authors: Mapped[list[str]]
    cover_sha256: Mapped[str | None]
    created_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]


class VersionFile(Base):
    """A file of a version, as declared by the client; `upload_id` is null when only declared."""

    __tablename__ = "version_file"
    __table_args__ = (
        UniqueConstraint("version_id", "purpose", "position"),
        UniqueConstraint("version_id", "purpose", "sha256"),
        CheckConstraint("purpose IN ('work', 'display')", name="purpose"),
        CheckConstraint("size > 0", name="not_empty"),
    )

    id: Mapped[Id]
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("work_version.id"), index=True)
    purpose: Mapped[str]
    position: Mapped[int]
    name: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    sm3: Mapped[str | None]
    upload_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("upload.id"))


class Evidence(Base):
    """A received version. Anchoring state is derived from other rows, never stored here."""

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("owner_id", "idempotency_key"),
        CheckConstraint("custody_mode IN ('stored', 'hash_only')", name="custody_mode"),
        CheckConstraint("kind IN ('deposit', 'registration', 'audit', 'revocation')", name="kind"),
        Index(
            "ix_evidence_unstated",
            "submitted_at",
            postgresql_where=text("stated_at IS NULL AND rejected_at IS NULL"),
        ),
        Index(
            "ix_evidence_unsealed_files",
            "personal_at",
            postgresql_where=text("personal_at IS NOT NULL AND files_sealed_at IS NULL"),
        ),
        Index("ix_evidence_audit", "submitted_at", postgresql_where=text("kind = 'audit'")),
        Index("ix_evidence_erased", "erased_at", postgresql_where=text("erased_at IS NOT NULL")),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)
    check_code: Mapped[str]
    kind: Mapped[str] = mapped_column(default="deposit", server_default="deposit")
    """What it was deposited as: a work, an entry of a register, or heads of the audit."""
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    """The agent who deposited it for its owner."""
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("work_version.id"), unique=True)
    custody_mode: Mapped[str]
    idempotency_key: Mapped[str]
    request_digest: Mapped[bytes]
    submitted_at: Mapped[datetime]
    stated_at: Mapped[datetime | None]
    """When the statement was fixed (after the files were read back)."""
    rejected_at: Mapped[datetime | None]
    rejection: Mapped[dict[str, Any] | None]
    public: Mapped[bool] = mapped_column(default=False)
    """May a stranger who holds the file learn by its digest that it was deposited?"""
    erased_at: Mapped[datetime | None]
    personal_at: Mapped[datetime | None]
    """Since when it is known to show who somebody is (`evidence.personal`)."""
    files_sealed_at: Mapped[datetime | None]
    """When the last of its files lay sealed. Has nothing to do with the seal of a batch."""


class EvidenceFact(Base):
    """A named fact. Erasure empties value and salt; the commitment stays."""

    __tablename__ = "evidence_fact"

    evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any] | None]
    """{"value": …}: wrapped, so that JSON null and SQL NULL (erased) differ."""
    salt: Mapped[bytes | None]
    commitment: Mapped[str]


class StatementRow(Base):
    """The exact committed bytes."""

    __tablename__ = "statement"
    __table_args__ = (
        Index("ix_statement_untimed", "sequence", postgresql_where=text("NOT timed")),
        Index("ix_statement_unsealed", "sequence", postgresql_where=text("NOT sealed")),
    )

    evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    body: Mapped[bytes]
    leaf_hash: Mapped[bytes] = mapped_column(unique=True)
    fixed_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(
        server_default=text("nextval('statement_sequence')"), unique=True
    )
    """Order of sealing inside our database; never shown outside."""
    timed: Mapped[bool] = mapped_column(server_default=text("false"))
    sealed: Mapped[bool] = mapped_column(server_default=text("false"))
    """Marks of the queue, set with token and leaf: what still waits is found by a small index,
    whatever the table's size. No state is derived from them."""


class StatementFile(Base):
    """Which digests a statement names: the public look-up by digest and the examiner's."""

    __tablename__ = "statement_file"

    evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(index=True)


class CustodyEvent(Base):
    """One append-only line of who did what. Nothing personal stands in `detail`."""

    __tablename__ = "custody_event"

    evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    detail: Mapped[dict[str, Any]]


class TimestampToken(Base):
    """A verified RFC 3161 answer over the statement."""

    __tablename__ = "timestamp_token"

    evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    response: Mapped[bytes]
    gen_time: Mapped[datetime]
    serial: Mapped[str]
    policy: Mapped[str]
    authority: Mapped[str]
    received_at: Mapped[datetime]
