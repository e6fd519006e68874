"""Second factors: one-time codes and passkeys; and signing in with a passkey alone.

Officers need one; everybody else may have some, and then has to show one at each sign-in. Who has
one shows it before another is added or one is removed: a password alone changes none of them.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from accounts import passkeys, second_factors, staff
from accounts.contact_models import Passkey
from accounts.models import Account
from api import policy
from api.account_schemas import (
    CeremonyOut,
    CredentialIn,
    FactorsOut,
    NewPasskeyIn,
    PasskeyOut,
)
from api.auth import Caller, HalfSignedIn, SignedIn, Wired, address_of, require_own_origin
from api.database import transaction
from api.idempotency import OptionalKey, call_of, still_there
from api.openapi import answers
from api.people_schemas import CodeIn, SecretOut
from api.schemas import SessionOut
from api.sessions import opened, present, renewed
from api.wiring import Services, utc_now
from core import idempotency

router = APIRouter(prefix="/api/v1", tags=["accounts"])

_ISSUER: Final = "Yinji"
_ADDRESSES: Final = 6
_TRIES_PER_DAY: Final = 50


def _own_page(request: Request, services: Wired) -> None:
    require_own_origin(request, services.settings)


OwnPage = Depends(_own_page)


@router.get("/second-factors")
def list_second_factors(services: Wired, caller: SignedIn) -> FactorsOut:
    """What this account can show beside its password."""
    with transaction(services.sessions) as session:
        rows = passkeys.of_account(session, caller.account_id)
        return FactorsOut(
            codes=second_factors.has_codes(session, caller.account_id),
            passkeys=[_out(row) for row in rows],
        )


@router.post("/second-factor", status_code=201, responses=answers(409))
def begin_second_factor(services: Wired, caller: SignedIn) -> SecretOut:
    """A secret for an authenticator app; show one of its codes to confirm it."""
    with transaction(services.sessions) as session:
        second_factors.require_shown(session, caller.account_id, present(caller.sign_in_id))
        account = session.get_one(Account, caller.account_id)
        secret = second_factors.begin(session, services.keyring, account.id, now=utc_now())
    name = account.email or account.mobile or ""
    return SecretOut(address=second_factors.address(secret, name, _ISSUER))


@router.delete("/second-factor", status_code=204, responses=answers(404, 409))
def remove_second_factor(services: Wired, caller: SignedIn) -> None:
    """One-time codes work no more. An officer keeps one factor."""
    with transaction(services.sessions) as session:
        second_factors.require_shown(session, caller.account_id, present(caller.sign_in_id))
        passkeys.remove_codes(session, caller.account_id, now=utc_now())


@router.put("/session/second-factor")
def show_second_factor(
    response: Response, body: CodeIn, services: Wired, caller: HalfSignedIn
) -> SessionOut:
    """A code from the app: this session may now act for an office. No code works twice. The cookie
    is a new one from now on, and so is the token that changes need.
    """
    _slow_down(services, caller.account_id)
    now = utc_now()
    with transaction(services.sessions) as session:
        second_factors.show(
            session, services.keyring, caller.account_id, present(caller.sign_in_id),
            body.code.get_secret_value(), now=now,
        )  # fmt: skip
        staff.note_sign_in(session, caller.account_id, "officer.second_factor_shown", now=now)
    return renewed(response, services, caller)


@router.post("/passkeys/challenge", status_code=201, responses=answers(409))
def begin_passkey(services: Wired, caller: SignedIn) -> CeremonyOut:
    """Begin to register a passkey: options for `navigator.credentials.create`."""
    with transaction(services.sessions) as session:
        second_factors.require_shown(session, caller.account_id, present(caller.sign_in_id))
        account = session.get_one(Account, caller.account_id)
        made, options = passkeys.begin_registration(session, services.site, account, now=utc_now())
    return CeremonyOut(challenge_id=made, options=options)


@router.post("/passkeys", status_code=201, responses=answers(404, 409, 410))
def register_passkey(
    body: NewPasskeyIn, services: Wired, caller: SignedIn, key: OptionalKey = None
) -> PasskeyOut:
    """Keep the passkey that the authenticator made; in this session it counts as shown."""
    now = utc_now()
    call = call_of(caller, "register_passkey", key, body)
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            call,
            lambda: _registered(session, services, caller, body, now),
            now=now,
        )
        with still_there():
            return _out(policy.own_passkey(session, caller, made.subject))


@router.delete("/passkeys/{passkey_id}", status_code=204, responses=answers(409))
def remove_passkey(passkey_id: UUID, services: Wired, caller: SignedIn) -> None:
    """A passkey that works no more. An officer keeps one factor."""
    with transaction(services.sessions) as session:
        policy.own_passkey(session, caller, passkey_id)
        second_factors.require_shown(session, caller.account_id, present(caller.sign_in_id))
        passkeys.remove(session, caller.account_id, passkey_id, now=utc_now())


@router.post("/session/passkey-challenge", status_code=201)
def begin_passkey_proof(services: Wired, caller: HalfSignedIn) -> CeremonyOut:
    """Options for showing a passkey as the second factor of this session."""
    with transaction(services.sessions) as session:
        made, options = passkeys.begin_proof(
            session, services.site, caller.account_id, now=utc_now()
        )
    return CeremonyOut(challenge_id=made, options=options)


@router.put("/session/passkey", responses=answers(404))
def show_passkey(
    response: Response, body: CredentialIn, services: Wired, caller: HalfSignedIn
) -> SessionOut:
    """A passkey's answer: the second factor of this session is shown, and its cookie renewed."""
    _slow_down(services, caller.account_id)
    now = utc_now()
    with transaction(services.sessions) as session:
        passkeys.prove(
            session, services.site, caller.account_id, present(caller.sign_in_id),
            body.challenge_id, body.credential, now=now,
        )  # fmt: skip
        staff.note_sign_in(session, caller.account_id, "officer.second_factor_shown", now=now)
    return renewed(response, services, caller)


@router.post(
    "/sign-in/passkey-challenge",
    status_code=201,
    dependencies=[OwnPage],
    responses=answers(403, 429),
)
def begin_passkey_sign_in(request: Request, services: Wired) -> CeremonyOut:
    """Options for signing in with any passkey of this site; no name and no password."""
    _brake(request, services)
    with transaction(services.sessions) as session:
        made, options = passkeys.begin_sign_in(session, services.site, now=utc_now())
    return CeremonyOut(challenge_id=made, options=options)


@router.post("/sign-in/passkey", dependencies=[OwnPage], responses=answers(403, 404, 429))
def sign_in_with_passkey(
    request: Request, response: Response, body: CredentialIn, services: Wired
) -> SessionOut:
    """Sign in with a passkey; its second factor is shown with it."""
    _brake(request, services)
    with transaction(services.sessions) as session:
        account = passkeys.sign_in(
            session, services.site, body.challenge_id, body.credential, now=utc_now()
        )
    return opened(request, response, services, account, factor_shown=True)


def _registered(
    session: Session, services: Services, caller: Caller, body: NewPasskeyIn, now: datetime
) -> UUID:
    sign_in = present(caller.sign_in_id)
    second_factors.require_shown(session, caller.account_id, sign_in)
    made = passkeys.finish_registration(
        session, services.site, caller.account_id, body.challenge_id, body.credential, body.name,
        now=now,
    )  # fmt: skip
    second_factors.mark_shown(session, caller.account_id, sign_in, now=now)
    return made.id


def _out(row: Passkey) -> PasskeyOut:
    return PasskeyOut(id=row.id, name=row.name, created_at=row.created_at, used_at=row.used_at)


def _slow_down(services: Services, account_id: UUID) -> None:
    """Five tries a minute, fifty a day: six digits are not guessed that way."""
    services.limiter.check(f"second-factor:{account_id}", services.settings.sign_in_per_minute)
    services.limiter.check(f"second-factor-day:{account_id}", _TRIES_PER_DAY, 86_400)


def _brake(request: Request, services: Services) -> None:
    often = services.settings.sign_in_per_minute * _ADDRESSES
    services.limiter.check(f"sign-in:{address_of(request)}", often)
