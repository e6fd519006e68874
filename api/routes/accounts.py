"""Signing up, in and out. Passwords are compared outside of any transaction."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from accounts import consents, contacts, people, sign_ins, unconfirmed
from accounts.identifiers import Identifier, parse_identifier
from accounts.models import Account
from accounts.passwords import check_new
from api import messages, policy
from api.auth import (
    HalfSignedIn,
    SignedIn,
    Wired,
    address_of,
    blinded,
    cookie_name,
    drop_cookie,
    require_own_origin,
)
from api.braking import brake, brake_codes
from api.database import transaction
from api.idempotency import OptionalKey
from api.openapi import answers
from api.schemas import PasswordIn, SessionOut, SignInIn, SignInOut, SignInPage, SignUpIn
from api.sessions import opened, present
from api.views import session_out
from api.wiring import Services, utc_now
from certs.glyphs import check_glyphs
from core import idempotency
from core.errors import IdempotencyMismatch, InvalidInput, NotAllowed, NotAuthenticated
from core.idempotency import Call

router = APIRouter(prefix="/api/v1", tags=["accounts"])

_SIGN_UPS: Final = 1000
"""In five minutes, so many times what one address may in one: a flood is slowed down as a whole."""


def _own_page(request: Request, services: Wired) -> None:
    require_own_origin(request, services.settings)


@router.post(
    "/accounts",
    status_code=201,
    dependencies=[Depends(_own_page)],
    responses=answers(403, 409, 429),
)
def sign_up(
    request: Request,
    response: Response,
    body: SignUpIn,
    services: Wired,
    key: OptionalKey = None,
) -> SessionOut:
    """Open an account and sign in; a code goes to `identifier`, an e-mail or a mobile number, at
    once. The answer is the same whoever else has that address: only who can read the code there
    gets to know. `name` is what certificates print as the depositor: declared, not verified. The
    same call with the same Idempotency-Key signs in to the account that it opened, and sends
    nothing more.
    """
    if not services.settings.sign_up_open:
        raise NotAllowed("本服务不开放注册 / this service does not take new accounts")
    identifier = parse_identifier(body.identifier, "identifier")
    check_glyphs(body.name.strip(), "name")
    consents.require_all(body.agreed)
    password = body.password.get_secret_value()
    check_new(password, "password", not_like=identifier.value)
    _brake(request, services, identifier.value, "sign-up")
    often = services.settings.sign_in_per_minute
    services.limiter.check("sign-up-all", often * _SIGN_UPS, 300)
    brake_codes(services.limiter, identifier.value)
    kept = services.passwords.hash(password, unconfirmed.salt_of(services.keyring, identifier))
    call, codes, now = None, list[str](), utc_now()
    if key is not None:
        # The password is compared with what is kept of it; a digest of it could be guessed.
        scope = f"sign-up:{blinded(identifier.value)}"
        call = Call(scope, "sign_up", key, [identifier.value, body.name, str(body.referrer)])

    def make() -> UUID:
        account = people.sign_up(session, identifier, body.name, kept, body.referrer, now=now)
        consents.record(session, account.id, now=now)
        codes.append(contacts.begin(session, services.keyring, account.id, identifier, now=now))
        return account.id

    with transaction(services.sessions) as session:
        made = idempotency.once(session, call, make, now=now)
        account = session.get_one(Account, made.subject)
    for code in () if made.before else codes:
        services.outbox.send(messages.contact_code(identifier, code), now=now)
    if made.before and not services.passwords.matches(password, account.password_hash):
        raise IdempotencyMismatch(
            "此幂等键已用于另一请求,请换新键 / this Idempotency-Key was used for another request",
            field="Idempotency-Key",
        )
    return opened(request, response, services, account)


@router.post("/session", dependencies=[Depends(_own_page)], responses=answers(401, 403, 429))
def sign_in(request: Request, response: Response, body: SignInIn, services: Wired) -> SessionOut:
    """Sign in, by e-mail, mobile number or user name: a new session each time; one that came with
    the request ends. Where a second factor is set up, it is due next. With an e-mail or number that
    several have claimed each gets into their own account, by its password.
    """
    identifier = _identifier(body.identifier)
    named = body.identifier.strip().lower() if identifier is None else identifier.value

    typed = body.password.get_secret_value()

    def owner() -> Account | None:
        with transaction(services.sessions) as session:
            if identifier is None:
                return people.find_named(session, named)
            return people.find(session, identifier)

    def is_known() -> bool:
        # Of the owner alone: whoever guesses could claim the address, too, to be known anywhere.
        return _came_from(services, owner(), address_of(request))

    _brake(request, services, named, "sign-in", is_known)
    account = _with_password(services, owner(), typed)
    if identifier is not None:
        # In any case: neither answer nor time says whether there is an owner, or who else claims.
        claimant = _claimant(services, identifier, typed)
        account = account or claimant
    if account is None:
        raise NotAuthenticated("账号或密码有误 / wrong account or password", field="password")
    if old := request.cookies.get(cookie_name(services.settings)):
        with transaction(services.sessions) as session:
            row = sign_ins.find(session, old, now=utc_now())
            if row is not None:
                sign_ins.end(row, now=utc_now())
    return opened(request, response, services, account)


@router.get("/session")
def who_am_i(request: Request, services: Wired, caller: HalfSignedIn) -> SessionOut:
    """The account of this session, and the token its changes need."""
    secret = request.cookies[cookie_name(services.settings)]
    with transaction(services.sessions) as session:
        row = policy.own_session(session, caller, present(caller.sign_in_id))
        account = session.get_one(Account, caller.account_id)
    return session_out(account, secret, row)


@router.delete("/session", status_code=204)
def sign_out(response: Response, services: Wired, caller: HalfSignedIn) -> None:
    """End this session."""
    with transaction(services.sessions) as session:
        row = policy.own_session(session, caller, present(caller.sign_in_id))
        sign_ins.end(row, now=utc_now())
    drop_cookie(response, services.settings)


@router.get("/sessions")
def list_sessions(services: Wired, caller: SignedIn) -> SignInPage:
    """Where this account is signed in."""
    with transaction(services.sessions) as session:
        rows = sign_ins.live(session, caller.account_id, now=utc_now())
    return SignInPage(
        items=[
            SignInOut(
                id=row.id,
                created_at=row.created_at,
                expires_at=row.expires_at,
                current=row.id == caller.sign_in_id,
            )
            for row in rows
        ]
    )


@router.delete("/sessions/{session_id}", status_code=204)
def end_session(session_id: UUID, services: Wired, caller: SignedIn) -> None:
    """End one session, at once."""
    with transaction(services.sessions) as session:
        sign_ins.end(policy.own_session(session, caller, session_id), now=utc_now())


@router.put("/account/password", status_code=204, responses=answers(409))
def change_password(body: PasswordIn, services: Wired, caller: SignedIn) -> None:
    """Set a new password; every other session of the account ends."""
    services.limiter.check(f"password:{caller.account_id}", services.settings.sign_in_per_minute)
    with transaction(services.sessions) as session:
        account = session.get_one(Account, caller.account_id)
    if not services.passwords.matches(body.current.get_secret_value(), account.password_hash):
        raise NotAllowed("当前密码有误 / the current password is wrong", field="current")
    new = body.new.get_secret_value()
    check_new(new, "new", not_like=account.email or account.mobile or "")
    kept = services.passwords.hash(new, unconfirmed.salt_for(services.keyring, account))
    with transaction(services.sessions) as session:
        now = utc_now()
        people.set_password(session, account.id, account.password_hash, kept, now=now)
        sign_ins.end_others(session, account.id, present(caller.sign_in_id), now=now)


def _identifier(text: str) -> Identifier | None:
    """What was typed as an e-mail or mobile number; None for what can only be a user name."""
    try:
        return parse_identifier(text, "identifier")
    except InvalidInput:
        return None


def _with_password(services: Services, account: Account | None, typed: str) -> Account | None:
    kept = None if account is None else account.password_hash
    return account if services.passwords.matches(typed, kept) else None


def _claimant(services: Services, identifier: Identifier, typed: str) -> Account | None:
    """Whoever claims this address with this password."""
    kept = services.passwords.hash(typed, unconfirmed.salt_of(services.keyring, identifier))
    with transaction(services.sessions) as session:
        found = unconfirmed.find(session, identifier, kept)
        older = unconfirmed.kept_otherwise(session, identifier, kept)
    if found is None and older is not None:
        return _with_password(services, older, typed)
    return found


def _came_from(services: Services, account: Account | None, address: str) -> bool:
    """Whether this account's owner has signed in from this address lately."""
    if account is None:
        return False
    index = sign_ins.address_index(services.keyring, account.id, address)
    with transaction(services.sessions) as session:
        since = utc_now() - services.settings.known_address
        return sign_ins.came_from(session, index, since=since)


def _brake(
    request: Request,
    services: Services,
    named: str,
    what: str,
    is_known: Callable[[], bool] = lambda: False,
) -> None:
    often = services.settings.sign_in_per_minute
    brake(services.limiter, what, address_of(request), named, often, is_known)
