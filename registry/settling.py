"""A payment that came moves what it was for on, in the transaction that credits it."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from billing import crediting
from billing.crediting import Credited
from billing.provider import Told
from registry import submitting
from registry.fees import MATTER
from registry.lifecycle import MatterState
from registry.models import Matter

_REASON: Final = "paid"


def take(session: Session, told: Told, *, now: datetime) -> Credited:
    """Credit a payment, and let the matter it settles go on to the examiners.

    The matter is locked before its order, as everywhere: one who recalls it at the same moment is
    either before this, and the money goes back, or after it, and finds it submitted.

    Raises:
        WrongPayment: not what was asked for.
    """
    subject = crediting.subject_of(session, told)
    matter = None
    if subject.kind == MATTER:
        matter = session.get_one(Matter, subject.id, with_for_update=True, populate_existing=True)
    credited = crediting.credit(session, told, now=now)
    if matter is not None and credited.settled and matter.status == MatterState.PAYMENT:
        submitting.go_on_when_settled(session, matter, _REASON, now=now)
    return credited
