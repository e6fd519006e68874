"""All that decides what an application's papers say, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from certs.paper import Mark
from registry.form import Form
from registry.profile import Profile

AnswerIn = str | Mapping[str, str]
"""What was filled in on line for one document: one text, or a text for each of its parts."""


@dataclass(frozen=True)
class FileLine:
    """A file of the evidence: bytes, and SHA-256 as 64 hexadecimal digits."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Case:
    """The form with what stands around it.

    `identities` are masked identity numbers by the form's `party` references. `number` and `files`
    are empty for a paper of no matter (a template, an example). `opened_at` is when the matter was
    begun: the time that its papers carry, so that drawing them again changes nothing.
    """

    profile: Profile
    form: Form
    opened_at: datetime
    answers: Mapping[str, AnswerIn] = field(default_factory=dict)
    number: str = ""
    agency: str | None = None
    identities: Mapping[str, str] = field(default_factory=dict)
    evidence_number: str = ""
    files: tuple[FileLine, ...] = ()
    mark: Mark = "sample"
