"""What time does to matters by itself: terms counted again, reminders, certificates waited for.

One verb finds what is due, another does it for one row and says whether it did; two workers never
do it twice.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from certs.models import Certificate
from registry import calendars, matters, telling, terms
from registry.clockwork import next_reminder, reached
from registry.matters import form_of, profile_of
from registry.models import Matter, Registration
from registry.term_models import CertificateAwaited, Term

MAKING: Final = "certificate_making"


def outdated(
    session: Session, limit: int, skip: Collection[uuid.UUID] = (), *, now: datetime
) -> Sequence[uuid.UUID]:
    """Running terms whose calendar has changed since they were counted; without those in `skip`."""
    del now  # what is outdated does not depend on it
    edition = calendars.edition(session)
    return session.scalars(
        select(Term.id)
        .where(Term.ended_at.is_(None), Term.reckoned < edition, Term.id.not_in(skip))
        .order_by(Term.reckoned, Term.id)
        .limit(limit)
    ).all()


def recount(session: Session, term_id: uuid.UUID, *, now: datetime) -> bool:
    """Count a running term again; False when it has ended, or is counted already."""
    matter, term = _locked(session, term_id)
    if term.ended_at is not None or term.reckoned >= calendars.edition(session):
        return False
    matters.recount(session, matter, term.purpose, now=now)
    return True


def to_remind(
    session: Session, limit: int, skip: Collection[uuid.UUID] = (), *, now: datetime
) -> Sequence[uuid.UUID]:
    """Running terms of which somebody has to be reminded; without those in `skip`."""
    return session.scalars(
        select(Term.id)
        .where(Term.ended_at.is_(None), Term.remind_at <= now, Term.id.not_in(skip))
        .order_by(Term.remind_at, Term.id)
        .limit(limit)
    ).all()


def remind(session: Session, term_id: uuid.UUID, *, now: datetime) -> bool:
    """Remind whoever has to act that a last day comes near; False when it is done, or needless."""
    matter, term = _locked(session, term_id)
    if term.ended_at is not None or term.remind_at is None or term.remind_at > now:
        return False
    clock = terms.clock_of(profile_of(session, matter), form_of(matter).form, term.purpose)
    if clock is None:
        term.remind_at = None
        return True
    days = reached(clock, term.due_at, now)
    if days is not None and now <= term.due_at:
        telling.remind(session, matter, profile_of(session, matter), term, clock, days, now=now)
    term.remind_at = next_reminder(clock, term.due_at, now)
    session.flush()
    return True


def certified(
    session: Session, limit: int, skip: Collection[uuid.UUID] = (), *, now: datetime
) -> Sequence[uuid.UUID]:
    """Matters whose certificate is there, and whose applicant does not know; none of `skip`."""
    del now  # a certificate is there or not
    return session.scalars(
        select(CertificateAwaited.matter_id)
        .join(Registration, Registration.matter_id == CertificateAwaited.matter_id)
        .join(Certificate, Certificate.evidence_id == Registration.record_evidence_id)
        .where(Certificate.pdf_sha256.is_not(None), CertificateAwaited.matter_id.not_in(skip))
        .limit(limit)
    ).all()


def announce(session: Session, matter_id: uuid.UUID, *, now: datetime) -> bool:
    """Tell an applicant that the certificate is there; its making is no longer a term. False when
    somebody else just does.
    """
    awaited = session.scalar(
        select(CertificateAwaited)
        .where(CertificateAwaited.matter_id == matter_id)
        .with_for_update(skip_locked=True)
    )
    if awaited is None:
        return False
    matter = session.get_one(Matter, matter_id, with_for_update=True)
    entry = session.scalars(select(Registration).where(Registration.matter_id == matter.id)).one()
    profile = profile_of(session, matter)
    telling.certificate_ready(session, matter, profile, entry.number, now=now)
    terms.finish(session, matter.id, MAKING, now=now)
    session.delete(awaited)
    session.flush()
    return True


def _locked(session: Session, term_id: uuid.UUID) -> tuple[Matter, Term]:
    """A term's matter, then the term, locked: the order in which everybody takes them."""
    term = session.get_one(Term, term_id)
    matter = session.get_one(Matter, term.matter_id, with_for_update=True)
    session.refresh(term, with_for_update=True)
    return matter, term
