"""Whose identities stand in a matter, for the officer who holds it; for others they do not exist.

`identity_id` is that of the account's claim or of the party, as the list has it.
"""

from uuid import UUID

from fastapi import APIRouter, Response

from accounts import papers, reveals
from api import policy, revealing
from api.auth import OfficerHere, Wired
from api.database import transaction
from api.examination_schemas import StandingPage
from api.openapi import answers, binary
from api.people_schemas import ReasonIn, RevealedOut
from api.standing_views import revealed, standing_out
from api.wiring import utc_now
from registry import identified

router = APIRouter(
    prefix="/api/v1/offices/{office}/matters/{matter_id}/identities", tags=["examination"]
)


@router.get("", responses=answers(404))
def list_matter_identities(matter_id: UUID, services: Wired, officer: OfficerHere) -> StandingPage:
    """Applicant, agent, the parties of the form and their guardians: who each is, the number
    masked, whether anybody compared the papers, and which papers there are.
    """
    now = utc_now()
    with transaction(services.sessions) as session:
        matter = policy.held_matter(session, officer, matter_id)
        found = identified.standing(session, matter)
        return StandingPage(
            items=[standing_out(session, services.keyring, each, now=now) for each in found]
        )


@router.post("/{identity_id}/number", responses=answers(404, 410))
def reveal_matter_number(
    matter_id: UUID, identity_id: UUID, body: ReasonIn, services: Wired, officer: OfficerHere
) -> RevealedOut:
    """The whole number, address and mobile, with a reason that is kept for good."""
    revealing.count_look(services, officer, matter_id)
    now, ring = utc_now(), services.keyring
    with transaction(services.sessions) as session:
        matter = policy.held_matter(session, officer, matter_id)
        row = identified.one_of(session, matter, identity_id)
        number = reveals.reveal_number(
            session, ring, officer, row, body.reason, matter=matter.id, now=now
        )
        revealing.watch(session, officer, now=now)
        return revealed(ring, row, number)


@router.post(
    "/{identity_id}/papers/{paper_id}",
    response_class=Response,
    responses={**binary("application/octet-stream", "证件 the paper"), **answers(404, 409)},
)
def reveal_matter_paper(
    matter_id: UUID,
    identity_id: UUID,
    paper_id: UUID,
    body: ReasonIn,
    services: Wired,
    officer: OfficerHere,
) -> Response:
    """One paper, with a reason that is kept for good; the officer's id and the time are written
    all over it. A picture comes as JPEG, a PDF as a PDF of its pages' pictures.
    """
    revealing.count_look(services, officer, matter_id)
    now = utc_now()
    with transaction(services.sessions) as session:
        matter = policy.held_matter(session, officer, matter_id)
        row = identified.one_of(session, matter, identity_id)
        paper = reveals.reveal_paper(
            session, officer, row, paper_id, body.reason, matter=matter.id, now=now
        )
        revealing.watch(session, officer, now=now)
        key, media_type, kind = papers.key_of(services.keyring, paper), paper.media_type, paper.kind
    return revealing.shown(services, officer, paper_id, key, media_type, kind, at=now)
