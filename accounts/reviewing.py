"""Claims of identity before an office: which there are, and who of its officers looks at them.

Whoever decides sees number and papers while a claim waits, and no longer: what is held or was
refused is seen again only by who holds a matter in which it stands (`registry.identified`).
"""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.identity import REVIEWERS, IdentityStatus
from accounts.person_models import Verification
from accounts.staff import Officer
from core.errors import NotFound


def at_office(session: Session, by: Officer, verification_id: uuid.UUID) -> Verification:
    """One that was submitted to the officer's office, or NotFound."""
    row = session.get(Verification, verification_id)
    if row is None or row.office != by.office or row.status == IdentityStatus.DRAFT:
        raise NotFound("没有此认证 / no such verification")
    return row


def to_review(session: Session, by: Officer, verification_id: uuid.UUID) -> Verification:
    """One that waits at the officer's office, for those who decide on it.

    Raises:
        NotAllowed: not in a role that decides.
        NotFound: no such one here, or it does not wait any more.
    """
    by.require(*REVIEWERS)
    row = at_office(session, by, verification_id)
    if row.status != IdentityStatus.SUBMITTED:
        raise NotFound("没有此认证 / no such verification")
    return row


def queue(session: Session, by: Officer, limit: int) -> list[Verification]:
    """What waits for the officer's office, longest first; without the officer's own.

    Raises:
        NotAllowed: not in a role that decides on them.
    """
    by.require(*REVIEWERS)
    return list(
        session.scalars(
            select(Verification)
            .where(
                Verification.office == by.office,
                Verification.status == IdentityStatus.SUBMITTED,
                Verification.account_id != by.account_id,
            )
            .order_by(Verification.submitted_at, Verification.id)
            .limit(limit)
        )
    )
