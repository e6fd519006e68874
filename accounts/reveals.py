"""Seeing what is sealed: officers only, each time with a reason, one append-only row and a line
of the audit.
"""

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from accounts.identity import document_of
from accounts.person_models import KindChange, Paper, Reveal, Verification
from accounts.staff import Officer, Role
from core import audit
from core.errors import NotFound
from core.sealed import Keyring
from core.text import clean_text

_MOST: Final = 300


def reveal_number(
    session: Session, ring: Keyring, by: Officer, row: Verification, reason: str, *, now: datetime
) -> str:
    """The whole number, for an officer of the office it was submitted to, with a recorded reason.

    Raises:
        NotAllowed: not in a role that may. InvalidInput: no reason. NotFound: erased.
    """
    by.require(Role.SUPERVISOR, Role.FIRST_EXAMINER, Role.FINAL_EXAMINER)
    why = clean_text(reason, "reason", _MOST)
    number = document_of(ring, row).number
    session.add(
        Reveal(by_id=by.account_id, office=by.office, subject="verification.number",
               subject_id=row.id, reason=why, at=now)
    )  # fmt: skip
    session.flush()
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
        NotAllowed, InvalidInput as `reveal`; NotFound: no such paper of this one, or erased.
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
        NotAllowed: no supervisor. InvalidInput: no reason. NotFound: erased.
    """
    by.require(Role.SUPERVISOR)
    why = clean_text(reason, "reason", _MOST)
    paper = session.get_one(Paper, row.paper_id)
    if paper.erased_at is not None:
        raise NotFound("材料不存在 / no such paper")
    return _seen(session, by, paper, why, now=now)


def _seen(session: Session, by: Officer, paper: Paper, why: str, *, now: datetime) -> Paper:
    session.add(
        Reveal(
            by_id=by.account_id,
            office=by.office,
            subject="paper",
            subject_id=paper.id,
            reason=why,
            at=now,
        )
    )
    session.flush()
    audit.note(
        session, audit.of_office(by.office), "identity.paper_revealed", f"paper:{paper.id}",
        by.account_id, {"of": str(paper.account_id), "kind": paper.kind, "reason": why}, now=now,
    )  # fmt: skip
    return paper
