"""An account's own picture: sent, shown to who manages the account, taken away."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Body, Response
from sqlalchemy.orm import Session

from accounts import avatars
from api.auth import Caller, Manager, Wired
from api.database import transaction
from api.headers import private
from api.openapi import answers, binary
from api.schemas import AvatarOut
from api.views import avatar_out
from api.wiring import utc_now
from core import audit
from core.errors import InvalidInput, TooLarge
from evidence import previews

router = APIRouter(prefix="/api/v1/account/avatar", tags=["accounts"])

_PER_HOUR: Final = 30


@router.put("")
def change_avatar(
    services: Wired,
    caller: Manager,
    body: Annotated[bytes, Body(media_type="application/octet-stream")] = b"",
) -> AvatarOut:
    """The bytes of a picture. It is drawn anew, at most 512 pixels a side: nothing else of the file
    is kept, neither where nor when nor with what it was taken.
    """
    services.limiter.check(f"avatar:{caller.who}", _PER_HOUR, 3600)
    limits, now = services.settings.avatar, utc_now()
    picture = _drawn(body, avatars.check(body, limits), limits.most_pixels)
    with transaction(services.sessions) as session:
        avatars.keep(session, services.keyring, caller.account_id, picture, now=now)
        _tell(session, caller, "account.avatar_changed", now=now)
        return avatar_out(session, services, caller.account_id)


@router.get("", response_class=Response,
            responses=binary(previews.MEDIA_TYPE, "the picture") | answers(404))  # fmt: skip
def show_avatar(services: Wired, caller: Manager) -> Response:
    """The picture, for who manages the account and nobody else."""
    with transaction(services.sessions) as session:
        data = avatars.opened(session, services.keyring, caller.account_id)
    headers = private("avatar.webp", "inline")
    return Response(data, media_type=previews.MEDIA_TYPE, headers=headers)


@router.delete("", status_code=204)
def remove_avatar(services: Wired, caller: Manager) -> None:
    """No picture any more; nothing of it stays."""
    with transaction(services.sessions) as session:
        avatars.erase(session, caller.account_id)
        _tell(session, caller, "account.avatar_removed", now=utc_now())


def _drawn(data: bytes, media_type: str, most_pixels: int) -> bytes:
    """The small picture, from the confined process. No transaction may be open.

    Raises:
        InvalidInput: damaged, or beyond the limits.
    """
    try:
        return previews.draw(data, media_type, avatars.SIDE, most_pixels)
    except previews.Beyond as error:
        raise TooLarge(
            f"图片超过 {most_pixels} 像素,请缩小后重试 / more pixels than that: send a smaller one",
            field="body",
        ) from error
    except InvalidInput as error:
        raise InvalidInput(
            "图片损坏,请另选图片 / the picture is damaged: choose another", field="body"
        ) from error


def _tell(session: Session, caller: Caller, act: str, *, now: datetime) -> None:
    audit.note(
        session, audit.INSTALLATION, act, f"account:{caller.account_id}", caller.who, now=now
    )
