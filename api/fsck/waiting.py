"""I9: what waits beyond its deadline has an open alarm about waiting of that very kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from accounts.identity import IdentityStatus
from accounts.inbox_models import Dispatch
from accounts.person_models import Verification
from api import audit_heads
from api.fsck.findings import Findings
from api.payments import REFUND_STUCK
from billing.lifecycle import OrderState, RefundState
from billing.models import Order, PaymentRequest, Refund
from billing.orders import LIVE
from certs.ages import CERTIFICATE_OVERDUE
from certs.models import Certificate
from chain import ages
from chain.confirming import DEEP_REORG
from chain.lifecycle import TransactionStatus
from chain.models import Alarm, Anchor, Batch, Leaf, Revocation, Transaction
from evidence.models import Evidence, StatementRow, TimestampToken
from registry import ages as registry_ages
from registry import calendars, revocations, terms
from registry.models import Matter, Registration
from registry.notice_models import Notice
from registry.profile import Profile
from registry.signing_models import SigningAct, SigningPaper
from registry.signing_stuck import UNSIGNABLE
from registry.term_models import CertificateAwaited, Term

DEADLINE: Final = timedelta(minutes=10)
"""Longer than any stage of a healthy installation takes, and than its alarm waits."""
_REFUNDS: Final = timedelta(hours=1)
_HEADS: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Waiting:
    """Subjects that wait too long, and the kinds of alarm one of which has to be open then."""

    what: str
    kinds: tuple[str, ...]
    late: Select[*tuple[Any, ...]]


def check_evidence(session: Session, found: Findings, *, now: datetime) -> None:
    """Between receipt and certificate."""
    before = now - DEADLINE
    for each in (*_evidence(before), *_certificates(before)):
        _look(session, each, found)


def check_register(
    session: Session, offices: Mapping[str, Profile], found: Findings, *, now: datetime
) -> None:
    """Matters, what they owe to people, and identities that wait for an officer."""
    before = now - DEADLINE
    for each in (*_terms(session, before), *_register(before, now - _REFUNDS)):
        _look(session, each, found)
    late = revocations.undecided(before - registry_ages.DECISION)
    waiting = Waiting("revocation not decided", (registry_ages.UNDECIDED,), late)
    _look(session, waiting, found)
    _check_identities(session, offices, found, before)


def _look(session: Session, waiting: Waiting, found: Findings) -> None:
    late = session.scalars(waiting.late).all()
    found.look("I9", holds=True, subject="", detail="")
    told = bool(late) and is_told(session, *waiting.kinds)
    for subject in late:
        found.look("I9", holds=told, subject=subject, detail=f"{waiting.what}, no alarm")


def check_heads(session: Session, found: Findings, *, now: datetime) -> None:
    """No line of the audit waits much longer than a day for its head to be deposited."""
    since = audit_heads.waits_since(session, now=now - _HEADS)
    holds = since is None or is_told(session, audit_heads.HEADS_OVERDUE)
    found.look("I9", holds=holds, subject="audit", detail="heads are not deposited, no alarm")


def is_told(session: Session, *kinds: str) -> bool:
    """Is an alarm of one of these kinds open?"""
    query = select(Alarm.id).where(Alarm.cleared_at.is_(None), Alarm.kind.in_(kinds))
    return session.scalar(query.limit(1)) is not None


def _evidence(before: datetime) -> tuple[Waiting, ...]:
    token = select(TimestampToken.evidence_id).where(
        TimestampToken.evidence_id == StatementRow.evidence_id
    )
    final = select(Transaction.id).where(
        Transaction.revocation_id == Revocation.id,
        Transaction.status == TransactionStatus.FINAL.value,
    )
    stated = select(Evidence.number).join(
        StatementRow, StatementRow.evidence_id == Evidence.id
    )  # fmt: skip
    sealed = stated.outerjoin(Leaf, Leaf.evidence_id == Evidence.id)
    return (
        Waiting(
            "not stated", (ages.STORE_OVERDUE,),
            select(Evidence.number)
            .outerjoin(StatementRow, StatementRow.evidence_id == Evidence.id)
            .where(
                StatementRow.evidence_id.is_(None), Evidence.rejected_at.is_(None),
                Evidence.submitted_at < before,
            ),
        ),
        Waiting(
            "not time-stamped", (ages.TOKEN_OVERDUE,),
            stated.where(~token.exists(), StatementRow.fixed_at < before),
        ),
        Waiting(
            "in no batch", (ages.SEAL_OVERDUE,),
            sealed.where(Leaf.batch_id.is_(None), StatementRow.fixed_at < before),
        ),
        Waiting(
            "not anchored", (ages.ANCHOR_OVERDUE, DEEP_REORG),
            select(Batch.id)
            .outerjoin(Anchor, and_(Anchor.batch_id == Batch.id, Anchor.suspended_at.is_(None)))
            .where(Anchor.batch_id.is_(None), Batch.sealed_at < before),
        ),
        Waiting(
            "not revoked", (ages.REVOCATION_OVERDUE, DEEP_REORG),
            select(Revocation.id).where(Revocation.requested_at < before, ~final.exists()),
        ),
    )  # fmt: skip


def _certificates(before: datetime) -> tuple[Waiting, ...]:
    of_this = Certificate.evidence_id == Evidence.id
    any_content = select(Certificate.id).where(of_this)
    anchored = (
        select(Evidence.number)
        .join(Leaf, Leaf.evidence_id == Evidence.id)
        .join(Anchor, Anchor.batch_id == Leaf.batch_id)
        .join(TimestampToken, TimestampToken.evidence_id == Evidence.id)
        .where(Anchor.suspended_at.is_(None), Evidence.erased_at.is_(None))
    )
    return (
        Waiting(
            "no certificate", (CERTIFICATE_OVERDUE,),
            anchored.where(
                func.greatest(Anchor.anchored_at, TimestampToken.received_at) < before,
                ~any_content.exists(),
            ),
        ),
        Waiting(
            "no bytes of a certificate", (CERTIFICATE_OVERDUE,),
            select(Certificate.number)
            .join(Evidence, Evidence.id == Certificate.evidence_id)
            .where(
                Certificate.pdf_sha256.is_(None), Certificate.superseded_at.is_(None),
                Evidence.erased_at.is_(None), Certificate.frozen_at < before,
            ),
        ),
    )  # fmt: skip


def _terms(session: Session, before: datetime) -> tuple[Waiting, ...]:
    running = select(Term.id).where(Term.ended_at.is_(None))
    table = calendars.edition_of_changes(session, before)
    return (
        Waiting(
            "time to correct is over", (registry_ages.LAPSE_OVERDUE,),
            select(Matter.number).where(Matter.due_at < before),
        ),
        Waiting(
            "reminder not sent", (registry_ages.REMINDER_OVERDUE,),
            running.where(Term.remind_at < before),
        ),
        Waiting(
            "term not counted anew", (registry_ages.RECOUNT_OVERDUE,),
            running.where(Term.reckoned < table),
        ),
        Waiting(
            "term is over", (registry_ages.TERM_OVERDUE,),
            running.where(Term.due_at < before, Term.purpose != "correction"),
        ),
    )  # fmt: skip


def _register(before: datetime, refunds_before: datetime) -> tuple[Waiting, ...]:
    return (
        Waiting(
            "not told of the certificate", (registry_ages.TELLING_OVERDUE,),
            select(CertificateAwaited.matter_id)
            .join(Registration, Registration.matter_id == CertificateAwaited.matter_id)
            .join(Certificate, Certificate.evidence_id == Registration.record_evidence_id)
            .where(Certificate.made_at < before),
        ),
        Waiting(
            "notice not made", (registry_ages.NOTICE_OVERDUE,),
            select(Notice.number).where(Notice.made_at.is_(None), Notice.issued_at < before),
        ),
        Waiting(
            "signature not made", (registry_ages.SIGNATURE_OVERDUE, UNSIGNABLE),
            select(SigningAct.id)
            .join(SigningPaper, SigningPaper.id == SigningAct.paper_id)
            .join(Matter, Matter.id == SigningPaper.matter_id)
            .where(
                Matter.status == "signing", Matter.round == SigningPaper.round,
                SigningAct.status == "intended", SigningAct.intended_at < before,
            ),
        ),
        Waiting(
            "refund not paid", (registry_ages.REFUND_OVERDUE, REFUND_STUCK),
            select(Refund.id).where(
                Refund.status == RefundState.INTENDED.value, Refund.intended_at < refunds_before
            ),
        ),
        Waiting(
            "message not sent", (registry_ages.MESSAGE_OVERDUE,),
            select(Dispatch.id).where(Dispatch.sent_at.is_(None), Dispatch.created_at < before),
        ),
        Waiting(
            "payment not asked about", (registry_ages.QUESTION_OVERDUE,),
            select(PaymentRequest.id).where(
                PaymentRequest.status.in_(LIVE), PaymentRequest.ask_at < refunds_before
            ),
        ),
        Waiting(
            "order past its time is open", (registry_ages.ORDER_OVERDUE,),
            select(Order.number).where(
                Order.status == OrderState.OPEN.value, Order.expires_at < refunds_before
            ),
        ),
    )  # fmt: skip


def _check_identities(
    session: Session, offices: Mapping[str, Profile], found: Findings, before: datetime
) -> None:
    waiting = select(Verification).where(Verification.status == IdentityStatus.SUBMITTED.value)
    told = is_told(session, registry_ages.IDENTITY_OVERDUE)
    for row in session.scalars(waiting):
        profile = offices.get(row.office or "")
        if profile is None or row.submitted_at is None:
            continue
        due = terms.promised(session, profile, "verification", row.submitted_at)
        holds = due is None or due >= before or told
        found.look("I9", holds=holds, subject=row.id, detail="identity not decided, no alarm")
