"""Seeing what is sealed: officers only, each time with a reason, one append-only row and a line
of the audit. Who looks at unusually many in a day is told of, and at some point stopped.
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.identity import document_of
from accounts.person_models import KindChange, Paper, Reveal, Verification
from accounts.staff import Officer, Role
from core import audit
from core.errors import NotFound, RateLimited
from core.sealed import Keyring
from core.text import clean_text

USUAL_A_DAY: Final = 40
"""More numbers and papers than this in 24 hours are an alarm: an officer's work needs fewer."""

MOST_A_DAY: Final = 200
"""After so many in 24 hours there are no more, whatever the reason."""

_DAY: Final = timedelta(hours=24)
_MOST: Final = 300


def seen_lately(session: Session, by: uuid.UUID, *, now: datetime) -> int:
    """How many numbers and papers this account was shown in the last 24 hours, at any office."""
    return (
        session.scalar(select(func.count()).where(Reveal.by_id == by, Reveal.at > now - _DAY)) or 0
    )


def reveal_number(
    session: Session, ring: Keyring, by: Officer, row: Verification, reason: str, *, now: datetime
) -> str:
    """The whole number, for an officer of the office it was submitted to, with a recorded reason.

    Raises:
        NotAllowed: not in a role that may. InvalidInput: no reason. NotFound: erased.
        RateLimited: `MOST_A_DAY` were shown already.
    """
    by.require(Role.SUPERVISOR, Role.FIRST_EXAMINER, Role.FINAL_EXAMINER)
    why = clean_text(reason, "reason", _MOST)
    number = document_of(ring, row).number
    _record(session, by, "verification.number", row.id, why, now=now)
    audit.note(
        session, audit.of_office(by.office), "identity.number_revealed", f"verification:{row.id}",
        by.account_id, {"of": str(row.account_id), "reason": why}, now=now,
    )  # fmt: skip
    return number


def reveal_paper(
    session: Session,
    by: Officer,
    row: Verification,
    paper_id: uuid.UUID,
    reason: str,
    *,
    now: datetime,
) -> Paper:
    """One paper of it, for the same officers, with a recorded reason.

    Raises:
        NotAllowed, InvalidInput, RateLimited: as `reveal_number`. NotFound: no such paper of this
            one, or erased.
    """
    by.require(Role.SUPERVISOR, Role.FIRST_EXAMINER, Role.FINAL_EXAMINER)
    why = clean_text(reason, "reason", _MOST)
    paper = session.get(Paper, paper_id)
    if paper is None or paper.verification_id != row.id or paper.erased_at is not None:
        raise NotFound("材料不存在 / no such paper")
    return _seen(session, by, paper, why, now=now)


def reveal_change_paper(
    session: Session, by: Officer, row: KindChange, reason: str, *, now: datetime
) -> Paper:
    """The paper of a request to be of another kind, for the office's supervisors.

    Raises:
        NotAllowed: no supervisor. InvalidInput: no reason. NotFound: erased. RateLimited: as
            `reveal_number`.
    """
    by.require(Role.SUPERVISOR)
    why = clean_text(reason, "reason", _MOST)
    paper = session.get_one(Paper, row.paper_id)
    if paper.erased_at is not None:
        raise NotFound("材料不存在 / no such paper")
    return _seen(session, by, paper, why, now=now)


def _seen(session: Session, by: Officer, paper: Paper, why: str, *, now: datetime) -> Paper:
    _record(session, by, "paper", paper.id, why, now=now)
    audit.note(
        session, audit.of_office(by.office), "identity.paper_revealed", f"paper:{paper.id}",
        by.account_id, {"of": str(paper.account_id), "kind": paper.kind, "reason": why}, now=now,
    )  # fmt: skip
    return paper


def _record(
    session: Session, by: Officer, subject: str, subject_id: uuid.UUID, why: str, *, now: datetime
) -> None:
    if seen_lately(session, by.account_id, now=now) >= MOST_A_DAY:
        raise RateLimited(
            f"24 小时内至多查看 {MOST_A_DAY} 次 / at most {MOST_A_DAY} in 24 hours: wait",
            retry_after=3600,
        )
    session.add(
        Reveal(by_id=by.account_id, office=by.office, subject=subject, subject_id=subject_id,
               reason=why, at=now)
    )  # fmt: skip
    session.flush()
