"""Delivery addresses (收货地址), for paper certificates: sealed, several for an account."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.areas import check_area
from accounts.identifiers import parse_identifier
from accounts.person_models import DeliveryAddress
from core.errors import Conflict, InvalidInput, NotFound
from core.sealed import Keyring, Place
from core.text import clean_text

MOST: Final = 50
_MOST_NAME: Final = 100
_MOST_ADDRESS: Final = 300
_MOST_CODE: Final = 12


@dataclass(frozen=True, repr=False)
class Delivery:
    """Who receives where. `mobile` in E.164."""

    recipient: str
    mobile: str
    address: str
    post_code: str | None = None


def checked(said: Delivery) -> Delivery:
    """The same, cleaned. Raises InvalidInput by field."""
    mobile = parse_identifier(said.mobile, "mobile")
    if mobile.kind != "mobile":
        raise InvalidInput("请填写手机号 / a mobile number", field="mobile")
    return Delivery(
        clean_text(said.recipient, "recipient", _MOST_NAME),
        mobile.value,
        clean_text(said.address, "address", _MOST_ADDRESS),
        None if said.post_code is None else clean_text(said.post_code, "post_code", _MOST_CODE),
    )


def add(
    session: Session, ring: Keyring, account_id: uuid.UUID, region: str, said: Delivery, *,
    now: datetime,
) -> DeliveryAddress:  # fmt: skip
    """A new address. Raises InvalidInput by field; Conflict for one too many."""
    held = select(func.count()).where(
        DeliveryAddress.account_id == account_id, DeliveryAddress.erased_at.is_(None)
    )
    if (session.scalar(held) or 0) >= MOST:
        raise Conflict(f"至多 {MOST} 个地址,请先删除 / at most {MOST} addresses: erase one")
    row = DeliveryAddress(id=uuid.uuid4(), account_id=account_id, region="", created_at=now)
    _write(ring, row, region, said)
    session.add(row)
    session.flush()
    return row


def change(
    session: Session, ring: Keyring, row: DeliveryAddress, region: str, said: Delivery
) -> None:
    """All of it anew."""
    _write(ring, row, region, said)
    session.flush()


def erase(session: Session, row: DeliveryAddress, *, now: datetime) -> None:
    """Forget who and where; the row stays, for what was sent there."""
    row.contents, row.erased_at = None, now
    session.flush()


def owned(session: Session, account_id: uuid.UUID, address_id: uuid.UUID) -> DeliveryAddress:
    """The account's address, or NotFound; an erased one is not found either."""
    row = session.get(DeliveryAddress, address_id)
    if row is None or row.account_id != account_id or row.erased_at is not None:
        raise NotFound("没有此地址 / no such address")
    return row


def of_account(session: Session, account_id: uuid.UUID) -> Sequence[DeliveryAddress]:
    """Every address, newest first."""
    return session.scalars(
        select(DeliveryAddress)
        .where(DeliveryAddress.account_id == account_id, DeliveryAddress.erased_at.is_(None))
        .order_by(DeliveryAddress.created_at.desc(), DeliveryAddress.id)
    ).all()


def contents_of(ring: Keyring, row: DeliveryAddress) -> Delivery:
    """Recipient, mobile and address, opened. Raises NotFound when it was erased."""
    if row.contents is None:
        raise NotFound("地址已删除 / the address was erased")
    return Delivery(**json.loads(ring.open_text(row.contents, _place(row.id))))


def _write(ring: Keyring, row: DeliveryAddress, region: str, said: Delivery) -> None:
    row.region = check_area(region, "region")
    row.contents = ring.seal_text(json.dumps(asdict(checked(said))), _place(row.id))


def _place(row: uuid.UUID) -> Place:
    return Place("delivery_address", "contents", row)
