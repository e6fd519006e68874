"""Payments and refunds amid which a process is killed: credited once, paid back once."""

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import httpx2
from sqlalchemy import select

from api import audit_heads
from api.database import transaction
from api.wiring import utc_now
from billing import refunding
from billing.models import Order, PaymentRequest
from billing.sandbox import Sandbox
from tests.faults.harness import Victim, until
from tests.grounds.callers import Person, person, visitor
from tests.grounds.officers import messages_to
from tests.grounds.wallets import awaiting_payment, sandbox_of

PAYMENT_POINTS: Final = (
    "payment-asked", "payment-notified", "payment-told", "payment-credited", "refund-paid",
)  # fmt: skip
"""In the order of the act: asked, told (twice where the teller dies), credited, paid back."""

TOLD_POINTS: Final = ("messaged", "noticed")
"""Around what is told of it: the message in the outbox, the notice that is signed."""


@dataclass
class Till:
    """An applicant who pays, on a stack that is hurt."""

    hurt: Victim

    @cached_property
    def payer(self) -> Person:
        return person(self.hurt.stack)

    @property
    def sandbox(self) -> Sandbox:
        return sandbox_of(self.hurt.stack)

    def hit(self, point: str) -> None:
        """One payment during which a process dies at `point`; all holds in the end."""
        if point in TOLD_POINTS:
            self.hurt.arm(point)
        matter = awaiting_payment(self.hurt.stack, self.payer)
        if point == "payment-asked":
            self.hurt.arm(point)
            token = self._begun_and_cut(matter)
        else:
            token = self._begun(matter)
        if point in TOLD_POINTS:
            self.hurt.await_hit(point)
        elif point not in {"payment-asked", "refund-paid"}:
            self.hurt.arm(point)
        self.sandbox.confirm(token)
        if point not in {*TOLD_POINTS, "payment-asked", "refund-paid"}:
            self.hurt.await_hit(point)
        until(lambda: self._get(f"matters/{matter['id']}")["state"] == "submitted", "paid")
        if point == "refund-paid":
            self.hurt.arm(point)
            self._refund(matter)
            self.hurt.await_hit(point)
            until(lambda: self._order(matter)["state"] == "refunded", "refunded")
        self._holds(matter, token, refunds=int(point == "refund-paid"))

    def _holds(self, matter: dict[str, Any], token: str, *, refunds: int) -> None:
        order = self._order(matter)
        assert [each["use"] for each in order["payments"]] == ["settles"], order
        assert [each["state"] for each in order["refunds"]] == ["done"] * refunds, order
        assert len(self.sandbox._page(token)["refunds"]) == refunds
        path = f"matters/{matter['id']}/notices"
        until(lambda: all(each["ready"] for each in self._get(path)["items"]), "every notice")
        told = [each["text"] for each in messages_to(self.hurt.stack, self.payer.identifier)]
        assert len(told) == len(set(told)), told
        until(self._heads_are_deposited, "the deposit of the audit's heads")
        self.hurt.fsck()

    def _heads_are_deposited(self) -> bool:
        """These matters were filed in March: what the audit says of them is overdue at once."""
        with self.hurt.stack.services() as services:
            audit_heads.deposit_due(services)
            with transaction(services.sessions) as session:
                return audit_heads.waits_since(session, now=utc_now()) is None

    def _begun(self, matter: dict[str, Any]) -> str:
        path = f"/api/v1/orders/{matter['order']['id']}/payment"
        answer = self.payer.http.put(path, json={"way": "sandbox"})
        assert answer.status_code == 200, answer.text
        page: str = answer.json()["started"][-1]["page"]
        return page.rsplit("/", 1)[-1]

    def _begun_and_cut(self, matter: dict[str, Any]) -> str:
        """The provider has it and we died before we knew: its payer may pay all the same."""
        path = f"/api/v1/orders/{matter['order']['id']}/payment"
        try:
            self.payer.http.put(path, json={"way": "sandbox"})
        except httpx2.TransportError:
            pass
        else:
            raise AssertionError("the call was answered")
        self.hurt.await_hit("payment-asked")
        with self.hurt.stack.services() as services, transaction(services.sessions) as session:
            request = session.scalars(
                select(PaymentRequest).where(PaymentRequest.order_id == UUID(matter["order"]["id"]))
            ).one()
            assert request.status == "intended"
            return self.sandbox._token(request.id)

    def _refund(self, matter: dict[str, Any]) -> None:
        with self.hurt.stack.services() as services, transaction(services.sessions) as session:
            order = session.get_one(Order, UUID(matter["order"]["id"]), with_for_update=True)
            refunding.refund(session, order, None, "registration refused", now=utc_now())

    def _order(self, matter: dict[str, Any]) -> dict[str, Any]:
        return self._get(f"orders/{matter['order']['id']}")

    def _get(self, path: str) -> dict[str, Any]:
        """What is there, once the server that was killed answers again."""
        end = time.monotonic() + 60
        while True:
            try:
                answer = self.payer.http.get(f"/api/v1/{path}")
                if answer.is_success:
                    found: dict[str, Any] = answer.json()
                    return found
            except httpx2.TransportError:
                answer = None
            assert time.monotonic() < end, answer
            time.sleep(0.2)


def anybody_answers(hurt: Victim) -> bool:
    """Whether the API is up again."""
    try:
        return visitor(hurt.stack).get("/api/v1/openapi.json").is_success
    except httpx2.TransportError:
        return False
