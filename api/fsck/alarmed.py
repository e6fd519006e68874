"""Whether an operator was told that something waits."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.revealing import UNUSUAL
from chain.models import Alarm


def alarmed(session: Session) -> bool:
    """Is any alarm open that may be about work that waits? One about a person's looks is not."""
    return (
        session.scalar(
            select(Alarm.id).where(Alarm.cleared_at.is_(None), Alarm.kind != UNUSUAL).limit(1)
        )
        is not None
    )
