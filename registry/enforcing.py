"""Putting an office in force, and suspending it: what whoever operates an installation does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.errors import Conflict
from core.text import clean_text
from registry.force import Act, OfficeAct, in_force
from registry.matters import keep_edition
from registry.profile import Profile
from registry.registering import lock_register

MOST: Final = 200


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
