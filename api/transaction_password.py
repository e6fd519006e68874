"""The transaction password (交易密码, TJ-58): asked for at each submission where an office says so.

It is the one of whoever submits, also for an organisation or a principal. Compared outside of any
transaction.
"""

from typing import Final
from uuid import UUID

from pydantic import SecretStr

from accounts.models import Account
from api import policy
from api.auth import Caller
from api.database import transaction
from api.wiring import Services
from core.errors import NotAllowed
from registry import matters
from registry.profile import Profile

FIELD: Final = "transaction_password"
_PER_MINUTE: Final = 120
"""Programs submit many matters; at this pace ten characters are not guessed."""


def require_transaction_password(
    services: Services, caller: Caller, matter_id: UUID, given: SecretStr | None
) -> None:
    """Where the matter's office asks for one.

    Raises:
        NotAllowed: none was set, or none or a wrong one was given. NotFound: no such matter.
    """
    with transaction(services.sessions) as session:
        matter = policy.own_matter(session, caller, matter_id)
        profile = matters.profile_of(session, matter)
    require_at(services, caller, profile, given)


def require_at(
    services: Services, caller: Caller, profile: Profile, given: SecretStr | None
) -> None:
    """Where this office asks for one.

    Raises:
        NotAllowed: none was set, or none or a wrong one was given.
    """
    if not profile.filing.transaction_password:
        return
    with transaction(services.sessions) as session:
        kept = session.get_one(Account, caller.who).transaction_password_hash
    if kept is None:
        raise NotAllowed(
            "本机构要求交易密码,请先设置 / this office asks for a transaction password: set one, "
            "PUT /api/v1/account/transaction-password",
            field=FIELD,
        )
    services.limiter.check(f"transaction:{caller.who}", _PER_MINUTE)
    if given is None or not services.passwords.matches(given.get_secret_value(), kept):
        raise NotAllowed(
            "交易密码有误,请重新输入 / the transaction password is wrong: enter it again",
            field=FIELD,
        )
