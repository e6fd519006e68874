"""An officer with several roles at one office, over HTTP."""

import secrets
from base64 import b32decode
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from accounts import staff
from accounts.identifiers import parse_identifier
from api.database import transaction
from api.wiring import Services
from tests.grounds.callers import PASSWORD, visitor
from tests.grounds.officers import OfficerAtWork, code_now, shown
from tests.grounds.people import resident_number
from tests.grounds.stack import RunningStack


def appointed(
    stack: RunningStack, services: Services, office: str, roles: list[str]
) -> OfficerAtWork:
    """An officer of several roles, who has shown the second factor."""
    identifier = f"{secrets.token_hex(6)}@office.example"
    codes = []
    with transaction(services.sessions) as session:
        to = parse_identifier(identifier, "to")
        codes = [
            staff.invite(session, to, "王五", office, role, "exchange", now=datetime.now(UTC))
            for role in roles
        ]
    http = visitor(stack)
    body = {"code": codes[0], "password": PASSWORD, "document_kind": "resident_id",
            "number": resident_number()}  # fmt: skip
    answer = http.post("/api/v1/officers", json=body)
    assert answer.status_code == 201, answer.text
    http.headers.update({"X-CSRF-Token": answer.json()["csrf_token"], "Origin": stack.address})
    for code in codes[1:]:
        assert http.post("/api/v1/officers/roles", json={"code": code}).status_code == 201
    made = OfficerAtWork(http, identifier, body["number"])
    with_factor(made)
    return made


def with_factor(officer: OfficerAtWork) -> None:
    """Set up and show one-time codes."""
    answer = officer.http.post("/api/v1/second-factor", json={})
    encoded = parse_qs(urlsplit(answer.json()["address"]).query)["secret"][0]
    officer.secret = b32decode(encoded)
    shown(
        officer, officer.http.put("/api/v1/session/second-factor", json={"code": code_now(officer)})
    )
