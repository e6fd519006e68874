"""Revocations of registrations as they are kept, and the questions asked of them.

Migration 0011 adds what a table definition cannot say: a revocation moves along the rules of
`registry.revocation_lifecycle` only, and what was decided is never edited.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Select,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from accounts.staff import Officer, Role
from core.db import Base, Id
from core.errors import NotFound, NotReady
from core.paging import newest_first
from evidence.models import Evidence
from registry.models import Registration
from registry.revocation_lifecycle import RevocationState

UNDECIDED: Final = ("requested", "proposed")
LIVE: Final = (*UNDECIDED, "confirmed")


class RegistrationRevocation(Base):
    """One proposal to revoke a registration, and what became of it.

    `requested_by` is the applicant, where it began with a request. Proposer and decider are
    officers and two persons; `record` and its evidence are there when it was confirmed.
    """

    __tablename__ = "registration_revocation"
    __table_args__ = (
        CheckConstraint("proposer_person <> decider_person", name="two_persons"),
        CheckConstraint("proposer_id <> decider_id", name="two_accounts"),
        CheckConstraint(
            "status <> 'confirmed' OR (proposer_person IS NOT NULL AND decider_person IS NOT NULL "
            "AND proposer_id IS NOT NULL AND decider_id IS NOT NULL)",
            name="four_eyes",
        ),
        CheckConstraint(
            "(status = 'confirmed') = (record IS NOT NULL AND record_evidence_id IS NOT NULL)",
            name="recorded",
        ),
        CheckConstraint("status <> 'requested' OR requested_by IS NOT NULL", name="asked"),
        UniqueConstraint("record_evidence_id"),
        Index(
            "uq_registration_revocation_live",
            "registration_id",
            unique=True,
            postgresql_where=text("status IN ('requested', 'proposed', 'confirmed')"),
        ),
        Index("ix_registration_revocation_office", "office", "status", "created_at"),
        Index("ix_registration_revocation_newest", "office", "created_at", "id"),
    )

    id: Mapped[Id]
    registration_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("registration.id"))
    office: Mapped[str]
    ground: Mapped[str]
    explanation: Mapped[str]
    document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("evidence.id"))
    """An evidence that supports it, such as a judgment."""
    status: Mapped[str]
    created_at: Mapped[datetime]
    requested_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    proposer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    proposer_person: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime | None]
    decider_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    decider_person: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]
    record: Mapped[bytes | None]
    """The canonical record of the revocation."""
    record_evidence_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("evidence.id"))


class RevocationAwaited(Base):
    """A confirmed revocation whose owner is to be told when the chain has it; gone when told."""

    __tablename__ = "revocation_awaited"

    revocation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("registration_revocation.id"), primary_key=True
    )
    since: Mapped[datetime]


def of_office(session: Session, office: str, number: str) -> Registration:
    """A registration of an office by its exact number.

    Raises:
        NotFound: none here.
    """
    found = session.scalar(
        select(Registration).where(Registration.office == office, Registration.number == number)
    )
    if found is None:
        raise NotFound("没有此登记 / no such registration at this office")
    return found


def seen(
    session: Session, officer: Officer, revocation_id: uuid.UUID, *, lock: bool = False
) -> RegistrationRevocation:
    """A revocation of the officer's own office, for those who may decide on it.

    Raises:
        NotAllowed: neither registrar nor final examiner. NotFound: none here.
    """
    officer.require(Role.REGISTRAR, Role.FINAL_EXAMINER)
    found = session.get(
        RegistrationRevocation, revocation_id, with_for_update=True if lock else None
    )
    if found is None or found.office != officer.office:
        raise NotFound("没有此撤销 / no such revocation")
    return found


def at_office(
    session: Session,
    officer: Officer,
    state: RevocationState | None,
    after: uuid.UUID | None,
    limit: int,
) -> Sequence[RegistrationRevocation]:
    """The office's revocations, newest first; of one state when it is given.

    Raises:
        NotAllowed: neither registrar nor final examiner. InvalidInput: a cursor of somewhere else.
    """
    officer.require(Role.REGISTRAR, Role.FINAL_EXAMINER)
    own = select(RegistrationRevocation).where(RegistrationRevocation.office == officer.office)
    only = [] if state is None else [RegistrationRevocation.status == state.value]
    place = (RegistrationRevocation.created_at, RegistrationRevocation.id)
    return newest_first(session, own, place, after, limit, only)


def voided(
    session: Session, officer: Officer, after: str | None, limit: int
) -> Sequence[tuple[Registration, RegistrationRevocation]]:
    """Numbers of revoked registrations, in their order, never used again; for registrars.

    `after` is the last number of the page before.

    Raises:
        NotAllowed: no registrar.
    """
    officer.require(Role.REGISTRAR)
    query = (
        select(Registration, RegistrationRevocation)
        .join(RegistrationRevocation, RegistrationRevocation.registration_id == Registration.id)
        .where(
            RegistrationRevocation.office == officer.office,
            RegistrationRevocation.status == RevocationState.CONFIRMED.value,
        )
    )
    if after is not None:
        query = query.where(Registration.number > after)
    rows = session.execute(query.order_by(Registration.number).limit(limit)).all()
    return [(row[0], row[1]) for row in rows]


def latest(session: Session, registration_id: uuid.UUID) -> RegistrationRevocation | None:
    """The newest revocation of a registration, whatever became of it."""
    return session.scalar(
        select(RegistrationRevocation)
        .where(RegistrationRevocation.registration_id == registration_id)
        .order_by(RegistrationRevocation.created_at.desc(), RegistrationRevocation.id.desc())
        .limit(1)
    )


def revoked_among(session: Session, ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Which of these registrations are revoked by decision."""
    query = select(RegistrationRevocation.registration_id).where(
        RegistrationRevocation.registration_id.in_(ids),
        RegistrationRevocation.status == RevocationState.CONFIRMED.value,
    )
    return frozenset(session.scalars(query))


def undecided(before: datetime) -> Select[uuid.UUID]:
    """The ids of those that have waited for an officer since then or longer."""
    since = func.coalesce(RegistrationRevocation.proposed_at, RegistrationRevocation.created_at)
    return select(RegistrationRevocation.id).where(
        RegistrationRevocation.status.in_(UNDECIDED), since < before
    )


def asked_for(
    session: Session, matter_id: uuid.UUID, *, lock: bool = False
) -> RegistrationRevocation:
    """The applicant's newest request about a matter that nobody has decided.

    Raises:
        NotFound: there is none.
    """
    query = (
        select(RegistrationRevocation)
        .join(Registration, Registration.id == RegistrationRevocation.registration_id)
        .where(
            Registration.matter_id == matter_id,
            RegistrationRevocation.requested_by.is_not(None),
            RegistrationRevocation.status.in_(UNDECIDED),
        )
    )
    if lock:
        query = query.with_for_update(of=RegistrationRevocation)
    found = session.scalar(query)
    if found is None:
        raise NotFound("没有待决的撤销申请 / no such request is waiting")
    return found


def record_of(session: Session, row: RegistrationRevocation | None) -> Evidence:
    """The evidence that the decision to revoke is.

    Raises:
        NotReady: nobody has decided to revoke.
    """
    if row is None or row.record_evidence_id is None:
        raise NotReady("尚未决定撤销 / nobody has decided to revoke it")
    return session.get_one(Evidence, row.record_evidence_id)
