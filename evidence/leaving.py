"""What becomes of works and evidence whose owner closes the account: drafts and uploads go, what
was deposited stays, and of that the bytes go where the owner asks for it.
"""

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from accounts.models import Account
from accounts.obstacles import Obstacle
from core.db import apart_from
from evidence import uploads, works
from evidence.about import DEPOSIT
from evidence.models import Evidence, Work, WorkVersion


def obstacles(session: Session, account_id: uuid.UUID) -> Iterator[Obstacle]:
    """Deposits whose statement is not fixed yet: it names the depositor, or the agent."""
    found = session.scalars(
        select(Evidence.number)
        .where(
            or_(Evidence.owner_id == account_id, Evidence.agent_id == account_id),
            Evidence.stated_at.is_(None),
            Evidence.rejected_at.is_(None),
        )
        .order_by(Evidence.number)
    ).all()
    if found:
        yield Obstacle(
            "evidence_under_way", "存证正在入库", "evidence is being taken in",
            "请稍候片刻", "wait a moment", tuple(found),
        )  # fmt: skip


def drop_drafts(session: Session, owner_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Works and versions that were never deposited, and uploads of nothing; the uploads that went
    with them.
    """
    for version in session.scalars(
        select(WorkVersion)
        .join(Work, Work.id == WorkVersion.work_id)
        .where(Work.owner_id == owner_id, WorkVersion.frozen_at.is_(None))
        .with_for_update(of=WorkVersion)
    ).all():
        works.delete_draft(session, version)
    return uploads.drop_unnamed(session, owner_id)


def count(session: Session, owner_id: uuid.UUID, besides: Collection[uuid.UUID] = ()) -> int:
    """How many deposits an account has that were not erased, without these."""
    query = select(func.count()).where(Evidence.owner_id == owner_id, *_deposits(besides))
    return session.scalar(query) or 0


def left_to_erase(session: Session, *, since: datetime) -> Sequence[Account]:
    """Accounts closed since then whose evidence may have to be erased: their owners want it, or it
    shows who somebody is.
    """
    shows = select(Evidence.id).where(
        Evidence.owner_id == Account.id,
        Evidence.personal_at.is_not(None),
        Evidence.erased_at.is_(None),
    )
    return session.scalars(
        select(Account)
        .where(Account.closed_at >= since, or_(Account.erase_files, shows.exists()))
        .order_by(Account.id)
    ).all()


def to_erase(
    session: Session, owner_id: uuid.UUID, besides: Collection[uuid.UUID], limit: int,
    after: uuid.UUID | None = None, *, personal: bool = False,
) -> Sequence[uuid.UUID]:  # fmt: skip
    """Deposits of an account that are to be erased, in the order of their ids, after that one;
    `personal`: only those that show who somebody is.
    """
    later = [] if after is None else [Evidence.id > after]
    if personal:
        later.append(Evidence.personal_at.is_not(None))
    return session.scalars(
        select(Evidence.id)
        .where(Evidence.owner_id == owner_id, *_deposits(besides), *later)
        .order_by(Evidence.id)
        .limit(limit)
    ).all()


def _deposits(besides: Collection[uuid.UUID]) -> tuple[ColumnElement[bool], ...]:
    return Evidence.kind == DEPOSIT, Evidence.erased_at.is_(None), apart_from(Evidence.id, besides)
