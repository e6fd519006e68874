"""What goes in and out over HTTP about people. Identity numbers go in; masked ones come out."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr, StringConstraints

from api.schemas import Day, Short, Strict

Number = Annotated[SecretStr, Field(min_length=1, max_length=100)]
Code = Annotated[SecretStr, Field(min_length=1, max_length=100)]
Password = Annotated[SecretStr, Field(min_length=1, max_length=1024)]


class DocumentIn(Strict):
    """An identity document; `country` is the issuing one of a foreign passport."""

    document_kind: Short
    number: Number
    country: Annotated[str, StringConstraints(max_length=10)] | None = None


class EnrolmentIn(DocumentIn):
    """Of a new officer. The number tells two accounts of one person from two people."""

    code: Code
    password: Password


class CodeIn(Strict):
    code: Code


class RecoveryIn(Strict):
    elsewhere = frozenset({"identifier"})

    identifier: Short


class NewPasswordIn(Strict):
    code: Code
    password: Password


class InvitationIn(Strict):
    identifier: Short
    name: Short
    role: Short
    agency: Short | None = None


class OfficeRoles(BaseModel):
    office: str
    roles: list[str]
    agencies: list[str]


class OfficerOut(BaseModel):
    """What the caller is, office by office. Nothing of it works before the second factor."""

    offices: list[OfficeRoles]
    second_factor_set_up: bool
    second_factor_shown: bool


class SecretOut(BaseModel):
    """Shown until a code of it confirms it; then never again."""

    address: str


class RoleOut(BaseModel):
    id: UUID
    account_id: UUID
    name: str
    role: str
    agency: str | None
    appointed_at: datetime
    ended_at: datetime | None


class RolePage(BaseModel):
    items: list[RoleOut]


class PartyIn(DocumentIn):
    """A rights holder for the account's library."""

    name: Short
    roles: Annotated[list[Short], Field(min_length=1, max_length=8)]
    pen_name: Short | None = None
    mobile: Short | None = None
    email: Short | None = None
    address: Short | None = None
    nationality: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "CN"
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    valid_from: Day | None = None
    valid_until: Day | None = None
    born: Day | None = None
    guardian_id: UUID | None = None


class PartyOut(BaseModel):
    """`number` is masked, and checked in form only: `identity_checked` says so."""

    id: UUID
    name: str | None
    nature: str
    roles: list[str]
    document_kind: str
    number: str | None
    identity_checked: bool = False
    pen_name: str | None
    nationality: str | None
    region: str | None
    region_name: str | None
    valid_from: date | None
    valid_until: date | None
    minor: bool | None
    guardian_id: UUID | None
    papers: list["PaperOut"]
    guardianship_missing: list[str]
    """Papers that a minor's matter will be refused without."""
    created_at: datetime
    changed_at: datetime
    erased_at: datetime | None


class PartyPage(BaseModel):
    items: list[PartyOut]
    next: str | None


class MandateIn(Strict):
    """`agent` is the e-mail or mobile number the agent signs in with; `agent_name`, which only an
    agent confirmed by staff can do without, the name it was verified by; days are inclusive.
    """

    agent: Short
    agent_name: Short | None = None
    scopes: Annotated[list[Short], Field(min_length=1, max_length=8)]
    offices: Annotated[list[Short], Field(max_length=50, default_factory=list)]
    """Where the agent may act; empty: anywhere."""
    valid_from: Day
    valid_until: Day


class MandateOut(BaseModel):
    id: UUID
    principal_id: UUID
    principal_name: str
    agent_id: UUID
    agent_name: str
    scopes: list[str]
    offices: list[str]
    valid_from: date
    valid_until: date
    granted_at: datetime
    revoked_at: datetime | None
    in_force: bool


class MandatePage(BaseModel):
    items: list[MandateOut]


class KindIn(Strict):
    kind: Short


class IdentityIn(DocumentIn):
    """Who the account is. A change of what was verified before needs a `reason`."""

    name: Short
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    address: Short | None = None
    legal_representative: Short | None = None
    handler: Short | None = None
    contact_mobile: Short | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None
    reason: Short | None = None


class PaperOut(BaseModel):
    id: UUID
    kind: str
    media_type: str
    size: int
    sha256: str


class IdentityOut(BaseModel):
    """`status` accepted: the form and the papers are complete, nobody has looked at them.
    verified: an officer compared the papers. `meaning` says it in words. Number, address and
    contact mobile are masked; names are as they were typed.
    """

    id: UUID
    account_id: UUID
    status: str
    meaning: str
    name: str | None
    document_kind: str
    number: str | None
    region: str | None
    region_name: str | None
    address: str | None
    legal_representative: str | None
    handler: str | None
    contact_mobile: str | None
    papers: list[PaperOut]
    papers_missing: list[str]
    facts_missing: list[str]
    """As `papers_missing`, of what the office wants to be told."""
    valid_from: date | None
    valid_until: date | None
    corrects_id: UUID | None
    """The identity that held before, which this one would take the place of."""
    reason: str | None
    """Why that is changed, in the claimant's words."""
    expired: bool
    """It would hold, were the papers still valid: verify again, without a reason."""
    submitted_at: datetime | None
    due_at: datetime | None
    """While officers look at it: the end of the day by which their office promises an answer."""
    decided_at: datetime | None
    ground: str | None


class IdentityPage(BaseModel):
    items: list[IdentityOut]


class KindChangeIn(Strict):
    """`paper_id` is a paper put to `/account/papers` before."""

    office: Short
    kind: Short
    reason: Short
    paper_id: UUID


class KindChangeOut(BaseModel):
    id: UUID
    account_id: UUID
    account_name: str
    account_kind: str | None
    office: str
    status: str
    wanted: str
    reason: str
    paper: "PaperOut"
    requested_at: datetime
    decided_at: datetime | None
    ground: str | None


class KindChangePage(BaseModel):
    items: list[KindChangeOut]


class KindDecisionIn(Strict):
    """An officer's word; `ground` is for the account's owner to read."""

    outcome: Annotated[str, StringConstraints(pattern=r"^(granted|refused)$")]
    ground: Short


class DecisionIn(Strict):
    """An officer's word; `ground` is for the account's owner to read."""

    outcome: Annotated[str, StringConstraints(pattern=r"^(verified|rejected)$")]
    ground: Short


class ReasonIn(Strict):
    reason: Short


class RevealedOut(BaseModel):
    """What is masked elsewhere, whole: what an officer compares with the papers."""

    number: str
    address: str | None
    contact_mobile: str | None
