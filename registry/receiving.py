"""Papers that an office wants on paper too (CP-51): awaited, and received before anybody examines.

Where the office's rules say so, what was submitted on line waits for its papers: it is in no queue,
and nobody claims it. The applicant is told where to send them, and the terms of the office run from
the day they come.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.staff import Officer, Role
from core import audit
from core.errors import Conflict, NotAllowed
from core.text import clean_text
from registry import noticing, telling, terms
from registry.lifecycle import MatterState
from registry.matters import form_of, profile_of
from registry.models import Matter, PaperReceipt
from registry.profile import Profile

MAX_NOTE: Final = 500
OFFICE_TERMS: Final = ("acceptance_notice", "examination", "progress")


def awaited(session: Session, matter: Matter, profile: Profile) -> bool:
    """Whether a matter that is being submitted has to wait for its papers. They come once: a
    correction waits for none.
    """
    return profile.delivery.papers_needed and session.get(PaperReceipt, matter.id) is None


def receive(
    session: Session, officer: Officer, matter: Matter, note: str, *, now: datetime
) -> None:
    """The papers are here; the matter goes into the queue. `matter` is locked by the caller.

    Raises:
        NotAllowed: neither a registrar nor a first examiner of the matter's agency.
        Conflict: it awaits none.
    """
    officer.require(Role.REGISTRAR, Role.FIRST_EXAMINER)
    if Role.REGISTRAR not in officer.roles and matter.agency not in {None, *officer.agencies}:
        raise NotAllowed("由另一初审机构办理 / another agency examines this first")
    if not matter.awaits_papers or matter.status != MatterState.SUBMITTED:
        raise Conflict("此业务不需等待纸质材料 / this matter waits for no papers")
    session.add(
        PaperReceipt(
            matter_id=matter.id, officer_id=officer.account_id, at=now,
            note=clean_text(note, "note", MAX_NOTE) if note.strip() else "",
        )
    )  # fmt: skip
    matter.awaits_papers = False
    session.flush()
    profile, form = profile_of(session, matter), form_of(matter)
    for purpose in OFFICE_TERMS:
        terms.begin_anew(session, matter, profile, form.form, purpose, now=now)
    audit.note(
        session, audit.of_office(matter.office), "matter.papers_received", f"matter:{matter.id}",
        officer.account_id, now=now,
    )  # fmt: skip
    session.refresh(matter)
    noticing.papers_came(session, matter, profile, form, now=now)
    telling.papers_received(session, matter, profile, now=now)


def waiting(
    session: Session, officer: Officer, after: uuid.UUID | None, limit: int
) -> Sequence[Matter]:
    """The office's matters whose papers have not come, who waits longest first.

    Raises:
        NotAllowed: neither registrar nor first examiner.
    """
    officer.require(Role.REGISTRAR, Role.FIRST_EXAMINER)
    query = select(Matter).where(
        Matter.office == officer.office, Matter.status == MatterState.SUBMITTED.value,
        Matter.awaits_papers,
    )  # fmt: skip
    if Role.REGISTRAR not in officer.roles:
        query = query.where(Matter.agency.is_(None) | Matter.agency.in_(officer.agencies))
    if after is not None and (edge := session.get(Matter, after)) is not None:
        query = query.where(Matter.submitted_at > edge.submitted_at)
    return session.scalars(query.order_by(Matter.submitted_at, Matter.id).limit(limit)).all()
