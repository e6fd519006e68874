"""Which offices are in force. Only what such an office issues is no sample (样本 SAMPLE).

Each act of `registry.enforcing` is a row that is never edited, and the newest row of an office says
how it stands. What was issued stays what it was called then: certificates keep their own word
(`certs.models.Certificate.sample`).
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base
from registry.models import Matter, Registration
from registry.revocations import RegistrationRevocation


class Act(StrEnum):
    ENFORCED = "enforced"
    SUSPENDED = "suspended"


class OfficeAct(Base):
    """Append-only: who put an office in force or suspended it, when, and on what grounds.

    Digests are SHA-256 in hex: of the signing certificate and its root, of the seal's picture, of
    the time-stamp roots; `edition` is that of the office's rules.
    """

    __tablename__ = "office_act"
    __table_args__ = (
        CheckConstraint(
            "act = 'suspended' AND reason IS NOT NULL OR act = 'enforced' AND edition IS NOT NULL "
            "AND certificate_sha256 IS NOT NULL AND root_sha256 IS NOT NULL "
            "AND seal_sha256 IS NOT NULL AND chain_id IS NOT NULL AND contract IS NOT NULL "
            "AND time_roots IS NOT NULL",
            name="grounded",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    office: Mapped[str] = mapped_column(index=True)
    act: Mapped[str]
    by: Mapped[str]
    """Who did it, as they said: operators have no account here."""
    at: Mapped[datetime]
    reason: Mapped[str | None]
    edition: Mapped[bytes | None] = mapped_column(ForeignKey("office_edition.digest"))
    certificate_sha256: Mapped[str | None]
    root_sha256: Mapped[str | None]
    seal_sha256: Mapped[str | None]
    software_seal_sha256: Mapped[str | None]
    """Of the other seal, which certificates of software bear, where there is one."""
    chain_id: Mapped[int | None]
    contract: Mapped[bytes | None]
    time_roots: Mapped[list[str] | None]


def acts(session: Session, office: str) -> Sequence[OfficeAct]:
    """Every act on an office, oldest first."""
    return session.scalars(
        select(OfficeAct).where(OfficeAct.office == office).order_by(OfficeAct.id)
    ).all()


def in_force(session: Session, office: str, at: datetime | None = None) -> OfficeAct | None:
    """The act by which the office is in force, or was at a moment; None when it is not."""
    return _standing(acts(session, office), at)


def all_in_force(session: Session) -> frozenset[str]:
    """The keys of the offices that are in force."""
    newest = select(func.max(OfficeAct.id)).group_by(OfficeAct.office)
    return frozenset(
        session.scalars(
            select(OfficeAct.office).where(
                OfficeAct.id.in_(newest), OfficeAct.act == Act.ENFORCED.value
            )
        )
    )


def any_in_force(session: Session) -> bool:
    """Whether some office of this installation is in force."""
    return bool(all_in_force(session))


def official(session: Session, registration: Registration) -> OfficeAct | None:
    """The act under which papers of this registration may be issued now as no samples."""
    return official_among(session, registration.office, [registration]).get(registration.id)


def official_among(
    session: Session, office: str, entries: Collection[Registration]
) -> Mapping[uuid.UUID, OfficeAct]:
    """As `official`, of each of an office's entries for which there is such an act.

    The office is in force now and was when it registered, and the rules of the matter are an
    edition that was put in force: what began or ended as a sample stays one.
    """
    history = acts(session, office)
    now = _standing(history)
    if now is None:
        return {}
    editions = {each.edition for each in history if each.edition is not None}
    rows = session.execute(
        select(Matter.id, Matter.edition).where(Matter.id.in_([each.matter_id for each in entries]))
    )
    under = dict(rows.all())
    return {
        each.id: now
        for each in entries
        if under[each.matter_id] in editions and _standing(history, each.registered_at) is not None
    }


def registered_as(session: Session, evidence_id: uuid.UUID) -> Registration | None:
    """The entry whose record this evidence is, or the record of whose revocation."""
    revoked = select(RegistrationRevocation.registration_id).where(
        RegistrationRevocation.record_evidence_id == evidence_id
    )
    return session.scalar(
        select(Registration).where(
            (Registration.record_evidence_id == evidence_id) | Registration.id.in_(revoked)
        )
    )


def roots(session: Session) -> frozenset[str]:
    """SHA-256 of every root that an office in force ever signed under: papers outlive acts."""
    return frozenset(
        root for root in session.scalars(select(OfficeAct.root_sha256).distinct()) if root
    )


def _standing(history: Sequence[OfficeAct], at: datetime | None = None) -> OfficeAct | None:
    """Of all acts on an office, oldest first, the one by which it is in force, or was then."""
    newest = [each for each in history if at is None or each.at <= at][-1:]
    return newest[0] if newest and newest[0].act == Act.ENFORCED else None
