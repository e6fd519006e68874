"""Files that show who somebody is: sealed as soon as that is known, older ones too.

The rows say what is to be sealed, so that a process may die anywhere: the next run ends what was
begun. An object is sealed under the lease of its deletion: what is being erased does not come back.
"""

import time
from typing import Final
from uuid import UUID

from api import crash
from api.apart import RESTING, apart, candidates
from api.database import lease, transaction
from api.wiring import Services, utc_now
from evidence import personal, references
from registry import personal as papers

PAGE: Final = 200
_HOUR: Final = 3600.0
_last: dict[int, float] = {}


def seal_one(services: Services, page: int = PAGE) -> bool:
    """A job: the files of one personal evidence."""
    for evidence_id in candidates(services, "files", personal.unsealed, page, key=_itself):
        with lease(services.engine, f"files:{evidence_id}") as held:
            if not held:
                continue
            with apart("files", evidence_id):
                if _seal(services, evidence_id):
                    return True
                RESTING.failed("files", evidence_id)
    return False


def _itself(row_id: UUID) -> UUID:
    return row_id


def _seal(services: Services, evidence_id: UUID) -> bool:
    """False when somebody has one of its files in hand. Raises NotFound when one was just deleted:
    the next run finds it no longer named.
    """
    with transaction(services.sessions) as session:
        digests = personal.digests(session, evidence_id)
    for digest in digests:
        with lease(services.engine, references.lock_name(digest)) as held:
            if not held:
                return False
            services.store.seal(digest)
        crash.point("file-sealed")
    with transaction(services.sessions) as session:
        papers.record_sealed(session, evidence_id, digests, now=utc_now())
    return True


def mark_older_at_times(services: Services) -> None:
    """Part of the sweep: `mark_older` when this process begins, and every hour."""
    now = time.monotonic()
    if now - _last.get(id(services), now - _HOUR) < _HOUR:
        return
    mark_older(services)
    _last[id(services)] = now


def mark_older(services: Services) -> int:
    """Personal papers of matters that were begun before they were marked, by an earlier release or
    under rules that did not say so; returns how many.
    """
    total = 0
    with transaction(services.sessions) as session:
        named = papers.named_by_offices(session, services.offices)
    while True:
        with transaction(services.sessions) as session:
            found = papers.of_older_matters(session, named, PAGE)
            for owner_id, number in found:
                personal.mark(session, owner_id, [number], now=utc_now())
        total += len(found)
        if len(found) < PAGE:
            return total
