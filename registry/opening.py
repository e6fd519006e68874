"""That the final examiner who holds a matter has looked at it: opened in this round, before any
approval, whether by itself or among many.
"""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.staff import Officer
from core.errors import Conflict
from registry import examining, permitted
from registry.lifecycle import MatterState
from registry.models import Matter, Opening


def open_matter(session: Session, officer: Officer, matter: Matter, *, now: datetime) -> None:
    """Record that the final examiner who holds it has opened it; again changes nothing.

    Raises:
        NotAllowed, IllegalTransition: not this officer's, or not in final examination.
    """
    examining.require_final(session, officer, matter)
    _record(session, officer, matter, now=now)


def seen(session: Session, officer: Officer, matter: Matter, *, now: datetime) -> None:
    """As `open_matter`, after the matter was shown to somebody; of whom does not hold it in final
    examination nothing is recorded.
    """
    if matter.status == MatterState.FINAL_EXAMINATION and permitted.holds(officer, matter):
        _record(session, officer, matter, now=now)


def require_opened(session: Session, officer: Officer, matter: Matter, field: str) -> None:
    """Raises Conflict when this officer has not opened the matter in this round."""
    if session.get(Opening, (matter.id, matter.round, officer.person_id)) is None:
        raise Conflict("请先打开查看,再批准 / open the matter first, then approve it", field=field)


def _record(session: Session, officer: Officer, matter: Matter, *, now: datetime) -> None:
    session.execute(
        insert(Opening)
        .values(
            matter_id=matter.id, round=matter.round, person_id=officer.person_id,
            officer_id=officer.account_id, at=now,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
