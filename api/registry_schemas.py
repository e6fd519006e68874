"""What goes in and out over HTTP about matters, their examination, and officers."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from api.following_schemas import TermOut, WordsOut
from api.listed_schemas import VersionOfOut
from api.people_schemas import Password
from api.revocation_schemas import RegistrationRevocationOut
from api.schemas import BriefOrderOut, Short, Strict
from registry.lifecycle import MatterState

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Note = Annotated[str, StringConstraints(max_length=2000)]
Told = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Document = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


Answer = Document | Annotated[dict[Word, Document], Field(min_length=1, max_length=20)]
"""A text, an evidence number, or a text for each part of the paper."""

Form = Annotated[dict[str, Any], Field(max_length=60, default_factory=dict)]
"""The application form (docs/application-form.md): what is left out is not filled in yet."""


class ApplicationIn(Strict):
    """The whole form and all papers by their codes: for those filled in on line a text, or a text
    for each part; for those uploaded the number of an evidence.
    """

    elsewhere = frozenset({"form", "documents"})  # api.printable.check_said names their own fields

    form: Form
    documents: Annotated[dict[Word, Answer], Field(max_length=60, default_factory=dict)]


class ChangeIn(ApplicationIn):
    """`revision` is that of the matter as it was read: a change made elsewhere meanwhile is then
    not overwritten (409). Without it the last one wins.
    """

    revision: Annotated[int, Field(ge=0, strict=True)] | None = None


class MatterIn(ApplicationIn):
    office: Word
    agency: Word | None = None


class SubmissionIn(Strict):
    """`transaction_password` is that of whoever submits, where the office asks for one (TJ-58)."""

    evidence_number: Short
    transaction_password: Password | None = None


class ClaimIn(Strict):
    role: Literal["first_examiner", "final_examiner"]


class RemarkIn(Strict):
    """What to correct: a `field` of the form, or a `document` by its code; with one of the office's
    wordings (`template`), or in words of one's own, or both.
    """

    kind: Literal["field", "document"]
    name: Word
    template: Word | None = None
    reason: Note = ""


class ReturnIn(Strict):
    items: Annotated[list[RemarkIn], Field(max_length=50)]
    note: Note = ""


class PassIn(Strict):
    """`checklist` confirms every item of the office's list."""

    checklist: Annotated[list[Word], Field(max_length=100)]
    note: Note = ""


class SendBackIn(Strict):
    note: Told


class RefusalIn(Strict):
    ground: Word
    note: Told


class ApprovalIn(Strict):
    """`checklist` confirms every item of the office's list for the final examination."""

    checklist: Annotated[list[Word], Field(max_length=100)]


class RemarkOut(BaseModel):
    kind: str
    name: str
    reason: str


class FindingOut(BaseModel):
    """A decision; who made it is the office's own business."""

    round: int
    action: str
    items: list[RemarkOut]
    ground: str | None
    note: str
    at: datetime


class ChangedOut(BaseModel):
    """What the last submission changed against the one before."""

    fields: list[str]
    documents: list[str]


class RegistrationOut(BaseModel):
    """`software_certificate_number`: of software, the certificate's own number, if it has one."""

    registration_number: str
    software_certificate_number: str | None
    registered_at: datetime
    record_evidence_number: str
    certificate_ready: bool
    revocation: RegistrationRevocationOut | None


class MatterFacts(BaseModel):
    """`applicant` is for whom it is filed; `agent` who files it, when that is somebody else."""

    id: UUID
    number: str
    state: MatterState
    applicant_id: UUID
    applicant_name: str
    agent_id: UUID | None
    agent_name: str | None
    office: str
    office_name: str
    agency: str | None
    form: dict[str, Any]
    documents: dict[str, str | dict[str, str]]
    required_documents: list[str]
    earlier_scans: list[str]
    """Papers signed by hand whose scan was brought before the form changed what they say."""
    evidence_number: str | None
    round: int
    revision: int
    created_at: datetime
    submitted_at: datetime | None
    due_at: datetime | None
    awaits_papers: bool
    """Submitted, and examined when its papers have come to `papers_to`."""
    papers_to: str | None
    terms: list[TermOut]
    findings: list[FindingOut]
    changed: ChangedOut | None
    order: BriefOrderOut | None
    registration: RegistrationOut | None


class MatterOut(MatterFacts):
    """A matter as its applicant sees it. `words` say how it stands, `next` who acts next, `todo`
    what the applicant is to do; `may` what whoever files it can do now (`matter_actions`).
    """

    standing: str
    """The state, or what it does not say alone: `signed_all`, `awaiting_papers`."""
    words: WordsOut
    next: WordsOut
    todo: WordsOut
    may: list[str]


class MatterLine(BaseModel):
    """A line of a list; all of it is at the matter itself."""

    id: UUID
    number: str
    state: MatterState
    standing: str
    """The state, or what it does not say alone: `signed_all`, `awaiting_papers`."""
    title: str | None
    form: str
    """`work` or `software`."""
    category: str | None
    applicant_id: UUID
    applicant_name: str
    agent_id: UUID | None
    agent_name: str | None
    office: str
    office_name: str
    agency: str | None
    evidence_number: str | None
    round: int
    created_at: datetime
    submitted_at: datetime | None
    due_at: datetime | None
    awaits_papers: bool
    order: BriefOrderOut | None
    registration_number: str | None
    registered_at: datetime | None
    revoked: bool
    certificate_ready: bool


class ListedMatter(MatterLine):
    """As whoever files it sees it. `work`: what its evidence was deposited as."""

    work: VersionOfOut | None


class MatterPage(BaseModel):
    items: list[ListedMatter]
    next: str | None


class MatterCounts(BaseModel):
    """By state of a matter, and by group of states; 0 where there is none."""

    states: dict[str, int]
    groups: dict[str, int]
