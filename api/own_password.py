"""The password of one's own account, asked for once more before something that matters."""

from accounts.models import Account
from api.auth import Caller
from api.database import transaction
from api.wiring import Services
from core.errors import NotAllowed


def require_own_password(services: Services, caller: Caller, given: str) -> Account:
    """The caller's account, once its own password was given. Compared outside of a transaction.

    Raises:
        NotAllowed: it is wrong. RateLimited: too many tries, whichever operation asks.
    """
    services.limiter.check(f"password:{caller.account_id}", services.settings.sign_in_per_minute)
    with transaction(services.sessions) as session:
        account = session.get_one(Account, caller.account_id)
    if not services.passwords.matches(given, account.password_hash):
        raise NotAllowed("密码有误 / the password is wrong", field="password")
    return account
