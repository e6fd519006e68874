"""Tables of how an account is reached, of its passkeys and picture, and of what it agreed to."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id
from core.sealed import Sealed


class Passkey(Base):
    """A public-key credential (WebAuthn). `sign_count` only grows: a copy would fall behind."""

    __tablename__ = "passkey"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    name: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class PasskeyChallenge(Base):
    """What an authenticator is to sign: once, within minutes, for one purpose."""

    __tablename__ = "passkey_challenge"
    __table_args__ = (
        CheckConstraint("purpose IN ('register', 'prove', 'sign_in')", name="purpose"),
        CheckConstraint("(purpose = 'sign_in') = (account_id IS NULL)", name="whose"),
    )

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    purpose: Mapped[str]
    challenge: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class ContactCode(Base):
    """A code sent to an address that is to be the account's, kept as a keyed digest."""

    __tablename__ = "contact_code"
    __table_args__ = (
        Index(
            "uq_contact_code_open", "account_id",
            unique=True, postgresql_where=text("used_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    identifier: Mapped[str]
    code_digest: Mapped[bytes]
    tries: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    """When it was used up: by the right code, by a new one, or by too many wrong ones."""


class Consent(Base):
    """Append-only: a text in one version that an account's owner agreed to."""

    __tablename__ = "consent"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    text: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    """SHA-256 of the file with the text as it was shown."""
    at: Mapped[datetime]


class Avatar(Base):
    """An account's own picture, small and re-encoded, sealed; it ends with the account's row."""

    __tablename__ = "avatar"

    account_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    picture: Mapped[Sealed]
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str]
    """Of the picture as it is kept."""
    changed_at: Mapped[datetime]
