"""What an account's owner agreed to: which text, in which version, when."""

import hashlib
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.contact_models import Consent
from core.errors import InvalidInput, NotFound


@dataclass(frozen=True)
class LegalText:
    """One text in Chinese and English; `digest` is the SHA-256 of its file."""

    key: str
    version: int
    title_zh: str
    title_en: str
    zh: str
    en: str
    digest: bytes


@cache
def texts() -> Mapping[str, LegalText]:
    """Every text to be agreed to at sign-up, by its key, in its present version."""
    found = {}
    files = [f for f in resources.files("accounts.texts").iterdir() if f.name.endswith(".toml")]
    for file in sorted(files, key=lambda each: each.name):
        data = file.read_bytes()
        said = tomllib.loads(data.decode())
        key = file.name.removesuffix(".toml")
        found[key] = LegalText(
            key,
            said["version"],
            said["title"]["zh"],
            said["title"]["en"],
            said["zh"].strip(),
            said["en"].strip(),
            hashlib.sha256(data).digest(),
        )
    return found


def text(key: str) -> LegalText:
    """Raises NotFound for a text that there is not."""
    if key not in texts():
        raise NotFound("没有此文本 / no such text")
    return texts()[key]


def require_all(agreed: Mapping[str, int]) -> None:
    """Whether every text was agreed to, in its present version.

    Raises:
        InvalidInput: naming what is to be agreed to.
    """
    if dict(agreed) != {each.key: each.version for each in texts().values()}:
        wanted = ", ".join(f"{each.key}: {each.version}" for each in texts().values())
        raise InvalidInput(f"请阅读并同意 / read and agree to: {wanted}", field="agreed")


def record(session: Session, account_id: uuid.UUID, *, now: datetime) -> None:
    """The owner agreed to every text as it is now; doing it again changes nothing."""
    session.execute(
        insert(Consent)
        .values(
            [
                {
                    "account_id": account_id,
                    "text": each.key,
                    "version": each.version,
                    "digest": each.digest,
                    "at": now,
                }
                for each in texts().values()
            ]
        )
        .on_conflict_do_nothing()
    )


def of_account(session: Session, account_id: uuid.UUID) -> Sequence[Consent]:
    """Everything an account's owner agreed to, oldest first."""
    return session.scalars(
        select(Consent).where(Consent.account_id == account_id).order_by(Consent.at, Consent.text)
    ).all()
