"""What a profile is made of, part by part; each class is one table of the TOML file.

Field names are the file's keys and field types what the keys accept (`profile_reading`). Defaults
are what an office means that says nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, get_args

from registry.words import Words

AccountKind = Literal["individual", "organisation", "agent_firm", "agent_lawyer"]
Source = Literal["manual", "rule", "example"]
"""Where a figure comes from: the office's own manual, a rule in force, or neither. An `example` is
to be confirmed by the operator before the office is put in force."""
Unit = Literal["working_days", "days", "months"]
Proof = Literal[
    "form", "identity", "creation", "ownership", "nature", "acquisition", "authority", "residence",
    "guardianship", "pledge", "sample", "publication",
]  # fmt: skip
"""What a document is asked for. `registry.rules` says which of them an application owes."""
Stage = Literal["first", "final"]
IdentityPaper = Literal[
    "id_front", "id_back", "holding", "licence", "seal", "handler_authorisation",
    "handler_id_front", "handler_id_back", "residence_proof",
]  # fmt: skip
"""A paper of identity, as `accounts.papers` names them."""
IdentityFact = Literal["address", "legal_representative", "handler", "contact_mobile"]
"""What a claim of identity says beside name and number, as `accounts.claimed` names it."""


@dataclass(frozen=True)
class Agency:
    """Who examines first. Address, telephone and hours as the office gives them; empty: unknown."""

    name: Words
    address: str | None = None
    telephone: str | None = None
    hours: Words | None = None
    note: Words | None = None


@dataclass(frozen=True)
class Appointments:
    """How a visit is arranged (预约现场登记): by `telephone`, no slot is booked here (TJ-89)."""

    by: Literal["telephone"]
    said: Words


@dataclass(frozen=True)
class Filing:
    """Who may file, and for whom.

    `accounts`: which accounts file what is their own, themselves or through an agent; whoever has
    not said what it is counts as an individual. `agents`: anybody verified, with a mandate and a
    power of attorney (`mandate`), only firms and lawyers whose standing the office has confirmed
    (`confirmed`), or not at all. `area_rule`: what a party from outside owes.
    `agency`: whether the applicant chooses one or the office examines by itself. `verification`:
    whose identity papers an officer looks at; `identity`: by when that has to be done;
    `person_papers`, `body_papers`: what a person and a body show of their identity;
    `person_facts`, `body_facts`: what they have to say beside name and number.
    """

    accounts: tuple[AccountKind, ...]
    agents: Literal["mandate", "confirmed", "none"]
    area_rule: Literal["anywhere", "proof", "pledge"]
    agency: Literal["chosen", "assigned", "none"]
    minors: Literal["guardian", "refused"]
    verification: Literal["automatic", "reviewed", "organisations_reviewed"]
    identity: Literal["before_submission", "before_evidence"] = "before_submission"
    person_papers: tuple[IdentityPaper, ...] = ("id_front", "id_back")
    body_papers: tuple[IdentityPaper, ...] = ("licence",)
    person_facts: tuple[IdentityFact, ...] = ()
    body_facts: tuple[IdentityFact, ...] = ()
    transaction_password: bool = False
    trading_consent: bool = False
    note: Words | None = None


@dataclass(frozen=True)
class Condition:
    """Facts that must all hold; of a list, one. What is left out does not matter."""

    form: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    ownership: tuple[str, ...] = ()
    nature: tuple[str, ...] = ()
    acquisition: tuple[str, ...] = ()
    applicant: tuple[str, ...] = ()
    residence: tuple[str, ...] = ()
    represented: bool | None = None
    minor: bool | None = None
    published: bool | None = None
    employed: bool | None = None
    author_is_owner: bool | None = None


@dataclass(frozen=True)
class Document:
    """One paper that may be asked for. `when` empty: always; else: when one condition holds.

    `how` it comes: filled in on line, generated to be signed, a template to download, sign and
    upload, or simply uploaded. `personal`: what is uploaded shows who a person is, as an identity
    card does, and is opened as such papers are (`accounts.reveals`). `most_bytes` is for one file.
    `paper` is the kind of paper we draw (`registry.paper_kinds`), by default the document's own
    code; `clauses` are the office's own wording of it. `identity_papers`: which papers of identity
    it stands for (empty: all), so that it need not be brought where those are on file.
    """

    name: Words
    needed: Literal["required", "optional"]
    how: tuple[Literal["online", "generated", "template", "upload"], ...]
    proves: tuple[Proof, ...]
    why: Words
    when: tuple[Condition, ...] = ()
    formats: tuple[str, ...] = ()
    most_bytes: int | None = None
    personal: bool = False
    signed: Literal["no", "electronic", "paper"] = "no"
    seal_for_organisations: bool = False
    example: bool = False
    paper: str | None = None
    clauses: tuple[Words, ...] = ()
    identity_papers: tuple[IdentityPaper, ...] = ()


@dataclass(frozen=True)
class Sample:
    """The sample a category asks for. `least_dpi` counts for pictures; of a PDF, `pages` are asked
    for, or all there are when there are fewer.
    """

    what: Words
    formats: tuple[str, ...]
    most_bytes: int | None = None
    least_dpi: int | None = None
    pages: int | None = None


@dataclass(frozen=True)
class Signing:
    """How papers are signed. `signers` in the order of a sequential signing; `agents_sign`: whether
    an agent whose mandate says so signs in its principal's stead.
    """

    order: Literal["sequential", "parallel", "paper"]
    signers: tuple[Literal["owner", "author", "applicant", "agent"], ...]
    individuals: Literal["signature", "none"]
    organisations: Literal["seal", "signature", "none"]
    submits_itself: bool
    after_return: Literal["all", "changed"]
    agents_sign: bool = False
    note: Words | None = None


@dataclass(frozen=True)
class Fee:
    """One line of the fee table; empty lists mean: all."""

    name: Words
    amount: Decimal
    per: Literal["work", "series_piece"]
    source: Source
    form: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    applicant: tuple[str, ...] = ()
    urgent: bool = False


@dataclass(frozen=True)
class Waiver:
    """When nothing is to be paid: its ground and the sentence that says so."""

    ground: Literal["evidence_paid", "resubmission", "official"]
    why: Words


@dataclass(frozen=True)
class BankAccount:
    """Where bank transfers go; the payer's remark is the title and the order's number (CP-28)."""

    payee: str
    bank: str
    number: str
    source: Source


@dataclass(frozen=True)
class Fees:
    """What registration costs and when it is due. Amounts are in `currency`, an ISO 4217 code.

    `urgent` handling is offered only where a fee line says what it costs, and a bank transfer only
    where there is an `account` for it. `source` of the table as a whole: what no line names costs
    nothing, and an `example` is a table to which prices are still to be added.
    """

    due: Literal["never", "before_acceptance", "before_examination"]
    currency: str = "CNY"
    refund_on_refusal: bool = False
    ways: tuple[Literal["wechat", "alipay", "transfer", "sandbox"], ...] = ()
    invoice: Literal["none", "electronic"] = "none"
    items: Mapping[str, Fee] | None = None
    waivers: tuple[Waiver, ...] = ()
    account: BankAccount | None = None
    source: Source = "manual"
    note: Words | None = None


@dataclass(frozen=True)
class EvidenceRules:
    """What an installation that takes evidence for this office asks of depositors: `fee` for each,
    in the currency of the fees, and whether somebody looks at it (`review`). Only the certificate
    waits; digest and time-stamp are taken at submission.
    """

    fee: Decimal
    review: bool
    source: Source


@dataclass(frozen=True)
class ExaminationStage:
    """One look at the matter. `checklist`: what the examiner confirms, one by one; `returns_to`:
    to whom it may be returned, from the first to the applicant only.
    """

    stage: Stage
    by: Literal["agency", "office"]
    name: Words
    checklist: Mapping[str, Words]
    returns_to: tuple[Literal["applicant", "first"], ...] = ("applicant",)


@dataclass(frozen=True)
class Reason:
    """A wording for returns (补正理由), to which an examiner adds what is particular.

    `field` and `document`: what it can be said of; both empty: of anything.
    """

    said: Words
    field: tuple[str, ...] = ()
    document: tuple[str, ...] = ()


@dataclass(frozen=True)
class BatchApproval:
    """How the final examiner approves many at once: `most` in one go, each opened before.

    `sampled_percent` of all matters are drawn, and are approved one by one (抽审).
    """

    most: int
    sampled_percent: int


@dataclass(frozen=True)
class Extension:
    """More time on request, at most `times`."""

    amount: int
    unit: Unit
    times: int
    source: Source


Purpose = Literal[
    "verification", "acceptance_notice", "examination", "correction", "certificate_making",
    "progress",
]  # fmt: skip
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)


@dataclass(frozen=True)
class Clock:
    """A term. The day it starts is not counted.

    `acts` is who must act before it ends; `restarts` when it begins anew; reminders are sent so
    many calendar days before the end; at the end the matter is overdue, or it lapses.
    """

    purpose: Purpose
    starts: Literal[
        "filing", "submission", "payment", "acceptance", "resubmission", "return_notice", "approval"
    ]
    amount: int
    unit: Unit
    acts: Literal["applicant", "agency", "office"]
    at_end: Literal["overdue", "lapse"]
    source: Source
    form: tuple[str, ...] = ()
    restarts: tuple[Literal["resubmission", "correction"], ...] = ()
    remind_before: tuple[int, ...] = ()
    extension: Extension | None = None
    note: Words | None = None


@dataclass(frozen=True)
class Way:
    """One way of handing over a paper certificate; `address`: to a recipient, who is named."""

    name: Words
    note: Words | None = None
    address: bool = False


@dataclass(frozen=True)
class Delivery:
    """How certificates reach the owner; paper ways by key."""

    electronic: bool
    paper: Mapping[str, Way] | None = None
    papers_to: str | None = None
    papers_needed: bool = False
    note: Words | None = None


@dataclass(frozen=True)
class Batch:
    """Who may file many works at once: `most` works in one batch. From `dedicated_from` on somebody
    of the office's own looks after it (专属客服), whom `dedicated` says how to reach.
    """

    accounts: tuple[AccountKind, ...]
    most: int
    dedicated_from: int | None = None
    dedicated: Words | None = None
    series: bool = False


@dataclass(frozen=True)
class SoftwareCertificate:
    """The same of software, whose certificate and seal are others: without `foot` nobody is said to
    supervise its form.
    """

    seal: str
    foot: Words | None = None
    source: Source = "example"


@dataclass(frozen=True)
class CertificateTexts:
    """What an office adds to the State's form of the certificate (TJ-133 … TJ-144): `foot`, who
    supervises the form, and `seal`, the text of the seal's lower arc; `software` has its own.
    """

    foot: Words
    seal: str
    software: SoftwareCertificate | None = None

    def foot_of(self, form: str) -> Words | None:
        """Who supervises the certificate of this form; None when nobody is said to."""
        if form == "work":
            return self.foot
        return None if self.software is None else self.software.foot


@dataclass(frozen=True)
class Notice:
    """Public notice of registrations."""

    public: bool
    fields: tuple[
        Literal[
            "number", "registered_on", "title", "category", "owners", "completed_on",
            "first_published_on",
        ],
        ...,
    ]  # fmt: skip
    search: tuple[Literal["number", "title", "owner"], ...]
    note: Words | None = None
