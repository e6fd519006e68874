"""An office's counter: the cashier confirms what the bank's statement shows, and sees which
invoices are asked for.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session

from accounts import ties
from accounts.persons import person_of
from accounts.staff import Officer, Role
from api import hints, payments, ways
from api.auth import OfficerHere, Wired
from api.database import transaction
from api.openapi import answers
from api.order_schemas import (
    AskedInvoiceOut,
    AskedInvoicePage,
    AwaitedTransferOut,
    OwedTransferOut,
    TransferIn,
    TransferredOut,
    TransferRefundIn,
    TransfersOut,
)
from api.wiring import utc_now
from billing import invoices, transfer, transferring
from billing.models import Order
from billing.money import read_amount
from core import audit
from core.errors import NotAllowed
from registry import interests
from registry.fees import MATTER
from registry.models import Matter

router = APIRouter(prefix="/api/v1/offices/{office}", tags=["orders"])

PAGE = 200


@router.get("/invoices")
def list_asked_invoices(
    services: Wired,
    officer: OfficerHere,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> AskedInvoicePage:
    """Electronic invoices that payers ask this office for, of paid orders, newest first: for its
    own invoicing system, which makes and mails them. For cashiers.
    """
    officer.require(Role.CASHIER)
    with transaction(services.sessions) as session:
        found = invoices.of_seller(session, officer.office, cursor, limit + 1)
        items = [
            AskedInvoiceOut(
                title=asked.title, tax_number=asked.tax_number, email=asked.email,
                changed_at=asked.changed_at, order_id=order.id, order_number=order.number,
                order_state=order.status, order_title=order.title, total=order.total,
                currency=order.currency, settled_at=order.settled_at,
            )
            for order, asked in found[:limit]
        ]  # fmt: skip
    more = len(found) > limit
    return AskedInvoicePage(items=items, next=str(items[-1].order_id) if more else None)


@router.get("/transfers")
def list_transfers(services: Wired, officer: OfficerHere) -> TransfersOut:
    """Transfers that are awaited, each with the remark to look for, and refunds to be transferred
    back; the 200 oldest of each.
    """
    officer.require(Role.CASHIER)
    with transaction(services.sessions) as session:
        awaited = [
            AwaitedTransferOut(
                order_number=order.number, total=order.total, currency=order.currency,
                remark=ways.remark_of(session, order), created_at=order.created_at,
            )
            for order in transferring.awaited(session, officer.office, PAGE)
        ]  # fmt: skip
        owed = [
            OwedTransferOut(
                refund_id=refund.id, order_number=order.number, amount=refund.amount,
                currency=refund.currency, cause=refund.cause, intended_at=refund.intended_at,
            )
            for refund, order in transferring.owed(session, officer.office, PAGE)
        ]  # fmt: skip
    return TransfersOut(awaited=awaited, owed=owed)


@router.post("/transfers", responses=answers(404, 409))
def confirm_transfer(
    request: Request, body: TransferIn, services: Wired, officer: OfficerHere
) -> TransferredOut:
    """A transfer is on the statement. The bank's number of the movement makes it one: confirmed
    again it is credited once. A second one for the same order goes back; another amount than was
    asked for is not credited. Nobody confirms a payment of one's own.
    """
    officer.require(Role.CASHIER)
    event = transfer.event_of(officer.office, body.bank_reference)
    amount = read_amount(body.amount, "amount")
    now = utc_now()
    with transaction(services.sessions) as session:
        order = transferring.order_of(session, officer.office, body.order_number)
        _require_none_of_ones_own(session, officer, order)
        asked = transferring.request_of(session, order, now=now)
        told = transfer.told(asked.id, event, amount, order.currency, body.received_on, now=now)
    credited = payments.take_in(services, told, confirmed_by=officer)
    hints.work_is_waiting(request)
    return TransferredOut(
        order_number=body.order_number, use=credited.payment.use, before=credited.before
    )


@router.put("/refunds/{refund_id}", responses=answers(404, 409))
def record_transfer_refund(
    refund_id: UUID, body: TransferRefundIn, services: Wired, officer: OfficerHere
) -> OwedTransferOut:
    """A refund was transferred back; the bank's number of that movement ends it."""
    officer.require(Role.CASHIER)
    event = transfer.event_of(officer.office, body.bank_reference)
    now = utc_now()
    with transaction(services.sessions) as session:
        refund = transferring.paid_back(session, officer.office, refund_id, event, now=now)
        order = session.get_one(Order, refund.order_id)
        _require_none_of_ones_own(session, officer, order)
        audit.note(
            session, audit.of_office(officer.office), "order.refund_transferred",
            f"order:{order.id}", officer.account_id, {"refund": str(refund.id)}, now=now,
        )  # fmt: skip
        return OwedTransferOut(
            refund_id=refund.id, order_number=order.number, amount=refund.amount,
            currency=refund.currency, cause=refund.cause, intended_at=refund.intended_at,
        )  # fmt: skip


def _require_none_of_ones_own(session: Session, officer: Officer, order: Order) -> None:
    """Raises NotAllowed for an order that the officer has to do with."""
    if order.subject_kind == MATTER:
        interests.require_none(session, officer, session.get_one(Matter, order.subject_id))
    payers = {order.payer_id, order.agent_id} - {None}
    people = {person_of(session, each) for each in payers if each is not None}
    own, persons = ties.accounts_of(session, officer), ties.persons_of(session, officer)
    if payers & own or people & persons:
        raise NotAllowed("不能确认本人的款项 / nobody confirms a payment of one's own")
