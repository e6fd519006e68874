"""I4: a row's history follows its table of transitions, and ends where the row stands."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, literal, select
from sqlalchemy.orm import Session, aliased

from accounts import identity, kinds
from accounts.identity import IdentityStatus
from accounts.kinds import KindChangeStatus
from accounts.person_models import KindChange, Verification
from api.fsck.findings import Findings
from billing.lifecycle import OrderState, RefundState, RequestState
from billing.models import Order, PaymentRequest, Refund
from billing.orders import ORDERS
from billing.paying import REQUESTS
from billing.refunding import REFUNDS
from chain.confirming import TRANSACTIONS
from chain.lifecycle import AttemptStatus, TransactionStatus
from chain.models import Attempt, Transaction
from chain.sending import ATTEMPTS
from core.lifecycle import Lifecycle, Transition
from registry.deliveries import PaperDelivery
from registry.delivering import PAPER_DELIVERY
from registry.delivery_lifecycle import DeliveryState
from registry.lifecycle import MatterState
from registry.matters import MATTER
from registry.models import Matter
from registry.revocation_lifecycle import RevocationState
from registry.revocations import RegistrationRevocation
from registry.revoking import REVOCATION_LIFECYCLE
from registry.signing_models import SigningAct
from registry.signing_state import ACT, ActState


@dataclass(frozen=True)
class History:
    """One lifecycle, the table of its rows, and the state they begin in; `born`, where that is
    another for some rows, gives each row's.
    """

    lifecycle: Lifecycle[Any]
    model: type[Any]
    first: StrEnum
    born: ColumnElement[str] | None = None

    @property
    def begins(self) -> ColumnElement[str]:
        return literal(self.first.value) if self.born is None else self.born


REVOCATIONS: Final = History(
    REVOCATION_LIFECYCLE, RegistrationRevocation, RevocationState.REQUESTED,
    # What no applicant asked for begins with an officer's proposal.
    case(
        (RegistrationRevocation.requested_by.is_(None), RevocationState.PROPOSED.value),
        else_=RevocationState.REQUESTED.value,
    ),
)  # fmt: skip

_KEPT = aliased(SigningAct)
_MADE = select(_KEPT.id).where(_KEPT.id != SigningAct.id, _KEPT.status == ActState.SIGNED.value)
"""Signatures of other acts."""

HISTORIES: Final = (
    History(MATTER, Matter, MatterState.DRAFT),
    History(PAPER_DELIVERY, PaperDelivery, DeliveryState.ASKED),
    REVOCATIONS,
    History(
        ACT, SigningAct, ActState.WAITING,
        # A signature kept from an earlier round names the act it was made for.
        case(
            (SigningAct.reference.in_(_MADE), ActState.SIGNED.value),
            else_=ActState.WAITING.value,
        ),
    ),
    History(identity.LIFECYCLE, Verification, IdentityStatus.DRAFT),
    History(kinds.CHANGES, KindChange, KindChangeStatus.REQUESTED),
    History(ORDERS, Order, OrderState.OPEN),
    History(REQUESTS, PaymentRequest, RequestState.INTENDED),
    History(REFUNDS, Refund, RefundState.INTENDED),
    History(ATTEMPTS, Attempt, AttemptStatus.SIGNED),
    History(TRANSACTIONS, Transaction, TransactionStatus.OPEN),
)  # fmt: skip
"""Every lifecycle there is; a test holds it against the code."""


def check_histories(session: Session, found: Findings) -> None:
    """Every row that has a status, and every move that was written down."""
    moves: dict[tuple[str, UUID], list[Transition]] = defaultdict(list)
    for line in session.scalars(select(Transition).order_by(Transition.id)):
        moves[line.lifecycle, line.subject].append(line)
    for history in HISTORIES:
        name, model = history.lifecycle.name, history.model
        for row_id, status, first in session.execute(
            select(model.id, model.status, history.begins)
        ):
            lines = moves.pop((name, row_id), [])
            found.look(
                "I4",
                holds=_leads(lines, history.lifecycle.transitions, first, status),
                subject=row_id,
                detail=f"{name}: history does not lead to {status}",
            )
    for name, row_id in moves:
        found.look("I4", holds=False, subject=row_id, detail=f"{name}: history of no row")


def _leads(
    lines: Sequence[Transition], table: Mapping[Any, frozenset[Any]], first: str, status: str
) -> bool:
    kind = type(next(iter(table)))
    try:
        state = kind(first)
        for line in lines:
            was, became = kind(line.was), kind(line.became)
            if was != state or became not in table[was]:
                return False
            state = became
    except ValueError:
        return False
    return bool(state == status)
