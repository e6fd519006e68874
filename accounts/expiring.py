"""Identity papers that are about to expire: their owner is told in time, once for each notice."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from accounts import inbox
from accounts.days import day_of
from accounts.identity import HOLDS
from accounts.inbox_models import Message
from accounts.models import Account
from accounts.person_models import Verification

NOTICES: Final[Sequence[int]] = (7, 30)
"""So many days before the last one; of several that were missed only the nearest is sent."""

KIND: Final = "identity_expires"


def to_remind(
    session: Session, limit: int, skip: Collection[uuid.UUID] = (), *, now: datetime
) -> Sequence[uuid.UUID]:
    """Verified identities whose paper expires soon, of which the account does not know; those in
    `skip` left out.
    """
    today = day_of(now)
    found: list[uuid.UUID] = []
    for days in NOTICES:
        key = func.concat("identity-expires:", cast(Verification.id, String), f":{days}")
        found += session.scalars(
            select(Verification.id)
            .join(Account, Account.id == Verification.account_id)
            .where(
                Account.closed_at.is_(None),
                Verification.status.in_(HOLDS),
                Verification.valid_until > _behind(today, days),
                Verification.valid_until <= today + timedelta(days=days),
                ~select(Message.id).where(Message.key == key).exists(),
                Verification.id.not_in(skip),
            )
            .order_by(Verification.valid_until, Verification.id)
            .limit(limit - len(found))
        )
    return found


def remind(session: Session, verification_id: uuid.UUID, *, now: datetime) -> bool:
    """Tell an account that its identity paper expires soon; False when it no longer does."""
    row, today = session.get_one(Verification, verification_id), day_of(now)
    if row.valid_until is None or row.status not in HOLDS:
        return False
    left = (row.valid_until - today).days
    notice = next((days for days in NOTICES if 0 <= left <= days), None)
    if notice is None:
        return False
    facts = {"due": row.valid_until.isoformat(), "days": str(left)}
    key = f"identity-expires:{row.id}:{notice}"
    inbox.tell(session, row.account_id, KIND, None, facts, goes_out=True, now=now, key=key)
    return True


def _behind(today: date, days: int) -> date:
    """The last day that the notice before this one covers."""
    nearer = [each for each in NOTICES if each < days]
    return today + timedelta(days=max(nearer, default=-1))
