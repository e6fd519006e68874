"""An account's own picture (头像): one, small, re-encoded before it comes here, sealed in its row.

It is shown to whoever manages the account and to nobody else: no page, no certificate and no office
has it.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.contact_models import Avatar
from core.errors import InvalidInput, NotFound, TooLarge, UnsupportedType
from core.sealed import Keyring, Place

SIDE: Final = 512
"""Pixels of its longest side, as it is kept."""

FORMATS: Final = ("jpeg", "png", "gif", "webp")
"""What an installation may take."""

_TYPES: Final = {each: f"image/{each}" for each in FORMATS}
_WEBP: Final = slice(8, 12)


@dataclass(frozen=True)
class AvatarLimits:
    """What is taken: bytes, formats out of `FORMATS`, pixels of the picture that is sent."""

    most_bytes: int = 2 * 1024 * 1024
    formats: tuple[str, ...] = FORMATS
    most_pixels: int = 50_000_000


def check(data: bytes, limits: AvatarLimits) -> str:
    """The media type of a picture that may be taken, by its first bytes.

    Raises:
        InvalidInput: nothing in it. TooLarge. UnsupportedType: none of the formats.
    """
    if not data:
        raise InvalidInput("文件为空,请另选图片 / the file is empty: choose another", field="body")
    if len(data) > limits.most_bytes:
        raise TooLarge(
            f"头像至多 {limits.most_bytes} 字节,请缩小后重试 / a picture of at most so many bytes: "
            "send a smaller one",
            field="body",
        )
    kind = _kind(data)
    if kind not in limits.formats:
        named = "、".join(each.upper() for each in limits.formats)
        raise UnsupportedType(f"头像须为 {named} / send one of these formats", field="body")
    return _TYPES[kind]


def keep(
    session: Session, ring: Keyring, account_id: uuid.UUID, picture: bytes, *, now: datetime
) -> None:
    """The account's picture from now on, re-encoded already; the one before is gone."""
    values = {
        "picture": ring.seal(picture, _place(account_id)),
        "size": len(picture),
        "sha256": hashlib.sha256(picture).hexdigest(),
        "changed_at": now,
    }
    session.execute(
        insert(Avatar)
        .values(account_id=account_id, **values)
        .on_conflict_do_update(index_elements=[Avatar.account_id], set_=values)
    )


def of_account(session: Session, account_id: uuid.UUID) -> Avatar | None:
    """The row, or None for who has no picture."""
    return session.get(Avatar, account_id, populate_existing=True)


def opened(session: Session, ring: Keyring, account_id: uuid.UUID) -> bytes:
    """The picture. Raises NotFound for who has none."""
    row = of_account(session, account_id)
    if row is None:
        raise NotFound("没有头像 / there is no picture")
    return ring.open(row.picture, _place(account_id))


def erase(session: Session, account_id: uuid.UUID) -> None:
    """Nothing of it stays. Doing it again changes nothing."""
    session.execute(delete(Avatar).where(Avatar.account_id == account_id))


def _kind(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    return "webp" if data.startswith(b"RIFF") and data[_WEBP] == b"WEBP" else None


def _place(account_id: uuid.UUID) -> Place:
    return Place("avatar", "picture", account_id)
