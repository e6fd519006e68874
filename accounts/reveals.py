"""Seeing what is sealed: officers only, each time with a reason, one append-only row and a line
of the audit. Who looks at unusually many in a day is told of, and at some point stopped.
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts import identity, parties
from accounts.person_models import KindChange, Paper, Party, Reveal, Verification
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
    session: Session,
    ring: Keyring,
    by: Officer,
    row: Verification | Party,
    reason: str,
    *,
    matter: uuid.UUID | None = None,
    now: datetime,
) -> str:
    """The whole number, with a recorded reason. Whether this officer may see this one is asked
    before; `matter` is the one it stands in, when it is seen for that.

    Raises:
        NotAllowed: not in a role that may. InvalidInput: no reason. NotFound, Gone: erased.
        RateLimited: `MOST_A_DAY` were shown already.
    """
    by.require(Role.SUPERVISOR, Role.FIRST_EXAMINER, Role.FINAL_EXAMINER)
    why = clean_text(reason, "reason", _MOST)
    if isinstance(row, Verification):
        kind, of, number = "verification", row.account_id, identity.document_of(ring, row).number
    else:
        kind, of, number = "party", row.owner_id, parties.document_of(ring, row).number
    _tell(session, by, "identity.number_revealed", f"{kind}:{row.id}", of, why, matter, now=now)
    _record(session, by, f"{kind}.number", row.id, why, now=now)
    return number


def reveal_paper(
    session: Session,
    by: Officer,
    row: Verification | Party,
    paper_id: uuid.UUID,
    reason: str,
    *,
    matter: uuid.UUID | None = None,
    now: datetime,
) -> Paper:
    """One paper of it, as `reveal_number`.

    Raises:
        NotAllowed, InvalidInput, RateLimited: as `reveal_number`. NotFound: no such paper of this
            one, or erased.
    """
    by.require(Role.SUPERVISOR, Role.FIRST_EXAMINER, Role.FINAL_EXAMINER)
    why = clean_text(reason, "reason", _MOST)
    paper = session.get(Paper, paper_id)
    if paper is None or paper.erased_at is not None or row.id not in {
        paper.verification_id, paper.party_id,
    }:  # fmt: skip
        raise NotFound("材料不存在 / no such paper")
    return _seen(session, by, paper, why, matter, now=now)


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
    return _seen(session, by, paper, why, None, now=now)


def reveal_file(
    session: Session,
    by: Officer,
    file_id: uuid.UUID,
    of: uuid.UUID,
    kind: str,
    reason: str,
    *,
    matter: uuid.UUID,
    now: datetime,
) -> None:
    """A file of a personal paper that the account `of` uploaded with an application as `kind`; on
    record like `reveal_paper`.

    Raises:
        NotAllowed, InvalidInput, RateLimited: as `reveal_number`.
    """
    by.require(Role.FIRST_EXAMINER, Role.FINAL_EXAMINER)
    why = clean_text(reason, "reason", _MOST)
    _tell(
        session, by, "identity.paper_revealed", f"file:{file_id}", of, why, matter, now=now,
        kind=kind,
    )  # fmt: skip
    _record(session, by, "file", file_id, why, now=now)


def _seen(
    session: Session,
    by: Officer,
    paper: Paper,
    why: str,
    matter: uuid.UUID | None,
    *,
    now: datetime,
) -> Paper:
    _tell(
        session, by, "identity.paper_revealed", f"paper:{paper.id}", paper.account_id, why, matter,
        now=now, kind=paper.kind,
    )  # fmt: skip
    _record(session, by, "paper", paper.id, why, now=now)
    return paper


def _tell(
    session: Session,
    by: Officer,
    act: str,
    subject: str,
    of: uuid.UUID,
    why: str,
    matter: uuid.UUID | None,
    *,
    now: datetime,
    kind: str | None = None,
) -> None:
    """A line of the office's audit; persons are named by the ids of their accounts.

    Before the row of the look: the audit refuses a reason with a number in it, and of a row that is
    undone the page of the database keeps the words.
    """
    seen_for = None if matter is None else str(matter)
    facts = {"of": str(of), "kind": kind, "matter": seen_for, "reason": why}
    audit.note(
        session, audit.of_office(by.office), act, subject, by.account_id,
        {name: fact for name, fact in facts.items() if fact is not None}, now=now,
    )  # fmt: skip


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
