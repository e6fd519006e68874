"""What goes out over HTTP about the pre-check and about what examiners look at."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from api.following_schemas import WordsOut
from api.people_schemas import Number
from api.registry_schemas import MatterFacts, MatterLine, RemarkOut, Told, Word
from api.schemas import Flag, Refusal, Short, Strict

ExaminerRole = Literal["first_examiner", "final_examiner"]


class FoundOut(BaseModel):
    """One thing a machine found. `severity` is `must` (the office will return it) or `should`;
    `kind` is `field`, `document` or `file`, `name` which one (files count from 0).
    """

    id: str
    severity: str
    kind: str
    name: str
    said_zh: str
    said_en: str
    remedy_zh: str
    remedy_en: str


class PrecheckOut(BaseModel):
    """Everything found, what must be mended first. Nothing found is no promise of registration."""

    items: list[FoundOut]
    evidence_number: str | None
    """The evidence it was made with; null while none is chosen."""


class ExaminedFile(BaseModel):
    """A file under examination. `kept`: its bytes can be had; `preview`: as a picture, too."""

    position: int
    name: str
    size: int
    sha256: str
    sm3: str | None
    media_type: str | None
    kept: bool
    preview: bool
    width: int | None
    height: int | None
    dpi: int | None
    pages: int | None


class ExaminedPaper(BaseModel):
    """A paper: its text where it was filled in on line, else its files. `personal`: they are opened
    with a reason only, by who holds the matter, and their own names are not told. `made_for`: of a
    paper signed by hand, the check code at the foot of the edition that the scan was brought for;
    `of_earlier_form`: the paper says something else now.
    """

    code: str
    name_zh: str
    name_en: str
    personal: bool
    text: str | dict[str, str] | None
    evidence_number: str | None
    made_for: str | None
    of_earlier_form: bool
    files: list[ExaminedFile]


class ChangeOut(BaseModel):
    """What the applicant changed since the last decision, and what had been asked for there."""

    kind: str
    name: str
    before: Any
    after: Any
    asked: str | None


class DatesOut(BaseModel):
    """The times of one evidence; null: not yet."""

    submitted_at: datetime
    timestamped_at: datetime | None
    anchored_at: datetime | None
    """The time of the block that its proof leads to."""
    registered_at: datetime | None
    registration_number: str | None


class HitOut(BaseModel):
    """Another deposit of the `same` file, or of one that looks `alike` (`distance` of 256 bits).
    `own`: by this applicant; `earlier`: it was submitted before the evidence examined here.
    """

    kind: str
    position: int
    distance: int
    evidence_number: str
    own: bool
    earlier: bool
    dates: DatesOut


class ReasonOut(BaseModel):
    """A wording for returns; both lists empty: it can be said of anything."""

    said_zh: str
    said_en: str
    fields: list[str]
    documents: list[str]


class ExaminedOut(MatterFacts):
    """What an examiner sees: form, papers, sample and pre-check, with what changed."""

    may: list[str]
    """What whoever asks can do with it now (`matter_actions`): by state and role, by who holds it,
    who examined first, and whom an interest keeps from it.
    """
    applicant_verified_name: str | None
    """By which the account was verified; `applicant_name` is what it calls itself."""
    agent_verified_name: str | None
    checklist: dict[str, dict[str, str]]
    """By stage (`first`, `final`): item to words."""
    reasons: dict[str, ReasonOut]
    """The office's wordings for returns, by the `template` that chooses them."""
    refusal_grounds: dict[str, WordsOut]
    """On what a refusal can rest: the law's own list for this form."""
    drawn: bool
    """Drawn for a closer look: it is approved by itself, in no batch."""
    files: list[ExaminedFile]
    papers: list[ExaminedPaper]
    precheck: list[FoundOut]
    changes: list[ChangeOut]
    unanswered: list[RemarkOut]
    """What the last return asked for and the applicant left as it was."""
    dates: DatesOut
    hits: list[HitOut]
    """Other deposits of the same files, or of pictures that look alike; told to no depositor."""


class QueuedOut(BaseModel):
    """A matter as its queue shows it; all of it is behind `examine_matter`."""

    id: UUID
    number: str
    state: str
    title: str | None
    category: str | None
    agency: str | None
    applicant: str | None
    urgent: bool
    round: int
    submitted_at: datetime
    examine_by: datetime | None


class QueueOut(BaseModel):
    """`waiting`, `overdue` and `held` count up to 1,000, which means: that many or more."""

    items: list[QueuedOut]
    next: str | None
    waiting: int
    overdue: int
    held: int


class NextIn(Strict):
    """Which queue, and which part of it."""

    role: ExaminerRole
    agency: Word | None = None
    category: Word | None = None
    urgent: Flag = False


class NextOut(BaseModel):
    """Null: nothing waits that this officer may examine."""

    matter: ExaminedOut | None


class RecusalIn(Strict):
    reason: Told


class DeclarationIn(Strict):
    """A `person` or `organisation` by its document, or a `name`. `note` says what binds."""

    kind: Literal["person", "organisation", "name"]
    name: Short | None = None
    document_kind: Short | None = None
    number: Number | None = None
    country: Annotated[str, StringConstraints(max_length=10)] | None = None
    note: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class DeclarationOut(BaseModel):
    """Of a document nothing is shown: the note says who it was."""

    id: UUID
    kind: str
    name: str | None
    note: str
    declared_at: datetime


class DeclarationPage(BaseModel):
    items: Annotated[list[DeclarationOut], Field(max_length=200)]


class StandingPaper(BaseModel):
    """A paper that was put with an identity."""

    id: UUID
    kind: str
    media_type: str


class StandingIdentityOut(BaseModel):
    """An identity in a matter. `places`: `applicant` or `agent` for an account that files, else
    where the form names the party (`owners[0]`, `owners[0].guardian`). `kind` is `account`, whose
    `status` says whether an officer looked at it, or `party`: `declared`, checked in form only, or
    `erased`. The number is masked.
    """

    id: UUID
    kind: Literal["account", "party"]
    places: list[str]
    name: str | None
    document_kind: str
    number: str | None
    status: str
    meaning: str
    verified_by: UUID | None
    """The account of the officer who compared the papers; null: nobody did."""
    verified_at: datetime | None
    valid_from: date | None
    valid_until: date | None
    expired: bool
    papers: list[StandingPaper]


class StandingPage(BaseModel):
    items: list[StandingIdentityOut]


class ApprovalsIn(Strict):
    """Matters the caller holds and has opened; `checklist` is confirmed for each of them."""

    matters: Annotated[list[UUID], Field(min_length=1, max_length=100)]
    checklist: Annotated[list[Word], Field(max_length=100)]


class ApprovedOut(BaseModel):
    """One answer at its place: a registration number, or a problem."""

    matter_id: UUID
    registration_number: str | None
    problem: Refusal | None


class ApprovalsOut(BaseModel):
    items: list[ApprovedOut]


class OverseenMatter(MatterLine):
    """A line with who holds the matter now and by when its examination is due."""

    urgent: bool
    examine_by: datetime | None
    overdue: bool
    held_by: UUID | None
    held_by_name: str | None


class OverseenPage(BaseModel):
    """A page may be shorter than asked for; `next` alone says whether more follow."""

    items: list[OverseenMatter]
    next: str | None
