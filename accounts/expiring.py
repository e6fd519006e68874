"""Identity papers that are about to expire: their owner is told in time, once for each notice."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from accounts import inbox
from accounts.days import day_of
from accounts.identity import HOLDS
from accounts.inbox_models import Message
from accounts.person_models import Verification

NOTICES: Final[Sequence[int]] = (7, 30)
"""So many days before the last one; of several that were missed only the nearest is sent."""

KIND: Final = "identity_expires"


def remind_one(session: Session, *, now: datetime) -> bool:
    """Tell one account that its identity paper expires soon; False when there is nobody to tell."""
    today = day_of(now)
    after = today - timedelta(days=1)
    for days in NOTICES:
        until = today + timedelta(days=days)
        found = _untold(session, after, until, days)
        if found is not None and found.valid_until is not None:
            left = (found.valid_until - today).days
            facts = {"due": found.valid_until.isoformat(), "days": str(left)}
            key = f"identity-expires:{found.id}:{days}"
            inbox.tell(
                session, found.account_id, KIND, None, facts, goes_out=True, now=now, key=key
            )
            return True
        after = until
    return False


def _untold(session: Session, after: date, until: date, days: int) -> Verification | None:
    """Of those whose last day lies in (after, until] one that had not this notice."""
    key = func.concat("identity-expires:", cast(Verification.id, String), f":{days}")
    return session.scalar(
        select(Verification)
        .where(
            Verification.status.in_(HOLDS),
            Verification.valid_until > after,
            Verification.valid_until <= until,
            ~select(Message.id).where(Message.key == key).exists(),
        )
        .order_by(Verification.valid_until, Verification.id)
        .limit(1)
    )
