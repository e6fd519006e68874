"""Offices with clocks of their own, and matters that go their way under them."""

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.inbox_models import Message
from registry import examining, matters, submitting, terms
from registry.examining import Remark
from registry.lifecycle import Role
from registry.matters import Draft
from registry.models import Matter
from registry.offices import shipped
from registry.profile import Profile, parse_profile
from registry.term_models import Term
from tests.grounds.matters import FORM, TIANJIN, Cast, drafted, papers, stated
from tests.grounds.people import RING

ZHEJIANG = shipped()["zhejiang"]
LOCAL = 8


def last_day(at: datetime | None) -> date:
    assert at is not None
    return (at + timedelta(hours=LOCAL)).date()


def edition(clocks: str, profile: Profile = TIANJIN) -> Profile:
    """The office's rules with other clocks."""
    head, _, rest = profile.text.partition("[[clocks]]")
    tail = rest[rest.index("[numbering]") :]
    return parse_profile(f"{head}{clocks}\n{tail}", "edited")


def clock(purpose: str, starts: str, amount: int, unit: str, **more: str) -> str:
    acts, end = ("applicant", "lapse") if purpose == "correction" else ("office", "overdue")
    lines = [
        f'purpose = "{purpose}"',
        f'starts = "{starts}"',
        f"amount = {amount}",
        f'unit = "{unit}"',
        f'acts = "{acts}"',
        f'at_end = "{end}"',
        'source = "example"',
    ]
    return "\n".join(["[[clocks]]", *lines, *(f"{k} = {v}" for k, v in more.items()), ""])


def submitted(session: Session, people: Cast, profile: Profile, now: datetime) -> Matter:
    matter = drafted(session, people, profile)
    submitting.submit(session, RING, matter, people.evidence.number, now=now)
    return matter


def returned(session: Session, people: Cast, profile: Profile, now: datetime) -> Matter:
    matter = submitted(session, people, profile, now)
    examining.claim(session, people.first, matter, Role.FIRST_EXAMINER, now=now)
    remarks = [Remark("field", "title", "请写明具体名称")]
    examining.return_for_correction(session, people.first, matter, remarks, "", now=now)
    return matter


def resubmitted(session: Session, people: Cast, matter: Matter, now: datetime) -> None:
    """Signed by hand again: the papers say another title."""
    scan = stated(session, people.applicant, at=now)
    matters.change(session, matter, Draft({**FORM, "title": "山间晨雾"}, papers(scan.number)))
    submitting.submit(session, RING, matter, people.evidence.number, now=now)


def term_of(session: Session, matter: Matter, purpose: str) -> Term | None:
    found = [each for each in terms.of_matter(session, matter.id) if each.purpose == purpose]
    return found[0] if found else None


def messages(session: Session, account_id: uuid.UUID, kind: str) -> list[Message]:
    query = select(Message).where(Message.account_id == account_id, Message.kind == kind)
    return list(session.scalars(query.order_by(Message.created_at)))


WORKING = edition(
    clock("examination", "submission", 30, "working_days", restarts='["resubmission"]')
    + clock("correction", "return_notice", 3, "months", remind_before="[30, 7, 1]",
            extension='{ amount = 1, unit = "months", times = 1, source = "example" }')
)  # fmt: skip
