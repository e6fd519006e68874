"""Real-name verification over HTTP; where an office looks at papers, an officer of it does."""

from collections.abc import Collection
from typing import Any

from tests.grounds.callers import Person
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.people import resident_number
from tests.grounds.production import Installation
from tests.grounds.stack import RunningStack

PICTURE = b"\xff\xd8\xff\xe0 a picture of a paper"
BYTES = {"Content-Type": "application/octet-stream"}
PAPERS = {
    "resident_id": ("id_front", "id_back", "holding"),
    "credit_code": (
        "licence",
        "seal",
        "handler_authorisation",
        "handler_id_front",
        "handler_id_back",
    ),
}
_OF_A_BODY = {"legal_representative": "王五", "handler": "李四"}
_LOOKING: dict[tuple[str, str, str, str], OfficerAtWork] = {}


def verified(
    stack: RunningStack | Installation, who: Person, office: str, name: str = "张三", **more: Any
) -> Person:
    """The same person, whose identity is enough for this office now."""
    body = {"name": name, "document_kind": "resident_id", "number": resident_number(),
            "region": "330106", "address": "西湖区二号", "contact_mobile": "13800138000",
            **(_OF_A_BODY if "document_kind" in more else {}), **more}  # fmt: skip
    made = claimed(who, body)
    answer = who.http.post(f"/api/v1/identity/{made}/submission?office={office}")
    assert answer.status_code == 200, answer.text
    if answer.json()["status"] == "submitted":
        decided(looking(stack, office), office, made)
    return who


def claimed(who: Person, body: dict[str, Any], leave_out: Collection[str] = ()) -> str:
    """A claim with its papers, not submitted."""
    kind = "individual" if body["document_kind"] == "resident_id" else "enterprise"
    answer = who.http.put("/api/v1/account/kind", json={"kind": kind})
    assert answer.status_code in {204, 409}, answer.text  # or chosen before
    answer = who.http.post("/api/v1/identity", json=body)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    for paper in PAPERS[body["document_kind"]]:
        if paper in leave_out:
            continue
        at = f"/api/v1/identity/{made}/papers?kind={paper}"
        assert who.http.put(at, content=PICTURE, headers=BYTES).status_code == 200
    return made


def decided(boss: OfficerAtWork, office: str, verification: str, outcome: str = "verified") -> None:
    at = f"/api/v1/offices/{office}/identities/{verification}/decision"
    answer = boss.http.post(at, json={"outcome": outcome, "ground": "与证件核对"})
    assert answer.status_code == 200, answer.text


def looking(
    stack: RunningStack | Installation, office: str, role: str = "supervisor"
) -> OfficerAtWork:
    """Somebody of this office in this role, one for each stack."""
    at = (stack.address, str(stack.var), office, role)
    if at not in _LOOKING:
        _LOOKING[at] = at_work(stack, office, role)
    return _LOOKING[at]
