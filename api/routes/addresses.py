"""Delivery addresses (收货地址), for certificates on paper."""

from uuid import UUID

from fastapi import APIRouter

from accounts import addresses
from accounts.addresses import Delivery
from accounts.areas import full_name
from accounts.person_models import DeliveryAddress
from api import policy
from api.account_schemas import AddressIn, AddressOut, AddressPage
from api.auth import Manager, Wired
from api.database import transaction
from api.idempotency import OptionalKey, sealed_call, still_there
from api.openapi import answers
from api.wiring import Services, utc_now
from core import idempotency

router = APIRouter(prefix="/api/v1/addresses", tags=["people"])


@router.post("", status_code=201, responses=answers(409, 410))
def add_address(
    body: AddressIn, services: Wired, caller: Manager, key: OptionalKey = None
) -> AddressOut:
    """Add a delivery address."""
    ring, now = services.keyring, utc_now()
    call = sealed_call(ring, caller, "add_address", key, body)
    with transaction(services.sessions) as session:
        made = idempotency.once(
            session,
            call,
            lambda: (
                addresses.add(
                    session, ring, caller.account_id, body.region, _said(body), now=now
                ).id
            ),
            now=now,
        )
        with still_there():
            return _out(services, policy.own_address(session, caller, made.subject))


@router.get("")
def list_addresses(services: Wired, caller: Manager) -> AddressPage:
    """Every delivery address, newest first."""
    with transaction(services.sessions) as session:
        rows = addresses.of_account(session, caller.account_id)
        return AddressPage(items=[_out(services, row) for row in rows])


@router.get("/{address_id}")
def show_address(address_id: UUID, services: Wired, caller: Manager) -> AddressOut:
    """One delivery address."""
    with transaction(services.sessions) as session:
        return _out(services, policy.own_address(session, caller, address_id))


@router.put("/{address_id}")
def change_address(
    address_id: UUID, body: AddressIn, services: Wired, caller: Manager
) -> AddressOut:
    """A delivery address, all of it anew."""
    with transaction(services.sessions) as session:
        row = policy.own_address(session, caller, address_id)
        addresses.change(session, services.keyring, row, body.region, _said(body))
        return _out(services, row)


@router.delete("/{address_id}", status_code=204)
def erase_address(address_id: UUID, services: Wired, caller: Manager) -> None:
    """Erase a delivery address."""
    with transaction(services.sessions) as session:
        addresses.erase(session, policy.own_address(session, caller, address_id), now=utc_now())


def _said(body: AddressIn) -> Delivery:
    return Delivery(body.recipient, body.mobile, body.address, body.post_code)


def _out(services: Services, row: DeliveryAddress) -> AddressOut:
    opened = addresses.contents_of(services.keyring, row)
    return AddressOut(
        id=row.id,
        recipient=opened.recipient,
        mobile=opened.mobile,
        region=row.region,
        region_name=full_name(row.region),
        address=opened.address,
        post_code=opened.post_code,
        created_at=row.created_at,
    )
