"""Taking one's own evidence back, for good."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from api import hints, policy
from api.auth import Revoker, Wired
from api.database import transaction
from api.idempotency import Key
from api.openapi import answers
from api.schemas import Strict
from api.wiring import utc_now
from chain import revoking
from core.idempotency import check_key

router = APIRouter(prefix="/api/v1/evidence", tags=["evidence"])


class RevocationIn(Strict):
    """`reason`: 1 at the depositor's request, 2 deposited by mistake, 3 by order of a court, 4 a
    dispute about the rights was decided, 9 another reason. It is public and cannot be changed.
    """

    reason: Annotated[int, Field(ge=1, le=255, strict=True)]


class RevocationOut(BaseModel):
    """How far it is. Only `revoked` (final on the chain) counts for anybody who checks."""

    evidence_number: str
    reason: int
    reason_text: str
    requested_at: datetime
    state: Literal["requested", "broadcast", "mined", "revoked"]
    transaction: str | None


@router.post("/{number}/revocation", status_code=202, responses=answers(404, 409))
def revoke_evidence(
    request: Request, number: str, body: RevocationIn, key: Key, services: Wired, caller: Revoker
) -> RevocationOut:
    """Ask for the revocation of an evidence; it cannot be undone.

    An evidence is revoked once, so a repeat gives the same answer whatever its key; with another
    reason it is refused.
    """
    check_key(key)
    with transaction(services.sessions) as session:
        evidence = policy.own_evidence(session, caller, number)
        wish = revoking.request(session, evidence, body.reason, caller.account_id, now=utc_now())
        found = revoking.standing(session, evidence.id)
        assert found is not None  # noqa: S101 - just requested
        answer = RevocationOut(
            evidence_number=evidence.number,
            reason=wish.reason,
            reason_text=revoking.REASONS[wish.reason],
            requested_at=wish.requested_at,
            state=found.state,
            transaction=None if found.transaction is None else "0x" + found.transaction.hex(),
        )
    hints.work_is_waiting(request)
    return answer
