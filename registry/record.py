"""The registration record: what the register says, in one exact encoding.

`Record.encode` gives RFC 8785 JSON of type `yinji/registration`, version 1. The record is deposited
as evidence: each member but type and version is a fact of that evidence's statement, under the same
name, and so is `record_sha256`, the digest of the encoding. Who holds the disclosed facts can
therefore rebuild the record to the byte (docs/verification.md §14).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from core import canonical
from core.canonical import Json

TYPE: Final = "yinji/registration"
VERSION: Final = 1
DIGEST: Final = "record_sha256"


@dataclass(frozen=True)
class Record:
    """One entry. Days are ISO 8601, in Asia/Shanghai; what is unknown or does not apply is None.

    `evidence_number` and `evidence_leaf` name the evidence it grew from and its leaf on the chain.
    `agent` is who filed for the applicant, under a mandate.
    The last four are of software: what its certificate says besides (`rights` is `all` or `part`),
    and the certificate's own number, where the office has such.
    """

    registration_number: str
    registered_on: str
    office: str
    agency: str | None
    matter_number: str
    title: str
    category: str
    creation_nature: str
    acquisition: str
    ownership: str
    authors: tuple[str, ...]
    owners: tuple[str, ...]
    applicant: str
    completion_date: str
    first_published_on: str | None
    first_published_at: str | None
    evidence_number: str
    evidence_leaf: str
    supervision: str | None
    agent: str | None = None
    software_short_name: str | None = None
    software_version: str | None = None
    rights: str | None = None
    software_certificate_number: str | None = None

    def members(self) -> Mapping[str, Json]:
        """The members that have a value, as JSON."""
        found: dict[str, Json] = {}
        for name, value in asdict(self).items():
            if value is not None:
                found[name] = list(value) if isinstance(value, tuple) else value
        return found

    def encode(self) -> bytes:
        """The canonical bytes."""
        return canonical.encode({"type": TYPE, "version": VERSION, **self.members()})

    def facts(self) -> Mapping[str, Json]:
        """What the statement of the record's evidence commits to."""
        return {**self.members(), DIGEST: hashlib.sha256(self.encode()).hexdigest()}
