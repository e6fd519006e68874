"""Tables of organisations: who works for one, in which role, on which days; and who is invited."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Id

_ROLES = "role IN ('owner', 'admin', 'filer', 'viewer')"


class Membership(Base):
    """An account works for an organisation, which is itself an account of a body.

    Rows are ended, never changed: another role is another row.
    """

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint(_ROLES, name="role"),
        CheckConstraint("organisation_id <> account_id", name="of_another"),
        CheckConstraint("valid_until IS NULL OR role <> 'owner'", name="owners_stay"),
        Index(
            "uq_membership_held", "organisation_id", "account_id",
            unique=True, postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[str]
    began_at: Mapped[datetime]
    valid_until: Mapped[date | None] = mapped_column(Date)
    """The last day, in Asia/Shanghai; None: until it is ended."""
    ended_at: Mapped[datetime | None]


class MemberInvitation(Base):
    """A one-time code for somebody who is to work for an organisation, stored as SHA-256."""

    __tablename__ = "member_invitation"
    __table_args__ = (CheckConstraint(_ROLES, name="role"),)

    id: Mapped[Id]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    identifier: Mapped[str]
    role: Mapped[str]
    valid_until: Mapped[date | None] = mapped_column(Date)
    invited_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    """When it was accepted, or taken back."""
