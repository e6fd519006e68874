"""The chain of custody: append-only lines in the order they happened."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
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
    last = session.scalar(
        select(func.max(CustodyEvent.sequence)).where(CustodyEvent.evidence_id == evidence_id)
    )
    session.add(
        CustodyEvent(
            evidence_id=evidence_id,
            sequence=(last or 0) + 1,
            kind=kind,
            at=now,
            detail=dict(detail),
        )
    )
    session.flush()


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
