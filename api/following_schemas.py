"""What goes out over HTTP about terms, messages, holidays, and where a matter stands."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from api.schemas import Flag, Strict


class WordsOut(BaseModel):
    """The same in both languages."""

    zh: str
    en: str


class TermOut(BaseModel):
    """A term that runs. `due_at` is the end of its last day at UTC+8; `provisional`: it crosses
    days whose holidays are not announced yet, and may still move.
    """

    purpose: str
    acts: str
    began_at: datetime
    due_on: date
    due_at: datetime
    provisional: bool
    overdue: bool
    extensions_left: int
    words: WordsOut


class MessageOut(BaseModel):
    """`title` is that of the work, and shown here only: mail and SMS do without."""

    id: UUID
    kind: str
    subject: WordsOut
    text: WordsOut
    matter_id: UUID | None
    title: str | None
    created_at: datetime
    read_at: datetime | None


class MessagePage(BaseModel):
    items: list[MessageOut]
    unread: int
    next: str | None


class ReadIn(Strict):
    """Everything that had come by this moment."""

    until: datetime


class HolidayIn(Strict):
    """`working`: a worked weekend; else a free day. `name` says why."""

    working: Flag
    name: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class HolidayOut(BaseModel):
    """`by_operator`: said for every office."""

    day: date
    working: bool
    name: str
    by_operator: bool


class HolidayPage(BaseModel):
    """The table's days of a year. Until the end of `published_until` the holidays are announced;
    of later years only this table and weekends are known.
    """

    items: list[HolidayOut]
    published_until: int


class NoticeOut(BaseModel):
    """`place` is its address; `ready`: the signed file can be fetched."""

    place: int
    number: str
    kind: str
    title: WordsOut
    issued_at: datetime
    ready: bool


class NoticePage(BaseModel):
    items: list[NoticeOut]


class StandingOut(BaseModel):
    """Where a number leads, live. `until` is the last day of the term that runs, if one does;
    `next` is who acts next, `todo` what the applicant is to do.
    """

    kind: Literal["matter", "evidence"]
    matter_id: UUID | None
    acceptance_number: str | None
    registration_number: str | None
    evidence_number: str | None
    title: str | None
    office_name: str | None
    state: str
    words: WordsOut
    next: WordsOut
    todo: WordsOut
    since: datetime
    until: date | None
    provisional: bool
    overdue: bool


class StepOut(BaseModel):
    """A matter came into this state at that time."""

    state: str
    words: WordsOut
    at: datetime


class HistoryOut(BaseModel):
    items: list[StepOut]


class CertificateOut(BaseModel):
    """A registration of one's own; certificate and sample are fetched at its matter."""

    matter_id: UUID
    title: str | None
    registration_number: str
    office: str
    registered_at: datetime
    revoked: bool
    certificate_ready: bool


class CertificatePage(BaseModel):
    """Page `page` of `pages`; `total` in all."""

    items: list[CertificateOut]
    total: int
    page: int
    pages: int
