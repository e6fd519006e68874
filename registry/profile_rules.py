"""The first level of a profile (`registry.profile`): its tables and plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from registry.profile_numbering import NumberingRules
from registry.profile_parts import (
    Agency,
    Appointments,
    Batch,
    BatchApproval,
    CertificateTexts,
    Clock,
    Delivery,
    Document,
    EvidenceRules,
    ExaminationStage,
    Fees,
    Filing,
    Notice,
    Reason,
    Sample,
    Signing,
)
from registry.words import Words


@dataclass(frozen=True)
class Rules:
    """What the file says; every field is a key of its first level.

    `schema` is the edition of this form of file, `version` the office's own count of its rules,
    `area` a GB/T 2260 code or `national`.
    """

    schema: Literal[1]
    key: str
    version: int
    name: Words
    platform: Words
    area: str
    forms: tuple[str, ...]
    categories: tuple[str, ...]
    filing: Filing
    documents: Mapping[str, Document]
    samples: Mapping[str, Sample]
    signing: Signing
    fees: Fees
    stages: tuple[ExaminationStage, ...]
    clocks: tuple[Clock, ...]
    numbering: NumberingRules
    delivery: Delivery
    batch: Batch
    certificate: CertificateTexts
    notice: Notice
    agencies: Mapping[str, Agency] | None = None
    texts: Mapping[str, Words] | None = None
    reasons: Mapping[str, Reason] | None = None
    batch_approval: BatchApproval | None = None
    appointments: Appointments | None = None
    evidence: EvidenceRules | None = None
    most_bytes: Mapping[str, int] | None = None
    """Of one file, by its format."""
