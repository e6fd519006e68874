"""API keys for programs: made, listed, ended. None makes one that may do more than itself."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter

from accounts import keys
from api import policy
from api.auth import KeyHolder, Wired
from api.database import transaction
from api.schemas import KeyIn, KeyPage, NewKeyOut
from api.views import key_out
from api.wiring import utc_now
from core.errors import NotAllowed

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])


@router.post("", status_code=201)
def create_key(body: KeyIn, services: Wired, caller: KeyHolder) -> NewKeyOut:
    """A new key; its secret is in this answer and never shown again."""
    if not set(body.scopes) & keys.ALL_SCOPES <= caller.scopes:
        raise NotAllowed(
            "不能授予自己没有的权限 / a key cannot grant what it has not itself", field="scopes"
        )
    now = utc_now()
    days = body.expires_in_days
    expires_at = None if days is None else now + timedelta(days=days)
    with transaction(services.sessions) as session:
        if caller.key_id is not None:
            own = policy.own_key(session, caller, caller.key_id).expires_at
            # A key that will end may not leave one behind that outlives it.
            if own is not None:
                expires_at = own if expires_at is None else min(own, expires_at)
        secret = keys.issue(session, caller.account_id, body.name, body.scopes, expires_at, now=now)
        key = keys.find(session, secret, now=now)
        assert key is not None  # noqa: S101 - made just above
        shown = key_out(key)
    return NewKeyOut(**shown.model_dump(), secret=secret)


@router.get("")
def list_keys(services: Wired, caller: KeyHolder) -> KeyPage:
    """Every key of the account, ended ones too; secrets are not known here."""
    with transaction(services.sessions) as session:
        found = keys.of_account(session, caller.account_id)
    return KeyPage(items=[key_out(key) for key in found])


@router.delete("/{key_id}", status_code=204)
def revoke_key(key_id: UUID, services: Wired, caller: KeyHolder) -> None:
    """End a key at once; doing it again changes nothing."""
    with transaction(services.sessions) as session:
        key = policy.own_key(session, caller, key_id)
        keys.revoke(session, caller.account_id, key.id, now=utc_now())
