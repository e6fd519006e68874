"""A matter on the running stack that waits for its payment, and the sandbox that tells of it."""

import time
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from accounts import identity
from accounts.models import Account
from api.database import transaction
from api.keyfiles import read_key
from api.wiring import utc_now
from billing.sandbox import Sandbox
from registry import submitting
from registry.profile import Profile
from tests.grounds.callers import Person
from tests.grounds.charging import CHARGING
from tests.grounds.matters import Cast, drafted, officer, stated, verify
from tests.grounds.stack import RunningStack


def sandbox_of(stack: RunningStack) -> Sandbox:
    """The stack's own sandbox: its books and its key, as the provider has them."""
    key = Ed25519PrivateKey.from_private_bytes(read_key(stack.var / "keys" / "sandbox.key"))
    return Sandbox(stack.var / "sandbox", key, f"{stack.address}/sandbox/pay", utc_now)


def awaiting_payment(
    stack: RunningStack, payer: Person, profile: Profile = CHARGING
) -> dict[str, Any]:
    """The payer's own matter at an office that charges; nobody has to sign, and it is not paid."""
    with stack.services() as services, transaction(services.sessions) as session:
        session.info["ring"] = services.keyring
        session.info["papers"] = services.papers
        owner = session.scalars(select(Account.id).where(Account.email == payer.identifier)).one()
        if identity.current(session, owner) is None:
            verify(session, owner)
        evidence, pledge = (stated(session, owner, at=utc_now()) for _ in range(2))
        people = Cast(owner, evidence, pledge, officer(session), officer(session))
        matter = drafted(session, people, profile)
        submitting.submit(session, services.keyring, matter, people.evidence.number, now=utc_now())
        path = f"/api/v1/matters/{matter.id}"
    found: dict[str, Any] = payer.http.get(path).json()
    assert found["state"] == "payment"
    return found


def started(http: httpx2.Client, order: str, way: str = "sandbox") -> dict[str, Any]:
    """The payment of an order under way at a provider, by default in the sandbox."""
    answer = http.put(f"/api/v1/orders/{order}/payment", json={"way": way})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["started"][-1]
    return found


def until(http: httpx2.Client, path: str, seconds: float = 30, **wanted: object) -> dict[str, Any]:
    """What is at `path`, once it has these values."""
    end = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = http.get(path).json()
        if all(found[name] == value for name, value in wanted.items()):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.1)
