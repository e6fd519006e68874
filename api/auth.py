"""Who is asking: an API key in `Authorization: Bearer`, checked before any body is read."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from accounts import keys
from api.database import transaction
from api.wiring import Services, utc_now
from core.errors import NotAllowed, NotAuthenticated


@dataclass(frozen=True)
class Caller:
    """An authenticated account and what its key may do."""

    account_id: uuid.UUID
    scopes: frozenset[str]


def services_of(request: Request) -> Services:
    """The application's services."""
    found: Services = request.app.state.services
    return found


Wired = Annotated[Services, Depends(services_of)]


def authenticate(request: Request, services: Wired) -> Caller:
    """The caller, or NotAuthenticated without saying what was wrong."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret:
        with transaction(services.sessions) as session:
            key = keys.find(session, secret.strip(), now=utc_now())
            if key is not None:
                return Caller(key.account_id, frozenset(key.scopes))
    raise NotAuthenticated("请使用有效的 API 密钥 / use a valid API key: Authorization: Bearer …")


def needs(scope: str) -> Callable[[Caller], Caller]:
    """A dependency that lets in only callers with `scope`."""

    def check(caller: Annotated[Caller, Depends(authenticate)]) -> Caller:
        if scope not in caller.scopes:
            raise NotAllowed(f"此密钥没有权限 {scope} / this key lacks the scope {scope}")
        return caller

    return check


Depositor = Annotated[Caller, Depends(needs(keys.DEPOSIT))]
Reader = Annotated[Caller, Depends(needs(keys.READ))]
Revoker = Annotated[Caller, Depends(needs(keys.REVOKE))]
KeyHolder = Annotated[Caller, Depends(needs(keys.KEYS))]
