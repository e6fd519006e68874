"""Prices before anything is asked; orders and their payments; what providers tell us."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api import hints, payments, policy
from api.auth import Depositor, Reader, Registrant, Wired
from api.database import transaction
from api.openapi import answers
from api.order_schemas import InvoiceIn, OrderOut, OrderPage, PaymentIn, QuoteIn, QuoteOut
from api.order_views import order_out, quote_out
from api.wiring import utc_now
from billing import invoices, orders
from billing.lifecycle import OrderState
from billing.pricing import Wish, quote
from core.errors import InvalidInput, NotFound
from evidence import delivery
from evidence.models import Evidence
from registry import fees, offices, submitting

router = APIRouter(prefix="/api/v1", tags=["orders"])


async def raw_body(request: Request) -> bytes:
    """The bytes as they came: their signature is verified before anything reads them."""
    return await request.body()


@router.post("/offices/{office}/quote", responses=answers(404))
def quote_fees(office: str, body: QuoteIn, services: Wired) -> QuoteOut:
    """What a registration costs at an office, line by line, and when it is free."""
    profile = offices.get(office, services.offices)
    if body.form not in profile.forms:
        known = ", ".join(profile.forms)
        raise InvalidInput(f"本机构受理 / this office accepts: {known}", field="form")
    profile.require_category(body.category)
    wish = Wish(
        facts={"form": body.form, "category": body.category, "applicant": body.applicant},
        pieces=body.series_pieces,
        urgent=body.urgent,
    )
    return quote_out(profile, quote(fees.price_list(profile), wish), wish, services)


@router.put("/matters/{matter_id}/order", responses=answers(409))
def open_order(matter_id: UUID, services: Wired, caller: Registrant) -> OrderOut:
    """The order of a matter that waits for its payment; another one when the last has expired."""
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        submitting.ask_for_payment(session, matter, now=utc_now())
        order = fees.order_of(session, matter.id)
        assert order is not None  # noqa: S101 - whoever waits for a payment has one
        return order_out(session, order, services)


@router.put("/evidence/{number}/order", responses=answers(409))
def open_evidence_order(number: str, services: Wired, caller: Depositor) -> OrderOut:
    """The order of an evidence whose certificate waits for its payment, where evidence is charged;
    another one when the last has expired.
    """
    with transaction(services.sessions) as session:
        found = policy.own_evidence(session, caller, number)
        evidence = session.get_one(Evidence, found.id, with_for_update=True)
        order = delivery.open_order(
            session, evidence, services.evidence_terms, caller.agent_id, now=utc_now()
        )
        return order_out(session, order, services)


@router.get("/orders")
def list_orders(
    services: Wired,
    caller: Reader,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    state: Annotated[list[OrderState] | None, Query(max_length=10)] = None,
) -> OrderPage:
    """我的支付记录: the caller's orders with their payments and refunds, newest first; where asked,
    of some states only, such as those to be paid.
    """
    with transaction(services.sessions) as session:
        found = orders.of_payer(
            session, caller.account_id, cursor, limit + 1, caller.agent_id, state or ()
        )
        items = [order_out(session, order, services) for order in found[:limit]]
        to_pay = orders.count_open(session, caller.account_id, caller.agent_id, now=utc_now())
    after = str(found[limit - 1].id) if len(found) > limit else None
    return OrderPage(items=items, to_pay=to_pay, next=after)


@router.get("/orders/{order_id}")
def show_order(order_id: UUID, services: Wired, caller: Reader) -> OrderOut:
    """One order: lines with their reasons, payments, refunds."""
    with transaction(services.sessions) as session:
        return order_out(session, policy.own_order(session, caller, order_id), services)


@router.put("/orders/{order_id}/payment", responses=answers(409))
def start_payment(order_id: UUID, body: PaymentIn, services: Wired, caller: Registrant) -> OrderOut:
    """Let a provider take the payment: `started` then says where to pay. The same call again gives
    the same payment. The price is the order's; whether it was paid the provider alone tells us.
    """
    payments.start(
        services, lambda session: policy.own_order(session, caller, order_id, lock=True), body.way
    )
    with transaction(services.sessions) as session:
        return order_out(session, policy.own_order(session, caller, order_id), services)


@router.put("/orders/{order_id}/invoice", responses=answers(409))
def ask_for_invoice(
    order_id: UUID, body: InvoiceIn, services: Wired, caller: Registrant
) -> OrderOut:
    """Ask for an electronic invoice, or change what was asked: recorded for the seller's own
    invoicing system, which makes and mails it.
    """
    asked = invoices.Asked(body.title, body.tax_number, body.email)
    with transaction(services.sessions) as session:
        order = policy.own_order(session, caller, order_id, lock=True)
        invoices.ask(session, order, asked, now=utc_now())
        return order_out(session, order, services)


_HEARD: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "已收到,按支付机构要求的文字 heard, in its word",
        "content": {"text/plain": {}},
    }
}


@router.post(
    "/payments/{provider}/notifications",
    status_code=204,
    response_class=Response,
    responses=_HEARD | answers(401, 404),
)
def receive_notice(
    provider: str,
    request: Request,
    body: Annotated[bytes, Depends(raw_body)],
    services: Wired,
) -> Response:
    """A provider's message about a payment. Without the provider's signature over exactly these
    bytes it is refused, unread. Sent again it changes nothing; what is about no payment is heard,
    and nothing follows from it.
    """
    adapter = services.providers.get(provider)
    if adapter is None:
        raise NotFound("没有这个支付机构 / no such provider here")
    told = adapter.read_notice(request.headers, body, now=utc_now())
    if told is not None:
        payments.take_in(services, told)
        hints.work_is_waiting(request)
    if adapter.heard:
        return Response(adapter.heard, media_type="text/plain")
    return Response(status_code=204)
