"""An installation that charges and reviews evidence: time and anchor come at once, the certificate
when it is paid and looked at."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from accounts import keys
from api import closing
from api.database import transaction
from billing import orders
from billing.lifecycle import OrderState
from evidence import delivery
from evidence.delivery import DeliveryState
from evidence.models import Evidence
from tests.grounds.callers import (
    Person,
    declared,
    deposit,
    person,
    program,
    submit,
    uploaded,
    visitor,
)
from tests.grounds.filing import picture
from tests.grounds.leaving import account_of, close
from tests.grounds.matters import FORM
from tests.grounds.stack import RunningStack, running_stack
from tests.grounds.verifying import verified
from tests.grounds.wallets import until

OFFICE = "shandong"
_PLACE = {"country": "CN", "province": "370000", "city": "济南"}
_FORM = {
    **FORM, "owners": [{**FORM["owners"][0], "place": _PLACE}],
    "authors": [{**FORM["authors"][0], "employed": False}],
}  # fmt: skip


@pytest.fixture(scope="module")
def charging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    folder = tmp_path_factory.mktemp("charging")
    with running_stack(folder, YINJI_STRICT="1", YINJI_EVIDENCE_OFFICE=OFFICE) as started:
        yield started


def pay(stack: RunningStack, http: httpx2.Client, order: str) -> None:
    started = http.put(f"/api/v1/orders/{order}/payment", json={"way": "sandbox"}).json()
    assert visitor(stack).post(started["started"][-1]["page"]).status_code == 303


@pytest.mark.timeout(240)
def test_only_the_certificate_waits(charging: RunningStack) -> None:
    owner = person(charging)
    http: httpx2.Client = program(charging, owner.key(*keys.ALL_SCOPES))
    made = deposit(http, declared("a.txt", b"charged"), custody_mode="hash_only").json()
    assert made["delivery"] == "payment"
    path = f"/api/v1/evidence/{made['evidence_number']}"
    anchored = until(http, path, 60, state="anchored")
    assert anchored["timestamped_at"] is not None
    assert not anchored["certificate_ready"]
    refused = http.get(f"{path}/certificate")
    assert (refused.status_code, refused.json()["field"]) == (409, "order")
    order = http.put(f"{path}/order").json()
    assert (order["total"], order["subject"]) == ("100.00", "evidence")
    listed = http.get("/api/v1/evidence").json()["items"][0]["order"]
    assert (listed["id"], listed["state"], listed["way"]) == (order["id"], "open", None)
    pay(charging, http, order["id"])
    until(http, path, 60, delivery="review")
    line = http.get("/api/v1/evidence").json()["items"][0]
    assert (line["order"]["number"], line["order"]["way"]) == (order["number"], "sandbox")
    assert (
        http.get(f"/api/v1/works/{line['work']['id']}").json()["versions"][0]["evidence_number"]
        == made["evidence_number"]
    )
    assert http.get(f"{path}/certificate").status_code == 409
    assert http.put(f"{path}/order").status_code == 409
    ran = charging.yinji("review", made["evidence_number"])
    assert ran.code == 0, ran.err
    end = until(http, path, 60, delivery="ready", certificate_ready=True)
    assert end["submitted_at"] == anchored["submitted_at"]
    assert http.get(f"{path}/certificate").content.startswith(b"%PDF")
    assert charging.yinji("fsck", timeout=120).code == 0


def stored(http: httpx2.Client, name: str, data: bytes) -> str:
    made = deposit(http, declared(name, data), custody_mode="hash_only").json()
    number: str = made["evidence_number"]
    until(http, f"/api/v1/evidence/{number}", 60, state="anchored")
    return number


def filed(owner: Person, evidence: str, papers: str) -> dict[str, Any]:
    """The matter, as it stands once it was handed in."""
    documents = {"creation_statement": "写生而成。", "pledge": papers,
                 "not_employment_pledge": papers}  # fmt: skip
    body = {"office": OFFICE, "form": _FORM, "documents": documents}
    made = owner.http.post("/api/v1/matters", json=body)
    assert made.status_code == 201, made.text
    answer = submit(owner.http, made.json()["id"], evidence)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ordered(owner: Person, matter: dict[str, Any]) -> list[str]:
    order = owner.http.get(f"/api/v1/orders/{matter['order']['id']}").json()
    return [each["code"] for each in order["lines"]]


@pytest.mark.timeout(240)
def test_paid_evidence_makes_registration_free_and_unpaid_does_not(charging: RunningStack) -> None:
    """SD-162, SD-163: 100.00 are waived, or the evidence is paid for in the same order."""
    owner = verified(charging, person(charging, "张三"), OFFICE)
    papers = stored(owner.http, "papers.png", b"signed")
    paid = stored(owner.http, "paid.png", b"paid")
    order = owner.http.put(f"/api/v1/evidence/{paid}/order").json()
    pay(charging, owner.http, order["id"])
    until(owner.http, f"/api/v1/evidence/{paid}", 60, delivery="review")
    matter = filed(owner, paid, papers)
    assert matter["state"] == "submitted"
    assert matter["agency"] == "centre"
    assert matter["order"]["total"] == "0.00"
    assert ordered(owner, matter) == ["registration", "waived_evidence_paid"]
    unpaid = stored(owner.http, "unpaid.png", b"unpaid")
    matter = filed(owner, unpaid, papers)
    assert matter["state"] == "payment"
    assert matter["order"]["total"] == "100.00"
    assert ordered(owner, matter) == ["registration", "waived_evidence_paid", "evidence"]


@pytest.mark.timeout(240)
def test_an_unpaid_card_is_erased_with_its_owners_account(charging: RunningStack) -> None:
    """Its certificate is made like any other, and only not given out: erasure waits for nothing."""
    owner = person(charging)
    made = deposit(owner.http, uploaded(owner.http, "a.png", picture()), personal=True).json()
    until(owner.http, f"/api/v1/evidence/{made['evidence_number']}", 60, state="anchored")
    refused = close(owner)
    assert (refused.status_code, refused.json()["field"]) == (409, "unpaid_order")
    with charging.services() as services:
        with transaction(services.sessions) as session:
            order = orders.of_payer(session, account_of(session, owner).id, None, 1)[0]
            orders.move(session, order, OrderState.EXPIRED, "not paid", now=datetime.now(UTC))
        assert close(owner).status_code == 200
        found = select(Evidence).where(Evidence.number == made["evidence_number"])
        last = time.monotonic() + 60
        while time.monotonic() < last:
            closing.finish_erasures(services, seconds=5, now=datetime.now(UTC))
            with services.sessions() as session:
                evidence = session.scalars(found).one()
                if evidence.erased_at is not None:
                    assert delivery.state(session, evidence.id) is DeliveryState.PAYMENT
                    return
            time.sleep(0.2)
    raise AssertionError("not erased in time")
