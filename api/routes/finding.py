"""One search box for every number, the history of a matter, and one's certificates."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api import policy
from api.auth import OfficerHere, Reader, Wired
from api.database import transaction
from api.finding_views import certificate_out, history_out, standing_out
from api.following_schemas import CertificatePage, HistoryOut, StandingOut
from api.openapi import answers
from core.paging import MOST_TYPED
from registry import revocations, searching

router = APIRouter(prefix="/api/v1", tags=["finding"])

Typed = Annotated[str, Query(min_length=1, max_length=MOST_TYPED)]


@router.get("/lookup", responses=answers(404))
def look_up(q: Typed, services: Wired, caller: Reader) -> StandingOut:
    """Where one's own matter or evidence stands now: by acceptance number, registration number or
    evidence number, however it is typed. Says who acts next, and until when.
    """
    with transaction(services.sessions) as session:
        found = searching.find(session, caller.account_id, caller.agent_id, q)
        return standing_out(session, found)


@router.get("/matters/{matter_id}/history")
def show_history(matter_id: UUID, services: Wired, caller: Reader) -> HistoryOut:
    """Every step of a matter of one's own, in order."""
    with transaction(services.sessions) as session:
        return history_out(session, policy.own_matter(session, caller, matter_id))


@router.get("/offices/{office}/matters/{matter_id}/history", responses=answers(404))
def examine_history(matter_id: UUID, services: Wired, officer: OfficerHere) -> HistoryOut:
    """The same for officers of the office whose work it is, and who have no interest in it."""
    with transaction(services.sessions) as session:
        return history_out(session, policy.read_matter(session, officer, matter_id))


@router.get("/certificates")
def list_certificates(
    services: Wired,
    caller: Reader,
    q: Annotated[str, Query(max_length=MOST_TYPED)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> CertificatePage:
    """One's registered works, newest first; `q` is any part of a title or of a number."""
    with transaction(services.sessions) as session:
        total, found = searching.certificates(
            session, caller.account_id, caller.agent_id, q, (page - 1) * limit, limit
        )
        revoked = revocations.revoked_among(session, [each.registration.id for each in found])
        items = [certificate_out(session, each, revoked) for each in found]
    pages = max(1, -(-total // limit))
    return CertificatePage(items=items, total=total, page=page, pages=pages)
