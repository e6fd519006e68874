"""Alarms: what an operator must look at, raised once for each kind and subject."""

import uuid
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chain.models import Alarm


def raise_alarm(
    session: Session, kind: str, subject: object, message: str, *, now: datetime
) -> None:
    """Open an alarm unless the same one is open."""
    session.execute(
        insert(Alarm)
        .values(id=uuid.uuid4(), kind=kind, subject=str(subject), message=message, raised_at=now)
        .on_conflict_do_nothing()
    )


def clear_alarm(session: Session, kind: str, subject: object, *, now: datetime) -> None:
    """The cause is gone."""
    session.execute(
        update(Alarm)
        .where(Alarm.kind == kind, Alarm.subject == str(subject), Alarm.cleared_at.is_(None))
        .values(cleared_at=now)
    )
