"""Who is asking: an API key in `Authorization: Bearer`, or a signed-in session's cookie.

Both are checked before any body is read. A cookie is sent by the browser whoever asks for it, so
unsafe methods also need our own Origin and the CSRF token; keys need neither.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from accounts import keys, second_factors, sign_ins, staff
from accounts.sign_ins import csrf_token
from accounts.staff import Officer
from api.database import transaction
from api.settings import Settings
from api.wiring import Services, utc_now
from core.errors import NotAllowed, NotAuthenticated

CSRF_HEADER: Final = "X-CSRF-Token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED_PER_MINUTE: Final = 120
"""Requests from one address that carry no valid key or session."""


@dataclass(frozen=True)
class Caller:
    """An authenticated account and what it may do here.

    `sign_in_id` is set for a signed-in person, `key_id` for an API key; never both.
    """

    account_id: uuid.UUID
    scopes: frozenset[str]
    key_id: uuid.UUID | None = None
    sign_in_id: uuid.UUID | None = None


def services_of(request: Request) -> Services:
    """The application's services."""
    found: Services = request.app.state.services
    return found


Wired = Annotated[Services, Depends(services_of)]


def authenticate(request: Request, services: Wired) -> Caller:
    """The caller, or NotAuthenticated without saying what was wrong.

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
    return caller


def _by_key(request: Request, services: Services) -> Caller | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    with transaction(services.sessions) as session:
        key = keys.find(session, secret.strip(), now=utc_now())
    return None if key is None else Caller(key.account_id, frozenset(key.scopes), key_id=key.id)


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
    return Caller(row.account_id, keys.ALL_SCOPES, sign_in_id=row.id)


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
    """A person at a browser; no API key may change passwords or end sessions."""
    if caller.sign_in_id is None:
        raise NotAllowed("须登录后操作,不能用 API 密钥 / sign in: API keys may not do this")
    return caller


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


def officer_here(office: str, caller: SignedIn, services: Wired) -> Officer:
    """The caller as an officer of the office in the path, the second factor shown.

    Raises:
        NotAllowed: not signed in by cookie, no officer there, or no second factor yet.
    """
    with transaction(services.sessions) as session:
        officer = staff.officer_at(session, caller.account_id, office)
        shown = caller.sign_in_id and second_factors.was_shown(session, caller.sign_in_id)
    if not shown:
        raise NotAllowed(
            "请先出示动态码 / show your second factor first: PUT /api/v1/session/second-factor",
            field="second_factor",
        )
    return officer


OfficerHere = Annotated[Officer, Depends(officer_here)]
