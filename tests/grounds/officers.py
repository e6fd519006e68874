"""Officers who call the running stack: invited as the operator does it, enrolled with the code."""

import base64
import json
import secrets
import stat
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from accounts.identifiers import parse_identifier
from accounts.person_models import Reveal
from accounts.reveals import MOST_A_DAY
from accounts.second_factors import STEP_SECONDS, totp
from api.staffing import invite_officer
from api.wiring import utc_now
from tests.grounds.callers import PASSWORD, visitor
from tests.grounds.people import resident_number
from tests.grounds.production import Installation
from tests.grounds.stack import RunningStack


@dataclass
class OfficerAtWork:
    """Signed in; `secret` is what the authenticator app knows."""

    http: httpx2.Client
    identifier: str
    number: str
    secret: bytes = b""


def messages_to(stack: RunningStack | Installation, identifier: str) -> list[dict[str, Any]]:
    """What the outbox holds for an address, oldest first."""
    found = []
    for path in sorted((stack.var / "outbox").glob("*.json")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        document = json.loads(path.read_text())
        if document["to"] == identifier:
            found.append(document)
    return found


def message_to(
    stack: RunningStack | Installation, identifier: str, seconds: float = 20
) -> dict[str, Any]:
    """The newest message, once there is one."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := messages_to(stack, identifier):
            return found[-1]
        time.sleep(0.1)
    raise AssertionError("no message in time")


def invited(stack: RunningStack | Installation, office: str, role: str, agency: str = "a") -> str:
    """The address of somebody who has just been invited."""
    identifier = f"{secrets.token_hex(6)}@office.example"
    to = parse_identifier(identifier, "to")
    with stack.services() as services:
        invite_officer(services, to, "王五", office, role, agency, now=utc_now())
    return identifier


def enrolled(
    stack: RunningStack | Installation,
    office: str,
    role: str,
    agency: str = "a",
    number: str | None = None,
) -> OfficerAtWork:
    """An officer without a second factor yet."""
    identifier = invited(stack, office, role, agency)
    http, number = visitor(stack), number or resident_number()
    body = {"code": message_to(stack, identifier)["code"], "password": PASSWORD,
            "document_kind": "resident_id", "number": number}  # fmt: skip
    answer = http.post("/api/v1/officers", json=body)
    assert answer.status_code == 201, answer.text
    http.headers.update({"X-CSRF-Token": answer.json()["csrf_token"], "Origin": stack.address})
    return OfficerAtWork(http, identifier, number)


def at_work(
    stack: RunningStack | Installation,
    office: str,
    role: str,
    agency: str = "a",
    number: str | None = None,
) -> OfficerAtWork:
    """An officer who has shown the second factor."""
    made = enrolled(stack, office, role, agency, number)
    answer = made.http.post("/api/v1/second-factor", json={})
    assert answer.status_code == 201, answer.text
    encoded = parse_qs(urlsplit(answer.json()["address"]).query)["secret"][0]
    made.secret = base64.b32decode(encoded)
    shown(made, made.http.put("/api/v1/session/second-factor", json={"code": code_now(made)}))
    return made


def shown(officer: OfficerAtWork, answer: httpx2.Response) -> None:
    """The second factor was shown: the session has a new cookie, and a new token for changes."""
    assert answer.status_code == 200, answer.text
    officer.http.headers["X-CSRF-Token"] = answer.json()["csrf_token"]


def code_now(officer: OfficerAtWork) -> str:
    return totp(officer.secret, int(time.time()) // STEP_SECONDS)


def account_of(officer: OfficerAtWork) -> uuid.UUID:
    """The account in which an officer is signed in."""
    return uuid.UUID(officer.http.get("/api/v1/session").json()["account"]["id"])


def looked_all_day(stack: RunningStack, officer: OfficerAtWork, office: str) -> None:
    """As if the officer had been shown as many identity papers today as anybody may be."""
    by = account_of(officer)
    with stack.services() as services, services.sessions() as session, session.begin():
        session.add_all(
            Reveal(by_id=by, office=office, subject="paper", subject_id=uuid.uuid4(),
                   reason="x", at=utc_now())
            for _ in range(MOST_A_DAY)
        )  # fmt: skip
