"""What stands beside the lines of a list and is told in full elsewhere."""

from uuid import UUID

from pydantic import BaseModel


class VersionOfOut(BaseModel):
    """Which version of which work was deposited, and how many pictures show it; the first is its
    cover. An agent sees the work where that agent made it.
    """

    id: UUID
    version: int
    pictures: int


class VersionMatterOut(BaseModel):
    """The newest matter that was filed with a version: `state` is one of `matter_states`."""

    id: UUID
    number: str
    state: str
    registration_number: str | None
