"""No certificate of anchored evidence stays unmade beyond its deadline without an alarm."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from certs.models import Certificate
from chain import ages, alarms
from chain.models import Anchor, Leaf
from evidence.models import TimestampToken

CERTIFICATE_OVERDUE: Final = "certificate-overdue"
DEADLINE: Final = timedelta(minutes=5)
"""From the later of finality and token to frozen content, and from there to the signed bytes."""


def watch(session: Session, deadline: timedelta = DEADLINE, *, now: datetime) -> None:
    """Raise or clear the alarm. What waits for its token has an alarm of its own."""
    before = now - deadline
    unfrozen = session.scalar(
        select(func.count())
        .select_from(Leaf)
        .join(Anchor, Anchor.batch_id == Leaf.batch_id)
        .join(TimestampToken, TimestampToken.evidence_id == Leaf.evidence_id)
        .where(
            ~Leaf.issued,
            Anchor.suspended_at.is_(None),
            func.greatest(Anchor.anchored_at, TimestampToken.received_at) < before,
        )
    )
    unmade = session.scalar(
        select(func.count())
        .select_from(Certificate)
        .where(
            Certificate.pdf_sha256.is_(None),
            Certificate.content.is_not(None),
            Certificate.superseded_at.is_(None),
            Certificate.frozen_at < before,
        )
    )
    number = (unfrozen or 0) + (unmade or 0)
    due = {ages.ALL: f"{number} 份证书逾期未制成 / certificates are overdue"} if number else {}
    alarms.keep_open(session, CERTIFICATE_OVERDUE, due, now=now)
