"""The heads of the audit become evidence each day, and are looked for there again.

No line waits longer than a day: the newest line of every stream is written into one document,
which is deposited as the operator's evidence by the ordinary way: stored, stated, time-stamped,
anchored, certified. From then on nothing up to there can be changed, removed or slipped in
without showing.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts import keys
from accounts.days import day_of
from api.database import lease, transaction
from api.wiring import Services, utc_now
from chain import alarms
from core import audit, canonical
from core.audit import AuditLine, Head
from evidence import deposits, uploads
from evidence.deposits import STORED, Deposit
from evidence.models import Evidence, VersionFile
from evidence.works import DeclaredFile, Description

TYPE: Final = "yinji/audit-heads"
VERSION: Final = 1
AUDIT: Final = "audit"
"""The kind of these evidences."""

LONGEST: Final = timedelta(hours=24)
"""So long a line waits at most before it is anchored with the heads."""

HEADS_OVERDUE: Final = "heads-overdue"
_PATIENCE: Final = timedelta(minutes=30)
"""Housekeeping comes every few minutes."""
_MARGIN: Final = timedelta(minutes=1)
_OPERATOR: Final = "operator@audit"
"""No address that anybody could sign up with: see accounts.identifiers."""


@dataclass(frozen=True)
class Heads:
    """The document. `previous` is the SHA-256 of the document before, if there was one."""

    at: str
    previous: str | None
    heads: tuple[Head, ...]

    def encode(self) -> bytes:
        """The bytes that are deposited (RFC 8785)."""
        return canonical.encode(
            {
                "type": TYPE,
                "version": VERSION,
                "at": self.at,
                "previous": self.previous,
                "heads": [
                    {"stream": h.stream, "sequence": h.sequence, "digest": h.digest.hex()}
                    for h in self.heads
                ],
            }
        )


def read(data: bytes) -> Heads:
    """A document that we deposited, read again.

    Raises:
        InvalidInput: not canonical JSON.
    """
    document: Any = canonical.decode(data)
    heads = (
        Head(h["stream"], h["sequence"], bytes.fromhex(h["digest"])) for h in document["heads"]
    )
    return Heads(document["at"], document["previous"], tuple(heads))


def deposit_due(services: Services) -> bool:
    """A part of housekeeping: deposit the heads when a line has waited for it for a day."""
    with transaction(services.sessions) as session:
        due = waits_since(session, now=utc_now()) is not None
    return due and deposit_heads(services)


def deposit_heads(services: Services) -> bool:
    """Deposit the heads as they are now; False when there are none, or somebody else is at it."""
    with lease(services.engine, AUDIT) as held:
        return held and _deposit(services, now=utc_now())


def waits_since(session: Session, *, now: datetime) -> datetime | None:
    """When the oldest line was written that no deposit covers, if that is more than a day ago."""
    last = session.scalar(
        select(func.max(Evidence.submitted_at)).where(
            Evidence.kind == AUDIT, Evidence.rejected_at.is_(None)
        )
    )
    oldest = select(func.min(AuditLine.at))
    if last is not None:
        # A line's time is that of the act; it may have been committed a little later.
        oldest = oldest.where(AuditLine.at > last - _MARGIN)
    found = session.scalar(oldest)
    return found if found is not None and found < now - LONGEST else None


def watch(session: Session, *, now: datetime) -> None:
    """Raise or clear the alarm that a line waits much longer than a day for its head's deposit."""
    since = waits_since(session, now=now - _PATIENCE)
    due = {} if since is None else {
        AUDIT: f"审计链首自 {since:%Y-%m-%d %H:%M:%S} UTC 起未存证 / the heads are not deposited"
    }  # fmt: skip
    alarms.keep_open(session, HEADS_OVERDUE, due, now=now)


def deposited(session: Session) -> Sequence[tuple[Evidence, VersionFile]]:
    """Every deposit of heads with its document, oldest first."""
    rows = session.execute(
        select(Evidence, VersionFile)
        .join(VersionFile, VersionFile.version_id == Evidence.version_id)
        .where(Evidence.kind == AUDIT, Evidence.rejected_at.is_(None))
        .order_by(Evidence.submitted_at, Evidence.id)
    )
    return [(evidence, file) for evidence, file in rows]


def _deposit(services: Services, *, now: datetime) -> bool:
    limits, life = services.settings.intake, services.settings.upload_life
    with transaction(services.sessions) as session:
        standing = audit.heads(session)
        if not standing:
            return False
        before = deposited(session)
        previous = before[-1][1].sha256 if before else None
        data = Heads(canonical.format_time(now), previous, tuple(standing)).encode()
        owner = keys.ensure_account(session, _OPERATOR, services.settings.issuer_zh, now=now).id
        upload = uploads.create(session, owner, len(data), None, limits, life, now=now).id
    with uploads.StagedFile(services.staging.path(upload)) as staged:
        staged.write(data, 0)
        staged.sync()
    digest = hashlib.sha256(data).hexdigest()
    day = day_of(now).isoformat()
    # `.bin` is the ending that says nothing of the content: JSON is no format of a work.
    file = DeclaredFile(f"audit-heads-{day}.bin", len(data), digest, upload_id=upload)
    asked = Deposit(Description(title=f"审计链首 audit heads {day}"), (file,), STORED)
    with transaction(services.sessions) as session:
        uploads.advance(session, upload, 0, len(data), life, now=now)
        evidence = deposits.deposit_new_work(
            session, owner, asked, f"audit:{digest}", limits, now=now
        )
        evidence.kind = AUDIT
    return True
