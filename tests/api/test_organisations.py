"""Organisations over HTTP: invited by a code, seen by role, gone with the membership."""

import secrets
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from api.auth import FOR_HEADER
from tests.grounds.callers import Person, declared, deposit, person, program
from tests.grounds.officers import message_to, messages_to
from tests.grounds.stack import RunningStack

AT = "/api/v1/organisations"
OTHER = {"name": "水边公司", "kind": "organisation"}


@dataclass
class Company:
    """An organisation, its owner, and how others come to it."""

    stack: RunningStack
    id: str
    owner: Person

    def invite(self, identifier: str, role: str, **more: Any) -> httpx2.Response:
        body = {"identifier": identifier, "role": role, **more}
        return self.owner.http.post(f"{AT}/{self.id}/invitations", json=body)

    def join(self, role: str) -> tuple[Person, str]:
        """Somebody who joined in this role, and the membership."""
        who = person(self.stack)
        assert self.invite(who.identifier, role).status_code == 201
        code = message_to(self.stack, who.identifier)["code"]
        answer = who.http.post(f"{AT}/members", json={"code": code})
        assert answer.status_code == 201, answer.text
        return who, answer.json()["id"]

    @property
    def acting(self) -> dict[str, str]:
        return {FOR_HEADER: self.id}


@pytest.fixture(scope="module")
def company(stack: RunningStack) -> Company:
    owner = person(stack, "王老板")
    answer = owner.http.post(AT, json={"name": "山间公司", "kind": "enterprise"})
    assert answer.status_code == 201, answer.text
    return Company(stack, answer.json()["id"], owner)


@pytest.fixture(scope="module")
def evidence(company: Company) -> str:
    """What the owner deposited for the organisation."""
    http = company.owner.http
    http.headers.update(company.acting)
    try:
        answer = deposit(http, declared("a.txt", b"ours"), custody_mode="hash_only", title="山间")
    finally:
        del http.headers[FOR_HEADER]
    assert answer.status_code == 201, answer.text
    number: str = answer.json()["evidence_number"]
    return number


def test_what_is_deposited_for_an_organisation_is_its_own(company: Company, evidence: str) -> None:
    at = f"/api/v1/evidence/{evidence}"
    assert company.owner.http.get(at).status_code == 404
    assert company.owner.http.get(at, headers={FOR_HEADER: company.id}).status_code == 200


@pytest.mark.parametrize(
    ("role", "reads", "deposits", "manages"),
    [("viewer", 200, 403, 403), ("filer", 200, 201, 403), ("admin", 200, 201, 201)],
)
def test_members_do_as_their_role_says(
    company: Company, evidence: str, role: str, reads: int, deposits: int, manages: int
) -> None:
    who, _ = company.join(role)
    who.http.headers[FOR_HEADER] = company.id
    assert who.http.get(f"/api/v1/evidence/{evidence}").status_code == reads
    assert who.http.get("/api/v1/works").status_code == reads
    assert who.http.get("/api/v1/matters").status_code == reads
    file = declared("b.txt", secrets.token_bytes(8))
    assert deposit(who.http, file, custody_mode="hash_only").status_code == deposits
    key = who.http.post("/api/v1/keys", json={"name": "k", "scopes": ["read"]})
    assert key.status_code == manages
    draft = {"office": "tianjin", "agency": "exchange"}
    assert who.http.post("/api/v1/matters", json=draft).status_code == deposits
    del who.http.headers[FOR_HEADER]
    invitation = {"identifier": "x@example.org", "role": "viewer"}
    answer = who.http.post(f"{AT}/{company.id}/invitations", json=invitation)
    assert answer.status_code == manages


def test_an_ex_members_next_call_finds_nothing(company: Company, evidence: str) -> None:
    """T02: by cookie, by the member's own key, by a key made for the organisation, and by one that
    such a key made."""
    who, membership = company.join("admin")
    own = program(company.stack, who.key("read"))
    own.headers[FOR_HEADER] = company.id
    who.http.headers[FOR_HEADER] = company.id
    made = program(company.stack, who.key("read", "keys"))
    answer = made.post("/api/v1/keys", json={"name": "by a key", "scopes": ["read"]})
    child = program(company.stack, answer.json()["secret"])
    at = f"/api/v1/evidence/{evidence}"
    assert {http.get(at).status_code for http in (who.http, own, made, child)} == {200}
    gone = company.owner.http.delete(f"{AT}/{company.id}/members/{membership}")
    assert gone.status_code == 204
    told = [http.get(at).status_code for http in (who.http, own, made, child)]
    assert told == [404, 404, 401, 401]
    del who.http.headers[FOR_HEADER]
    assert who.http.get(f"{AT}/{company.id}/members").status_code == 404


def test_a_lower_role_lowers_the_keys_too(company: Company, evidence: str) -> None:
    who, membership = company.join("admin")
    who.http.headers[FOR_HEADER] = company.id
    made = program(company.stack, who.key("read", "deposit"))
    changed = company.owner.http.put(
        f"{AT}/{company.id}/members/{membership}", json={"role": "viewer"}
    )
    assert changed.status_code == 200
    assert made.get(f"/api/v1/evidence/{evidence}").status_code == 200
    file = declared("c.txt", secrets.token_bytes(8))
    assert deposit(made, file, custody_mode="hash_only").status_code == 403


def test_the_last_owner_cannot_leave(company: Company) -> None:
    rows = company.owner.http.get(f"{AT}/{company.id}/members").json()["items"]
    (own,) = [row["id"] for row in rows if row["role"] == "owner"]
    at = f"{AT}/{company.id}/members/{own}"
    assert company.owner.http.delete(at).status_code == 409
    assert company.owner.http.put(at, json={"role": "viewer"}).status_code == 409


def test_the_code_goes_to_the_invited_alone_and_once(company: Company) -> None:
    who, thief = person(company.stack), person(company.stack)
    key = {"Idempotency-Key": secrets.token_hex(8)}
    body = {"identifier": who.identifier, "role": "filer"}
    at = f"{AT}/{company.id}/invitations"
    answers = [company.owner.http.post(at, json=body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    (message,) = messages_to(company.stack, who.identifier)
    assert message["code"] not in answers[0].text
    code = {"code": message["code"]}
    assert thief.http.post(f"{AT}/members", json=code).status_code == 404
    assert who.http.post(f"{AT}/members", json=code).status_code == 201
    assert who.http.post(f"{AT}/members", json=code).status_code == 404
    assert [each["name"] for each in who.http.get(AT).json()["items"]] == ["山间公司"]


def test_an_invitation_that_is_taken_back_opens_nothing(company: Company) -> None:
    who = person(company.stack)
    made = company.invite(who.identifier, "viewer").json()["id"]
    at = f"{AT}/{company.id}/invitations"
    assert made in {row["id"] for row in company.owner.http.get(at).json()["items"]}
    assert company.owner.http.delete(f"{at}/{made}").status_code == 204
    code = message_to(company.stack, who.identifier)["code"]
    assert who.http.post(f"{AT}/members", json={"code": code}).status_code == 404


def test_another_organisation_sees_nothing(stack: RunningStack, company: Company) -> None:
    other = person(stack)
    assert other.http.post(AT, json=OTHER).status_code == 201
    for path in ("members", "invitations"):
        assert other.http.get(f"{AT}/{company.id}/{path}").status_code == 404


@pytest.mark.parametrize("named", ["nobody", ""])
def test_what_is_no_id_is_named(company: Company, named: str) -> None:
    answer = company.owner.http.get("/api/v1/works", headers={FOR_HEADER: named})
    assert (answer.status_code, answer.json()["field"]) == (422, FOR_HEADER)
