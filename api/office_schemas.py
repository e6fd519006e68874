"""What goes out over HTTP about offices: everything a portal needs to draw an application."""

from typing import Literal

from pydantic import BaseModel

from api.following_schemas import WordsOut
from api.paper_schemas import SampleOut
from api.schemas import Amount

Source = Literal["manual", "rule", "example"]


class ChoiceOut(BaseModel):
    """A word that a key may have, and what it means."""

    key: str
    name: WordsOut


class OfficeEntry(BaseModel):
    """`area` is a GB/T 2260 code, or `national`. What an office that is not `in_force` issues is a
    sample (样本 SAMPLE) and registers nothing.
    """

    key: str
    name: WordsOut
    platform: WordsOut
    area: str
    forms: list[ChoiceOut]
    in_force: bool


class OfficesOut(BaseModel):
    items: list[OfficeEntry]


class CategoryOut(BaseModel):
    """`letter` is the one in registration numbers; software has none."""

    key: str
    name: WordsOut
    letter: str | None
    sample: SampleOut


class OfficeFilingOut(BaseModel):
    """Who may file. `accounts`: for themselves, by what the account is; `agents`: for others.

    `person_papers` and `body_papers` are what a person and a body show of their identity,
    `person_facts` and `body_facts` what they say beside name and number. It is done by when
    `identity` says and looked at as `verification` says. With `transaction_password` a submission
    carries one; with `trading_consent` the form may have `trading`.
    """

    accounts: list[ChoiceOut]
    agents: ChoiceOut
    area: ChoiceOut
    agency: ChoiceOut
    minors: ChoiceOut
    identity: ChoiceOut
    verification: ChoiceOut
    person_papers: list[ChoiceOut]
    body_papers: list[ChoiceOut]
    person_facts: list[ChoiceOut]
    body_facts: list[ChoiceOut]
    transaction_password: bool
    trading_consent: bool
    note: WordsOut | None


class ConditionOut(BaseModel):
    """Facts of an application that must all hold: of each list one value."""

    said: WordsOut
    facts: dict[str, list[str] | bool]


class OfficeDocumentOut(BaseModel):
    """A paper that may be asked for: always where `when` is empty, else when one condition holds.

    `parts` are what is filled in on line, by name; of none, one text. `most_bytes` is for one file.
    `personal`: kept encrypted and opened with a reason only. `template` and `example` are addresses
    of a blank paper and of one filled in by way of example; null where there is none.
    """

    code: str
    name: WordsOut
    needed: Literal["required", "optional"]
    why: WordsOut
    when: list[ConditionOut]
    how: list[ChoiceOut]
    proves: list[str]
    parts: dict[str, WordsOut]
    formats: list[str]
    most_bytes: int | None
    personal: bool
    signed: Literal["no", "electronic", "paper"]
    sealed_by_organisations: bool
    template: str | None
    example: str | None


class OfficeSigningOut(BaseModel):
    """`signers` are in the order of a sequential signing. `submits_itself`: the last signature
    sends the matter on; else who files does. `agents_sign`: an agent whose mandate says so signs
    for its principal.
    """

    order: ChoiceOut
    signers: list[ChoiceOut]
    individuals: ChoiceOut
    organisations: ChoiceOut
    submits_itself: bool
    after_return: ChoiceOut
    agents_sign: bool
    note: WordsOut | None


class FeeItemOut(BaseModel):
    """A line of the fee table; empty lists mean: all. `source` `example`: not confirmed yet."""

    key: str
    name: WordsOut
    amount: Amount
    per: Literal["work", "series_piece"]
    forms: list[str]
    categories: list[str]
    applicants: list[str]
    urgent: bool
    source: Source


class OfficeFeesOut(BaseModel):
    """`urgent`: urgent handling is offered. What a case costs: `POST …/offices/{office}/quote`."""

    due: ChoiceOut
    currency: str
    items: list[FeeItemOut]
    waivers: list[WordsOut]
    ways: list[ChoiceOut]
    urgent: bool
    refund_on_refusal: bool
    invoice: Literal["none", "electronic"]
    source: Source
    note: WordsOut | None


class OfficeEvidenceOut(BaseModel):
    """What an installation that takes evidence under this office's terms asks for each, and whether
    it is reviewed. Only the certificate waits for either.
    """

    fee: Amount
    currency: str
    reviewed: bool
    source: Source


class StageOut(BaseModel):
    stage: Literal["first", "final"]
    by: ChoiceOut
    name: WordsOut


class ExtensionOut(BaseModel):
    amount: int
    unit: Literal["working_days", "days", "months"]
    times: int
    source: Source


class ClockOut(BaseModel):
    """A term; `forms` empty: of every form. `said` is all of it in a sentence."""

    purpose: ChoiceOut
    starts: ChoiceOut
    amount: int
    unit: Literal["working_days", "days", "months"]
    acts: ChoiceOut
    at_end: Literal["overdue", "lapse"]
    forms: list[str]
    restarts: list[str]
    remind_before: list[int]
    extension: ExtensionOut | None
    note: WordsOut | None
    source: Source
    said: WordsOut


class DeliveryWayOut(BaseModel):
    """`address`: to a recipient, who is named with mobile and address."""

    key: str
    name: WordsOut
    note: WordsOut | None
    address: bool


class OfficeDeliveryOut(BaseModel):
    """`paper` are the ways of a paper certificate. `papers_needed`: examination begins when papers
    have come to `papers_to`.
    """

    electronic: bool
    paper: list[DeliveryWayOut]
    papers_to: str | None
    papers_needed: bool
    note: WordsOut | None


class OfficeBatchOut(BaseModel):
    """Who may file many works at once; nobody where `accounts` is empty."""

    accounts: list[ChoiceOut]
    most: int
    dedicated_from: int | None
    dedicated: WordsOut | None
    series: bool


class OfficeNoticeOut(BaseModel):
    """What the public sees of registrations, and by what it finds them."""

    public: bool
    fields: list[str]
    search: list[str]
    note: WordsOut | None


class OfficeOut(OfficeEntry):
    """An office's rules as they are today; a matter keeps those it began under. `rules_sha256`
    tells one edition from another; `unconfirmed` names what the office has not confirmed.
    `most_bytes` is for one file, by its format, whatever it is brought as. `texts` are sentences of
    the office's own, by the key under which a portal finds them.
    """

    version: int
    rules_sha256: str
    categories: list[CategoryOut]
    filing: OfficeFilingOut
    agencies: list[ChoiceOut]
    appointment: WordsOut | None
    documents: list[OfficeDocumentOut]
    signing: OfficeSigningOut
    fees: OfficeFeesOut
    evidence: OfficeEvidenceOut | None
    most_bytes: dict[str, int]
    stages: list[StageOut]
    clocks: list[ClockOut]
    numbering: list[WordsOut]
    delivery: OfficeDeliveryOut
    batch: OfficeBatchOut
    notice: OfficeNoticeOut
    texts: dict[str, WordsOut]
    unconfirmed: list[str]
