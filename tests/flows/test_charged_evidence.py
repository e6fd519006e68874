"""An installation that charges and reviews evidence: time and anchor come at once, the certificate
when it is paid and looked at."""

from collections.abc import Iterator

import httpx2
import pytest

from accounts import keys
from tests.grounds.callers import declared, deposit, person, program, visitor
from tests.grounds.stack import RunningStack, running_stack
from tests.grounds.wallets import until


@pytest.fixture(scope="module")
def charging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    folder = tmp_path_factory.mktemp("charging")
    with running_stack(
        folder, YINJI_STRICT="1", YINJI_EVIDENCE_FEE="20.00", YINJI_EVIDENCE_REVIEW="1"
    ) as started:
        yield started


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
    assert (order["total"], order["subject"]) == ("20.00", "evidence")
    started = http.put(f"/api/v1/orders/{order['id']}/payment", json={"way": "sandbox"}).json()
    assert visitor(charging).post(started["started"][-1]["page"]).status_code == 303
    until(http, path, 60, delivery="review")
    assert http.get(f"{path}/certificate").status_code == 409
    assert http.put(f"{path}/order").status_code == 409
    ran = charging.yinji("review", made["evidence_number"])
    assert ran.code == 0, ran.err
    end = until(http, path, 60, delivery="ready", certificate_ready=True)
    assert end["submitted_at"] == anchored["submitted_at"]
    assert http.get(f"{path}/certificate").content.startswith(b"%PDF")
    assert charging.yinji("fsck", timeout=120).code == 0
