"""Batch filing: many matters in one call, each answered at its place."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request

from accounts.models import Account
from api import policy
from api.auth import Caller, Registrant, Wired
from api.database import transaction
from api.errors import TYPE_PREFIX, status_of
from api.filing_schemas import FiledOut, FilingIn, FilingsIn, FilingsOut
from api.hints import work_is_waiting
from api.idempotency import call_of
from api.openapi import answers
from api.printable import check_said
from api.schemas import Refusal
from api.transaction_password import require_at
from api.wiring import Services, utc_now
from core import audit, idempotency
from core.errors import Conflict, Gone, InvalidInput, NotAllowed, NotFound, ServiceError
from evidence.numbers import normalise
from registry import agents, batches, matters, offices, submitting
from registry.matters import Draft
from registry.profile import Profile

router = APIRouter(prefix="/api/v1/matters", tags=["matters"])

_ROWS_OWN: Final = (InvalidInput, NotFound, NotAllowed, Conflict, Gone)
"""What is wrong with one row is that row's own; a database that is away is everybody's."""


@router.post("/batch", responses=answers(404, 409))
def file_batch(
    request: Request, body: FilingsIn, services: Wired, caller: Registrant
) -> FilingsOut:
    """Hand in many works at once, where the office takes batches from such an applicant (CP-38).

    Each row is a matter of its own, drafted and submitted or, when something is wrong with it, not
    made at all; it is answered at its place and holds up no other. A row's `key` is its idempotency
    key: the same body again makes nothing twice, and a row that was refused may be mended and sent
    again under the same key.
    """
    profile = offices.get(body.office, services.offices)
    count = len(body.filings)
    with transaction(services.sessions) as session:
        kind = session.get_one(Account, caller.account_id).kind
    right = batches.require_right(profile, kind, count)
    require_at(services, caller, profile, body.transaction_password)
    items = [_answered(services, caller, profile, body, row) for row in body.filings]
    filed = sum(each.problem is None for each in items)
    with transaction(services.sessions) as session:
        facts = {"rows": count, "filed": filed, "dedicated": right.dedicated}
        audit.note(
            session, audit.of_office(profile.key), "matters.filed_in_batch",
            f"account:{caller.account_id}", caller.who, {**facts}, now=utc_now(),
        )  # fmt: skip
    work_is_waiting(request)
    return FilingsOut(
        items=items, filed=filed, dedicated_service=right.dedicated,
        dedicated_contact=None if right.contact is None else str(right.contact),
    )  # fmt: skip


def _answered(
    services: Services, caller: Caller, profile: Profile, body: FilingsIn, row: FilingIn
) -> FiledOut:
    """One row, in a transaction of its own."""
    try:
        return _filed(services, caller, profile, body, row)
    except _ROWS_OWN as error:
        return FiledOut(key=row.key, matter_id=None, number=None, state=None,
                        problem=_refusal(error))  # fmt: skip


def _filed(
    services: Services, caller: Caller, profile: Profile, body: FilingsIn, row: FilingIn
) -> FiledOut:
    common = body.common
    form = {**(common.form if common else {}), **row.form}
    documents = {**(common.documents if common else {}), **row.documents}
    check_said({**form, "documents": documents})
    evidence, now = normalise(row.evidence_number), utc_now()
    shared = [] if common is None else [common.model_dump(mode="json")]
    call = call_of(caller, "file_batch", row.key, row, body.office, body.agency, *shared)

    def make() -> UUID:
        if caller.agent_id is not None:
            agents.require_admitted(session, caller.agent_id, caller.account_id, profile, now=now)
        matter = matters.draft(
            session, caller.account_id, profile, body.agency, Draft(form, documents),
            caller.agent_id, now=now,
        )  # fmt: skip
        submitting.submit(session, services.keyring, matter, evidence, by=caller.who, now=now)
        return matter.id

    with transaction(services.sessions) as session:
        made = idempotency.once(session, call, make, now=now)
        matter = policy.own_matter(session, caller, made.subject)
        return FiledOut(
            key=row.key, matter_id=matter.id, number=matter.number, state=matter.status,
            problem=None,
        )  # fmt: skip


def _refusal(error: ServiceError) -> Refusal:
    return Refusal(
        type=TYPE_PREFIX + error.code, status=status_of(error), detail=error.message,
        field=error.field,
    )  # fmt: skip
