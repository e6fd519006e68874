"""I7: files that show who somebody is lie sealed, and only sealed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fsck.findings import Findings
from api.fsck.objects import GRACE
from evidence import personal
from evidence.models import Evidence
from evidence.objects import ObjectStore
from registry import personal as papers
from registry.profile import Profile

_ALL: Final = 1_000_000


def check_personal(
    session: Session,
    store: ObjectStore,
    offices: Mapping[str, Profile],
    found: Findings,
    *,
    now: datetime,
) -> None:
    """Of personal evidence no file lies plain, unless that has been known for an hour at most; and
    what an application names as a personal paper is known to be.
    """
    for row in session.scalars(select(Evidence).where(Evidence.personal_at.is_not(None))):
        if row.stated_at is None or row.personal_at is None:
            continue
        due = row.files_sealed_at is not None or now - max(row.personal_at, row.stated_at) >= GRACE
        for digest in personal.digests(session, row.id):
            holds = not (due and store.standing(digest).plain)
            found.look("I7", holds=holds, subject=digest, detail="a personal file lies plain")
        found.look(
            "I7", holds=row.files_sealed_at is not None or not due, subject=row.number,
            detail="personal evidence was not sealed",
        )  # fmt: skip
    named = papers.named_by_offices(session, offices)
    for _owner, number in papers.of_older_matters(session, named, _ALL, before=now - GRACE):
        found.look("I7", holds=False, subject=number, detail="a personal paper is not known as one")
