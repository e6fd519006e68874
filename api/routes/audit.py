"""The audit of an office, for its registrars to read."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from accounts.staff import Role
from api.auth import OfficerHere, Wired
from api.database import transaction
from core import audit
from core.audit import AuditLine

router = APIRouter(prefix="/api/v1/offices/{office}", tags=["audit"])


class AuditLineOut(BaseModel):
    """`by` is an account's id; null for the clock and for an operator. `previous` is the `digest`
    of the line before: docs/operations/audit.md says how both are made.
    """

    sequence: int
    at: datetime
    act: str
    subject: str
    by: UUID | None
    facts: dict[str, Any]
    previous: str
    digest: str


class AuditPage(BaseModel):
    stream: str
    items: list[AuditLineOut]
    next: int | None


@router.get("/audit")
def list_audit(
    services: Wired,
    officer: OfficerHere,
    cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditPage:
    """Who did what at this office, newest first; `next` is the cursor of the following page."""
    officer.require(Role.REGISTRAR)
    stream = audit.of_office(officer.office)
    with transaction(services.sessions) as session:
        found = audit.page(session, stream, cursor, limit + 1)
    more = found[limit - 1].sequence if len(found) > limit else None
    return AuditPage(stream=stream, items=[_line_out(line) for line in found[:limit]], next=more)


def _line_out(line: AuditLine) -> AuditLineOut:
    return AuditLineOut(
        sequence=line.sequence,
        at=line.at,
        act=line.act,
        subject=line.subject,
        by=line.by_id,
        facts=line.facts,
        previous=line.previous.hex(),
        digest=line.digest.hex(),
    )
