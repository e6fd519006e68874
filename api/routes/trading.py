"""Whether a registered work may be shown for trading (TJ-18, TJ-107)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints

from api import policy
from api.auth import Reader, Registrant, Wired
from api.database import transaction
from api.openapi import answers
from api.schemas import Flag, Strict
from api.wiring import utc_now
from registry import offices, trading
from registry.form import MOST_NOTE

router = APIRouter(prefix="/api/v1/matters", tags=["matters"])


class TradingIn(Strict):
    """`information` is shown to everybody beside the work; it goes with consent only."""

    consent: Flag
    information: Annotated[str, StringConstraints(max_length=MOST_NOTE)] | None = None


class TradingOut(BaseModel):
    """`possible`: the office shows works for trading, has announced this one, and it is not
    revoked. With `consent` it is on the list then (`GET …/public/offices/{office}/registrations`).
    """

    possible: bool
    consent: bool
    information: str


@router.get("/{matter_id}/trading", responses=answers(404, 409))
def show_trading(matter_id: UUID, services: Wired, caller: Reader) -> TradingOut:
    """Whether one's registered work is shown for trading, and with which words."""
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        rules = offices.get(matter.office, services.offices)
        return _out(trading.standing(session, matter, rules))


@router.put("/{matter_id}/trading", responses=answers(404, 409))
def set_trading(
    matter_id: UUID, body: TradingIn, services: Wired, caller: Registrant
) -> TradingOut:
    """Let the office show one's registered work for trading, or take that back: at any time, and
    from that moment. The registration and its certificate stay as they are.
    """
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id, lock=True)
        rules = offices.get(matter.office, services.offices)
        said = body.model_dump()
        trading.change(session, matter, rules, said, by=caller.who, now=utc_now())
        return _out(trading.standing(session, matter, rules))


def _out(found: trading.Standing) -> TradingOut:
    return TradingOut(
        possible=found.possible, consent=found.consented, information=found.information
    )
