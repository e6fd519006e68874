"""Certificates: content frozen first, bytes made later under the same number."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id


class Certificate(Base):
    """One edition of an evidence's certificate."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("evidence_id", "edition"),
        Index("ix_certificate_unmade", "frozen_at", postgresql_where=text("pdf_sha256 IS NULL")),
        Index(
            "ix_certificate_superseded",
            "evidence_id",
            postgresql_where=text("superseded_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"))
    edition: Mapped[int]
    number: Mapped[str] = mapped_column(unique=True)
    sample: Mapped[bool]
    """Whether it calls itself a sample; outlives `content`, which says the same."""
    content: Mapped[bytes | None]
    """content.json; emptied by erasure."""
    frozen_at: Mapped[datetime]
    pdf_sha256: Mapped[str | None] = mapped_column(index=True)
    """Of the signed bytes, kept for ever; the object itself can be erased."""
    made_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
