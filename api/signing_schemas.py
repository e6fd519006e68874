"""What goes in and out over HTTP about signing."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr, StringConstraints

from accounts.documents import DocumentKind
from api.registry_schemas import Word
from api.schemas import Strict
from certs.strokes import GRID, MOST_POINTS, MOST_STROKES
from registry.signing_state import SignerState

Coordinate = Annotated[int, Field(ge=0, le=GRID)]
Stroke = Annotated[list[tuple[Coordinate, Coordinate]], Field(min_length=2, max_length=MOST_POINTS)]
Country = Annotated[str, StringConstraints(max_length=10)]


class SignedOut(BaseModel):
    """One signature of a paper: where, by whom, when; `at` is null while it is missing."""

    place: str
    signer_id: UUID
    at: datetime | None


class SigningPaperOut(BaseModel):
    """`ready`: it can be read and signed; `whole`: everybody has signed it."""

    code: str
    name: str
    ready: bool
    whole: bool
    kept: bool
    signatures: list[SignedOut]


class SignerOut(BaseModel):
    """`roles`: as what this one signs, `owner`, `author`, or both."""

    id: UUID
    name: str
    kind: Literal["signature", "seal"]
    roles: list[str]
    state: SignerState
    contact: str | None
    link_expires_at: datetime | None
    locked: bool


class MatterSigningOut(BaseModel):
    """Papers and signers of the present round, in the order of signing; `complete`: all signed."""

    order: Literal["sequential", "parallel", "paper"]
    submits_itself: bool
    complete: bool
    note: str | None
    papers: list[SigningPaperOut]
    signers: list[SignerOut]


class LinkOut(BaseModel):
    """`link` is shown this once; an earlier one has stopped working."""

    link: str
    expires_at: datetime


class ToSignPaperOut(BaseModel):
    code: str
    name: str
    pages: int
    opened: bool


class SigningOut(BaseModel):
    """What a link shows to whoever holds it: for whom it is, and how far it is."""

    office: str
    for_whom: str
    kind: Literal["signature", "seal"]
    roles: list[str]
    state: SignerState
    sequential: bool
    papers: list[ToSignPaperOut]
    code_goes_to: str | None
    expires_at: datetime | None
    hints: list[str]


class ProofIn(Strict):
    """The code that was sent, and the identity paper as the application names it."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=20)]
    document_kind: DocumentKind
    number: Annotated[SecretStr, Field(min_length=1, max_length=60)]
    country: Country | None = None


class ProofOut(BaseModel):
    """Send `proof` as the header Signing-Proof."""

    proof: str
    expires_at: datetime


class ConfirmationIn(Strict):
    """`confirm` must be true. `strokes` draw the signature on a field of 1000 by 1000, its origin
    at the upper left; without them the name is written.
    """

    confirm: Literal[True]
    strokes: Annotated[list[Stroke], Field(max_length=MOST_STROKES, default_factory=list)]


class SignedPaperOut(BaseModel):
    """A signed paper for an examiner, with the outcome of our own check of its signatures."""

    code: Word
    name: str
    sha256: str
    verified: bool
    finding: str | None
    certified_at: datetime | None
    signatures: list["CheckedSignatureOut"]


class CheckedSignatureOut(BaseModel):
    """The name certified, and the time its time-stamp proves."""

    place: str
    name: str
    at: datetime


class SignedPapersOut(BaseModel):
    items: list[SignedPaperOut]
