"""The chain of custody: append-only lines in the order they happened."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from core import canonical
from evidence.models import CustodyEvent

TYPE: Final = "yinji/custody"


def note(
    session: Session,
    evidence_id: uuid.UUID,
    kind: str,
    detail: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Append one event. Two writers at once: one fails on the primary key and tries again."""
    note_each(session, kind, {evidence_id: detail}, now=now)


def begin(
    session: Session, details: Mapping[uuid.UUID, Mapping[str, Any]], *, now: datetime
) -> None:
    """The first event of evidences that were made in this transaction: they were received."""
    _add(session, "received", details, {}, now=now)


def note_each(
    session: Session,
    kind: str,
    details: Mapping[uuid.UUID, Mapping[str, Any]],
    *,
    now: datetime,
) -> None:
    """Append one event to each of many evidences, as `note` does to one."""
    if not details:
        return
    last: dict[uuid.UUID, int] = {
        row.evidence_id: row.last
        for row in session.execute(
            select(CustodyEvent.evidence_id, func.max(CustodyEvent.sequence).label("last"))
            .where(CustodyEvent.evidence_id.in_(details))
            .group_by(CustodyEvent.evidence_id)
        )
    }
    _add(session, kind, details, last, now=now)


def _add(
    session: Session,
    kind: str,
    details: Mapping[uuid.UUID, Mapping[str, Any]],
    last: Mapping[uuid.UUID, int],
    *,
    now: datetime,
) -> None:
    if not details:
        return
    session.execute(
        insert(CustodyEvent),
        [
            {
                "evidence_id": evidence_id,
                "sequence": last.get(evidence_id, 0) + 1,
                "kind": kind,
                "at": now,
                "detail": dict(detail),
            }
            for evidence_id, detail in details.items()
        ],
    )


def events(session: Session, evidence_id: uuid.UUID) -> Sequence[CustodyEvent]:
    return session.scalars(
        select(CustodyEvent)
        .where(CustodyEvent.evidence_id == evidence_id)
        .order_by(CustodyEvent.sequence)
    ).all()


def document(number: str, lines: Sequence[CustodyEvent]) -> bytes:
    """custody.json."""
    return canonical.encode(
        {
            "type": TYPE,
            "version": 1,
            "evidence": number,
            "events": [
                {
                    "sequence": line.sequence,
                    "at": canonical.format_time(line.at),
                    "kind": line.kind,
                    "detail": line.detail,
                }
                for line in lines
            ],
        }
    )
