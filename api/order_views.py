"""From rows of billing to what payers see."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import ways
from api.order_schemas import (
    InvoiceOut,
    LineOut,
    OrderOut,
    PaidOut,
    QuoteOut,
    RefundOut,
    StartedOut,
    TransferOut,
    WaiverOut,
    WayOut,
)
from api.settings import TRANSFER
from api.wiring import Services
from billing import invoices, orders, refunding
from billing.models import Order, OrderLine, PaymentRequest
from billing.pricing import Line, Quote, Wish, urgent_offered
from registry import fees
from registry.profile import Profile


def quote_out(profile: Profile, made: Quote, wish: Wish, services: Services) -> QuoteOut:
    """A quote, with everything an applicant should know before paying."""
    said = profile.fees
    return QuoteOut(
        office=profile.key,
        price_list=made.edition,
        currency=made.currency,
        due=said.due,
        lines=[_line(line) for line in made.lines],
        total=made.total,
        waivers=[WaiverOut(ground=each.ground, why=str(each.why)) for each in said.waivers],
        ways=_ways(services, profile, said.ways if said.due != "never" else ()),
        urgent_offered=urgent_offered(fees.price_list(profile), wish),
        invoice=said.invoice,
        refund_on_refusal=said.refund_on_refusal,
        note=None if said.note is None else str(said.note),
        sample=services.settings.embedded,
    )


def order_out(session: Session, order: Order, services: Services) -> OrderOut:
    """An order with all that happened to it."""
    asked = session.scalars(
        select(PaymentRequest)
        .where(PaymentRequest.order_id == order.id)
        .order_by(PaymentRequest.created_at)
    )
    wanted = invoices.of_order(session, order)
    return OrderOut(
        id=order.id,
        number=order.number,
        state=order.status,
        title=order.title,
        seller=order.seller,
        subject=order.subject_kind,
        subject_id=order.subject_id,
        price_list=order.price_list,
        currency=order.currency,
        total=order.total,
        lines=[_line(line) for line in orders.lines_of(session, order.id)],
        ways=_ways(services, ways.rules_of(session, order), ()),
        transfer=_transfer(session, services, order),
        started=[
            StartedOut(
                way=each.provider, state=each.status, page=each.page, code=each.code,
                trouble=each.trouble,
            )
            for each in asked
        ],
        payments=[
            PaidOut(
                way=each.provider, event=each.event, amount=each.amount, use=each.use,
                paid_at=each.paid_at,
            )
            for each in refunding.payments_of(session, order.id)
        ],
        refunds=[
            RefundOut(
                way=each.provider, amount=each.amount, state=each.status, cause=each.cause,
                intended_at=each.intended_at, done_at=each.done_at,
            )
            for each in refunding.refunds_of(session, order.id)
        ],
        invoice_offered=order.invoice == "electronic" and bool(order.total),
        invoice=None
        if wanted is None
        else InvoiceOut(
            title=wanted.title, tax_number=wanted.tax_number, email=wanted.email,
            changed_at=wanted.changed_at,
        ),
        created_at=order.created_at,
        expires_at=order.expires_at,
        settled_at=order.settled_at,
    )  # fmt: skip


def _line(line: Line | OrderLine) -> LineOut:
    return LineOut(
        code=line.code, name=line.name, unit=line.unit, quantity=line.quantity,
        amount=line.unit * line.quantity, reason=line.reason,
    )  # fmt: skip


def _ways(services: Services, profile: Profile | None, named: Iterable[str]) -> list[WayOut]:
    """The ways an office names, and those that can be chosen."""
    can = ways.offered(services, profile)
    return [WayOut(way=way, available=way in can) for way in dict.fromkeys([*named, *can])]


def _transfer(session: Session, services: Services, order: Order) -> TransferOut | None:
    """Where an order's money is transferred to, and with which remark; None: it cannot be."""
    profile = ways.rules_of(session, order)
    if profile is None or TRANSFER not in ways.offered(services, profile):
        return None
    account = ways.account_of(services, profile)
    if account is None:
        return None
    return TransferOut(
        payee=account.payee, bank=account.bank, account=account.number,
        remark=ways.remark_of(session, order),
    )  # fmt: skip
