"""People and programs that call the running stack over HTTP.

Each comes from an address of its own (the API trusts a proxy on loopback), so that one test's
attempts never count against another's.
"""

import hashlib
import itertools
import json
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from accounts.consents import texts
from tests.grounds.production import Installation
from tests.grounds.stack import RunningStack

PASSWORD = "correct horse battery"
TRANSACTION_PASSWORD = "staple for transactions"
AGREED = {text.key: text.version for text in texts().values()}
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = "application/offset+octet-stream"
_COUNTER = itertools.count(1)


def fresh_address() -> str:
    return f"10.{secrets.randbelow(250)}.{secrets.randbelow(250)}.{next(_COUNTER) % 250 + 1}"


@dataclass
class Person:
    """Signed in with a cookie; `http` sends what our own page would send."""

    http: httpx2.Client
    identifier: str
    csrf: str

    def key(self, *scopes: str, **more: Any) -> str:
        answer = self.http.post("/api/v1/keys", json={"name": "k", "scopes": list(scopes), **more})
        assert answer.status_code == 201, answer.text
        secret: str = answer.json()["secret"]
        return secret


def visitor(stack: RunningStack | Installation) -> httpx2.Client:
    """Somebody without an account."""
    return httpx2.Client(
        base_url=stack.address,
        headers={"X-Forwarded-For": fresh_address()},
        timeout=60,
        trust_env=False,
        # Nobody closes these clients: no connection may outlive its answer.
        limits=httpx2.Limits(max_keepalive_connections=0),
    )


def person(stack: RunningStack | Installation, name: str = "张三") -> Person:
    """Somebody who has just signed up, and entered the code that came: no message is left."""
    who = newcomer(stack, f"{secrets.token_hex(6)}@example.org", name)
    letter = newest_letter(stack, who.identifier)
    done = who.http.put("/api/v1/account/contacts", json={"code": code_in(letter)})
    assert done.status_code == 200, done.text
    letter.unlink()
    return who


def newcomer(
    stack: RunningStack | Installation,
    identifier: str,
    name: str = "张三",
    password: str = PASSWORD,
) -> Person:
    """Somebody who has signed up with this e-mail or number, and not shown that it is theirs."""
    http = visitor(stack)
    body = {"identifier": identifier, "name": name, "password": password, "agreed": AGREED}
    answer = http.post("/api/v1/accounts", json=body)
    assert answer.status_code == 201, answer.text
    csrf = answer.json()["csrf_token"]
    http.headers.update({"X-CSRF-Token": csrf, "Origin": stack.address})
    return Person(http, answer.json()["to_confirm"][0]["identifier"], csrf)


def newest_letter(stack: RunningStack | Installation, identifier: str) -> Path:
    """The newest file of the outbox for an address. A code was sent before the answer came."""
    for path in sorted((stack.var / "outbox").glob("*.json"), reverse=True):
        with suppress(FileNotFoundError):  # taken by whom it was for
            if json.loads(path.read_text("utf-8"))["to"] == identifier:
                return path
    raise AssertionError("no message in the outbox")


def code_in(letter: Path) -> str:
    code: str = json.loads(letter.read_text("utf-8"))["code"]
    return code


def program(stack: RunningStack | Installation, secret: str) -> httpx2.Client:
    """A program with this API key."""
    http = visitor(stack)
    http.headers["Authorization"] = f"Bearer {secret}"
    return http


def begin_upload(http: httpx2.Client, length: int) -> str:
    """The address of a new upload."""
    answer = http.post("/api/v1/uploads", headers={**TUS, "Upload-Length": str(length)})
    assert answer.status_code == 201, answer.text
    location: str = answer.headers["location"]
    return location


def send(
    http: httpx2.Client, location: str, data: Any, offset: int = 0, **headers: str
) -> httpx2.Response:
    """One PATCH; header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.patch(
        location,
        content=data,
        headers={**TUS, "Upload-Offset": str(offset), "Content-Type": BYTES, **named},
    )


def offset_of(http: httpx2.Client, location: str) -> int:
    answer = http.head(location, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


def uploaded(http: httpx2.Client, name: str, data: bytes) -> dict[str, Any]:
    """A file of a body, its bytes uploaded."""
    location = begin_upload(http, len(data))
    assert send(http, location, data).status_code == 204
    return {**declared(name, data), "upload": location.rsplit("/", 1)[-1]}


def declared(name: str, data: bytes) -> dict[str, Any]:
    """A file of a body, without its bytes."""
    return {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def deposit(http: httpx2.Client, *files: dict[str, Any], **more: Any) -> httpx2.Response:
    return http.post(
        "/api/v1/evidence",
        json={"files": list(files), **more},
        headers={"Idempotency-Key": os.urandom(8).hex()},
    )


def submit(http: httpx2.Client, matter: str, evidence: str) -> httpx2.Response:
    """Hand a matter in, as somebody who has a transaction password."""
    body = {"password": PASSWORD, "new": TRANSACTION_PASSWORD}
    if not http.get("/api/v1/account").json()["transaction_password_set"]:
        answer = http.put("/api/v1/account/transaction-password", json=body)
        assert answer.status_code == 204, answer.text
    return http.post(
        f"/api/v1/matters/{matter}/submissions",
        json={"evidence_number": evidence, "transaction_password": TRANSACTION_PASSWORD},
    )


def certified(http: httpx2.Client, number: str) -> dict[str, Any]:
    """The evidence, once its certificate is there."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found: dict[str, Any] = http.get(f"/api/v1/evidence/{number}").json()
        if found["certificate_ready"] or found["rejection"] is not None:
            return found
        time.sleep(0.1)
    raise AssertionError(f"no certificate in time: {found}")
