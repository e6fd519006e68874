"""What goes in and out over HTTP about closing an account."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from api.people_schemas import Password
from api.schemas import Flag, Strict


class ClosingIn(Strict):
    """`transaction_password` where one is set. With `erase_files` the bytes and the personal data
    of every evidence that stands in no matter are erased as well.
    """

    password: Password
    transaction_password: Password | None = None
    erase_files: Flag = False


class ObstacleOut(BaseModel):
    """One reason why the account cannot be closed now, and what takes it away. `about` has the
    numbers, ids or keys of what it is about.
    """

    code: str
    reason_zh: str
    reason_en: str
    remedy_zh: str
    remedy_en: str
    about: list[str]


class ConsequenceOut(BaseModel):
    """Something that ends, is erased or is kept; `count` where it can be counted."""

    code: str
    zh: str
    en: str
    count: int | None = None


class OutcomeOut(BaseModel):
    """What closing means: `also_closed` are the organisations that nobody else works for."""

    also_closed: list[UUID]
    ended: list[ConsequenceOut]
    erased: list[ConsequenceOut]
    kept: list[ConsequenceOut]


class ClosingOut(OutcomeOut):
    """Before anything is done: whether it can be now, and what it would mean. `erasable_evidence`
    is how many deposits `erase_files` would erase.
    """

    possible: bool
    obstacles: list[ObstacleOut]
    needs_second_factor: bool
    needs_transaction_password: bool
    erasable_evidence: int


class ClosedOut(OutcomeOut):
    """It is done, and cannot be undone."""

    closed_at: datetime
