"""Who is told of a revocation, and the notice (撤销通知书) that goes with the decision.

The owner is told of every step, and once more when the chain has made it final; officers when it is
theirs to decide. Words are data (`registry/tables/messages.toml`, `notices.toml`).
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.staff import Role
from chain.lifecycle import TransactionStatus
from chain.models import Revocation, Transaction
from registry import noticing, telling
from registry.matters import form_of, profile_of
from registry.models import Matter, Registration
from registry.revocation_lifecycle import GROUNDS, RevocationState
from registry.revocations import RegistrationRevocation, RevocationAwaited

_S = RevocationState
_TO_DECIDE: Final[Mapping[RevocationState, tuple[str, tuple[Role, ...]]]] = {
    _S.REQUESTED: ("revocation_to_take_up", (Role.REGISTRAR,)),
    _S.PROPOSED: ("revocation_to_decide", (Role.REGISTRAR, Role.FINAL_EXAMINER)),
}


def changed(session: Session, row: RegistrationRevocation, *, now: datetime) -> None:
    """Tell of the state that a revocation has just reached; issue the notice of a decision."""
    state = RevocationState(row.status)
    registration, matter = _about(session, row)
    profile, facts = profile_of(session, matter), {"registration": registration.number}
    telling.owner(session, matter, profile, f"revocation_{state}", facts, now=now)
    if state in _TO_DECIDE:
        kind, roles = _TO_DECIDE[state]
        telling.officers(session, matter, profile, kind, facts, roles, but=row.proposer_id, now=now)
    if state is _S.CONFIRMED:
        noticing.revoked(
            session, matter, profile, form_of(matter), registration.number, GROUNDS[row.ground],
            row.explanation, now=now,
        )  # fmt: skip
        session.add(RevocationAwaited(revocation_id=row.id, since=now))
        session.flush()


def final(
    session: Session, limit: int, skip: Collection[uuid.UUID] = (), *, now: datetime
) -> Sequence[uuid.UUID]:
    """Revocations that are final on the chain, and whose owner does not know; none of `skip`."""
    del now  # the chain is that far or not
    return session.scalars(
        select(RevocationAwaited.revocation_id)
        .join(RegistrationRevocation, RegistrationRevocation.id == RevocationAwaited.revocation_id)
        .join(Registration, Registration.id == RegistrationRevocation.registration_id)
        .join(Revocation, Revocation.evidence_id == Registration.record_evidence_id)
        .join(Transaction, Transaction.revocation_id == Revocation.id)
        .where(
            Transaction.status == TransactionStatus.FINAL,
            RevocationAwaited.revocation_id.not_in(skip),
        )
        .limit(limit)
    ).all()


def tell_final(session: Session, revocation_id: uuid.UUID, *, now: datetime) -> bool:
    """Tell an owner that the chain has it. False when somebody else just does."""
    awaited = session.scalar(
        select(RevocationAwaited)
        .where(RevocationAwaited.revocation_id == revocation_id)
        .with_for_update(skip_locked=True)
    )
    if awaited is None:
        return False
    row = session.get_one(RegistrationRevocation, revocation_id)
    registration, matter = _about(session, row)
    facts = {"registration": registration.number}
    profile, key = profile_of(session, matter), f"revocation_final:{revocation_id}"
    telling.owner(session, matter, profile, "revocation_final", facts, now=now, key=key)
    session.delete(awaited)
    session.flush()
    return True


def _about(session: Session, row: RegistrationRevocation) -> tuple[Registration, Matter]:
    registration = session.get_one(Registration, row.registration_id)
    return registration, session.get_one(Matter, registration.matter_id)
