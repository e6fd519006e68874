"""What stands beside the lines of a list and is told in full elsewhere."""

from uuid import UUID

from pydantic import BaseModel


class VersionMatterOut(BaseModel):
    """The newest matter that was filed with a version: `state` is one of `matter_states`."""

    id: UUID
    number: str
    state: str
    registration_number: str | None
