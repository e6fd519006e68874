"""What goes in and out over HTTP about many matters filed at once."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from api.people_schemas import Password
from api.registry_schemas import ApplicationIn, Word
from api.schemas import Refusal, Short, Strict


class FilingIn(ApplicationIn):
    """One work: its form and papers, over what is common to all, and its evidence. `key` is the
    row's idempotency key.
    """

    key: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    evidence_number: Short


class FilingsIn(Strict):
    """`common` is what every form and every set of papers begins with, member by member."""

    office: Word
    agency: Word | None = None
    common: ApplicationIn | None = None
    filings: Annotated[list[FilingIn], Field(min_length=1, max_length=1000)]
    transaction_password: Password | None = None


class FiledOut(BaseModel):
    """One answer, at its place: a matter with its acceptance number, or what is wrong."""

    key: str
    matter_id: UUID | None
    number: str | None
    state: str | None
    problem: Refusal | None


class FilingsOut(BaseModel):
    """The answers in the order of the rows. `dedicated_service`: the office looks after a batch of
    this size through somebody of its own (专属客服); `dedicated_contact` says how to reach them.
    """

    items: list[FiledOut]
    filed: int
    dedicated_service: bool
    dedicated_contact: str | None
