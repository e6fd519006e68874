"""API keys for programs: made, listed, ended. None makes one that may do more than itself."""

from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Request

from accounts import keys
from accounts.models import ApiKey
from api import policy
from api.auth import KeyHolder, Wired, credential_of
from api.database import transaction
from api.idempotency import OptionalKey, call_of, seal, unseal
from api.openapi import answers
from api.schemas import KeyIn, KeyPage, NewKeyOut
from api.views import key_out
from api.wiring import utc_now
from core import idempotency
from core.errors import NotAllowed

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])


@router.post("", status_code=201, responses=answers(409))
def create_key(
    request: Request, body: KeyIn, services: Wired, caller: KeyHolder, key: OptionalKey = None
) -> NewKeyOut:
    """A new key; its secret is in this answer, and for a day in the answer to the same call with
    the same Idempotency-Key.
    """
    if not set(body.scopes) & keys.ALL_SCOPES <= caller.scopes:
        raise NotAllowed(
            "不能授予自己没有的权限 / a key cannot grant what it has not itself", field="scopes"
        )
    now, secret = utc_now(), ""

    def make() -> UUID:
        nonlocal secret
        own = None if caller.key_id is None else policy.own_key(session, caller, caller.key_id)
        ends = _end(own, body.expires_in_days, now=now)
        # Whose membership bounds a key bounds the keys it makes as well.
        member = caller.actor_id if own is None else own.made_by
        made, secret = keys.issue(
            session, caller.account_id, body.name, body.scopes, ends, member, now=now
        )
        return made.id

    call = call_of(caller, "create_key", key, body)
    with transaction(services.sessions) as session:
        made = idempotency.once(session, call, make, now=now)
        shown = key_out(policy.own_key(session, caller, made.subject))
        if made.row is not None and key is not None:
            credential = credential_of(request, services.settings)
            if made.before:
                secret = unseal(made.row.sealed or b"", credential, key)
            else:
                made.row.sealed = seal(secret, credential, key)
    return NewKeyOut(**shown.model_dump(), secret=secret)


def _end(maker: ApiKey | None, days: int | None, *, now: datetime) -> datetime | None:
    """When a new key ends: one that will end itself leaves none behind that outlives it."""
    wanted = None if days is None else now + timedelta(days=days)
    own = None if maker is None else maker.expires_at
    return min((each for each in (wanted, own) if each is not None), default=None)


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
