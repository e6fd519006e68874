"""Orders, payments and a sandbox for tests on a real database."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from billing import orders, paying
from billing.models import Order, PaymentRequest
from billing.orders import Item, NewOrder, Subject
from billing.pricing import Line
from billing.provider import Told
from billing.sandbox import Sandbox

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
PROVIDER, MERCHANT = "sandbox", "SANDBOX-TEST"


def sandbox_in(folder: Path) -> Sandbox:
    key = Ed25519PrivateKey.from_private_bytes(b"\3" * 32)
    return Sandbox(folder / "sandbox", key, "http://127.0.0.1/sandbox/pay", lambda: NOW)


def subject() -> Subject:
    return Subject("thing", uuid.uuid4())


def opened(
    session: Session, payer: uuid.UUID, amount: str = "150.00", of: Subject | None = None
) -> Order:
    """An open order with one line."""
    what = of or subject()
    line = Line("fee", "登记费", Decimal(amount), 1, "每件")
    new = NewOrder(payer, "office", what, "登记费", "x:1", "CNY", (Item(what, line),), "electronic")
    return orders.open_order(session, new, now=NOW)


def asked(session: Session, order: Order) -> PaymentRequest:
    return paying.intend(session, order, PROVIDER, MERCHANT, now=NOW)


def told(request: PaymentRequest, event: str = "P1", amount: str = "150.00") -> Told:
    return Told(PROVIDER, MERCHANT, request.id, event, Decimal(amount), "CNY", NOW)
