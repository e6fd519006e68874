"""Invented people for tests: keyrings, identity numbers of the right form, accounts."""

import secrets
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from accounts.documents import Document, DocumentKind
from accounts.identifiers import parse_identifier
from accounts.models import Account
from accounts.people import sign_up
from core.sealed import Keyring

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
RING = Keyring({"1": b"\x01" * 32}, "1", b"\x02" * 32)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_GIVEN: Final = set[str]()


def resident_number(born: date | None = None, area: str = "120101") -> str:
    """A number of the right form, of nobody we know; of an adult when no birthday is given. The
    same process never gets one twice: two people of one birthday are two.
    """
    while True:
        day = born or date(1950, 1, 1) + timedelta(days=secrets.randbelow(50 * 365))
        body = f"{area}{day:%Y%m%d}{secrets.randbelow(1000):03d}"
        if body not in _GIVEN:
            _GIVEN.add(body)
            total = sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True))
            return body + "10X98765432"[total % 11]


def resident(born: date | None = None, area: str = "120101") -> Document:
    return Document(DocumentKind.RESIDENT_ID, resident_number(born, area))


def account(session: Session, name: str = "张三", kind: str | None = None) -> Account:
    identifier = parse_identifier(f"{uuid.uuid4().hex}@example.org", "identifier")
    made = sign_up(session, identifier, name, "no hash", confirmed=True, now=NOW)
    made.kind = kind
    session.flush()
    return made
