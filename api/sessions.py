"""A new session for an account: its row, its cookie, and what the page needs to know of it."""

from uuid import UUID

from fastapi import Request, Response

from accounts import second_factors, sign_ins, staff
from accounts.models import Account
from api.auth import Caller, address_of, set_cookie
from api.database import transaction
from api.schemas import SessionOut
from api.views import session_out
from api.wiring import Services, utc_now


def opened(
    request: Request,
    response: Response,
    services: Services,
    account: Account,
    *,
    factor_shown: bool = False,
) -> SessionOut:
    """Sign the account in: always a new secret. With a second factor set up, nothing works before
    it is shown.
    """
    with transaction(services.sessions) as session:
        now = utc_now()
        secret, row = sign_ins.open_one(
            session,
            account.id,
            services.settings.session_life,
            factor_due=second_factors.is_set_up(session, account.id),
            factor_shown=factor_shown,
            address_index=sign_ins.address_index(services.keyring, account.id, address_of(request)),
            now=now,
        )
        staff.note_sign_in(session, account.id, "officer.signed_in", now=now)
    set_cookie(response, services.settings, secret)
    return session_out(account, secret, row)


def renewed(response: Response, services: Services, caller: Caller) -> SessionOut:
    """After the second factor was shown: the session goes on under a new cookie and a new token for
    changes. Whoever had the cookie of the half-open session has nothing.
    """
    with transaction(services.sessions) as session:
        secret, row = sign_ins.renew(session, caller.account_id, present(caller.sign_in_id))
        account = session.get_one(Account, caller.account_id)
    set_cookie(response, services.settings, secret)
    return session_out(account, secret, row)


def present(sign_in_id: UUID | None) -> UUID:
    """The session's id where `SignedIn` lets nobody else in."""
    assert sign_in_id is not None  # noqa: S101 - see above
    return sign_in_id
