"""Requests for electronic invoices: recorded, and shown to payer and seller. Making and mailing
one is the business of the seller's own invoicing system, which no part of this program is.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.documents import DocumentKind, read_document
from accounts.identifiers import parse_identifier
from billing.lifecycle import OrderState
from billing.models import InvoiceRequest, Order
from core.errors import Conflict, InvalidInput
from core.paging import newest_first
from core.text import clean_text

MOST_TITLE = 100


@dataclass(frozen=True)
class Asked:
    """抬头, 统一社会信用代码 of a body (a person has none), and where it is sent."""

    title: str
    tax_number: str | None
    email: str


def ask(session: Session, order: Order, said: Asked, *, now: datetime) -> InvoiceRequest:
    """Keep what the payer wants on the invoice; asked again, it is replaced. `order` is locked.

    Raises:
        Conflict: this seller gives no electronic invoices, or there is nothing to invoice.
        InvalidInput: a title, number or address that cannot be one (GB 32100-2015).
    """
    if order.invoice != "electronic":
        raise Conflict("此处不开电子发票 / no electronic invoices are given here", field="invoice")
    if order.status not in {OrderState.OPEN, OrderState.PAID} or not order.total:
        raise Conflict(
            "没有可开票的款项 / there is nothing to invoice for this order", field="status"
        )
    title = clean_text(said.title, "title", MOST_TITLE)
    number = None
    if said.tax_number is not None:
        number = read_document(
            DocumentKind.CREDIT_CODE, said.tax_number, today=now.date(), where="tax_number"
        ).number
    address = parse_identifier(said.email, "email")
    if address.kind != "email":
        raise InvalidInput("请填写电子邮箱 / an e-mail address", field="email")
    found = session.get(InvoiceRequest, order.id)
    if found is None:
        found = InvoiceRequest(order_id=order.id, asked_at=now)
        session.add(found)
    found.title, found.tax_number, found.email = title, number, address.value
    found.changed_at = now
    session.flush()
    return found


def of_order(session: Session, order: Order) -> InvoiceRequest | None:
    """What was asked for, if anything."""
    return session.get(InvoiceRequest, order.id)


def of_seller(
    session: Session, seller: str, after: uuid.UUID | None, limit: int
) -> Sequence[tuple[Order, InvoiceRequest]]:
    """What is to be invoiced: paid orders of a seller with what was asked for, newest first."""
    own = (
        select(Order)
        .join(InvoiceRequest, InvoiceRequest.order_id == Order.id)
        .where(Order.seller == seller)
    )
    paid = [Order.status.in_([OrderState.PAID.value, OrderState.PARTLY_REFUNDED.value])]
    found = newest_first(session, own, (Order.created_at, Order.id), after, limit, paid)
    ids = [each.id for each in found]
    asked = {
        each.order_id: each
        for each in session.scalars(select(InvoiceRequest).where(InvoiceRequest.order_id.in_(ids)))
    }
    return [(each, asked[each.id]) for each in found]
