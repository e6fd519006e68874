"""Nothing of a register waits beyond its time without an alarm; the alarm goes when it is done.

What the worker does by itself should be done within minutes; a row that it cannot do rests unseen
else. What people must do has the terms of their office.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, func, select, union_all
from sqlalchemy.orm import Session

from accounts.identity import IdentityStatus
from accounts.inbox_models import Dispatch
from accounts.person_models import Verification
from billing.lifecycle import OrderState, RefundState
from billing.models import Order, PaymentRequest, Refund
from billing.orders import LIVE
from certs.models import Certificate
from chain import alarms
from chain.ages import ALL
from registry import calendars, revocations, terms
from registry.lifecycle import MatterState
from registry.models import Matter, Registration
from registry.notice_models import Notice
from registry.profile import Profile
from registry.profile_parts import PURPOSES
from registry.signing_models import SigningAct, SigningPaper
from registry.signing_state import ActState
from registry.term_models import CertificateAwaited, Term

LAPSE_OVERDUE: Final = "lapse-overdue"
REMINDER_OVERDUE: Final = "reminder-overdue"
RECOUNT_OVERDUE: Final = "recount-overdue"
TELLING_OVERDUE: Final = "telling-overdue"
NOTICE_OVERDUE: Final = "notice-overdue"
SIGNATURE_OVERDUE: Final = "signature-overdue"
REFUND_OVERDUE: Final = "refund-overdue"
TERM_OVERDUE: Final = "term-overdue"
IDENTITY_OVERDUE: Final = "identity-overdue"
MESSAGE_OVERDUE: Final = "message-overdue"
QUESTION_OVERDUE: Final = "payment-question-overdue"
ORDER_OVERDUE: Final = "order-overdue"
UNDECIDED: Final = "registration-revocation-undecided"

DEADLINE: Final = timedelta(minutes=5)
"""So long what is due may wait for the worker."""
REFUND_DEADLINE: Final = timedelta(minutes=30)
"""So long a provider may take before it has paid back."""
DECISION: Final = timedelta(days=30)
"""So long a request or proposal to revoke a registration may wait: no office has a term for it."""
_COUNTED: Final = 1000
"""So many are counted; more tell nobody more."""


def watch(session: Session, offices: Mapping[str, Profile], *, now: datetime) -> None:
    """Raise and clear the alarms of matters, what they owe to people, and identities."""
    for kind, query in _of_the_worker(session, now - DEADLINE, now - REFUND_DEADLINE).items():
        number = session.scalar(select(func.count()).select_from(query.limit(_COUNTED).subquery()))
        due = {ALL: _said(number)} if number else {}
        alarms.keep_open(session, kind, due, now=now)
    due = {purpose: _said(number) for purpose, number in _over(session, now - DEADLINE)}
    alarms.keep_open(session, TERM_OVERDUE, due, now=now)
    alarms.keep_open(session, IDENTITY_OVERDUE, _identities(session, offices, now), now=now)
    waiting = select(func.count()).select_from(revocations.undecided(now - DECISION).subquery())
    number = session.scalar(waiting)
    due = {ALL: _said(number)} if number else {}
    alarms.keep_open(session, UNDECIDED, due, now=now)


def _over(session: Session, before: datetime) -> Sequence[tuple[str, int]]:
    """How many running terms of each purpose were over by then, up to `_COUNTED`; of some."""
    of_each = (
        select(Term.purpose)
        .where(Term.ended_at.is_(None), Term.purpose == purpose, Term.due_at < before)
        .limit(_COUNTED)
        for purpose in PURPOSES
        if purpose != "correction"  # its matter lapses
    )
    over = union_all(*of_each).subquery()
    counted = select(over.c.purpose, func.count()).group_by(over.c.purpose)
    return [(purpose, number) for purpose, number in session.execute(counted)]


def _of_the_worker(
    session: Session, before: datetime, asked_before: datetime
) -> Mapping[str, Select[*tuple[Any, ...]]]:
    return {
        LAPSE_OVERDUE: select(Matter.id).where(Matter.due_at < before),
        REMINDER_OVERDUE: select(Term.id).where(Term.ended_at.is_(None), Term.remind_at < before),
        RECOUNT_OVERDUE: select(Term.id).where(
            Term.ended_at.is_(None), Term.reckoned < calendars.edition_of_changes(session, before)
        ),
        TELLING_OVERDUE: select(CertificateAwaited.matter_id)
        .join(Registration, Registration.matter_id == CertificateAwaited.matter_id)
        .join(Certificate, Certificate.evidence_id == Registration.record_evidence_id)
        .where(Certificate.made_at < before),
        NOTICE_OVERDUE: select(Notice.id).where(
            Notice.pdf_sha256.is_(None), Notice.issued_at < before
        ),
        SIGNATURE_OVERDUE: select(SigningAct.id)
        .join(SigningPaper, SigningPaper.id == SigningAct.paper_id)
        .join(
            Matter,
            and_(Matter.id == SigningPaper.matter_id, Matter.round == SigningPaper.round),
        )
        .where(
            Matter.status == MatterState.SIGNING.value,
            SigningAct.status == ActState.INTENDED.value,
            SigningAct.intended_at < before,
        ),
        REFUND_OVERDUE: select(Refund.id).where(
            Refund.status == RefundState.INTENDED.value, Refund.intended_at < asked_before
        ),
        MESSAGE_OVERDUE: select(Dispatch.id).where(
            Dispatch.sent_at.is_(None), Dispatch.created_at < before
        ),
        # A provider that takes long is asked later and later; that nobody asks it is the matter.
        QUESTION_OVERDUE: select(PaymentRequest.id).where(
            PaymentRequest.status.in_(LIVE), PaymentRequest.ask_at < asked_before
        ),
        # Not before a provider has closed what may still be paid, which takes a while.
        ORDER_OVERDUE: select(Order.id).where(
            Order.status == OrderState.OPEN.value, Order.expires_at < asked_before
        ),
    }


def _identities(
    session: Session, offices: Mapping[str, Profile], now: datetime
) -> Mapping[str, str]:
    """Of each office that promises a term, whether the one that waits longest is beyond it."""
    longest = session.execute(
        select(Verification.office, func.min(Verification.submitted_at))
        .where(Verification.status == IdentityStatus.SUBMITTED.value)
        .group_by(Verification.office)
    )
    found = {}
    for office, since in longest:
        profile = offices.get(office or "")
        if profile is None or since is None:
            continue
        due = terms.promised(session, profile, "verification", since)
        if due is not None and due < now - DEADLINE:
            found[str(office)] = (
                f"有身份核对逾期,最早提交于 {since:%Y-%m-%d} / an identity waits beyond "
                "the office's term"
            )
    return found


def _said(number: int) -> str:
    return f"{number} 项逾期 / {number} are overdue"
