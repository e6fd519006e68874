"""The record of a revocation: what the register says of it, in one exact encoding.

RFC 8785 JSON of type `yinji/registration-revocation`, version 1, deposited as evidence in the same
way as the registration's own record (`registry.record`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from core import canonical
from core.canonical import Json

TYPE: Final = "yinji/registration-revocation"
VERSION: Final = 1
DIGEST: Final = "record_sha256"


@dataclass(frozen=True)
class RevocationRecord:
    """What the register says of a revocation. Days are ISO 8601 at UTC+8.

    `registration_leaf` is the leaf hash (hex) that is revoked on the chain.
    """

    registration_number: str
    revoked_on: str
    office: str
    ground: str
    explanation: str
    registration_evidence: str
    registration_leaf: str
    document: str | None

    def members(self) -> Mapping[str, Json]:
        """The members that have a value."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def encode(self) -> bytes:
        """The canonical bytes."""
        return canonical.encode({"type": TYPE, "version": VERSION, **self.members()})

    def facts(self) -> Mapping[str, Json]:
        """What the statement of the record's evidence commits to."""
        return {**self.members(), DIGEST: hashlib.sha256(self.encode()).hexdigest()}
