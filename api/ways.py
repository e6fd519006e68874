"""Which ways of paying an order or a quote has: what the office names and an adapter can do."""

from sqlalchemy.orm import Session

from api.settings import SANDBOX, TRANSFER
from api.wiring import Services
from billing import transfer
from billing.models import Order
from core.errors import InvalidInput
from registry import matters
from registry.fees import MATTER
from registry.models import Matter
from registry.profile import Profile
from registry.profile_parts import BankAccount


def offered(services: Services, profile: Profile | None) -> tuple[str, ...]:
    """The ways that can be chosen here. An office's own are those it names, a transfer only into
    its account; the sandbox, where it is, always; what no office sells, by every provider.
    """

    def fits(way: str) -> bool:
        if way == SANDBOX:
            return True
        if profile is None:
            return way != TRANSFER
        return way in profile.fees.ways and (
            way != TRANSFER or account_of(services, profile) is not None
        )

    return tuple(way for way in services.providers if fits(way))


def account_of(services: Services, profile: Profile) -> BankAccount | None:
    """Where transfers go today, whatever the edition of the rules that the matter keeps."""
    today = services.offices.get(profile.key, profile)
    return today.fees.account or profile.fees.account


def rules_of(session: Session, order: Order) -> Profile | None:
    """The rules under which an order was opened; None when no office sells it."""
    if order.subject_kind != MATTER:
        return None
    return matters.profile_of(session, session.get_one(Matter, order.subject_id))


def require(session: Session, services: Services, order: Order, way: str) -> None:
    """Raises InvalidInput, naming the ways there are, when an order cannot be paid so."""
    can = offered(services, rules_of(session, order))
    if way not in can:
        ways = ", ".join(can) or "无 none"
        raise InvalidInput(f"可用的支付方式 / ways that can be chosen: {ways}", field="way")


def remark_of(session: Session, order: Order) -> str:
    """作品名+流水号 of an order for a matter."""
    title = ""
    if order.subject_kind == MATTER:
        title = str(session.get_one(Matter, order.subject_id).form.get("title") or "")
    return transfer.remark(title, order.number)
