"""Whether an account's identity holds well enough for somebody who asks for it, and since when.

An office says of which natures (natural, body) its officers look at the papers; there only what an
officer compared is enough, elsewhere also what is complete in form. An officer of any office will
do: the papers are the same.
"""

import uuid
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts import identity
from accounts.documents import NATURAL
from accounts.identity import IdentityStatus
from accounts.person_models import Verification


class Lack(StrEnum):
    """What keeps an identity from being enough, commented with who acts next."""

    ABSENT = "absent"  # the account's owner: claim one
    WAITING = "waiting"  # an officer: look at it
    EXPIRED = "expired"  # the owner: with valid papers, anew
    UNREVIEWED = "unreviewed"  # the owner: submit it to an office that looks


def lack_of(
    session: Session, account_id: uuid.UUID, reviewed: Collection[str], *, now: datetime
) -> Lack | None:
    """None when the identity is enough. `reviewed` lists natures that an officer has to look at."""
    held = identity.current(session, account_id)
    if held is None or identity.expired(held, now):
        if _waits(session, account_id):
            return Lack.WAITING
        return Lack.ABSENT if held is None else Lack.EXPIRED
    nature = "natural" if held.document_kind in NATURAL else "body"
    if nature in reviewed and held.status != IdentityStatus.VERIFIED:
        return Lack.WAITING if _waits(session, account_id) else Lack.UNREVIEWED
    return None


def known_since(session: Session, account_id: uuid.UUID) -> datetime | None:
    """When the account first said who it is and that held; None: never. Later corrections and
    renewals change nothing of it.
    """
    held = (IdentityStatus.ACCEPTED, IdentityStatus.VERIFIED, IdentityStatus.SUPERSEDED)
    return session.scalar(
        select(func.min(func.coalesce(Verification.decided_at, Verification.submitted_at))).where(
            Verification.account_id == account_id, Verification.status.in_(held)
        )
    )


def _waits(session: Session, account_id: uuid.UUID) -> bool:
    found = session.scalar(
        select(Verification.id).where(
            Verification.account_id == account_id,
            Verification.status == IdentityStatus.SUBMITTED,
        )
    )
    return found is not None
