"""What a list of one's works or evidence can be limited to: conditions for a query of either."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, exists

from accounts.days import SHANGHAI
from core.paging import holds
from evidence.models import Evidence, Work, WorkVersion


def of_works(title: str, *, deposited: bool | None) -> list[ColumnElement[bool]]:
    """With a part of the title in any version; of which some version is evidence, or none."""
    found: list[ColumnElement[bool]] = []
    own = WorkVersion.work_id == Work.id
    if title.strip():
        found.append(exists().where(own, holds(WorkVersion.title, title)))
    if deposited is not None:
        kept = exists().where(own, Evidence.version_id == WorkVersion.id)
        found.append(kept if deposited else ~kept)
    return found


def of_evidence(title: str, since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    """Evidence with a part of the title, submitted on these days, both included, at UTC+8."""
    found: list[ColumnElement[bool]] = []
    if title.strip():
        found.append(
            exists().where(WorkVersion.id == Evidence.version_id, holds(WorkVersion.title, title))
        )
    if since is not None:
        found.append(Evidence.submitted_at >= _midnight(since))
    if until is not None and until < date.max:
        found.append(Evidence.submitted_at < _midnight(until + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)
