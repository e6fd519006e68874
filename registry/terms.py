"""The terms of a matter as they run: begun and ended by its moves, extended, counted again.

A day is a day at the office (UTC+8), and a term lasts to the end of its last day. A term that
protects the applicant never becomes shorter than what the applicant was told.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.calendar import Calendar, Due
from core.errors import Conflict, Misconfigured
from registry import calendars
from registry.clockwork import Step, begun, day_of, end_of, ended, next_reminder
from registry.lifecycle import MatterState
from registry.models import Matter
from registry.profile import Profile
from registry.profile_parts import Clock
from registry.term_models import CertificateAwaited, Term, TermChange

EXTENSION: Final = "extension"
CALENDAR: Final = "calendar"


@dataclass(frozen=True)
class Running:
    """A term with its clock, for showing. `left` is how often it can still be extended."""

    term: Term
    clock: Clock
    left: int

    def overdue(self, now: datetime) -> bool:
        """Derived, never stored."""
        return now > self.term.due_at


def follow(
    session: Session, matter: Matter, profile: Profile, form: str, step: Step, *, now: datetime
) -> Mapping[str, datetime | None]:
    """End and begin what this step ends and begins; the columns of the matter that go with it.

    Raises:
        Misconfigured: returned, and the office sets no term for corrections.
    """
    calendar, edition = calendars.of_office(session, matter.office), calendars.edition(session)
    starting = begun(profile.clocks, form, step)
    anew = {clock.purpose for clock in starting}
    running = {term.purpose: term for term in of_matter(session, matter.id)}
    for purpose, term in tuple(running.items()):
        clock = clock_of(profile, form, purpose)
        if purpose in anew or clock is None or ended(clock, step):
            term.ended_at = now
            del running[purpose]
    session.flush()
    for clock in starting:
        running[clock.purpose] = _begin(session, matter, clock, calendar, edition, now=now)
    if step.to is MatterState.REGISTERED:
        session.add(CertificateAwaited(matter_id=matter.id, since=now))
    if step.to is MatterState.RETURNED and "correction" not in running:
        raise Misconfigured(
            "登记机构未设补正期限 / the office sets no term for corrections", field="clocks"
        )
    return _columns(running)


def of_matter(session: Session, matter_id: uuid.UUID) -> Sequence[Term]:
    """The running terms of a matter."""
    return session.scalars(
        select(Term)
        .where(Term.matter_id == matter_id, Term.ended_at.is_(None))
        .order_by(Term.due_at, Term.id)
    ).all()


def shown(session: Session, matter: Matter, profile: Profile, form: str) -> list[Running]:
    """The running terms with their clocks, the next one first."""
    found = []
    for term in of_matter(session, matter.id):
        clock = clock_of(profile, form, term.purpose)
        if clock is not None:
            times = 0 if clock.extension is None else clock.extension.times
            found.append(Running(term, clock, max(times - term.extended, 0)))
    return found


def extend(session: Session, matter: Matter, profile: Profile, form: str, *, now: datetime) -> None:
    """Give the applicant more time to correct. `matter` is locked by the caller, and returned.

    Raises:
        Conflict: the office gives no more time, or it was used up, or the term has passed.
    """
    clock = clock_of(profile, form, "correction")
    if clock is None or clock.extension is None:
        raise Conflict("本机构不办理延期 / this office gives no extension", field="extension")
    (term,) = [each for each in of_matter(session, matter.id) if each.purpose == "correction"]
    if term.extended >= clock.extension.times:
        raise Conflict(
            f"延期至多 {clock.extension.times} 次,已用完 / extended already: no more than "
            f"{clock.extension.times} in all",
            field="extension",
        )
    if now > term.due_at:
        raise Conflict("补正期限已过 / the time to correct has passed", field="due_at")
    term.extended += 1
    _recount(session, matter, term, clock, EXTENSION, now=now)


def finish(session: Session, matter_id: uuid.UUID, purpose: str, *, now: datetime) -> None:
    """End a running term because what it waited for is there."""
    session.execute(
        update(Term)
        .where(Term.matter_id == matter_id, Term.purpose == purpose, Term.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session="fetch")
    )


def begin_anew(
    session: Session, matter: Matter, profile: Profile, form: str, purpose: str, *, now: datetime
) -> None:
    """Count a running term from today on; nothing where none runs. `matter` is locked."""
    clock = clock_of(profile, form, purpose)
    if clock is None or not any(t.purpose == purpose for t in of_matter(session, matter.id)):
        return
    finish(session, matter.id, purpose, now=now)
    calendar, edition = calendars.of_office(session, matter.office), calendars.edition(session)
    _mark_matter(session, matter, _begin(session, matter, clock, calendar, edition, now=now))


def recount(
    session: Session, matter: Matter, profile: Profile, form: str, purpose: str, *, now: datetime
) -> bool:
    """Count a running term with the calendar of today; whether its last day changed.

    `matter` is locked by the caller.
    """
    clock = clock_of(profile, form, purpose)
    term = next((each for each in of_matter(session, matter.id) if each.purpose == purpose), None)
    if term is None:
        return False
    if clock is None:  # its form was changed to one that has no such term
        term.ended_at = now
        session.flush()
        return False
    return _recount(session, matter, term, clock, CALENDAR, now=now)


def promised(session: Session, profile: Profile, purpose: str, since: datetime) -> datetime | None:
    """By when an office promises something that is no matter: the end of that day, if it does."""
    clock = profile.clock(purpose)
    if clock is None:
        return None
    calendar = calendars.of_office(session, profile.key)
    return end_of(calendar.due(day_of(since), clock.amount, clock.unit).day)


def clock_of(profile: Profile, form: str, purpose: str) -> Clock | None:
    """The office's clock for this purpose and form."""
    return profile.clock(purpose, form)


def _begin(
    session: Session, matter: Matter, clock: Clock, calendar: Calendar, edition: int, *,
    now: datetime,
) -> Term:  # fmt: skip
    due = calendar.due(day_of(now), clock.amount, clock.unit)
    at = end_of(due.day)
    term = Term(
        id=uuid.uuid4(),
        matter_id=matter.id,
        purpose=clock.purpose,
        began_at=now,
        due_at=at,
        provisional=due.provisional,
        extended=0,
        reckoned=edition,
        remind_at=next_reminder(clock, at, now),
    )
    session.add(term)
    session.flush()
    return term


def _recount(
    session: Session, matter: Matter, term: Term, clock: Clock, reason: str, *, now: datetime
) -> bool:
    was, edition = term.due_at, calendars.edition(session)
    due = _counted(calendars.of_office(session, matter.office), term, clock)
    became = end_of(due.day)
    if clock.acts == "applicant":
        became = max(became, was)
    term.reckoned, term.provisional = edition, due.provisional
    if became != was or term.remind_at is None:
        term.remind_at = next_reminder(clock, became, now)
    if became != was or reason == EXTENSION:  # which is used up, whatever it brings
        term.due_at = became
        session.add(
            TermChange(id=uuid.uuid4(), term_id=term.id, was=was, became=became, reason=reason,
                       at=now)
        )  # fmt: skip
        _mark_matter(session, matter, term)
    session.flush()
    return became != was


def _counted(calendar: Calendar, term: Term, clock: Clock) -> Due:
    """From the first day on, with every extension; provisional when any part of it is."""
    due = calendar.due(day_of(term.began_at), clock.amount, clock.unit)
    for _ in range(term.extended):
        assert clock.extension is not None  # noqa: S101 - nothing else extends
        more = calendar.extended(due, clock.extension.amount, clock.extension.unit)
        due = Due(more.day, due.provisional or more.provisional)
    return due


def _columns(running: Mapping[str, Term]) -> Mapping[str, datetime | None]:
    """The matter's own columns, by which queues and the clock find it."""
    named = {"due_at": running.get("correction"), "examine_by": running.get("examination")}
    return {name: None if term is None else term.due_at for name, term in named.items()}


def _mark_matter(session: Session, matter: Matter, term: Term) -> None:
    column = {"correction": "due_at", "examination": "examine_by"}.get(term.purpose)
    if column is not None:
        session.execute(update(Matter).where(Matter.id == matter.id).values({column: term.due_at}))
        session.flush()
        session.refresh(matter)
