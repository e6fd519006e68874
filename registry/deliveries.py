"""Paper certificates on their way, as they are kept, and the questions asked of them.

Migration 0025 adds what a table definition cannot say: a delivery moves along the rules of
`registry.delivery_lifecycle` only, and what has ended is never edited.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from accounts.staff import Officer, Role
from core.db import Base, Id
from core.errors import NotFound
from core.paging import newest_first
from core.sealed import Sealed
from registry.delivery_lifecycle import DeliveryState
from registry.models import Registration


class PaperDelivery(Base):
    """The paper certificate of one registration. `contents` is to whom, sealed; where it is None,
    the wish on the form says so (`registry.delivering.recipient_of`).
    """

    __tablename__ = "paper_delivery"
    __table_args__ = (
        CheckConstraint(
            "status <> 'dispatched' OR (carrier IS NOT NULL AND tracking IS NOT NULL)",
            name="traceable",
        ),
        Index(
            "uq_paper_delivery_live",
            "registration_id",
            unique=True,
            postgresql_where=text("status <> 'cancelled'"),
        ),
        Index("ix_paper_delivery_office", "office", "status", "created_at"),
    )

    id: Mapped[Id]
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"))
    matter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("matter.id"), index=True)
    office: Mapped[str]
    way: Mapped[str]
    """One of the office's ways (`delivery.paper` of its rules)."""
    status: Mapped[str]
    contents: Mapped[Sealed | None]
    created_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    carrier: Mapped[str | None]
    tracking: Mapped[str | None]
    """The number that the carrier gave the last consignment."""
    handed_at: Mapped[datetime | None]
    """When it was last sent or laid ready."""
    ended_at: Mapped[datetime | None]
    note: Mapped[str | None]
    """Why it came back the last time, or to whom it was handed over."""


def latest(session: Session, matter_id: uuid.UUID, *, lock: bool = False) -> PaperDelivery | None:
    """The newest delivery of a matter's certificate."""
    query = (
        select(PaperDelivery)
        .where(PaperDelivery.matter_id == matter_id)
        .order_by(PaperDelivery.created_at.desc(), PaperDelivery.id.desc())
        .limit(1)
    )
    return session.scalar(query.with_for_update() if lock else query)


def of_applicant(session: Session, matter_id: uuid.UUID) -> PaperDelivery:
    """As `latest`, locked. Raises NotFound when no paper certificate was asked for."""
    found = latest(session, matter_id, lock=True)
    if found is None:
        raise NotFound("未申请纸质证书 / no paper certificate was asked for")
    return found


def seen(
    session: Session, officer: Officer, delivery_id: uuid.UUID, *, lock: bool = False
) -> PaperDelivery:
    """A delivery of the officer's own office.

    Raises:
        NotAllowed: no registrar. NotFound: no such delivery here.
    """
    officer.require(Role.REGISTRAR)
    found = session.get(PaperDelivery, delivery_id, with_for_update=True if lock else None)
    if found is None or found.office != officer.office:
        raise NotFound("没有此项 / no such delivery")
    return found


def at_office(
    session: Session,
    officer: Officer,
    state: DeliveryState | None,
    after: uuid.UUID | None,
    limit: int,
) -> Sequence[PaperDelivery]:
    """The office's deliveries, newest first.

    Raises:
        NotAllowed: no registrar. InvalidInput: a cursor of somewhere else.
    """
    officer.require(Role.REGISTRAR)
    own = select(PaperDelivery).where(PaperDelivery.office == officer.office)
    only = [] if state is None else [PaperDelivery.status == state.value]
    place = (PaperDelivery.created_at, PaperDelivery.id)
    return newest_first(session, own, place, after, limit, only)


def number_of(session: Session, row: PaperDelivery) -> str:
    """The registration number of the certificate."""
    return session.get_one(Registration, row.registration_id).number
