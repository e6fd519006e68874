"""A matter on the running stack that waits for its payment, and the sandbox that tells of it."""

import secrets
import time
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.keyfiles import read_key
from api.wiring import utc_now
from billing.sandbox import Sandbox
from tests.grounds.callers import declared, deposit
from tests.grounds.stack import RunningStack

PLACE = {"country": "CN", "province": "330000", "city": "杭州"}
FORM: dict[str, Any] = {
    "title": "《湖上三日》", "category": "photograph", "nature": "original",
    "acquisition": "original", "ownership": "individual", "rights": "all", "filed_by": "owner",
    "published": False, "completion_date": "2026-02-01", "completion_place": PLACE,
    "authors": [{"name": "林小雨", "signature": "real_name", "employed": False}],
    "owners": [{"name": "林小雨", "kind": "natural_person", "paper": "resident_id",
                "nationality": "CN", "place": PLACE, "signature": "real_name"}],
    "applicant": {"name": "林小雨", "mobile": "13800000000"},
    "kept": {"electronic": "online", "electronic_count": 1}, "machine_help": {"used": False},
}  # fmt: skip


def sandbox_of(stack: RunningStack) -> Sandbox:
    """The stack's own sandbox: its books and its key, as the provider has them."""
    key = Ed25519PrivateKey.from_private_bytes(read_key(stack.var / "keys" / "sandbox.key"))
    return Sandbox(stack.var / "sandbox", key, f"{stack.address}/sandbox/pay", utc_now)


def deposited(http: httpx2.Client, name: str) -> str:
    number: str = deposit(
        http, declared(name, secrets.token_bytes(8)), custody_mode="hash_only"
    ).json()["evidence_number"]
    return number


def awaiting_payment(http: httpx2.Client, office: str = "zhejiang") -> dict[str, Any]:
    """The caller's own matter at an office that charges, signed and not yet paid for."""
    papers: dict[str, Any] = {}
    body = {"office": office, "form": FORM, "documents": {}}
    drafted = http.post("/api/v1/matters", json=body).json()
    for code in drafted["required_documents"]:
        written = {"statement": "本人独立创作", "purpose": "记录", "process": "写生"}
        papers[code] = written.get(code, "本人于 2026 年独立完成,所填属实。")
    whole = {"form": FORM, "documents": papers}
    at = f"/api/v1/matters/{drafted['id']}"
    answer = http.put(f"{at}/application", json=whole)
    assert answer.status_code == 200, answer.text
    evidence = {"evidence_number": deposited(http, "work.jpg")}
    for _ in range(100):
        answer = http.post(f"{at}/submissions", json=evidence)
        if answer.status_code != 409:
            break
        time.sleep(0.1)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert found["state"] == "payment"
    return found


def started(http: httpx2.Client, order: str) -> dict[str, Any]:
    """The payment of an order under way in the sandbox."""
    answer = http.put(f"/api/v1/orders/{order}/payment", json={"way": "sandbox"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["started"][-1]
    return found


def until(http: httpx2.Client, path: str, seconds: float = 30, **wanted: str) -> dict[str, Any]:
    """What is at `path`, once it has these values."""
    end = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = http.get(path).json()
        if all(found[name] == value for name, value in wanted.items()):
            return found
        assert time.monotonic() < end, found
        time.sleep(0.1)
