"""What an account is: chosen once, changed by an office's staff on request, with a paper.

In the same way staff confirm agent firms and lawyers, each office for itself.
"""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from sqlalchemy.orm import Session

from accounts import identity, kinds, papers, reveals
from accounts.models import Account
from accounts.person_models import KindChange, Paper
from api import policy, revealing
from api.auth import Manager, OfficerHere, SignedIn, Wired
from api.database import transaction
from api.idempotency import OptionalKey, call_of
from api.openapi import answers, binary
from api.people_schemas import (
    KindChangeIn,
    KindChangeOut,
    KindChangePage,
    KindDecisionIn,
    KindIn,
    PaperOut,
    ReasonIn,
)
from api.routes.people import paper_out
from api.wiring import utc_now
from core import idempotency

router = APIRouter(prefix="/api/v1", tags=["people"])

_PAGE: Final = 100
_PAPERS_PER_HOUR: Final = 20


@router.put("/account/kind", status_code=204, responses=answers(409))
def choose_kind(body: KindIn, services: Wired, caller: SignedIn) -> None:
    """Say once what this account is: individual, enterprise or organisation."""
    with transaction(services.sessions) as session:
        kinds.choose(session, caller.account_id, body.kind)


@router.put("/account/papers")
def store_paper(
    kind: Annotated[str, Query(max_length=40)],
    body: Annotated[bytes, Body(media_type="application/octet-stream")],
    services: Wired,
    caller: Manager,
) -> PaperOut:
    """The bytes of a paper for a request to staff (JPEG, PNG, GIF or PDF), encrypted before they
    reach a disk.
    """
    services.limiter.check(f"paper:{caller.who}", _PAPERS_PER_HOUR, 3600)
    paper = papers.prepare(services.keyring, kind, body)
    services.papers.write(paper.id, paper.body)
    with transaction(services.sessions) as session:
        papers.record(session, caller.account_id, paper, now=utc_now())
    return paper_out(paper)


@router.post("/account/kind-changes", status_code=201, responses=answers(404, 409))
def request_kind_change(
    body: KindChangeIn, services: Wired, caller: Manager, key: OptionalKey = None
) -> KindChangeOut:
    """Ask an office's staff to be of another kind, or to be confirmed as an agent there."""
    now = utc_now()
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            call_of(caller, "request_kind_change", key, body),
            lambda: kinds.request_change(
                session, caller.account_id, body.office, body.kind, body.reason, body.paper_id,
                now=now,
            ).id,
            now=now,
        )  # fmt: skip
        return _out(session, session.get_one(KindChange, made.subject))


@router.get("/account/kind-changes")
def list_kind_changes(services: Wired, caller: Manager) -> KindChangePage:
    """Every request of this account and what came of it, newest first."""
    with transaction(services.sessions) as session:
        rows = kinds.of_account(session, caller.account_id)
        return KindChangePage(items=[_out(session, row) for row in rows])


@router.get("/offices/{office}/kind-changes")
def list_waiting_kind_changes(services: Wired, officer: OfficerHere) -> KindChangePage:
    """What waits for this office's supervisors, longest first."""
    with transaction(services.sessions) as session:
        rows = kinds.waiting(session, officer, _PAGE)
        return KindChangePage(items=[_out(session, row) for row in rows])


@router.post("/offices/{office}/kind-changes/{change_id}/decision", responses=answers(404, 409))
def decide_kind_change(
    change_id: UUID, body: KindDecisionIn, services: Wired, officer: OfficerHere
) -> KindChangeOut:
    """Grant or refuse, with a ground. An identity that does not fit the new kind holds no more."""
    granted, now = body.outcome == "granted", utc_now()
    with transaction(services.sessions) as session:
        row = policy.kind_change_to_decide(session, officer, change_id)
        kinds.decide_change(session, officer, change_id, grant=granted, ground=body.ground, now=now)
        if granted:
            identity.end_unfitting(session, row.account_id, now=now)
        session.flush()
        session.refresh(row)
        return _out(session, row)


@router.post(
    "/offices/{office}/kind-changes/{change_id}/paper",
    response_class=Response,
    responses={**binary("application/octet-stream", "the paper"), **answers(404, 409)},
)
def reveal_kind_change_paper(
    change_id: UUID, body: ReasonIn, services: Wired, officer: OfficerHere
) -> Response:
    """The paper of a request, with a reason that is kept for good; shown as other papers are."""
    services.limiter.check(f"reveal:{officer.account_id}", revealing.PER_HOUR, 3600)
    now = utc_now()
    with transaction(services.sessions) as session:
        row = policy.kind_change_to_decide(session, officer, change_id)
        paper = reveals.reveal_change_paper(session, officer, row, body.reason, now=now)
        revealing.watch(session, officer, now=now)
        key, media_type, kind = papers.key_of(services.keyring, paper), paper.media_type, paper.kind
        paper_id = paper.id
    return revealing.shown(services, officer, paper_id, key, media_type, kind, at=now)


def _out(session: Session, row: KindChange) -> KindChangeOut:
    account = session.get_one(Account, row.account_id)
    return KindChangeOut(
        id=row.id,
        account_id=account.id,
        account_name=account.name,
        account_kind=account.kind,
        office=row.office,
        status=row.status,
        wanted=row.wanted,
        reason=row.reason,
        paper=paper_out(session.get_one(Paper, row.paper_id)),
        requested_at=row.requested_at,
        decided_at=row.decided_at,
        ground=row.ground,
    )
