"""Tables of papers that are signed on line: what is to be signed, by whom, and every revision.

A round's papers and signers are made when it is handed in and never edited into others; they live
while their matter is being signed in that round. Migration 0019 keeps revisions append-only.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id
from core.sealed import Sealed


class SigningPaper(Base):
    """A paper of one round. Its bytes are the last stored revision."""

    __tablename__ = "signing_paper"
    __table_args__ = (UniqueConstraint("matter_id", "round", "code"),)

    id: Mapped[Id]
    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"))
    round: Mapped[int]
    code: Mapped[str]
    content_digest: Mapped[bytes]
    """SHA-256 of what the paper says; the same content is the same bytes."""
    drawn_sha256: Mapped[str]
    drawn: Mapped[bytes | None]
    """The bytes until they are certified and stored."""
    pages: Mapped[int]
    sample: Mapped[bool]
    places: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    kept_from: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("signing_paper.id"))
    """The same paper of an earlier round, whose signatures stand."""
    created_at: Mapped[datetime]


class SigningSigner(Base):
    """Who signs in one round, with the one link that is theirs.

    What is needed to know the signer again was taken from the party when the round was handed in;
    where to reach them is sealed and forgotten when they have signed or the round has ended.
    """

    __tablename__ = "signing_signer"
    __table_args__ = (
        UniqueConstraint("matter_id", "round", "position"),
        UniqueConstraint("matter_id", "round", "number_index"),
        CheckConstraint("kind IN ('signature', 'seal')", name="kind"),
        Index(
            "ix_signing_signer_uninvited", "matter_id",
            postgresql_where=text("link_sent_at IS NULL"),
        ),
        Index(
            "ix_signing_signer_reachable", "matter_id",
            postgresql_where=text("contact IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"))
    round: Mapped[int]
    position: Mapped[int]
    name: Mapped[str]
    kind: Mapped[str]
    roles: Mapped[list[str]]
    party_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("party.id"))
    """The party on file; None for the applicant's own verified identity."""
    mandate_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("mandate.id"))
    """By which an agent signs in its principal's stead; it has to hold when it does."""
    document_kind: Mapped[str]
    number_index: Mapped[bytes]
    contact: Mapped[Sealed | None]
    """Sealed JSON: kind (mobile or email) and value."""
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    link_expires_at: Mapped[datetime | None]
    link_sent_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    """Wrong answers under this link."""
    code_index: Mapped[bytes | None]
    code_expires_at: Mapped[datetime | None]
    codes_sent: Mapped[int] = mapped_column(default=0)
    proof_hash: Mapped[bytes | None]
    proof_expires_at: Mapped[datetime | None]
    proven_at: Mapped[datetime | None]


class SigningAct(Base):
    """One signature to be made: of a signer, at one place of one paper."""

    __tablename__ = "signing_act"
    __table_args__ = (
        UniqueConstraint("paper_id", "place"),
        CheckConstraint("status IN ('waiting', 'intended', 'signed')", name="status"),
        CheckConstraint("status = 'waiting' OR intended_at IS NOT NULL", name="intended"),
        CheckConstraint("(status = 'signed') = (signed_at IS NOT NULL)", name="signed"),
        Index("ix_signing_act_intended", "paper_id", postgresql_where=text("status = 'intended'")),
    )

    id: Mapped[Id]
    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("signing_paper.id"))
    signer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("signing_signer.id"), index=True)
    place: Mapped[str]
    stead: Mapped[str | None]
    """The name of whom an agent signs for here."""
    status: Mapped[str]
    reference: Mapped[uuid.UUID]
    """What the signature's certificate names: this act, or the one it is kept from."""
    seen_at: Mapped[datetime | None]
    intended_at: Mapped[datetime | None]
    strokes: Mapped[list[Any] | None] = mapped_column(JSONB)
    signed_at: Mapped[datetime | None]


class SigningRevision(Base):
    """Append-only once stored: the bytes of a paper after our certification (number 0) and after
    each signature. Noted before they are stored, so that none lies about unknown.
    """

    __tablename__ = "signing_revision"

    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("signing_paper.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(index=True)
    act_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("signing_act.id"))
    noted_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
