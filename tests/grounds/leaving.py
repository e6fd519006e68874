"""Accounts on the running stack that are to be closed, and what stands in their way."""

import secrets
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from accounts import mandates, organisations, staff
from accounts.models import Account
from accounts.organisations import MemberRole
from api.fsck import Findings, closed
from api.wiring import Services
from billing import crediting, orders, refunding, transfer, transferring
from billing.models import Order
from billing.orders import Item, NewOrder, Subject
from billing.pricing import Line
from registry import revoking
from registry.lifecycle import MatterState
from registry.models import Matter
from tests.database import test_paper_delivery as deliveries
from tests.grounds.callers import PASSWORD, Person, visitor
from tests.grounds.matters import (
    Cast,
    brought_to,
    officer,
    stated,
    stranger,
    verify,
)
from tests.grounds.stack import RunningStack

AT = "/api/v1/account/closing"


def close(who: Person | httpx2.Client, **more: Any) -> httpx2.Response:
    """Ask for it, with the right password unless another is given."""
    http = who.http if isinstance(who, Person) else who
    return http.post(AT, json={"password": PASSWORD, **more})


def account_of(session: Session, who: Person) -> Account:
    return session.scalars(select(Account).where(Account.email == who.identifier)).one()


def known(session: Session, services: Services) -> None:
    """What is made in this session opens with the stack's own keys."""
    session.info["ring"], session.info["papers"] = services.keyring, services.papers


def filing(session: Session, owner: uuid.UUID) -> Cast:
    """The account files, known by name; two officers examine."""
    verify(session, owner)
    return Cast(
        owner, stated(session, owner), stated(session, owner),
        officer(session, staff.Role.FIRST_EXAMINER), officer(session, staff.Role.FINAL_EXAMINER),
    )  # fmt: skip


def in_state(state: MatterState) -> Callable[[Session, uuid.UUID], object]:
    def made(session: Session, owner: uuid.UUID) -> Matter:
        matter = brought_to(session, filing(session, owner), state)
        if state is MatterState.RETURNED:
            matter.due_at = datetime.now(UTC) + timedelta(days=9)
        return matter

    return made


def _as_agent(session: Session, owner: uuid.UUID) -> None:
    """The account is the agent in somebody else's matter, which its mandate outlived."""
    matter = brought_to(session, filing(session, stranger(session)), MatterState.SUBMITTED)
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(
        text("UPDATE matter SET agent_id = :agent WHERE id = :id"),
        {"agent": owner, "id": matter.id},
    )
    session.execute(text("SET LOCAL session_replication_role = origin"))


def _mandate(session: Session, principal: uuid.UUID, agent: uuid.UUID) -> None:
    session.get_one(Account, agent).kind = "agent_lawyer"
    session.flush()
    now = datetime.now(UTC)
    days = (now.date() + timedelta(days=1), now.date() + timedelta(days=9))
    mandates.grant(session, principal, agent, ["sign"], *days, now=now)


def _order(session: Session, payer: uuid.UUID) -> Order:
    subject = Subject("thing", uuid.uuid4())
    line = Line("fee", "登记费", Decimal("150.00"), 1, "每件")
    new = NewOrder(
        payer, "tianjin", subject, "登记费", "x:1", "CNY", (Item(subject, line),), "none"
    )
    return orders.open_order(session, new, now=datetime.now(UTC))


def _refund(session: Session, payer: uuid.UUID) -> None:
    order, now = _order(session, payer), datetime.now(UTC)
    asked = transferring.request_of(session, order, now=now).id
    event = transfer.event_of("tianjin", secrets.token_hex(4).upper())
    told = transfer.told(asked, event, order.total, order.currency, now.date(), now=now)
    crediting.credit(session, told, now=now)
    assert refunding.refund(session, order, None, "refused", now=now) is not None


def _cancelled_with_a_payment_under_way(session: Session, payer: uuid.UUID) -> None:
    order, now = _order(session, payer), datetime.now(UTC)
    asked = transferring.request_of(session, order, now=now)
    orders.cancel(session, order, "taken back", now=now)
    asked.ask_at = now + timedelta(days=1)


def _organisation(session: Session, owner: uuid.UUID) -> None:
    now = datetime.now(UTC)
    body = organisations.found(session, owner, "山间公司", "enterprise", now=now)
    organisations.begin(session, body.id, stranger(session), MemberRole.ADMIN, None, now=now)


def _delivery(session: Session, owner: uuid.UUID) -> None:
    deliveries.wished(session, filing(session, owner), deliveries.COLLECTED)


def _revocation(session: Session, owner: uuid.UUID) -> None:
    matter = brought_to(session, filing(session, owner), MatterState.REGISTERED)
    revoking.ask(session, matter, "重复登记", None, now=datetime.now(UTC))


def _of_an_organisation(session: Session, owner: uuid.UUID) -> None:
    """What stands in the way of an organisation that would be closed with it."""
    body = organisations.found(session, owner, "山间公司", "enterprise", now=datetime.now(UTC))
    _order(session, body.id)


OBSTACLES: Mapping[str, tuple[str, Callable[[Session, uuid.UUID], object]]] = {
    **{
        state.value: ("matter_under_way", in_state(state))
        for state in (
            MatterState.PAYMENT, MatterState.SUBMITTED, MatterState.FIRST_EXAMINATION,
            MatterState.RETURNED, MatterState.PASSED, MatterState.FINAL_EXAMINATION,
        )
    },
    "an agent's": ("matter_under_way", _as_agent),
    "signing": ("signing_under_way", in_state(MatterState.SIGNING)),
    "an order": ("unpaid_order", _order),
    "a payment": ("payment_under_way", _cancelled_with_a_payment_under_way),
    "a refund": ("refund_under_way", _refund),
    "a certificate of paper": ("paper_under_way", _delivery),
    "a revocation": ("revocation_under_way", _revocation),
    "an officer's role": (
        "officer_role", lambda s, owner: officer(s, staff.Role.CASHIER, account_id=owner)
    ),
    "members": ("sole_owner", _organisation),
    "a mandate given": ("mandate_given", lambda s, owner: _mandate(s, owner, stranger(s))),
    "a mandate taken": ("mandate_taken", lambda s, owner: _mandate(s, stranger(s), owner)),
    "an organisation's order": ("unpaid_order", _of_an_organisation),
}  # fmt: skip


def violations(services: Services) -> list[dict[str, str]]:
    found = Findings()
    with services.sessions() as session:
        closed.check_closed(session, found, now=datetime.now(UTC))
    assert found.checked["I7"] > 0
    return found.violations


def signed_in(stack: RunningStack, identifier: str) -> Person:
    http = visitor(stack)
    answer = http.post("/api/v1/session", json={"identifier": identifier, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    csrf = answer.json()["csrf_token"]
    http.headers.update({"X-CSRF-Token": csrf, "Origin": stack.address})
    return Person(http, identifier, csrf)
