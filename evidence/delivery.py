"""Where evidence is charged or reviewed: what waits is the certificate, and nothing else.

Digests, statement, time-stamp and anchor come at submission, whoever pays whenever. What held at
the submission is kept with the evidence, so that terms that change later change nothing for it.
Off unless an operator turns it on.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing import orders
from billing.models import Order
from billing.money import NOTHING
from billing.orders import INSTALLATION, NewOrder, Subject
from billing.pricing import Price, PriceList, Wish, quote
from core import audit
from core.db import Base
from core.errors import Conflict, NotReady
from evidence.models import Evidence

EVIDENCE: Final = "evidence"
"""What orders call the subject."""


class DeliveryState(StrEnum):
    """Of a certificate, beside the state of its evidence."""

    PAYMENT = "payment"  # 待支付; the depositor: pay
    REVIEW = "review"  # 审核中; the operator: look at it
    READY = "ready"  # 已存证; nobody


class Delivery(Base):
    """Terms that held when the evidence came; no row: none did."""

    __tablename__ = "evidence_delivery"

    evidence_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    charged: Mapped[bool]
    reviewed: Mapped[bool]
    cleared_at: Mapped[datetime | None]
    """When an operator had looked at it."""


@dataclass(frozen=True)
class DeliveryTerms:
    """What an operator asks of depositors. `fee` for each evidence, in `currency` (ISO 4217)."""

    fee: Decimal = NOTHING
    currency: str = "CNY"
    review: bool = False

    @property
    def any(self) -> bool:
        """Whether a certificate waits for something."""
        return self.review or bool(self.fee)


def hold(
    session: Session,
    evidence: Evidence,
    terms: DeliveryTerms,
    agent_id: uuid.UUID | None,
    *,
    now: datetime,
) -> None:
    """Keep the terms with an evidence that has just come, and open its order."""
    if not terms.any or evidence.submitted_at != now:
        return
    if session.get(Delivery, evidence.id) is not None:
        return  # twice in one batch
    session.add(Delivery(evidence_id=evidence.id, charged=bool(terms.fee), reviewed=terms.review))
    session.flush()
    if terms.fee:
        _order(session, evidence, terms, agent_id, now=now)


def state(session: Session, evidence_id: uuid.UUID) -> DeliveryState:
    """What the certificate waits for."""
    return states(session, [evidence_id]).get(evidence_id, DeliveryState.READY)


def states(
    session: Session, evidence_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, DeliveryState]:
    """As `state`, of each evidence that waits for something or did."""
    if not evidence_ids:
        return {}
    rows = session.scalars(select(Delivery).where(Delivery.evidence_id.in_(evidence_ids))).all()
    paid = orders.charged_each(session, EVIDENCE, [row.evidence_id for row in rows if row.charged])
    return {row.evidence_id: _waits_for(row, paid) for row in rows}


def _waits_for(row: Delivery, paid: Collection[uuid.UUID]) -> DeliveryState:
    if row.charged and row.evidence_id not in paid:
        return DeliveryState.PAYMENT
    if row.reviewed and row.cleared_at is None:
        return DeliveryState.REVIEW
    return DeliveryState.READY


def require_ready(session: Session, evidence_id: uuid.UUID) -> None:
    """Raises NotReady while the certificate waits for a payment or a review."""
    found = state(session, evidence_id)
    if found is DeliveryState.PAYMENT:
        raise NotReady(
            "待支付:付款后可取证书,存证时间不变 / pay first; the time of the evidence stays",
            field="order",
        )
    if found is DeliveryState.REVIEW:
        raise NotReady("审核中,审核后可取证书 / under review: the certificate follows")


def open_order(
    session: Session,
    evidence: Evidence,
    terms: DeliveryTerms,
    agent_id: uuid.UUID | None,
    *,
    now: datetime,
) -> Order:
    """The order of an evidence that waits for its payment; another when the last has expired.

    `evidence` is locked by the caller.

    Raises:
        Conflict: nothing is to be paid for it.
    """
    if state(session, evidence.id) is not DeliveryState.PAYMENT:
        raise Conflict("此存证无须支付 / nothing is to be paid for this evidence", field="order")
    subject = Subject(EVIDENCE, evidence.id)
    found = orders.open_for(session, subject)
    if found is None:
        last = orders.latest_for(session, subject)
        price = terms.fee if last is None or not last.total else last.total
        kept = DeliveryTerms(price, terms.currency if last is None else last.currency)
        found = _order(session, evidence, kept, agent_id, now=now)
    return found


def clear(session: Session, evidence: Evidence, *, now: datetime) -> None:
    """An operator has looked at it. `evidence` is locked by the caller.

    Raises:
        Conflict: it does not wait for a review.
    """
    if state(session, evidence.id) is not DeliveryState.REVIEW:
        raise Conflict("此存证不在审核中 / this evidence waits for no review", field="number")
    session.get_one(Delivery, evidence.id).cleared_at = now
    subject = f"evidence:{evidence.id}"
    audit.note(session, audit.INSTALLATION, "evidence.reviewed", subject, None, now=now)
    session.flush()


def _order(
    session: Session,
    evidence: Evidence,
    terms: DeliveryTerms,
    agent_id: uuid.UUID | None,
    *,
    now: datetime,
) -> Order:
    price = Price("evidence", "存证费 / fee for the evidence", terms.fee, "work")
    prices = PriceList(f"evidence:{terms.fee}:{terms.currency}", terms.currency, (price,))
    made = quote(prices, Wish({}))
    subject = Subject(EVIDENCE, evidence.id)
    new = NewOrder(
        payer_id=evidence.owner_id,
        agent_id=agent_id,
        seller=INSTALLATION,
        subject=subject,
        title="存证 evidence",
        edition=made.edition,
        currency=made.currency,
        items=orders.of_quote(subject, made),
    )
    return orders.open_order(session, new, now=now)
