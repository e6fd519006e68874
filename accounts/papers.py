"""Papers of identity: encrypted before they touch a disk, apart from works, each under its own key.

The key is sealed in the row. Erasing it makes the bytes noise, wherever copies of them may be.
"""

import hashlib
import os
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.person_models import Paper
from core.errors import Conflict, InvalidInput, NotFound, TooLarge, UnsupportedType
from core.sealed import DoesNotOpen, Keyring, Place, Sealed

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_OF_CLAIM: Final = 20
"""Papers of one claim: every kind there is, and some twice."""

_NONCE: Final = 12


class PaperKind(StrEnum):
    ID_FRONT = "id_front"  # 人像面
    ID_BACK = "id_back"  # 国徽面
    HOLDING = "holding"  # 手持证件照
    LICENCE = "licence"  # 营业执照等
    SEAL = "seal"  # 公章电子件
    HANDLER_AUTHORISATION = "handler_authorisation"  # 经办人授权书
    HANDLER_ID_FRONT = "handler_id_front"  # 经办人证件人像面
    HANDLER_ID_BACK = "handler_id_back"  # 经办人证件国徽面
    RESIDENCE_PROOF = "residence_proof"  # 居住、就学、就业证明
    AGENT_QUALIFICATION = "agent_qualification"  # 代理资质
    POWER_OF_ATTORNEY = "power_of_attorney"  # 授权委托书
    HOUSEHOLD_REGISTER = "household_register"  # 户口簿(监护关系)
    OTHER = "other"


_SIGNS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
FORMATS: Final = ("jpg", "png", "gif", "pdf")
"""The same, as people call them."""


@dataclass(frozen=True)
class PreparedPaper:
    """What is written: `body` to the store first, then the row."""

    id: uuid.UUID
    kind: PaperKind
    media_type: str
    size: int
    sha256: str
    data_key: Sealed
    body: bytes = field(repr=False)


def prepare(ring: Keyring, kind: str, data: bytes) -> PreparedPaper:
    """Check and encrypt. Pure: nothing is written.

    Raises:
        InvalidInput: an unknown kind, or nothing in it. TooLarge. UnsupportedType: neither JPEG,
            PNG, GIF nor PDF by its first bytes.
    """
    if kind not in frozenset(PaperKind):
        raise InvalidInput(f"材料类型须为 / must be one of: {', '.join(PaperKind)}", field="kind")
    if not data:
        raise InvalidInput("文件为空 / the file is empty: choose another", field="body")
    if len(data) > MOST_BYTES:
        raise TooLarge(f"至多 {MOST_BYTES} 字节 / at most this many bytes", field="body")
    media_type = next((name for sign, name in _SIGNS if data.startswith(sign)), None)
    if media_type is None:
        raise UnsupportedType(
            "须为 JPG、PNG、GIF 或 PDF / send JPEG, PNG, GIF or PDF", field="body"
        )
    made, key, nonce = uuid.uuid4(), os.urandom(32), os.urandom(_NONCE)
    return PreparedPaper(
        id=made,
        kind=PaperKind(kind),
        media_type=media_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        data_key=ring.seal(key, _place(made)),
        body=nonce + AESGCM(key).encrypt(nonce, data, made.bytes),
    )


def record(
    session: Session,
    account_id: uuid.UUID,
    paper: PreparedPaper,
    *,
    verification_id: uuid.UUID | None = None,
    party_id: uuid.UUID | None = None,
    now: datetime,
) -> Paper:
    """The row of a paper whose bytes are stored."""
    row = Paper(
        id=paper.id,
        account_id=account_id,
        kind=paper.kind,
        media_type=paper.media_type,
        size=paper.size,
        sha256=paper.sha256,
        data_key=paper.data_key,
        verification_id=verification_id,
        party_id=party_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def require_room(session: Session, verification_id: uuid.UUID) -> None:
    """Raises Conflict when a claim has as many papers as it may."""
    count = select(func.count()).where(
        Paper.verification_id == verification_id, Paper.erased_at.is_(None)
    )
    if session.scalars(count).one() >= MOST_OF_CLAIM:
        raise Conflict(
            f"一次认证至多 {MOST_OF_CLAIM} 份材料,请重新开始认证 / "
            "this claim has as many papers as it may: begin another claim",
            field="body",
        )


def key_of(ring: Keyring, paper: Paper) -> bytes:
    """The key of a paper's bytes. Raises NotFound when it was erased."""
    if paper.data_key is None:
        raise NotFound("材料已删除 / the paper was erased")
    return ring.open(paper.data_key, _place(paper.id))


def open_body(key: bytes, paper_id: uuid.UUID, body: bytes) -> bytes:
    """The paper. Raises DoesNotOpen when the bytes are altered or of another paper."""
    try:
        return AESGCM(key).decrypt(body[:_NONCE], body[_NONCE:], paper_id.bytes)
    except (InvalidTag, ValueError) as error:
        raise DoesNotOpen("材料已变更 / the paper's bytes were altered") from error


def erase(paper: Paper, *, now: datetime) -> None:
    """Forget the key; digest, size and times stay. Doing it again changes nothing."""
    paper.data_key = None
    paper.erased_at = paper.erased_at or now


def _place(row: uuid.UUID) -> Place:
    return Place("paper", "data_key", row)
