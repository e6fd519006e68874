"""What goes in and out over HTTP. Unknown members are refused; times are RFC 3339 UTC."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=5000)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class Strict(BaseModel):
    """Input: nothing undeclared, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class FileIn(Strict):
    """A file of a deposit. Without `upload` only its digest is deposited."""

    name: Short
    size: Annotated[int, Field(ge=0, le=2**53 - 1, strict=True)]
    sha256: Hex32
    sm3: Hex32 | None = None
    upload: UUID | None = None


class DepositIn(Strict):
    """A whole deposit: a new work and its files."""

    files: Annotated[list[FileIn], Field(max_length=100)]
    custody_mode: Literal["stored", "hash_only"] = "stored"
    title: Short | None = None
    description: Text | None = None
    category: Short | None = None
    tags: Annotated[list[Short], Field(max_length=100)] = []
    creation_nature: Short | None = None
    completion_date: date | None = None
    authors: Annotated[list[Short], Field(max_length=100)] = []
    public: bool = False


class FileOut(BaseModel):
    position: int
    name: str
    size: int
    sha256: str
    sm3: str | None


class Rejection(BaseModel):
    code: str
    field: str | None
    message: str


class EvidenceOut(BaseModel):
    """An evidence as its owner sees it. Each time says in its name whose it is."""

    evidence_number: str
    state: Literal[
        "received", "stored", "timestamped", "sealed", "broadcast", "mined", "anchored",
        "rejected", "suspended",
    ]  # fmt: skip
    confirmations: int | None
    confirmations_needed: int
    custody_mode: str
    title: str | None
    files: list[FileOut]
    public: bool
    submitted_at: datetime
    stored_at: datetime | None
    timestamped_at: datetime | None
    block_time: datetime | None
    anchored_at: datetime | None
    certificate_issued_at: datetime | None
    certificate_ready: bool
    statement_sha256: str | None
    leaf_hash: str | None
    root: str | None
    transaction: str | None
    revoked: bool
    rejection: Rejection | None
    verify_url: str


class EvidencePage(BaseModel):
    items: list[EvidenceOut]
    next: str | None


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str | None = None
    field: str | None = None
