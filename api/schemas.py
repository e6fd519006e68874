"""What goes in and out over HTTP. Unknown members are refused; times are RFC 3339 UTC."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from api.listed_schemas import VersionMatterOut, VersionOfOut
from api.numbered import refused

Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
MOST_IN_BATCH = 500

Text = Annotated[str, StringConstraints(min_length=1, max_length=5000)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=300)]


Amount = Annotated[
    Decimal,
    PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str, when_used="json"),
]
"""Money, as text with two decimals: "150.00"."""

Flag = Annotated[bool, Field(strict=True)]


def _plain_date(value: object) -> object:
    """Dates are written YYYY-MM-DD; numbers and times of day are not dates."""
    if value is None or (isinstance(value, str) and len(value) == len("YYYY-MM-DD")):
        return value
    raise PydanticCustomError("date_form", "须为日期 YYYY-MM-DD / must be a date")


Day = Annotated[date, BeforeValidator(_plain_date)]


class Strict(BaseModel):
    """Input: nothing undeclared, nothing converted, and in no plain text a resident identity
    number (T48): what is kept sealed, or not at all, is a `SecretStr`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    elsewhere: ClassVar[frozenset[str]] = frozenset()
    """Fields that are looked into by others, or of which nothing is kept."""

    @field_validator("*")
    @classmethod
    def _without_a_number(cls, value: object, info: ValidationInfo) -> object:
        return value if info.field_name in cls.elsewhere else refused(value)


class DigestIn(Strict):
    """A file that stays with its owner: its digest and what goes with it."""

    elsewhere = frozenset({"sha256", "sm3"})

    name: Short
    size: Annotated[int, Field(ge=0, le=2**53 - 1, strict=True)]
    sha256: Hex32
    sm3: Hex32 | None = None


class FileIn(DigestIn):
    """A file of a deposit. Without `upload` only its digest is deposited."""

    upload: UUID | None = None


class WorkIn(Strict):
    """What a depositor declares of a work. All of it may come later, until it is deposited."""

    title: Short | None = None
    description: Text | None = None
    category: Short | None = None
    tags: Annotated[list[Short], Field(max_length=100)] = []
    creation_nature: Short | None = None
    completion_date: Day | None = None
    authors: Annotated[list[Short], Field(max_length=100)] = []


class DepositIn(WorkIn):
    """A whole deposit: a new work and its files. `personal`: it shows who somebody is, as an
    identity card does, and is kept encrypted from the start; what an application names as a
    personal paper is so from then on.
    """

    files: Annotated[list[FileIn], Field(max_length=100)]
    custody_mode: Literal["stored", "hash_only"] = "stored"
    public: Flag = False
    personal: Flag = False


class DigestsIn(WorkIn):
    """One work of a batch; `key` is its idempotency key."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    files: Annotated[list[DigestIn], Field(max_length=100)]
    public: Flag = False


class BatchIn(Strict):
    """Works of which only digests are deposited."""

    deposits: Annotated[list[DigestsIn], Field(min_length=1, max_length=MOST_IN_BATCH)]


class WorkChange(WorkIn):
    """What to change; members left out stay as they are, null empties them."""

    tags: Annotated[list[Short], Field(max_length=100)] | None = None  # type: ignore[assignment]
    authors: Annotated[list[Short], Field(max_length=100)] | None = None  # type: ignore[assignment]


class FilesIn(Strict):
    """The whole list, in its order: what is not listed is no longer in the draft."""

    files: Annotated[list[FileIn], Field(max_length=100)]


class PicturesIn(Strict):
    """The whole list; the first picture is the cover."""

    pictures: Annotated[list[FileIn], Field(max_length=100)]


class VersionDepositIn(Strict):
    """`personal` as in a whole deposit."""

    custody_mode: Literal["stored", "hash_only"] = "stored"
    public: Flag = False
    personal: Flag = False


class ExportIn(Strict):
    """Names of the facts a copy discloses; all others stay sealed."""

    disclose: Annotated[list[Short], Field(max_length=64)]


class ErasureIn(Strict):
    """`confirm` repeats the evidence number: this cannot be taken back."""

    confirm: Short
    keep_files: Flag = False


class SignUpIn(Strict):
    """`agreed`: the texts of `GET /api/v1/texts`, each with the version that was read. `referrer`:
    the `referral` of the account whose owner sent this one.
    """

    identifier: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    name: Short
    agreed: Annotated[dict[Short, Annotated[int, Field(strict=True)]], Field(max_length=20)]
    referrer: UUID | None = None
    password: Annotated[SecretStr, Field(min_length=1, max_length=1024)]


class SignInIn(Strict):
    elsewhere = frozenset({"identifier"})

    identifier: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=1024)]


class PasswordIn(Strict):
    current: Annotated[SecretStr, Field(min_length=1, max_length=1024)]
    new: Annotated[SecretStr, Field(min_length=1, max_length=1024)]


class KeyIn(Strict):
    name: Short
    scopes: Annotated[list[Short], Field(min_length=1, max_length=16)]
    expires_in_days: Annotated[int, Field(ge=1, le=3650, strict=True)] | None = None


class AvatarOut(BaseModel):
    """An account's picture as it is kept (WebP), null where there is none; beside it what is taken:
    bytes, pixels and formats of the file that is sent.
    """

    size: int | None
    sha256: str | None
    changed_at: datetime | None
    most_bytes: int
    most_pixels: int
    formats: list[str]


class AccountOut(BaseModel):
    id: UUID
    name: str
    email: str | None
    mobile: str | None
    created_at: datetime


class ToConfirm(BaseModel):
    """An address that is the account's once the code that went there comes back:
    `PUT /api/v1/account/contacts`.
    """

    identifier: str
    channel: Literal["mail", "sms"]


class SessionOut(BaseModel):
    """`csrf_token` goes into the header X-CSRF-Token of every changing request. `to_confirm`: what
    the account says to be its own and nobody has shown yet. Nothing but codes is sent there.
    """

    account: AccountOut
    csrf_token: str
    expires_at: datetime
    second_factor_due: bool
    """Nothing works before it is shown: `PUT /api/v1/session/second-factor` or `…/passkey`."""
    to_confirm: list[ToConfirm]


class SignInOut(BaseModel):
    id: UUID
    created_at: datetime
    expires_at: datetime
    current: bool


class SignInPage(BaseModel):
    items: list[SignInOut]


class KeyOut(BaseModel):
    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class NewKeyOut(KeyOut):
    """`secret` is shown this once and never again."""

    secret: str


class KeyPage(BaseModel):
    items: list[KeyOut]


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


class BriefOrderOut(BaseModel):
    """The newest order for a matter or an evidence; `/orders/{id}` says everything about it. `way`:
    how it was paid, once it was.
    """

    id: UUID
    number: str
    state: str
    way: str | None
    total: Amount
    currency: str


class EvidenceOut(BaseModel):
    """An evidence as its owner sees it. Each time says in its name whose it is. `personal`: its
    files show who somebody is, and are kept encrypted.
    """

    evidence_number: str
    state: Literal[
        "received", "stored", "timestamped", "sealed", "broadcast", "mined", "anchored",
        "rejected", "suspended",
    ]  # fmt: skip
    confirmations: int | None
    confirmations_needed: int
    custody_mode: str
    title: str | None
    work: VersionOfOut
    files: list[FileOut]
    public: bool
    personal: bool
    submitted_at: datetime
    stored_at: datetime | None
    timestamped_at: datetime | None
    block_time: datetime | None
    anchored_at: datetime | None
    certificate_issued_at: datetime | None
    delivery: Literal["payment", "review", "ready"]
    """What the certificate waits for, where evidence is charged or reviewed."""
    order: BriefOrderOut | None
    certificate_ready: bool
    statement_sha256: str | None
    leaf_hash: str | None
    root: str | None
    transaction: str | None
    revoked: bool
    erased_at: datetime | None
    rejection: Rejection | None
    verify_url: str


class VersionOut(BaseModel):
    """One state of a work. `frozen_at` is set when it was deposited; then nothing changes."""

    number: int
    title: str | None
    description: str | None
    category: str | None
    tags: list[str]
    creation_nature: str | None
    completion_date: date | None
    authors: list[str]
    files: list[FileOut]
    pictures: list[FileOut]
    cover_sha256: str | None
    created_at: datetime
    frozen_at: datetime | None
    evidence_number: str | None
    matter: VersionMatterOut | None


class WorkOut(BaseModel):
    id: UUID
    created_at: datetime
    versions: list[VersionOut]


class WorkPage(BaseModel):
    items: list[WorkOut]
    next: str | None


class Refusal(BaseModel):
    """What is wrong with one of many: the members of a problem (RFC 9457) that say so."""

    type: str
    status: int
    detail: str
    field: str | None


class DepositedOut(BaseModel):
    """One answer of a batch, at its place: either an evidence number or a problem."""

    key: str
    evidence_number: str | None
    submitted_at: datetime | None
    verify_url: str | None
    problem: Refusal | None


class BatchOut(BaseModel):
    """The answers in the order of the deposits."""

    items: list[DepositedOut]


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
