"""Which offices are in force. Only what such an office issues is no sample (样本 SAMPLE).

Whoever operates an installation puts an office in force, and suspends it; each act is a row that is
never edited, and the newest row of an office says how it stands. What was issued stays what it was
called then: certificates keep their own word (`certs.models.Certificate.sample`).
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import audit
from core.db import Base
from core.errors import Conflict
from core.text import clean_text
from registry.matters import keep_edition
from registry.models import Matter, Registration
from registry.profile import Profile
from registry.registering import lock_register
from registry.revocations import RegistrationRevocation

MOST: Final = 200


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


@dataclass(frozen=True)
class Grounds:
    """What an office signs, seals, anchors and tells the time with; digests as in `OfficeAct`."""

    certificate_sha256: str
    root_sha256: str
    seal_sha256: str
    chain_id: int
    contract: bytes
    time_roots: tuple[str, ...]
    software_seal_sha256: str | None = None


def enforce(
    session: Session,
    profile: Profile,
    grounds: Grounds,
    by: str,
    *,
    clock: Callable[[], datetime],
) -> OfficeAct:
    """Put an office in force. Doing it again on the same grounds gives the same act.

    `clock` is read under the office's lock, so that acts and registrations follow each other.

    Raises:
        InvalidInput: nobody says who does it.
        Conflict: another office was put in force with this seal.
    """
    by = clean_text(by, "by", MOST)
    lock_register(session, profile.key)
    now = clock()
    seals = [each for each in (grounds.seal_sha256, grounds.software_seal_sha256) if each]
    used = session.scalar(
        select(OfficeAct.office).where(
            OfficeAct.seal_sha256.in_(seals) | OfficeAct.software_seal_sha256.in_(seals),
            OfficeAct.office != profile.key,
        )
    )
    if used is not None:
        raise Conflict(
            "此印章图样属于另一登记机构 / this is the seal of another office: use its own",
            field="seal",
        )
    keep_edition(session, profile, now=now)
    standing = in_force(session, profile.key)
    if standing is not None and (standing.edition, _grounds_of(standing)) == (
        profile.digest, grounds,
    ):  # fmt: skip
        return standing
    act = OfficeAct(
        office=profile.key,
        act=Act.ENFORCED.value,
        by=by,
        at=now,
        edition=profile.digest,
        certificate_sha256=grounds.certificate_sha256,
        root_sha256=grounds.root_sha256,
        seal_sha256=grounds.seal_sha256,
        software_seal_sha256=grounds.software_seal_sha256,
        chain_id=grounds.chain_id,
        contract=grounds.contract,
        time_roots=list(grounds.time_roots),
    )
    session.add(act)
    session.flush()
    facts = {"edition": profile.digest.hex(), "chain_id": str(grounds.chain_id)}
    _tell(session, act, facts, now=now)
    return act


def suspend(
    session: Session, office: str, by: str, reason: str, *, clock: Callable[[], datetime]
) -> OfficeAct:
    """From now on what the office issues is a sample again. `clock` as for `enforce`.

    Raises:
        InvalidInput: nobody says who does it, or why.
        Conflict: it is not in force.
    """
    by, reason = clean_text(by, "by", MOST), clean_text(reason, "reason", MOST)
    lock_register(session, office)
    now = clock()
    if in_force(session, office) is None:
        raise Conflict("该机构未启用 / this office is not in force", field="office")
    act = OfficeAct(office=office, act=Act.SUSPENDED.value, by=by, at=now, reason=reason)
    session.add(act)
    session.flush()
    _tell(session, act, {}, now=now)
    return act


def acts(session: Session, office: str) -> Sequence[OfficeAct]:
    """Every act on an office, oldest first."""
    return session.scalars(
        select(OfficeAct).where(OfficeAct.office == office).order_by(OfficeAct.id)
    ).all()


def in_force(session: Session, office: str, at: datetime | None = None) -> OfficeAct | None:
    """The act by which the office is in force, or was at a moment; None when it is not."""
    query = select(OfficeAct).where(OfficeAct.office == office)
    if at is not None:
        query = query.where(OfficeAct.at <= at)
    newest = session.scalar(query.order_by(OfficeAct.id.desc()).limit(1))
    return newest if newest is not None and newest.act == Act.ENFORCED else None


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
    """The act under which papers of this registration may be issued now as no samples.

    The office is in force now and was when it registered, and the rules of the matter are an
    edition that was put in force: what began or ended as a sample stays one.
    """
    act = in_force(session, registration.office)
    if act is None or in_force(session, registration.office, registration.registered_at) is None:
        return None
    edition = session.get_one(Matter, registration.matter_id).edition
    known = select(OfficeAct.id).where(
        OfficeAct.office == registration.office, OfficeAct.edition == edition
    )
    return act if session.scalar(known.limit(1)) is not None else None


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


def _tell(session: Session, act: OfficeAct, facts: Mapping[str, str], *, now: datetime) -> None:
    """In the office's audit; who it was is in the act itself, as an operator's own words."""
    stream = audit.of_office(act.office)
    audit.note(session, stream, f"office.{act.act}", f"office_act:{act.id}", None, {**facts},
               now=now)  # fmt: skip


def _grounds_of(act: OfficeAct) -> Grounds:
    return Grounds(
        act.certificate_sha256 or "",
        act.root_sha256 or "",
        act.seal_sha256 or "",
        act.chain_id or 0,
        act.contract or b"",
        tuple(act.time_roots or ()),
        act.software_seal_sha256,
    )
