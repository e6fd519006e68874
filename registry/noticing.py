"""Notices issued by the moves of a matter: worded and numbered in the transaction that decides.

受理 when it reaches the examiners (with its papers, where the office waits for them), 补正 with a
return, 不予登记 with a refusal, 终止 when it ends for lack of a correction, a confirmation when it
is withdrawn. The signed file follows (`api.notice_making`); it says what was fixed here, whatever
happens meanwhile.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from certs.paper import Paper, decode
from core import audit
from core.canonical import Json
from core.errors import NotFound, NotReady
from registry import binding, force, notices, terms
from registry.clockwork import Step, day_of
from registry.form import Form
from registry.grounds import ground_words
from registry.lifecycle import MatterState
from registry.models import Finding, Matter
from registry.notice_models import Notice
from registry.notices import About, Due, Item
from registry.profile import Profile
from registry.revocation_lifecycle import RevocationGround

_ACCEPTANCE = "acceptance_notice"
MADE_LATER: Final = frozenset({"pdf_sha256", "made_at"})
"""Columns of a notice that are written with its file."""


@dataclass(frozen=True)
class Unmade:
    """A notice whose file is still to be made; `office` is whose."""

    notice_id: uuid.UUID
    matter_id: uuid.UUID
    office: str
    paper: Paper


@dataclass(frozen=True)
class Around:
    """What a step changed besides: when a correction was due before; whether the fee goes back."""

    was_due: datetime | None
    refunded: bool


def moved(
    session: Session,
    matter: Matter,
    profile: Profile,
    form: Form,
    step: Step,
    around: Around,
    *,
    now: datetime,
) -> None:
    """Issue what this step calls for. `matter` is locked and has moved."""
    if not _calls(matter, step):
        return
    place, about = _next(session, matter, profile, form, now=now)
    _issue(session, matter, place, _paper(session, about, matter, step, around, now=now), now=now)


def papers_came(
    session: Session, matter: Matter, profile: Profile, form: Form, *, now: datetime
) -> None:
    """受理通知书 of a matter that had to wait for its papers: accepted when they are there."""
    place, about = _next(session, matter, profile, form, now=now)
    _issue(session, matter, place, _acceptance(session, about, matter, now=now), now=now)


def asked_to_pay(
    session: Session,
    matter: Matter,
    profile: Profile,
    form: Form,
    lines: Sequence[Due],
    pay_by: datetime,
    *,
    now: datetime,
) -> None:
    """缴费通知书: what an order asks for, and until when it can be paid."""
    place, about = _next(session, matter, profile, form, now=now)
    paper = notices.payment(about, lines, pay_by=day_of(pay_by))
    _issue(session, matter, place, paper, now=now)


def revoked(
    session: Session,
    matter: Matter,
    profile: Profile,
    form: Form,
    registration: str,
    ground: RevocationGround,
    explanation: str,
    *,
    now: datetime,
) -> None:
    """撤销通知书: that a registration was revoked, on what ground, and what follows."""
    place, about = _next(session, matter, profile, form, now=now)
    known = replace(about, registration_number=registration)
    paper = notices.revocation(known, ground, explanation)
    _issue(session, matter, place, paper, now=now)


def _next(
    session: Session, matter: Matter, profile: Profile, form: Form, *, now: datetime
) -> tuple[int, About]:
    """The place of a matter's next notice, and what all notices say."""
    place = 1 + (session.scalar(select(func.count()).where(Notice.matter_id == matter.id)) or 0)
    number = f"{matter.number}/{place}"
    return place, _about(session, matter, profile, form, number, now=now)


def _issue(session: Session, matter: Matter, place: int, paper: Paper, *, now: datetime) -> None:
    made = Notice(
        id=uuid.uuid4(), matter_id=matter.id, place=place, number=paper.number,
        kind=paper.kind.removeprefix("notice_"), content=paper.encode(), issued_at=now,
        pdf_sha256=None, made_at=None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    facts: dict[str, Json] = {binding.MEMBER: binding.bound(made, without=MADE_LATER)}
    audit.note(session, audit.of_office(matter.office), "notice.issued", f"matter:{matter.id}",
               None, facts, now=now)  # fmt: skip


def of_matter(session: Session, matter_id: uuid.UUID) -> Sequence[Notice]:
    """Every notice about a matter, in order."""
    return session.scalars(
        select(Notice).where(Notice.matter_id == matter_id).order_by(Notice.place)
    ).all()


def digest_of(session: Session, matter_id: uuid.UUID, place: int) -> str:
    """Where the file of a notice is.

    Raises:
        NotFound: no such notice. NotReady: its file is being made.
    """
    found = session.scalar(
        select(Notice).where(Notice.matter_id == matter_id, Notice.place == place)
    )
    if found is None:
        raise NotFound("没有此通知书 / no such notice")
    if found.pdf_sha256 is None:
        raise NotReady("通知书正在制作,请稍候 / the notice is being made: ask again shortly")
    return found.pdf_sha256


def unmade(session: Session, limit: int, skip: Collection[uuid.UUID] = ()) -> Sequence[Unmade]:
    """Notices whose file is still to be made, oldest first."""
    rows = session.execute(
        select(Notice, Matter.office)
        .join(Matter, Matter.id == Notice.matter_id)
        .where(Notice.pdf_sha256.is_(None), Notice.id.not_in(skip))
        .order_by(Notice.issued_at, Notice.id)
        .limit(limit)
    )
    return [
        Unmade(notice.id, notice.matter_id, office, decode(notice.content))
        for notice, office in rows
    ]


def record_made(session: Session, todo: Unmade, sha256: str, *, now: datetime) -> None:
    """The file is kept. Whoever was first stays; a term that waited for the notice ends."""
    first = session.scalar(
        update(Notice)
        .where(Notice.id == todo.notice_id, Notice.pdf_sha256.is_(None))
        .values(pdf_sha256=sha256, made_at=now)
        .returning(Notice.id)
    )
    if first is not None:
        facts: dict[str, Json] = {"notice": str(first), "sha256": sha256}
        audit.note(session, audit.of_office(todo.office), "notice.made", f"matter:{todo.matter_id}",
                   None, facts, now=now)  # fmt: skip
    if todo.paper.kind == "notice_acceptance":
        terms.finish(session, todo.matter_id, _ACCEPTANCE, now=now)


def _calls(matter: Matter, step: Step) -> bool:
    """Whether a notice goes out; of a draft that was dropped there is nothing to say."""
    if step.handed_in:
        return not step.correcting and not matter.awaits_papers
    if step.to is MatterState.RETURNED:
        return step.was in {MatterState.FIRST_EXAMINATION, MatterState.FINAL_EXAMINATION}
    if step.to is MatterState.WITHDRAWN:
        return matter.submitted_at is not None
    return step.to in {MatterState.REFUSED, MatterState.LAPSED}


def _paper(
    session: Session,
    about: About,
    matter: Matter,
    step: Step,
    around: Around,
    *,
    now: datetime,
) -> Paper:
    match step.to:
        case MatterState.SUBMITTED:
            return _acceptance(session, about, matter, now=now)
        case MatterState.RETURNED:
            said = _last(session, matter, "return")
            items = [_item(line) for line in said.items]
            due = day_of(matter.due_at or now)
            return notices.correction(about, items, said.note, correct_by=due)
        case MatterState.REFUSED:
            said = _last(session, matter, "refuse")
            ground = ground_words(said.ground or "")
            return notices.refusal(about, ground, said.note, refunded=around.refunded)
        case MatterState.LAPSED:
            return notices.lapse(about, was_due=day_of(around.was_due or now))
        case _:
            return notices.withdrawal(about)


def _acceptance(session: Session, about: About, matter: Matter, *, now: datetime) -> Paper:
    decide_by = None if matter.examine_by is None else day_of(matter.examine_by)
    provisional = any(
        term.purpose == "examination" and term.provisional
        for term in terms.of_matter(session, matter.id)
    )
    return notices.acceptance(
        about, received_on=day_of(now), decide_by=decide_by, provisional=provisional
    )


def _about(
    session: Session, matter: Matter, profile: Profile, form: Form, number: str, *, now: datetime
) -> About:
    sample = force.in_force(session, matter.office) is None
    return About(
        profile, form, number, now, agency=matter.agency, mark="sample" if sample else "none"
    )


def _last(session: Session, matter: Matter, action: str) -> Finding:
    return session.scalars(
        select(Finding)
        .where(
            Finding.matter_id == matter.id, Finding.round == matter.round, Finding.action == action
        )
        .order_by(Finding.at.desc())
        .limit(1)
    ).one()


def _item(line: str) -> Item:
    place, _, reason = line.partition(" ")
    kind, _, name = place.partition(":")
    return Item(kind, name, reason)
