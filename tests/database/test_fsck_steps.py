"""I6: a step that no line tells, and a line that no step has, are found, whatever they are of.

Planted as somebody does who owns the database: with its triggers switched off.
"""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from accounts import identity, organisations, staff
from api.fsck import Findings, steps
from billing import crediting, refunding
from billing.models import Order
from core import audit
from registry import submitting
from registry.delivery_lifecycle import DeliveryState
from registry.revocation_lifecycle import RevocationState
from tests.database import test_paper_delivery as deliveries
from tests.database import test_ties as ties
from tests.database.test_revocations import in_state, scene
from tests.grounds.matters import account, cast, officer
from tests.grounds.orders import NOW, asked, opened, told
from tests.grounds.signing import Store, confirmed, two_people, work

ACTS = (
    "matter.registered", "matter.signing", "order.paid", "order.refunding", "order.partly_refunded",
    "order.refund_intended", "order.refund_done", "delivery.asked", "delivery.collected",
    "revocation.requested", "revocation.proposed", "revocation.confirmed", "revocation.withdrawn",
    "signing.signed", "identity.decided", "identity.erased",
    "identity.withdrawn", "account.kind_decided",
)  # fmt: skip


@pytest.fixture(autouse=True)
def story(session: Session) -> None:
    """Something of everything whose steps are told."""
    for state in RevocationState:
        in_state(session, scene(session), state)
    for reached in (DeliveryState.RETURNED, DeliveryState.COLLECTED):
        row = deliveries.brought_to(
            session, cast(session), officer(session, staff.Role.REGISTRAR), reached
        )
        if reached is DeliveryState.RETURNED:
            deliveries.act(session, row, deliveries._A.REDIRECT, deliveries.Side.APPLICANT,
                           officer(session, staff.Role.REGISTRAR))  # fmt: skip
    paid(session)
    store = Store()
    signing = two_people(session)
    work(session, store)
    confirmed(session, signing, "张三")
    work(session, store)
    submitting.recall(session, signing.matter, now=NOW)
    boss = officer(session, staff.Role.SUPERVISOR)
    founder = ties.account(session).id
    body = organisations.found(session, founder, "山间公司", "enterprise", now=NOW)
    ties.confirm(session, boss, ties.wants_to_be_an_agent(session, body))
    verification = ties.waiting(session, body)
    ties.verify(session, boss, verification)
    identity.erase(session, verification, now=NOW)
    identity.withdraw(session, ties.waiting(session, body), body.id, now=NOW)
    audit.settle(session)


def paid_back_soon(session: Session) -> Order:
    """Paid twice; the second payment and a part of the first are to go back."""
    order = opened(session, account(session))
    request = asked(session, order)
    for event in ("P1", "P2"):
        crediting.credit(session, told(request, event), now=NOW)
    refunding.refund(session, order, order.total / 2, "refused", now=NOW)
    return order


def paid(session: Session) -> None:
    """They have gone back."""
    order = paid_back_soon(session)
    for refund in refunding.refunds_of(session, order.id):
        refunding.record_done(session, refund.id, f"R{refund.id}", now=NOW)


def found(session: Session) -> set[str]:
    findings = Findings()
    steps.check_steps(session, findings)
    assert findings.checked["I6"] > len(ACTS)
    return {f"{each['invariant']} {each['detail']}" for each in findings.violations}


def plant(session: Session, statement: str, act: str) -> None:
    session.flush()
    session.execute(text("SET LOCAL session_replication_role = replica"))
    done = session.execute(text(statement), {"act": act})
    assert done.rowcount == 1  # type: ignore[attr-defined]
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()


ONE = "WHERE ctid = (SELECT ctid FROM audit_line WHERE act = :act ORDER BY sequence LIMIT 1)"
LOST = "DELETE FROM audit_line"
TWICE = """
    INSERT INTO audit_line SELECT stream, sequence + 100000, sha256(digest), at, act, subject,
        by_id, facts, digest FROM audit_line"""
ELSEWHERE = "UPDATE audit_line SET stream = 'office:x'"
NOWHERE = """
    UPDATE audit_line
        SET subject = 'verification:x', facts = facts || '{"refund": "x", "signer": "x"}'"""
UNTOLD, UNTAKEN = "I6 steps and lines differ", "I6 lines of nothing there"


def test_where_every_step_is_told_nothing_is_found(session: Session) -> None:
    assert found(session) == set()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (LOST, {UNTOLD}), (TWICE, {UNTOLD}), (ELSEWHERE, {UNTOLD, UNTAKEN}),
        (NOWHERE, {UNTOLD, UNTAKEN}),
    ],
    ids=["untold", "told twice", "told elsewhere", "told of nothing"],
)  # fmt: skip
def test_what_is_planted_is_found_for_every_act(
    session: Session, statement: str, said: set[str]
) -> None:
    missed = {}
    for act in ACTS:
        save = session.begin_nested()
        plant(session, f"{statement} {ONE}", act)
        if (seen := found(session)) != said:
            missed[act] = seen
        save.rollback()
    assert missed == {}


@pytest.mark.parametrize("act", ["identity.decided", "account.kind_decided"])
def test_another_outcome_than_the_one_told(session: Session, act: str) -> None:
    other = """
        UPDATE audit_line SET facts = facts || '{"granted": false, "outcome": "rejected"}'"""
    plant(session, f"{other} {ONE}", act)
    assert found(session) == {UNTOLD}
