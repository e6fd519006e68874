"""No work waits longer than its deadline without an alarm; the alarm goes when the work is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from chain import alarms
from chain.lifecycle import TransactionStatus
from chain.models import Batch, Revocation, Transaction
from evidence.models import Evidence, StatementRow

STORE_OVERDUE: Final = "store-overdue"
TOKEN_OVERDUE: Final = "token-overdue"  # noqa: S105 - a time-stamp token
SEAL_OVERDUE: Final = "seal-overdue"
ANCHOR_OVERDUE: Final = "anchor-overdue"
REVOCATION_OVERDUE: Final = "revocation-overdue"
ALL: Final = "all"
_NAMED: Final = 100
"""So many overdue batches are named; a hundred alarms of one kind tell enough."""


@dataclass(frozen=True)
class Deadlines:
    """How long each step may take before somebody should look."""

    store: timedelta = timedelta(minutes=5)
    token: timedelta = timedelta(minutes=5)
    seal: timedelta = timedelta(minutes=5)
    anchor: timedelta = timedelta(minutes=5)
    revocation: timedelta = timedelta(minutes=5)


def watch(session: Session, deadlines: Deadlines, *, now: datetime) -> None:
    """Raise and clear the alarms of everything between receipt and finality."""
    late = {
        STORE_OVERDUE: select(func.count())
        .select_from(Evidence)
        .where(
            Evidence.stated_at.is_(None),
            Evidence.rejected_at.is_(None),
            Evidence.submitted_at < now - deadlines.store,
        ),
        TOKEN_OVERDUE: select(func.count())
        .select_from(StatementRow)
        .where(~StatementRow.timed, StatementRow.fixed_at < now - deadlines.token),
        SEAL_OVERDUE: select(func.count())
        .select_from(StatementRow)
        .where(~StatementRow.sealed, StatementRow.fixed_at < now - deadlines.seal),
    }
    for kind, query in late.items():
        _count(session, kind, query, now=now)
    batches = session.execute(
        select(Batch.id, Batch.sealed_at)
        .where(~Batch.settled, Batch.sealed_at < now - deadlines.anchor)
        .order_by(Batch.sealed_at)
        .limit(_NAMED)
    )
    alarms.keep_open(
        session, ANCHOR_OVERDUE, _named((str(b.id), b.sealed_at) for b in batches), now=now
    )
    revocations = session.execute(
        select(Revocation.id, Revocation.requested_at)
        .where(
            Revocation.requested_at < now - deadlines.revocation,
            ~select(Transaction.id)
            .where(
                Transaction.revocation_id == Revocation.id,
                Transaction.status == TransactionStatus.FINAL,
            )
            .exists(),
        )
        .order_by(Revocation.requested_at)
        .limit(_NAMED)
    )
    alarms.keep_open(
        session,
        REVOCATION_OVERDUE,
        _named((str(r.id), r.requested_at) for r in revocations),
        now=now,
    )


def _count(session: Session, kind: str, query: Select[int], *, now: datetime) -> None:
    number = session.scalar(query) or 0
    due = {ALL: f"{number} 项逾期 / {number} are overdue"} if number else {}
    alarms.keep_open(session, kind, due, now=now)


def _named(rows: Iterable[tuple[str, datetime]]) -> Mapping[str, str]:
    return {
        subject: f"自 {since:%Y-%m-%d %H:%M:%S} UTC 起未完成 / unfinished since then"
        for subject, since in rows
    }
