"""Who is asking: an API key in `Authorization: Bearer`, or a signed-in session's cookie.

Both are checked before any body is read. A cookie is sent by the browser whoever asks for it, so
unsafe methods also need our own Origin and the CSRF token; keys need neither. With the header
`Yinji-Acting-For` a caller acts for an organisation or a principal, as far as it may just then.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from accounts import keys, second_factors, sign_ins, staff
from accounts.acting import MANAGE, PARTIES, Acting, acting_for
from accounts.sign_ins import csrf_token
from accounts.staff import Officer
from api.database import transaction
from api.settings import Settings
from api.wiring import Services, utc_now
from core.errors import InvalidInput, NotAllowed, NotAuthenticated, NotFound

CSRF_HEADER: Final = "X-CSRF-Token"
FOR_HEADER: Final = "Yinji-Acting-For"
"""The id of the account that the caller acts for."""
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED_PER_MINUTE: Final = 120
"""Requests from one address that carry no valid key or session."""


@dataclass(frozen=True)
class Caller:
    """An authenticated account and what it may do here.

    `account_id` is whose affairs these are; `actor_id` who is asking, when that is another.
    `agent_id` is set for an agent under a mandate, who sees only what that agent made.
    `sign_in_id` is set for a signed-in person, `key_id` for an API key; never both.
    """

    account_id: uuid.UUID
    scopes: frozenset[str]
    key_id: uuid.UUID | None = None
    sign_in_id: uuid.UUID | None = None
    actor_id: uuid.UUID | None = None
    agent_id: uuid.UUID | None = None
    owes_factor: bool = False
    """Signed in by password alone, while a second factor is set up."""

    @property
    def who(self) -> uuid.UUID:
        """The account that is asking."""
        return self.actor_id or self.account_id


def services_of(request: Request) -> Services:
    """The application's services."""
    found: Services = request.app.state.services
    return found


Wired = Annotated[Services, Depends(services_of)]


def identify(request: Request, services: Wired) -> Caller:
    """The caller, or NotAuthenticated without saying what was wrong. A second factor may be due.

    Raises:
        NotAuthenticated, RateLimited; NotAllowed for a cookie without Origin or CSRF token.
    """
    caller = _by_key(request, services) or _by_cookie(request, services)
    if caller is None:
        services.limiter.check(f"refused:{address_of(request)}", _REFUSED_PER_MINUTE)
        raise NotAuthenticated(
            "请登录或使用有效的 API 密钥 / sign in, or use a valid API key: Authorization: Bearer …"
        )
    services.limiter.check(f"account:{caller.account_id}", services.settings.requests_per_minute)
    wanted = request.headers.get(FOR_HEADER)
    return caller if wanted is None else _for_another(services, caller, wanted)


def authenticate(caller: Annotated[Caller, Depends(identify)]) -> Caller:
    """The caller, with nothing due any more. Raises NotAllowed before the second factor."""
    if caller.owes_factor:
        raise _factor_first()
    return caller


def _factor_first() -> NotAllowed:
    return NotAllowed(
        "请先出示第二验证方式 / show your second factor first: PUT /api/v1/session/second-factor "
        "or /api/v1/session/passkey",
        field="second_factor",
    )


def _for_another(services: Services, caller: Caller, wanted: str) -> Caller:
    """The caller, acting for the account named in the header.

    Raises:
        InvalidInput: not an id. NotFound: no member and no agent of it, or not any more.
    """
    try:
        account_id = uuid.UUID(wanted)
    except ValueError as error:
        raise InvalidInput("不是有效的标识 / not a valid id (UUID)", field=FOR_HEADER) from error
    with transaction(services.sessions) as session:
        acting = acting_for(session, caller.account_id, account_id, now=utc_now())
    return _acting(caller, acting)


def _acting(caller: Caller, acting: Acting) -> Caller:
    limited = caller.scopes if caller.key_id is not None else acting.powers
    return replace(
        caller,
        account_id=acting.account_id,
        scopes=acting.powers & limited,
        actor_id=caller.account_id,
        agent_id=acting.agent_id,
    )


def _by_key(request: Request, services: Services) -> Caller | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    with transaction(services.sessions) as session:
        key = keys.find(session, secret.strip(), now=utc_now())
        if key is None:
            return None
        scopes = frozenset(key.scopes)
        if key.made_by is not None:
            # What a member made for an organisation never does more than that member may now.
            try:
                acting = acting_for(session, key.made_by, key.account_id, now=utc_now())
            except NotFound:
                return None
            scopes &= acting.powers
    return Caller(key.account_id, scopes, key_id=key.id)


def _by_cookie(request: Request, services: Services) -> Caller | None:
    secret = request.cookies.get(cookie_name(services.settings))
    # A key that did not hold is not made good by a cookie that came along.
    if not secret or "authorization" in request.headers:
        return None
    with transaction(services.sessions) as session:
        row = sign_ins.find(session, secret, now=utc_now())
    if row is None:
        return None
    if request.method not in _SAFE:
        require_own_origin(request, services.settings)
        given = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), csrf_token(secret).encode()):
            raise NotAllowed(
                f"缺少或错误的 {CSRF_HEADER},请刷新页面 / {CSRF_HEADER} is missing or wrong: "
                "ask GET /api/v1/session for it",
                field=CSRF_HEADER,
            )
    owes = sign_ins.owes_factor(row)
    return Caller(row.account_id, keys.ALL_SCOPES, sign_in_id=row.id, owes_factor=owes)


def require_own_origin(request: Request, settings: Settings) -> None:
    """Refuse what another site's page sends. Without an Origin there was no such page involved
    only if the browser says so (Sec-Fetch-Site), or none sent it.

    Raises:
        NotAllowed: a foreign Origin.
    """
    origin = request.headers.get("origin")
    if origin is None:
        foreign = request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
    else:
        own = {settings.public_url, f"{request.url.scheme}://{request.headers.get('host', '')}"}
        foreign = origin not in own
    if foreign:
        raise NotAllowed(
            "请求来自其他网站,已拒绝 / another site's page sent this: refused", field="Origin"
        )


def credential_of(request: Request, settings: Settings) -> str:
    """The secret that an authenticated caller came with."""
    _, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() or request.cookies[cookie_name(settings)]


def needs(scope: str) -> Callable[[Caller], Caller]:
    """A dependency that lets in only callers with `scope`."""

    def check(caller: Annotated[Caller, Depends(authenticate)]) -> Caller:
        if scope not in caller.scopes:
            raise NotAllowed(f"此密钥没有权限 {scope} / this key lacks the scope {scope}")
        return caller

    return check


def signed_in(caller: Annotated[Caller, Depends(authenticate)]) -> Caller:
    """A person at a browser; no API key may change passwords or end sessions, and nobody may for
    somebody else.
    """
    if caller.sign_in_id is None:
        raise NotAllowed("须登录后操作,不能用 API 密钥 / sign in: API keys may not do this")
    if caller.actor_id is not None:
        raise NotAllowed(
            f"此项只能为本人办理,请去掉 {FOR_HEADER} / only for oneself: leave {FOR_HEADER} out",
            field=FOR_HEADER,
        )
    return caller


def half_signed_in(caller: Annotated[Caller, Depends(identify)]) -> Caller:
    """As `signed_in`, also while the second factor is due: to show it, or to sign out."""
    return signed_in(caller)


def signed_in_with(power: str) -> Callable[[Caller], Caller]:
    """As `signed_in`; who acts for another account needs this power there."""

    def check(caller: Annotated[Caller, Depends(authenticate)]) -> Caller:
        if caller.actor_id is None:
            return signed_in(caller)
        if caller.sign_in_id is None:
            raise NotAllowed("须登录后操作,不能用 API 密钥 / sign in: API keys may not do this")
        if power not in caller.scopes:
            raise NotAllowed(f"您的角色或委托不含 {power} / your role or mandate lacks {power}")
        return caller

    return check


def set_cookie(response: Response, settings: Settings, secret: str) -> None:
    """The session's cookie: no script reads it, no other site's form sends it."""
    response.set_cookie(
        cookie_name(settings),
        secret,
        max_age=int(settings.session_life.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(settings),
    )


def drop_cookie(response: Response, settings: Settings) -> None:
    response.delete_cookie(
        cookie_name(settings),
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(settings),
    )


def cookie_name(settings: Settings) -> str:
    """With TLS the prefix makes browsers refuse the name from any other host (RFC 6265bis)."""
    return "__Host-yinji" if _is_https(settings) else "yinji"


def address_of(request: Request) -> str:
    """Whom to count: the caller's address, or the one that a trusted proxy names.

    Of an IPv6 address only its /64 counts: that is what one subscriber has (RFC 6177).
    """
    host = request.client.host if request.client is not None else ""
    try:
        address = ip_address(host)
    except ValueError:
        return "unknown"
    if address.version == 4:  # noqa: PLR2004
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address) >> 64 << 64, 64)))


def blinded(text: str) -> str:
    """For names of counters: an e-mail address has no business in a broker."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _is_https(settings: Settings) -> bool:
    return settings.public_url.startswith("https://")


Depositor = Annotated[Caller, Depends(needs(keys.DEPOSIT))]
Reader = Annotated[Caller, Depends(needs(keys.READ))]
Registrant = Annotated[Caller, Depends(needs(keys.REGISTER))]
Revoker = Annotated[Caller, Depends(needs(keys.REVOKE))]
KeyHolder = Annotated[Caller, Depends(needs(keys.KEYS))]
SignedIn = Annotated[Caller, Depends(signed_in)]
HalfSignedIn = Annotated[Caller, Depends(half_signed_in)]
ForParties = Annotated[Caller, Depends(signed_in_with(PARTIES))]
Manager = Annotated[Caller, Depends(signed_in_with(MANAGE))]


def officer_here(office: str, caller: SignedIn, services: Wired) -> Officer:
    """The caller as an officer of the office in the path, the second factor shown.

    Raises:
        NotAllowed: not signed in by cookie, no officer there, or no second factor yet.
    """
    with transaction(services.sessions) as session:
        officer = staff.officer_at(session, caller.account_id, office)
        shown = caller.sign_in_id and second_factors.was_shown(session, caller.sign_in_id)
    if not shown:
        raise _factor_first()
    return officer


OfficerHere = Annotated[Officer, Depends(officer_here)]
