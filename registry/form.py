# ruff: noqa: RUF009 - `said` is dataclasses.field with a reader
"""The application form, whole: what an applicant may say, value by value.

Fields follow the public form of work registration. A draft holds anything well formed (`parse`);
`registry.form_checks` says what is missing before it can be submitted, `registry.plausibility`
what is unlikely. Identity numbers are no part of it: a party's numbers and papers stay in that
party's own sealed record, to which `party` refers.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from core.errors import InvalidInput
from registry import choices
from registry.form_values import choice, count, day, flag, part, said, several, text, whole

MOST_NAME: Final = 100
MOST_NOTE: Final = 500
MOST_TEXT: Final = 5_000
MOST_PARTIES: Final = 50
MOST_LINES: Final = 999_999_999
MOST_PAGES: Final = 60
MOST_BARS: Final = 600

_name = text(MOST_NAME)
_note = text(MOST_NOTE, multiline=True)
_long = text(MOST_TEXT, multiline=True)
_reference = text(40)


@dataclass(frozen=True)
class Place:
    """`country` as ISO 3166 has it (CN), `province` as a GB/T 2260 code or `abroad`."""

    country: str | None = said(text(2))
    province: str | None = said(text(6))
    city: str | None = said(_name)


@dataclass(frozen=True)
class Owner:
    """A copyright owner. `signature` is how the name appears on the work (署名情况)."""

    party: str | None = said(_reference)
    name: str | None = said(_name)
    kind: str | None = said(choice(choices.PARTY_KINDS))
    paper: str | None = said(choice(choices.IDENTITY_PAPERS, choices.FORMER_PAPERS))
    nationality: str | None = said(text(2))
    place: Place | None = said(part(Place))
    signature: str | None = said(choice(choices.SIGNATURES))
    signature_text: str | None = said(_name)
    minor: bool | None = said(flag)


@dataclass(frozen=True)
class Author:
    """An author: a natural person, or the unit that counts as one. `employed`: has an employer;
    `employer`: who that is, on file, where it signs on line.
    """

    party: str | None = said(_reference)
    name: str | None = said(_name)
    signature: str | None = said(choice(choices.SIGNATURES))
    signature_text: str | None = said(_name)
    minor: bool | None = said(flag)
    employed: bool | None = said(flag)
    employer: str | None = said(_reference)


@dataclass(frozen=True)
class Contact:
    """Where an applicant or agent can be reached."""

    party: str | None = said(_reference)
    name: str | None = said(_name)
    address: str | None = said(_note)
    post_code: str | None = said(text(12))
    contact: str | None = said(_name)
    telephone: str | None = said(text(40))
    mobile: str | None = said(text(20))
    email: str | None = said(text(254))


@dataclass(frozen=True)
class Kept:
    """The sample that is kept (留存样本): kind of carrier, how many, and a note."""

    electronic: str | None = said(choice(choices.ELECTRONIC_MEDIA))
    electronic_count: int | None = said(count)
    electronic_note: str | None = said(_note)
    paper: str | None = said(choice(choices.PAPER_MEDIA))
    paper_count: int | None = said(count)
    paper_note: str | None = said(_note)


@dataclass(frozen=True)
class DeliveryWish:
    """How the paper certificate is to be handed over: one of the office's ways, and to whom."""

    way: str | None = said(_reference)
    recipient: str | None = said(_name)
    mobile: str | None = said(text(20))
    address: str | None = said(_note)
    invoice_email: str | None = said(text(254))


@dataclass(frozen=True)
class Trading:
    """Whether the work may be shown on the office's trading page (TJ-107), and what is said there
    (TJ-109): a preliminary intention, no offer.
    """

    consent: bool | None = said(flag)
    information: str | None = said(_note)

    def require_consent(self, field: str) -> None:
        """Raises InvalidInput: information without consent."""
        if self.information is not None and not self.consent:
            raise InvalidInput(
                "仅同意展示时填写交易信息 / trading information goes with consent only", field=field
            )


@dataclass(frozen=True)
class MachineHelp:
    """Use of AI: whether, with what, how it was asked, and what a person contributed."""

    used: bool | None = said(flag)
    tools: str | None = said(_note)
    prompts: str | None = said(_long)
    human_contribution: str | None = said(_long)


@dataclass(frozen=True)
class Bar:
    """Rows of a deposited page that are covered in black (例外交存); pages and rows from 1."""

    page: int | None = said(whole(MOST_PAGES))
    first: int | None = said(count)
    last: int | None = said(count)


@dataclass(frozen=True)
class Software:
    """What the software form adds: names and version as on the certificate, how it was developed
    and runs, and how its source is deposited (`registry.source_pages`).
    """

    short_name: str | None = said(_name)
    version: str | None = said(text(30))
    development: str | None = said(choice(choices.DEVELOPMENTS))
    development_note: str | None = said(_note)
    languages: str | None = said(_note)
    source_lines: int | None = said(whole(MOST_LINES))
    development_hardware: str | None = said(_note)
    development_system: str | None = said(_note)
    development_tools: str | None = said(_note)
    running_hardware: str | None = said(_note)
    running_system: str | None = said(_note)
    running_support: str | None = said(_note)
    purpose: str | None = said(_note)
    industry: str | None = said(_name)
    features: str | None = said(_long)
    technique: str | None = said(_note)
    comments: str | None = said(choice(choices.COMMENTS))
    deposit: str | None = said(choice(choices.DEPOSITS))
    bars: tuple[Bar, ...] = said(several(part(Bar), MOST_BARS), ())


@dataclass(frozen=True)
class Form:
    """The whole form. None and empty mean: not filled in yet. Dates are ISO 8601 calendar days.

    `extent` is the number of words, the length or the number of episodes; `series_pieces` how many
    numbered pieces a series has; `urgent` asks for urgent handling, where that has a price;
    `rights` is `all`, or `part` with those of `held_rights`; `handler` acts for a unit, and signs
    on line where it is on file.
    """

    form: str = said(choice(choices.FORMS), "work")
    title: str | None = said(_name)
    category: str | None = said(choice(choices.CATEGORIES))
    category_note: str | None = said(_note)
    extent: str | None = said(_name)
    series_pieces: int | None = said(count)
    urgent: bool | None = said(flag)
    owners: tuple[Owner, ...] = said(several(part(Owner), MOST_PARTIES), ())
    authors: tuple[Author, ...] = said(several(part(Author), MOST_PARTIES), ())
    nature: str | None = said(choice(choices.NATURES))
    nature_note: str | None = said(_note)
    completion_date: str | None = said(day)
    completion_place: Place | None = said(part(Place))
    published: bool | None = said(flag)
    first_published_on: str | None = said(day)
    first_published_place: Place | None = said(part(Place))
    acquisition: str | None = said(choice(choices.ACQUISITIONS))
    acquisition_note: str | None = said(_note)
    ownership: str | None = said(choice(choices.OWNERSHIPS))
    ownership_note: str | None = said(_note)
    special_employment: bool | None = said(flag)
    rights: str | None = said(choice(choices.SCOPES))
    held_rights: tuple[str, ...] = said(several(choice(choices.RIGHTS), len(choices.RIGHTS)), ())
    rights_note: str | None = said(_note)
    filed_by: str | None = said(choice(choices.FILERS))
    applicant: Contact | None = said(part(Contact))
    agent: Contact | None = said(part(Contact))
    handler: Contact | None = said(part(Contact))
    agent_reason: str | None = said(_note)
    kept: Kept | None = said(part(Kept))
    machine_help: MachineHelp | None = said(part(MachineHelp))
    software: Software | None = said(part(Software))
    delivery: DeliveryWish | None = said(part(DeliveryWish))
    trading: Trading | None = said(part(Trading))

    def plain(self) -> dict[str, Any]:
        """As JSON holds it: what is empty is left out."""
        plain: dict[str, Any] = _without_empty(asdict(self))
        return plain


def parse(values: Mapping[str, Any]) -> Form:
    """The form behind `values`; what is missing stays empty.

    Raises:
        InvalidInput: an unknown field, a value of another kind, an unknown choice, no such day, a
            right or party named twice; the field is the path (`owners[1].kind`).
    """
    form = part(Form)(values, "")
    if len(set(form.held_rights)) != len(form.held_rights):
        raise InvalidInput("有重复的权利,请删去 / a right is listed twice", field="held_rights")
    for name in ("owners", "authors"):
        named = [(each.party, each.name) for each in getattr(form, name) if each.name]
        for place, each in enumerate(named):
            if each in named[:place]:
                raise InvalidInput(
                    "同一人列了两次,请删去一个 / the same party twice: remove one",
                    field=f"{name}[{place}]",
                )
    return form


def differences(before: Form, after: Form) -> tuple[str, ...]:
    """Which fields differ, in the form's order: what an examiner looks at after a return."""
    old, new = before.plain(), after.plain()
    return tuple(name for name in Form.__dataclass_fields__ if old.get(name) != new.get(name))


def _without_empty(value: Any) -> Any:  # noqa: ANN401 - plain JSON values
    if isinstance(value, dict):
        inner = {name: _without_empty(each) for name, each in value.items()}
        return {name: each for name, each in inner.items() if each not in (None, [], {})}
    if isinstance(value, list | tuple):
        return [_without_empty(each) for each in value]
    return value
