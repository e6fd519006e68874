"""Tables of people and of what lets them in. Secrets are stored only as hashes."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id


class Account(Base):
    """A person who signs in. One of e-mail and mobile is always there."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("email IS NOT NULL OR mobile IS NOT NULL", name="reachable"),)

    id: Mapped[Id]
    email: Mapped[str | None] = mapped_column(unique=True)
    mobile: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]


class SignIn(Base):
    """An opaque session: the cookie holds the secret, the row its SHA-256."""

    __tablename__ = "sign_in"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiKey(Base):
    """For programs: shown once, stored as SHA-256, limited by scopes, revocable."""

    __tablename__ = "api_key"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str]
    prefix: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
