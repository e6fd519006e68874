"""What time does to matters by itself: terms counted again, reminders, certificates waited for.

Each verb moves one row one step and says whether there may be more; two workers never do it twice.
"""

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


def recount_one(session: Session, *, now: datetime) -> bool:
    """Count one running term again whose calendar has changed since; False when there is none."""
    edition = calendars.edition(session)
    term = session.scalar(
        select(Term)
        .where(Term.ended_at.is_(None), Term.reckoned < edition)
        .order_by(Term.reckoned, Term.id)
        .limit(1)
    )
    if term is None:
        return False
    matter = _locked(session, term)
    if term.ended_at is None:
        matters.recount(session, matter, term.purpose, now=now)
    return True


def remind_one(session: Session, *, now: datetime) -> bool:
    """Send one reminder that is due to whoever has to act; False when there is none."""
    term = session.scalar(
        select(Term)
        .where(Term.ended_at.is_(None), Term.remind_at <= now)
        .order_by(Term.remind_at, Term.id)
        .limit(1)
    )
    if term is None:
        return False
    matter = _locked(session, term)
    if term.ended_at is not None or term.remind_at is None or term.remind_at > now:
        return True
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


def certificate_ready_one(session: Session, *, now: datetime) -> bool:
    """Tell one applicant that the certificate is there; its making is no longer a term."""
    awaited = session.scalar(
        select(CertificateAwaited)
        .join(Registration, Registration.matter_id == CertificateAwaited.matter_id)
        .join(Certificate, Certificate.evidence_id == Registration.record_evidence_id)
        .where(Certificate.pdf_sha256.is_not(None))
        .limit(1)
        .with_for_update(of=CertificateAwaited, skip_locked=True)
    )
    if awaited is None:
        return False
    matter = session.get_one(Matter, awaited.matter_id, with_for_update=True)
    entry = session.scalars(select(Registration).where(Registration.matter_id == matter.id)).one()
    profile = profile_of(session, matter)
    telling.certificate_ready(session, matter, profile, entry.number, now=now)
    terms.finish(session, matter.id, MAKING, now=now)
    session.delete(awaited)
    session.flush()
    return True


def _locked(session: Session, term: Term) -> Matter:
    """The term's matter, then the term, locked: the order in which everybody takes them."""
    matter = session.get_one(Matter, term.matter_id, with_for_update=True)
    session.refresh(term, with_for_update=True)
    return matter
