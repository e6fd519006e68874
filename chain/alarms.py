"""Alarms: what an operator must look at, raised once for each kind and subject until cleared."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
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


def open_since(session: Session, kind: str, subject: object) -> datetime | None:
    """When the open alarm of this kind and subject was raised; None when there is none."""
    return session.scalar(
        select(Alarm.raised_at).where(
            Alarm.kind == kind, Alarm.subject == str(subject), Alarm.cleared_at.is_(None)
        )
    )


def keep_open(session: Session, kind: str, due: Mapping[str, str], *, now: datetime) -> None:
    """Exactly the subjects in `due` (subject to message) have an open alarm of this kind."""
    standing = set(
        session.scalars(select(Alarm.subject).where(Alarm.kind == kind, Alarm.cleared_at.is_(None)))
    )
    for subject in standing - due.keys():
        clear_alarm(session, kind, subject, now=now)
    for subject in due.keys() - standing:
        raise_alarm(session, kind, subject, due[subject], now=now)
