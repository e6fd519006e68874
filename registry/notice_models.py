"""The table of notices: what an office said about a matter, word for word."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id


class Notice(Base):
    """One notice. Its content is fixed with the decision it tells of; its file is made later, once,
    and then kept.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("matter_id", "place"),
        CheckConstraint("place >= 1", name="counted"),
        CheckConstraint("(pdf_sha256 IS NULL) = (made_at IS NULL)", name="made"),
        Index("ix_notice_unmade", "issued_at", postgresql_where=text("pdf_sha256 IS NULL")),
    )

    id: Mapped[Id]
    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"))
    place: Mapped[int]
    """The first notice of a matter is 1."""
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    content: Mapped[bytes]
    """`certs.paper.Paper.encode`."""
    issued_at: Mapped[datetime]
    pdf_sha256: Mapped[str | None] = mapped_column(index=True)
    """Of the signed bytes."""
    made_at: Mapped[datetime | None]
