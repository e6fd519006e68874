"""Tables of people and of what lets them in. Secrets are stored only as hashes."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id
from core.sealed import Sealed


class Person(Base):
    """One human being or one body, however many accounts it has."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("nature IN ('natural', 'body')", name="nature"),)

    id: Mapped[Id]
    nature: Mapped[str]
    identity_index: Mapped[bytes] = mapped_column(unique=True)
    """Blind index of document kind and number."""
    created_at: Mapped[datetime]


class Account(Base):
    """A person who signs in, or a body for which its members act.

    One of e-mail and mobile is there, save for a body that never signs in by itself, and for one
    that is closed.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(
            "closed_at IS NOT NULL OR email IS NOT NULL OR mobile IS NOT NULL "
            "OR (password_hash IS NULL AND kind IN ('enterprise', 'organisation', 'agent_firm'))",
            name="reachable",
        ),
        CheckConstraint(
            "closed_at IS NULL OR (email IS NULL AND mobile IS NULL AND user_name IS NULL "
            "AND password_hash IS NULL AND transaction_password_hash IS NULL "
            "AND referrer_id IS NULL AND email_confirmed_at IS NULL "
            "AND mobile_confirmed_at IS NULL)",
            name="closed",
        ),
        CheckConstraint("NOT erase_files OR closed_at IS NOT NULL", name="erases_when_closed"),
        Index("ix_account_erasing", "id", postgresql_where=text("erase_files")),
        Index(
            "uq_account_email_confirmed", "email",
            unique=True, postgresql_where=text("email_confirmed_at IS NOT NULL"),
        ),
        Index(
            "uq_account_mobile_confirmed", "mobile",
            unique=True, postgresql_where=text("mobile_confirmed_at IS NOT NULL"),
        ),
        CheckConstraint(
            "kind IN ('individual', 'enterprise', 'organisation', 'agent_firm', 'agent_lawyer')",
            name="kind",
        ),
        CheckConstraint("referrer_id <> id", name="referred_by_another"),
    )  # fmt: skip

    id: Mapped[Id]
    email: Mapped[str | None] = mapped_column(index=True)
    mobile: Mapped[str | None] = mapped_column(index=True)
    """As claimed at sign-up, by however many; one account at most has confirmed it."""
    name: Mapped[str]
    user_name: Mapped[str | None] = mapped_column(unique=True)
    """Another way to sign in; lower case."""
    email_confirmed_at: Mapped[datetime | None]
    mobile_confirmed_at: Mapped[datetime | None]
    """When a code sent there came back."""
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    kind: Mapped[str | None]
    """`accounts.kinds`; None until its owner has chosen, then fixed."""
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    referrer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    transaction_password_hash: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    """Closed for good (`accounts.closing`): the row never changes again, and gets no more rows."""
    erase_files: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whoever closed it wants the bytes of its evidence erased, but of what stands in a matter."""


class SignIn(Base):
    """An opaque session: the cookie holds the secret, the row its SHA-256."""

    __tablename__ = "sign_in"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    second_factor_due: Mapped[bool]
    """Whether the account had one when it signed in: nothing works before it is shown."""
    second_factor_at: Mapped[datetime | None]
    """When the second factor was shown in this session."""
    address_index: Mapped[bytes | None] = mapped_column(index=True)
    """From where, as a blind index of account and address; None: signed in before it was kept."""


class ApiKey(Base):
    """For programs: shown once, stored as SHA-256, limited by scopes, revocable."""

    __tablename__ = "api_key"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    """The member who made it for an organisation; it ends with the membership."""
    name: Mapped[str]
    prefix: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SecondFactor(Base):
    """A TOTP secret. `last_step` is the newest time step that was used: none works twice."""

    __tablename__ = "second_factor"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), unique=True)
    secret: Mapped[Sealed]
    last_step: Mapped[int]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class Recovery(Base):
    """A way back in for who lost the password: one use, half an hour, stored as SHA-256."""

    __tablename__ = "recovery"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OfficerRole(Base):
    """An account acts for an office. Rows are ended, never changed or deleted."""

    __tablename__ = "officer_role"
    __table_args__ = (
        CheckConstraint(
            "role IN ('first_examiner', 'final_examiner', 'registrar', 'cashier', 'supervisor')",
            name="role",
        ),
        CheckConstraint("role <> 'first_examiner' OR agency IS NOT NULL", name="agency"),
        Index(
            "uq_officer_role_held", "account_id", "office", "role",
            unique=True, postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    """Who it is as a human being: two accounts of one person have the same."""
    office: Mapped[str]
    agency: Mapped[str | None]
    """Where a first examiner examines."""
    role: Mapped[str]
    appointed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Invitation(Base):
    """A one-time code for a new officer, stored as SHA-256."""

    __tablename__ = "invitation"

    id: Mapped[Id]
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    identifier: Mapped[str]
    name: Mapped[str]
    office: Mapped[str]
    agency: Mapped[str | None]
    role: Mapped[str]
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
