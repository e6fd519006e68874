"""What strangers are told, as the OpenAPI document describes it. Times are RFC 3339 UTC."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from api.following_schemas import WordsOut
from api.schemas import Hex32, Strict

Kind = Literal["evidence", "registration", "registration_revocation", "audit"]
Verdict = Literal["valid", "pending", "revoked", "superseded", "suspended", "rejected"]


class Told(BaseModel):
    """Output: exactly these members."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PublicFile(Told):
    """One file of the statement, without its name. `size` in bytes."""

    position: int
    size: int
    sha256: str
    sm3: str | None


class PublicTimes(Told):
    """Five different times, those on the certificate. `timestamped_at` is the token's, `block_time`
    what the block claims. A register's record is about files that lay there before it: `stored_at`
    is when these were stored and read back, before `submitted_at` of the record.
    """

    submitted_at: datetime
    stored_at: datetime | None
    timestamped_at: datetime | None
    block_time: datetime | None
    certificate_issued_at: datetime | None


class PublicToken(Told):
    """The RFC 3161 token over the statement, and who controls its clock."""

    authority: str
    serial: str
    policy: str
    controller_zh: str
    controller_en: str


class PublicTree(Told):
    """Where the leaf stands: RFC 6962, `leaf_index` from 0 among `size` leaves."""

    leaf_hash: str
    leaf_index: int
    size: int
    root: str


class PublicChain(Told):
    """Where the root stands, and who controls the block's time."""

    name_zh: str
    name_en: str
    controller_zh: str
    controller_en: str
    chain_id: int
    contract: str
    transaction: str
    block_number: int
    block_hash: str
    confirmations: int


class PublicCertificate(Told):
    """The newest edition. `ready` once its bytes exist."""

    number: str
    edition: int
    ready: bool


class PublicRevocation(Told):
    """Why and when revocation was asked for; told once it is final on the chain."""

    reason: int
    requested_at: datetime


class PublicEntry(Told):
    """Which registration it is, to be compared with what is printed. `title` and `owners` are null
    unless the office announces them to everybody; `software_certificate_number` as in
    PublicRegistration.
    """

    registration_number: str
    software_certificate_number: str | None
    registered_on: date
    office: WordsOut
    title: str | None
    owners: list[str] | None


class PublicDetail(Told):
    """Only for those who have the check code of the certificate. Nobody's name and no title, but
    what an office announces in `entry`.
    """

    state: str
    custody_mode: Literal["stored", "hash_only"]
    statement_sha256: str | None
    files: list[PublicFile]
    times: PublicTimes
    token: PublicToken | None
    tree: PublicTree | None
    chain: PublicChain | None
    certificate: PublicCertificate | None
    revocation: PublicRevocation | None
    registrations: list[str]
    """Numbers of registrations that grew from this evidence."""
    entry: PublicEntry | None
    """Of a register's record, and of a revocation's: the registration it is about."""


class PublicEvidence(Told):
    """`deposited_on` is the day of submission at UTC+8; `detail` is null without a check code."""

    evidence_number: str
    kind: Kind
    verdict: Verdict
    deposited_on: date
    sample: bool
    as_of: datetime
    detail: PublicDetail | None


class PublicRegistration(Told):
    """A registration by its number: verdict and day, nobody's name and no title.

    `evidence_number` is that of the register's record, whose page tells the rest.
    `software_certificate_number`: of software, the certificate's own number, where it has one.
    """

    registration_number: str
    software_certificate_number: str | None
    kind: Literal["registration"]
    verdict: Verdict
    registered_on: date
    evidence_number: str
    sample: bool
    as_of: datetime


class AnnouncedOut(Told):
    """A registration as its office announces it: what it does not show is null.

    `state`: a revoked one stays, and says so. `sample`: its office was not in force. `trading`: of
    a work that may be shown for trading what its applicant says of that, and be it nothing; of any
    other null.
    """

    id: UUID
    number: str | None
    registered_on: date | None
    title: str | None
    category: str | None
    owners: list[str] | None
    completed_on: str | None
    first_published_on: str | None
    state: Literal["registered", "revoked"]
    sample: bool
    trading: str | None


class AnnouncementPage(Told):
    """Newest first; `next` is the cursor of the following page; `note` what the office says."""

    items: list[AnnouncedOut]
    next: UUID | None
    note: WordsOut | None


class PublicMatch(Told):
    """One public evidence that names a digest."""

    evidence_number: str
    kind: Kind
    verdict: Verdict
    deposited_on: date


class PublicMatches(Told):
    """Oldest first, at most 20. Empty also for evidence that its owner keeps to himself."""

    evidence: list[PublicMatch]
    sample: bool
    as_of: datetime


class CertificateIn(Strict):
    """The SHA-256 of a certificate's bytes; the certificate itself stays where it is."""

    elsewhere = frozenset({"sha256"})

    sha256: Hex32


class CertificateKnown(Told):
    """Whether a certificate with exactly these bytes was issued here, and which."""

    known: bool
    certificate_number: str | None
    verdict: Verdict | None
    sample: bool
    as_of: datetime


class SignedStatus(BaseModel):
    """status.json: `signature` is Ed25519 over a tag and the RFC 8785 bytes of `status`."""

    status: dict[str, str | int | None]
    signature: dict[str, str]
