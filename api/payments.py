"""Payments between us and their providers: asked for, told of, asked about, paid back.

The database is the queue: an intent is committed, then the provider is asked outside of any
transaction, then its answer is recorded. Whatever is lost on the way, the next run asks again.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from accounts.staff import Officer
from api import crash, ways
from api.database import lease, transaction
from api.wiring import Services, utc_now
from billing import orders, paying, refunding
from billing.crediting import Credited
from billing.errors import WrongPayment
from billing.models import Order, PaymentRequest
from billing.provider import Told
from chain import alarms
from core import audit
from core.errors import OutsideError
from registry import settling

log = structlog.get_logger()

REFUND_STUCK: Final = "refund-stuck"
WRONG_PAYMENT: Final = "wrong-payment"
_PATIENCE: Final = 5
"""Tries after which somebody should look why a refund is not paid."""


def start(services: Services, find: Callable[[Session], Order], way: str) -> None:
    """Let a provider take the payment of the order that `find` locks; the same again while it may
    still be paid, at a place that is good now.

    Raises:
        InvalidInput: no way to pay this order. Conflict: not to be paid now; and as `find`.
        OutsideError: the provider did not answer; the same call may be made again.
    """
    with transaction(services.sessions) as session:
        order = find(session)
        ways.require(session, services, order, way)
        provider = services.providers[way]
        request = paying.intend(session, order, provider.name, provider.merchant, now=utc_now())
        asking, request_id = paying.asking(order, request), request.id
    place = provider.ask(asking)
    crash.point("payment-asked")
    with transaction(services.sessions) as session:
        paying.record_asked(session, request_id, place, now=utc_now())


def take_in(services: Services, told: Told, *, confirmed_by: Officer | None = None) -> Credited:
    """Credit a payment and move on what it is for, in one transaction. Where no provider tells of
    it, an officer has `confirmed` it.

    Raises:
        WrongPayment: not what was asked for; that is kept, and an alarm raised.
    """
    now = utc_now()
    crash.point("payment-told")
    try:
        with transaction(services.sessions) as session:
            credited = settling.take(session, told, now=now)
            if confirmed_by is not None and not credited.before:
                audit.note(
                    session, audit.of_office(confirmed_by.office), "order.transfer_confirmed",
                    f"order:{credited.order.id}", confirmed_by.account_id,
                    {"payment": str(credited.payment.id)}, now=now,
                )  # fmt: skip
        crash.point("payment-credited")
        return credited
    except WrongPayment as error:
        with transaction(services.sessions) as session:
            _note(session, told, error)
        raise


def notify(services: Services) -> bool:
    """The sandbox's own machine: one message that nobody has taken yet is sent.

    A merchant that refuses it has answered; one that is away is told again later.
    """
    sandbox = services.sandbox
    if sandbox is None:
        return False
    with lease(services.engine, "sandbox") as held:
        message = next(sandbox.untold(), None) if held else None
        if message is None:
            return False
        import httpx2  # noqa: PLC0415 - only an installation with a sandbox needs it here

        address = f"{services.settings.public_url}/api/v1/payments/{sandbox.name}/notifications"
        headers = {**message.headers, "Content-Type": "application/json"}
        try:
            answer = httpx2.post(
                address, content=message.body, headers=headers, timeout=10, trust_env=False
            )
        except httpx2.HTTPError as error:
            log.warning("sandbox.untold", error=type(error).__name__)
            return False
        crash.point("payment-notified")
        if answer.status_code not in {204, 422}:
            log.warning("sandbox.untold", status=answer.status_code)
            return False
        sandbox.told(message.token)
    return True


def ask(services: Services) -> bool:
    """Ask one provider how one payment stands: a message that was missed is made good so."""
    with transaction(services.sessions) as session:
        if paying.next_question(session, now=utc_now()) is None:
            return False
    with lease(services.engine, "payments") as held:
        if not held:
            return False
        with transaction(services.sessions) as session:
            question = paying.next_question(session, now=utc_now())
        if question is None:
            return False
        told, closed = None, False
        provider = services.providers.get(question.provider)
        try:
            if provider is not None and question.close:
                told = provider.close(question.reference)
                closed = told is None
            elif provider is not None:
                told = provider.query(question.reference)
            if told is not None:
                take_in(services, told)
        except (OutsideError, WrongPayment) as error:
            log.warning("payment.unknown", error=error.code, field=error.field)
            told = None
        with transaction(services.sessions) as session:
            if closed:
                paying.record_closed(session, question.reference, now=utc_now())
            elif told is None:
                paying.ask_later(session, question.reference, now=utc_now())
    return True


def pay_back(services: Services) -> bool:
    """Ask one provider to pay back one refund; it is asked until it has."""
    with transaction(services.sessions) as session:
        if refunding.next_owed(session, now=utc_now()) is None:
            return False
    with lease(services.engine, "refunds") as held:
        if not held:
            return False
        with transaction(services.sessions) as session:
            owed = refunding.next_owed(session, now=utc_now())
        if owed is None:
            return False
        provider, event = services.providers.get(owed.provider), None
        try:
            if provider is not None:
                event = provider.refund(owed.wanted)
        except OutsideError as error:
            log.warning("refund.unknown", error=error.code, permanent=error.permanent)
        if event is not None:
            crash.point("refund-paid")
        with transaction(services.sessions) as session:
            _record_refund(session, owed.wanted.reference, event)
    return True


def expire(services: Services) -> bool:
    """End one order that was not paid in time and that no provider takes money for any more."""
    with transaction(services.sessions) as session:
        return orders.expire_one(session, now=utc_now())


def _record_refund(session: Session, refund_id: UUID, event: str | None) -> None:
    now = utc_now()
    if event is not None:
        refunding.record_done(session, refund_id, event, now=now)
        alarms.clear_alarm(session, REFUND_STUCK, refund_id, now=now)
    elif refunding.ask_later(session, refund_id, now=now) >= _PATIENCE:
        alarms.raise_alarm(
            session, REFUND_STUCK, refund_id,
            "退款尚未到账,请向支付机构查询;转账的由收费人员转回并登记 / a refund is not paid yet: "
            "ask the provider; what was transferred, the cashier sends back and records", now=now,
        )  # fmt: skip


def _note(session: Session, told: Told, error: WrongPayment) -> None:
    """Keep what differs. Nobody can fill the alarms: only what carries a true signature is here."""
    if paying.note_trouble(session, told.reference, told.provider, error.message):
        request = session.get_one(PaymentRequest, told.reference)
        number = session.get_one(Order, request.order_id).number
        alarms.raise_alarm(session, WRONG_PAYMENT, number, error.message, now=utc_now())
    log.warning("payment.wrong", provider=told.provider, field=error.field)


STAGES: Final = (notify, ask, pay_back, expire)
