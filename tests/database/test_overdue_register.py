"""What a register leaves undone has its own alarm, and `fsck` wants that one (I9)."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from api.fsck import Findings, waiting
from api.payments import REFUND_STUCK
from certs.ages import CERTIFICATE_OVERDUE
from certs.models import Certificate
from chain.alarms import raise_alarm
from chain.models import Alarm
from registry import ages, registering
from registry.lifecycle import MatterState
from registry.models import Matter
from registry.offices import shipped
from registry.revocations import RegistrationRevocation
from registry.signing_stuck import UNSIGNABLE
from registry.term_models import HolidayChange
from tests.database import test_ties as ties
from tests.database.test_fsck_steps import paid_back_soon
from tests.grounds.matters import LONG_AFTER, NOW, brought_to, cast
from tests.grounds.orders import asked, opened
from tests.grounds.signing import Store, confirmed, two_people, work

OFFICES = shipped()
SOON = NOW + timedelta(minutes=1)

KINDS: Mapping[str, frozenset[str]] = {
    "time to correct is over": frozenset({ages.LAPSE_OVERDUE}),
    "reminder not sent": frozenset({ages.REMINDER_OVERDUE}),
    "term not counted anew": frozenset({ages.RECOUNT_OVERDUE}),
    "term is over": frozenset({ages.TERM_OVERDUE}),
    "not told of the certificate": frozenset({ages.TELLING_OVERDUE}),
    "notice not made": frozenset({ages.NOTICE_OVERDUE}),
    "signature not made": frozenset({ages.SIGNATURE_OVERDUE, UNSIGNABLE}),
    "refund not paid": frozenset({ages.REFUND_OVERDUE, REFUND_STUCK}),
    "identity not decided": frozenset({ages.IDENTITY_OVERDUE}),
    "message not sent": frozenset({ages.MESSAGE_OVERDUE}),
    "payment not asked about": frozenset({ages.QUESTION_OVERDUE}),
    "order past its time is open": frozenset({ages.ORDER_OVERDUE}),
    "revocation not decided": frozenset({ages.UNDECIDED}),
}
RAISED = {ages.LAPSE_OVERDUE, ages.REMINDER_OVERDUE, ages.RECOUNT_OVERDUE, ages.TERM_OVERDUE,
          ages.TELLING_OVERDUE, ages.NOTICE_OVERDUE, ages.SIGNATURE_OVERDUE, ages.REFUND_OVERDUE,
          ages.IDENTITY_OVERDUE, ages.MESSAGE_OVERDUE, ages.QUESTION_OVERDUE,
          ages.ORDER_OVERDUE, ages.UNDECIDED}  # fmt: skip


@pytest.fixture(autouse=True)
def left_undone(session: Session) -> None:
    """Something of everything that waits for the worker, or for an office."""
    for state in (MatterState.RETURNED, MatterState.FIRST_EXAMINATION, MatterState.REGISTERED):
        matter = brought_to(session, cast(session), state)
    certificate(session, matter)
    asked_to_revoke(session, matter)
    store = Store()
    signing = two_people(session)
    work(session, store)
    confirmed(session, signing, "张三")
    paid_back_soon(session)
    asked(session, opened(session, ties.account(session).id))
    body = ties.organisations.found(
        session, ties.account(session).id, "山间公司", "enterprise", now=NOW
    )
    ties.waiting(session, body).office = "national"  # which promises a term
    session.add(
        HolidayChange(office="", day=NOW.date(), working=False, name="x", account_id=None, at=NOW)
    )
    session.flush()


def certificate(session: Session, matter: Matter) -> None:
    entry = registering.of_matter(session, matter.id)
    assert entry is not None
    row = {"id": uuid.uuid4(), "evidence_id": entry.record_evidence_id, "edition": 1, "number": "x",
           "sample": True, "frozen_at": NOW, "pdf_sha256": "0" * 64, "made_at": NOW}  # fmt: skip
    session.execute(insert(Certificate).values(row))


def asked_to_revoke(session: Session, matter: Matter) -> None:
    entry = registering.of_matter(session, matter.id)
    assert entry is not None
    session.add(
        RegistrationRevocation(
            id=uuid.uuid4(), registration_id=entry.id, office=entry.office, ground="requested",
            explanation="x", status="requested", requested_by=matter.applicant_id, created_at=NOW,
        )
    )  # fmt: skip


def found(session: Session, now: datetime) -> set[str]:
    findings = Findings()
    waiting.check_register(session, OFFICES, findings, now=now)
    said = {each["detail"] for each in findings.violations}
    assert all(each.endswith(", no alarm") for each in said)
    return {each.removesuffix(", no alarm") for each in said}


def alarmed(session: Session) -> set[str]:
    return set(session.scalars(select(Alarm.kind).where(Alarm.cleared_at.is_(None))))


def test_nothing_is_overdue_before_its_time(session: Session) -> None:
    ages.watch(session, OFFICES, now=SOON)
    assert alarmed(session) == set()
    assert found(session, SOON) == set()


def test_without_an_alarm_each_is_found(session: Session) -> None:
    assert found(session, LONG_AFTER) == set(KINDS)


def test_each_is_excused_by_its_own_alarm_alone(session: Session) -> None:
    for kind in {CERTIFICATE_OVERDUE, *(kind for kinds in KINDS.values() for kind in kinds)}:
        session.execute(delete(Alarm))
        raise_alarm(session, kind, "x", "x", now=NOW)
        others = {what for what, kinds in KINDS.items() if kind not in kinds}
        assert found(session, LONG_AFTER) == others, kind


def test_each_has_its_alarm_until_it_is_done(session: Session) -> None:
    ages.watch(session, OFFICES, now=LONG_AFTER)
    assert alarmed(session) == RAISED
    assert found(session, LONG_AFTER) == set()
    ages.watch(session, OFFICES, now=SOON)
    assert alarmed(session) == set()
