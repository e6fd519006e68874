"""The same call with the same `Idempotency-Key` creates once, however often it comes."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.grounds.callers import (
    AGREED,
    PASSWORD,
    TUS,
    Person,
    deposit,
    person,
    program,
    uploaded,
    visitor,
)
from tests.grounds.officers import messages_to
from tests.grounds.stack import RunningStack

MANY = 50


@dataclass(frozen=True)
class Creating:
    """An operation that creates: how it is called, what of the answer names the thing made."""

    path: str
    body: dict[str, Any] | None
    other: dict[str, Any] | None
    made: Callable[[httpx2.Response], object]
    headers: dict[str, str] | None = None
    other_headers: dict[str, str] | None = None


WORK = Creating("/api/v1/works", {"title": "山间"}, {"title": "水边"}, lambda a: a.json()["id"])
UPLOAD = Creating(
    "/api/v1/uploads",
    None,
    None,
    lambda a: a.headers["location"],
    {**TUS, "Upload-Length": "7"},
    {**TUS, "Upload-Length": "8"},
)
KEY = Creating(
    "/api/v1/keys",
    {"name": "k", "scopes": ["read"]},
    {"name": "k", "scopes": ["deposit"]},
    lambda a: (a.json()["id"], a.json()["secret"]),
)
MATTER = Creating(
    "/api/v1/matters",
    {"office": "tianjin", "agency": "exchange"},
    {"office": "tianjin", "agency": "exchange", "form": {"title": "水边"}},
    lambda a: (a.json()["id"], a.json()["number"]),
)
ALL = {"works": WORK, "uploads": UPLOAD, "keys": KEY, "matters": MATTER}


@pytest.fixture(scope="module")
def owner(stack: RunningStack) -> Person:
    return person(stack)


def send(
    http: httpx2.Client, what: Creating, key: str | None, *, other: bool = False
) -> httpx2.Response:
    headers = (what.other_headers if other else what.headers) or {}
    if key is not None:
        headers = {**headers, "Idempotency-Key": key}
    body = what.other if other else what.body
    return http.post(what.path, json=body, headers=headers)


def version_of(http: httpx2.Client) -> Creating:
    """Creating the second version of a deposited work."""
    work = http.post("/api/v1/works", json={"title": "一"}).json()["id"]
    file = {"name": "a.txt", "size": 1, "sha256": secrets.token_hex(32)}
    assert http.put(f"/api/v1/works/{work}/files", json={"files": [file]}).status_code == 200
    deposited = http.post(
        f"/api/v1/works/{work}/deposits",
        json={"custody_mode": "hash_only"},
        headers={"Idempotency-Key": work},
    )
    assert deposited.status_code == 201, deposited.text
    path = f"/api/v1/works/{work}/versions"
    return Creating(path, {"title": "二"}, {"title": "三"}, lambda a: len(a.json()["versions"]))


@pytest.mark.parametrize("name", [*ALL, "versions"])
def test_fifty_calls_at_once_make_one(owner: Person, name: str) -> None:
    what = ALL.get(name) or version_of(owner.http)
    key = secrets.token_hex(8)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: send(owner.http, what, key), range(MANY)))
    assert {answer.status_code for answer in answers} == {201}, {a.text for a in answers}
    assert len({what.made(answer) for answer in answers}) == 1
    again = send(owner.http, what, key, other=True)
    assert (again.status_code, again.json()["field"]) == (422, "Idempotency-Key")
    assert again.json()["type"] == "urn:yinji:problem:idempotency-mismatch"


@pytest.mark.parametrize("name", ALL)
def test_a_key_belongs_to_one_account_and_one_operation(
    stack: RunningStack, owner: Person, name: str
) -> None:
    key, stranger = secrets.token_hex(8), person(stack)
    mine = send(owner.http, ALL[name], key)
    theirs = send(stranger.http, ALL[name], key)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert ALL[name].made(mine) != ALL[name].made(theirs)
    elsewhere = next(each for other, each in ALL.items() if other != name)
    assert send(owner.http, elsewhere, key).status_code == 201


@pytest.mark.parametrize("name", ALL)
def test_without_a_key_each_call_makes_its_own(owner: Person, name: str) -> None:
    first, second = (send(owner.http, ALL[name], None) for _ in range(2))
    assert ALL[name].made(first) != ALL[name].made(second)


@pytest.mark.parametrize("key", ["", "两字", "a b", "x" * 256])
def test_a_key_that_is_none_is_named(owner: Person, key: str) -> None:
    headers = {"Idempotency-Key": key.encode()}
    answer = owner.http.post("/api/v1/works", json={}, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


def test_what_was_deleted_is_not_made_again(owner: Person) -> None:
    for what, path in ((WORK, "/api/v1/works/{}"), (UPLOAD, "{}")):
        key = secrets.token_hex(8)
        place = path.format(what.made(send(owner.http, what, key)))
        assert owner.http.delete(place, headers=TUS).status_code == 204
        again = send(owner.http, what, key)
        assert (again.status_code, again.json()["field"]) == (410, "Idempotency-Key")


def test_a_call_that_failed_leaves_its_key_free(owner: Person) -> None:
    key = secrets.token_hex(8)
    bad = owner.http.post(
        "/api/v1/works", json={"category": "no such"}, headers={"Idempotency-Key": key}
    )
    assert bad.status_code == 422
    assert send(owner.http, WORK, key).status_code == 201


def test_a_secret_is_repeated_to_the_caller_that_asked_first_only(
    stack: RunningStack, owner: Person
) -> None:
    key = secrets.token_hex(8)
    first = send(owner.http, KEY, key)
    assert program(stack, first.json()["secret"]).get("/api/v1/works").status_code == 200
    other = program(stack, owner.key("keys", "read", "deposit"))
    refused = send(other, KEY, key)
    assert (refused.status_code, refused.json()["field"]) == (409, "Idempotency-Key")
    assert send(owner.http, KEY, key).json() == first.json()


def test_an_account_is_opened_once(stack: RunningStack) -> None:
    http, key = visitor(stack), secrets.token_hex(8)
    body = {
        "identifier": f"{secrets.token_hex(6)}@example.org", "name": "李四", "password": PASSWORD,
        "agreed": AGREED,
    }  # fmt: skip

    def once(**changes: str) -> httpx2.Response:
        headers = {"Idempotency-Key": key}
        return http.post("/api/v1/accounts", json={**body, **changes}, headers=headers)

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: once(), range(5)))
    assert {answer.status_code for answer in answers} == {201}, {a.text for a in answers}
    assert len({answer.json()["account"]["id"] for answer in answers}) == 1
    for change in ({"name": "王五"}, {"password": PASSWORD + "!"}):
        refused = once(**change)
        assert (refused.status_code, refused.json()["field"]) == (422, "Idempotency-Key")
    without = http.post("/api/v1/accounts", json=body).json()["account"]["id"]
    assert without != answers[0].json()["account"]["id"]
    assert len(messages_to(stack, body["identifier"])) == 2


def test_a_repeated_upload_goes_on_where_it_was(stack: RunningStack) -> None:
    http = program(stack, person(stack).key("deposit", "read"))
    key = secrets.token_hex(8)
    place = send(http, UPLOAD, key).headers["location"]
    bytes_ = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert http.patch(place, content=b"abc", headers=bytes_).status_code == 204
    again = send(http, UPLOAD, key).headers["location"]
    assert http.head(again, headers=TUS).headers["upload-offset"] == "3"
    assert deposit(http, uploaded(http, "b.txt", b"another")).status_code == 201
