"""What goes by post: papers that come in, and paper certificates that go out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from accounts.addresses import Delivery
from api import policy
from api.auth import OfficerHere, Reader, Registrant, Wired
from api.database import transaction
from api.delivery_schemas import (
    AwaitedOut,
    AwaitedPage,
    DeliveryAsked,
    DeliveryInFull,
    DeliveryPage,
    DeliveryStanding,
    DispatchIn,
    PaperRemarkIn,
    RecipientIn,
)
from api.delivery_views import delivery_out, in_full, standing_out
from api.idempotency import Key, call_of
from api.openapi import answers
from api.printable import check_form
from api.wiring import Services, utc_now
from core import idempotency
from registry import deliveries, delivering, receiving
from registry.deliveries import PaperDelivery
from registry.delivery_lifecycle import DeliveryState

router = APIRouter(prefix="/api/v1", tags=["delivery"])


@router.get("/matters/{matter_id}/delivery", responses=answers(404))
def show_delivery(matter_id: UUID, services: Wired, caller: Reader) -> DeliveryStanding:
    """The office's ways of handing out a paper certificate, and how far the own one is."""
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        return standing_out(session, services.keyring, matter)


@router.post("/matters/{matter_id}/delivery", status_code=201, responses=answers(404, 409))
def ask_for_delivery(
    matter_id: UUID, body: DeliveryAsked, key: Key, services: Wired, caller: Registrant
) -> DeliveryInFull:
    """Ask for the paper certificate of a registration, when the form did not; once."""
    now, to = utc_now(), None if body.to is None else _to(body.to)
    call = call_of(caller, "ask_for_delivery", key, body, str(matter_id))
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        made = idempotency.once(
            session,
            call,
            lambda: (
                delivering.ask(
                    session, services.keyring, matter, body.way, to, by=caller.who, now=now
                ).id
            ),
            now=now,
        )
        return _full(session, services, session.get_one(PaperDelivery, made.subject))


@router.put("/matters/{matter_id}/delivery/recipient", responses=answers(404, 409))
def redirect_delivery(
    matter_id: UUID, body: RecipientIn, services: Wired, caller: Registrant
) -> DeliveryInFull:
    """Another recipient or address, while nothing is on its way."""
    to = _to(body)
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        row = deliveries.of_applicant(session, matter.id)
        delivering.redirect(
            session, services.keyring, matter, row, to, by=caller.who, now=utc_now()
        )
        return _full(session, services, row)


@router.post("/matters/{matter_id}/delivery/cancellation", responses=answers(404, 409))
def cancel_delivery(matter_id: UUID, services: Wired, caller: Registrant) -> DeliveryInFull:
    """No paper certificate after all, before it was made."""
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        row = deliveries.of_applicant(session, matter.id)
        delivering.cancel(session, matter, row, by=caller.who, now=utc_now())
        return _full(session, services, row)


@router.post("/matters/{matter_id}/delivery/receipt", responses=answers(404, 409))
def receive_delivery(matter_id: UUID, services: Wired, caller: Registrant) -> DeliveryInFull:
    """It has come."""
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        row = deliveries.of_applicant(session, matter.id)
        delivering.receive(session, matter, row, by=caller.who, now=utc_now())
        return _full(session, services, row)


@router.get("/offices/{office}/papers-awaited")
def list_awaited_papers(
    services: Wired,
    officer: OfficerHere,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> AwaitedPage:
    """What waits for its papers on paper, longest first; for registrars and first examiners."""
    with transaction(services.sessions) as session:
        found = receiving.waiting(session, officer, cursor, limit + 1)
        items = [
            AwaitedOut(
                id=each.id, number=each.number, agency=each.agency,
                submitted_at=each.submitted_at or each.created_at,
            )
            for each in found[:limit]
        ]  # fmt: skip
    return AwaitedPage(items=items, next=str(items[-1].id) if len(found) > limit else None)


@router.post(
    "/offices/{office}/matters/{matter_id}/papers-received",
    status_code=204,
    responses=answers(404, 409),
)
def receive_papers(
    matter_id: UUID, body: PaperRemarkIn, services: Wired, officer: OfficerHere
) -> None:
    """Its papers have come, on paper: it goes into the queue, and the office's terms begin."""
    with transaction(services.sessions) as session:
        matter = policy.examined_matter(session, officer, matter_id, lock=True)
        receiving.receive(session, officer, matter, body.note, now=utc_now())


@router.get("/offices/{office}/deliveries")
def list_deliveries(
    services: Wired,
    officer: OfficerHere,
    state: DeliveryState | None = None,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> DeliveryPage:
    """The office's paper certificates, newest first; for registrars."""
    with transaction(services.sessions) as session:
        found = deliveries.at_office(session, officer, state, cursor, limit + 1)
        items = [delivery_out(session, row) for row in found[:limit]]
    return DeliveryPage(items=items, next=str(items[-1].id) if len(found) > limit else None)


@router.get("/offices/{office}/deliveries/{delivery_id}", responses=answers(404))
def examine_delivery(delivery_id: UUID, services: Wired, officer: OfficerHere) -> DeliveryInFull:
    """One of them, with the recipient."""
    with transaction(services.sessions) as session:
        return _full(session, services, policy.delivery_here(session, officer, delivery_id))


@router.post("/offices/{office}/deliveries/{delivery_id}/making", responses=answers(404, 409))
def make_delivery(delivery_id: UUID, services: Wired, officer: OfficerHere) -> DeliveryInFull:
    """The certificate is printed and sealed."""
    with transaction(services.sessions) as session:
        row = policy.delivery_here(session, officer, delivery_id, lock=True)
        delivering.make(session, officer, row, now=utc_now())
        return _full(session, services, row)


@router.post("/offices/{office}/deliveries/{delivery_id}/dispatch", responses=answers(404, 409))
def dispatch_delivery(
    delivery_id: UUID, body: DispatchIn, services: Wired, officer: OfficerHere
) -> DeliveryInFull:
    """It was given to a carrier; the applicant is told the number."""
    check_form(body.model_dump())
    with transaction(services.sessions) as session:
        row = policy.delivery_here(session, officer, delivery_id, lock=True)
        delivering.dispatch(session, officer, row, body.carrier, body.tracking, now=utc_now())
        return _full(session, services, row)


@router.post("/offices/{office}/deliveries/{delivery_id}/readiness", responses=answers(404, 409))
def lay_delivery_ready(delivery_id: UUID, services: Wired, officer: OfficerHere) -> DeliveryInFull:
    """It lies ready for collection; the applicant is told."""
    with transaction(services.sessions) as session:
        row = policy.delivery_here(session, officer, delivery_id, lock=True)
        delivering.lay_ready(session, officer, row, now=utc_now())
        return _full(session, services, row)


@router.post("/offices/{office}/deliveries/{delivery_id}/hand-over", responses=answers(404, 409))
def hand_over_delivery(
    delivery_id: UUID, body: PaperRemarkIn, services: Wired, officer: OfficerHere
) -> DeliveryInFull:
    """It was collected, or the carrier says that it came."""
    with transaction(services.sessions) as session:
        row = policy.delivery_here(session, officer, delivery_id, lock=True)
        delivering.hand_over(session, officer, row, body.note, now=utc_now())
        return _full(session, services, row)


@router.post("/offices/{office}/deliveries/{delivery_id}/return", responses=answers(404, 409))
def take_delivery_back(
    delivery_id: UUID, body: PaperRemarkIn, services: Wired, officer: OfficerHere
) -> DeliveryInFull:
    """It came back, or nobody came for it; `note` says why, and the applicant is told."""
    with transaction(services.sessions) as session:
        row = policy.delivery_here(session, officer, delivery_id, lock=True)
        delivering.come_back(session, officer, row, body.note, now=utc_now())
        return _full(session, services, row)


def _full(session: Session, services: Services, row: PaperDelivery) -> DeliveryInFull:
    return in_full(session, services.keyring, row)


def _to(body: RecipientIn) -> Delivery:
    return Delivery(body.recipient, body.mobile, body.address)
