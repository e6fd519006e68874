"""From rows to what an owner sees."""

from uuid import UUID

from sqlalchemy.orm import Session

from accounts import avatars, people, sign_ins
from accounts.models import Account, ApiKey, SignIn
from api.outbox import channel_of
from api.schemas import AccountOut, AvatarOut, KeyOut, SessionOut, ToConfirm
from api.wiring import Services


def account_out(account: Account) -> AccountOut:
    return AccountOut(
        id=account.id,
        name=account.name,
        email=account.email,
        mobile=account.mobile,
        created_at=account.created_at,
    )


def session_out(account: Account, secret: str, row: SignIn) -> SessionOut:
    return SessionOut(
        account=account_out(account),
        csrf_token=sign_ins.csrf_token(secret),
        expires_at=row.expires_at,
        second_factor_due=sign_ins.owes_factor(row),
        to_confirm=[
            ToConfirm(identifier=each.value, channel=channel_of(each))
            for each in people.unconfirmed(account)
        ],
    )


def avatar_out(session: Session, services: Services, account_id: UUID) -> AvatarOut:
    """What is said of an account's picture, there or not, and of what is taken as one."""
    row, limits = avatars.of_account(session, account_id), services.settings.avatar
    return AvatarOut(
        size=None if row is None else row.size,
        sha256=None if row is None else row.sha256,
        changed_at=None if row is None else row.changed_at,
        most_bytes=limits.most_bytes,
        most_pixels=limits.most_pixels,
        formats=list(limits.formats),
    )


def key_out(key: ApiKey) -> KeyOut:
    return KeyOut(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=key.scopes,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )
