"""Agents who call the running stack: confirmed by an office's supervisor, with a paper."""

from datetime import date, timedelta
from typing import Any

import httpx2

from api.auth import FOR_HEADER
from tests.grounds.callers import Person, person
from tests.grounds.filing import picture
from tests.grounds.officers import OfficerAtWork
from tests.grounds.stack import RunningStack

QUALIFICATION = picture(form="JPEG")
BYTES = {"Content-Type": "application/octet-stream"}


def account_id(who: Person) -> str:
    found: str = who.http.get("/api/v1/session").json()["account"]["id"]
    return found


def asked_to_be(who: Person, office: str, kind: str) -> httpx2.Response:
    """A request to be of this kind, with a paper."""
    at = "/api/v1/account/papers?kind=agent_qualification"
    paper = who.http.put(at, content=QUALIFICATION, headers=BYTES)
    assert paper.status_code == 200, paper.text
    body = {"office": office, "kind": kind, "reason": "代理版权登记",
            "paper_id": paper.json()["id"]}  # fmt: skip
    return who.http.post("/api/v1/account/kind-changes", json=body)


def agent(
    stack: RunningStack, boss: OfficerAtWork, office: str, kind: str = "agent_firm"
) -> Person:
    """Somebody whom the office's supervisor has confirmed."""
    who = person(stack, "代理公司")
    first = "individual" if kind == "agent_lawyer" else "enterprise"
    assert who.http.put("/api/v1/account/kind", json={"kind": first}).status_code == 204
    asked = asked_to_be(who, office, kind)
    assert asked.status_code == 201, asked.text
    at = f"/api/v1/offices/{office}/kind-changes/{asked.json()['id']}/decision"
    answer = boss.http.post(at, json={"outcome": "granted", "ground": "资质已核"})
    assert (answer.status_code, answer.json()["account_kind"]) == (200, kind)
    return who


def mandate(principal: Person, who: Person, *scopes: str, **more: Any) -> str:
    """A mandate of this year and the next."""
    today = date.today()  # noqa: DTZ011 - a day either way does not matter here
    body = {"agent": who.identifier, "scopes": list(scopes),
            "valid_from": str(today - timedelta(days=1)),
            "valid_until": str(today + timedelta(days=300)), **more}  # fmt: skip
    answer = principal.http.post("/api/v1/mandates", json=body)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def acting(principal: Person) -> dict[str, str]:
    return {FOR_HEADER: account_id(principal)}
