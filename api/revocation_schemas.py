"""What goes in and out over HTTP about revocations of registrations."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from api.schemas import Short, Strict

Told = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
ChainState = Literal["requested", "broadcast", "mined", "revoked"]


class ProposalIn(Strict):
    """`ground`: of a work that it was found to be within article 5, not matching the facts, or
    registered twice; of software a final `judgment` or the decision on a `penalty`; of either the
    applicant's wish. What rests on a paper needs it: `document` is an evidence's number.
    """

    ground: Literal["not_registrable", "untrue", "requested", "duplicate", "judgment", "penalty"]
    explanation: Told
    document: Short | None = None


class RevocationRequestIn(Strict):
    """Why, and perhaps an evidence of one's own that belongs to it."""

    explanation: Told
    document: Short | None = None


class RejectionIn(Strict):
    note: Told


class RegistrationRevocationOut(BaseModel):
    """Where it stands. `chain` says how far the chain is once it is confirmed: only `revoked`
    (final) is seen by those who check the certificate. `certificate_ready`: that of the decision.
    """

    id: UUID
    registration_number: str
    state: Literal["requested", "proposed", "confirmed", "rejected", "withdrawn"]
    ground: str
    ground_text: str
    explanation: str
    document: str | None
    asked_by_applicant: bool
    created_at: datetime
    proposed_at: datetime | None
    decided_at: datetime | None
    note: str | None
    record_evidence_number: str | None
    certificate_ready: bool
    chain: ChainState | None


class ReissueIn(Strict):
    """Why a certificate is issued anew, such as a lost one."""

    reason: Told


class RevocationPage(BaseModel):
    items: list[RegistrationRevocationOut]
    next: str | None


class VoidedNumber(BaseModel):
    registration_number: str
    registered_at: datetime
    revoked_at: datetime
    ground: str
    chain: ChainState | None


class VoidedPage(BaseModel):
    items: list[VoidedNumber]
    next: str | None
