"""What goes in and out over HTTP about paper certificates, and papers that come on paper."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from api.following_schemas import WordsOut
from api.registry_schemas import Word
from api.schemas import Short, Strict

State = Literal["asked", "made", "dispatched", "ready", "returned", "collected", "cancelled"]
Remark = Annotated[str, StringConstraints(max_length=500)]


class RecipientIn(Strict):
    """To whom and where it is sent."""

    recipient: Short
    mobile: Short
    address: Short


class RecipientOut(BaseModel):
    recipient: str
    mobile: str
    address: str


class DeliveryAsked(Strict):
    """One of the office's ways; `to` where that way sends it."""

    way: Word
    to: RecipientIn | None = None


class DispatchIn(Strict):
    """The carrier, and the number it gave the consignment."""

    carrier: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    tracking: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class PaperRemarkIn(Strict):
    note: Remark = ""


class AwaitedOut(BaseModel):
    """A matter whose papers have not come."""

    id: UUID
    number: str
    agency: str | None
    submitted_at: datetime


class AwaitedPage(BaseModel):
    items: list[AwaitedOut]
    next: str | None


class PaperDeliveryOut(BaseModel):
    """How far the paper certificate is. `make_by`: the office's promise, where it gives one."""

    id: UUID
    registration_number: str
    state: State
    words: WordsOut
    way: str
    way_name: WordsOut
    way_note: WordsOut | None
    asked_at: datetime
    make_by: date | None
    made_at: datetime | None
    carrier: str | None
    tracking: str | None
    handed_at: datetime | None
    ended_at: datetime | None
    note: str | None


class DeliveryInFull(PaperDeliveryOut):
    """With the recipient; null for what is collected."""

    to: RecipientOut | None


class DeliveryPage(BaseModel):
    items: list[PaperDeliveryOut]
    next: str | None


class WayOfDelivery(BaseModel):
    """`sent`: to an address, which has to be given."""

    key: str
    name: WordsOut
    note: WordsOut | None
    sent: bool


class DeliveryStanding(BaseModel):
    """What the office offers beside the electronic certificate, and what was asked for."""

    ways: list[WayOfDelivery]
    note: WordsOut | None
    delivery: DeliveryInFull | None
