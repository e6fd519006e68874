"""Bad input gets an RFC 9457 problem that names field and remedy, and changes nothing."""

import json
import os
from typing import Any

import httpx2
import pytest

from tests.grounds.callers import certified, declared, deposit, person, program, uploaded
from tests.grounds.samples import Samples
from tests.grounds.stack import RunningStack

FILE = declared("a.bin", b"x")


@pytest.fixture(scope="module")
def http(stack: RunningStack) -> httpx2.Client:
    return program(stack, person(stack).key("deposit", "read"))


def refused(answer: httpx2.Response, status: int, field: str | None) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"].startswith("urn:yinji:problem:")
    assert body["detail"]
    assert body.get("field") == field


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"files": []}, 422, "files"),
        ({"files": [{**FILE, "sha256": f"{n:064x}"} for n in range(11)]}, 422, "files"),
        ({"files": [FILE, {**FILE, "name": "b.bin"}]}, 422, "files[1]"),
        ({"files": [{**FILE, "size": 0}]}, 422, "files[0]"),
        ({"files": [{**FILE, "size": -1}]}, 422, "files[0].size"),
        ({"files": [{**FILE, "size": 2**53}]}, 422, "files[0].size"),
        ({"files": [{**FILE, "size": 1.0}]}, 422, "files[0].size"),
        ({"files": [{**FILE, "size": True}]}, 422, "files[0].size"),
        ({"files": [{**FILE, "name": "a\x00.bin"}]}, 422, "files[0].name"),
        ({"files": [{**FILE, "name": "a\u202enib.exe"}]}, 422, "files[0].name"),
        ({"files": [{**FILE, "name": "x" * 296 + ".bin"}]}, 422, "files[0].name"),
        ({"files": [{**FILE, "name": "x" * 300 + ".bin"}]}, 422, "files[0].name"),
        ({"files": [{**FILE, "name": "../a.bin"}]}, 422, "files[0].name"),
        ({"files": [{**FILE, "name": "a.exe"}]}, 422, "files[0].name"),
        ({"files": [{**FILE, "name": "\U000f0000.bin"}]}, 422, "files[0].name"),
        ({"files": [{**FILE, "sha256": "A" * 64}]}, 422, "files[0].sha256"),
        ({"files": [{**FILE, "upload": "x"}]}, 422, "files[0].upload"),
        ({"title": "a\ud800"}, 422, "title"),
        ({"title": 7}, 422, "title"),
        ({"title": ""}, 422, "title"),
        ({"title": "\u0378"}, 422, "title"),
        ({"tags": ["x"] * 21}, 422, "tags"),
        ({"completion_date": 0}, 422, "completion_date"),
        ({"completion_date": "2026-02-30"}, 422, "completion_date"),
        ({"completion_date": "2999-01-01"}, 422, "completion_date"),
        ({"public": "yes"}, 422, "public"),
        ({"owner_id": "x"}, 422, "owner_id"),
        ({"submitted_at": "2020-01-01T00:00:00Z"}, 422, "submitted_at"),
    ],
)
def test_a_deposit_is_refused_by_field_and_leaves_nothing(
    http: httpx2.Client, change: dict[str, Any], status: int, field: str
) -> None:
    body = {"files": [FILE], "custody_mode": "hash_only", "title": "题", **change}
    before = [http.get("/api/v1/works").text, http.get("/api/v1/evidence").text]
    answer = http.post(
        "/api/v1/evidence",
        content=json.dumps(body).encode(),
        headers={"Idempotency-Key": os.urandom(8).hex(), "Content-Type": "application/json"},
    )
    refused(answer, status, field)
    assert [http.get("/api/v1/works").text, http.get("/api/v1/evidence").text] == before


@pytest.mark.parametrize(
    ("content", "kind", "status", "field"),
    [
        (b"{", "application/json", 400, None),
        (b"[" * 200_000, "application/json", 400, None),
        (b'{"title": NaN}', "application/json", 400, None),
        (b'{"title": "a", "title": "b"}', "application/json", 400, None),
        (b'{"title": ' + b"1" * 5000 + b"}", "application/json", 400, None),
        (b'{"title": "' + b"x" * 2**20 + b'"}', "application/json", 413, None),
        (b"title=a", "application/x-www-form-urlencoded", 415, "Content-Type"),
        (b"{}", "text/plain", 415, "Content-Type"),
        (b"\xff\xfe{\x00}\x00", "application/json", 400, None),
    ],
)
def test_a_body_that_is_not_plain_json_is_refused(
    http: httpx2.Client, content: bytes, kind: str, status: int, field: str | None
) -> None:
    answer = http.post("/api/v1/works", content=content, headers={"Content-Type": kind})
    refused(answer, status, field)


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
def test_an_idempotency_key_is_visible_ascii(http: httpx2.Client, key: str) -> None:
    answer = http.post(
        "/api/v1/evidence",
        json={"files": [FILE], "custody_mode": "hash_only"},
        headers=[(b"Idempotency-Key", key.encode("latin-1"))],
    )
    refused(answer, 422, "Idempotency-Key")


def test_a_key_used_for_another_request_is_refused(http: httpx2.Client) -> None:
    key = {"Idempotency-Key": os.urandom(8).hex()}
    body = {"files": [FILE], "custody_mode": "hash_only"}
    assert http.post("/api/v1/evidence", json=body, headers=key).status_code == 201
    answer = http.post("/api/v1/evidence", json={**body, "title": "别"}, headers=key)
    refused(answer, 422, "Idempotency-Key")


def test_content_that_does_not_fit_its_name_is_refused(
    http: httpx2.Client, samples: Samples
) -> None:
    file = uploaded(http, "sound.jpg", samples.sound.read_bytes())
    refused(deposit(http, file), 422, "files[0].name")


def test_another_digest_than_declared_is_refused(http: httpx2.Client) -> None:
    file = {**uploaded(http, "a.bin", os.urandom(50)), "sha256": "0" * 64}
    refused(deposit(http, file), 422, "files[0].sha256")


def test_an_upload_whose_bytes_have_moved_opens_no_strangers_file(
    http: httpx2.Client, stack: RunningStack
) -> None:
    """The digest of somebody else's stored file, and an upload of ours of the same length."""
    stranger = program(stack, person(stack).key("deposit", "read"))
    secret = os.urandom(64)
    theirs = deposit(stranger, uploaded(stranger, "secret.bin", secret))
    certified(stranger, theirs.json()["evidence_number"])
    mine = uploaded(http, "a.bin", os.urandom(64))
    certified(http, deposit(http, mine).json()["evidence_number"])
    claim = {**mine, "sha256": declared("a.bin", secret)["sha256"]}
    refused(deposit(http, claim), 422, "files[0].sha256")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/evidence/YJ-0000-0000-0000-0001",
        "/api/v1/evidence/%00",
        "/api/v1/evidence/%2e%2e%2f%2e%2e",
        "/api/v1/works/not-a-uuid",
        "/api/v1/evidence?limit=0",
        "/api/v1/evidence?limit=x",
        "/api/v1/evidence?cursor=x",
        "/api/v1/evidence?cursor=00000000-0000-0000-0000-000000000000",
        "/api/v1/evidence?idempotency_key=%00",
        "/api/v1/evidence?idempotency_key=%F0%9F%99%82",
        "/api/v1/nowhere",
    ],
)
def test_an_odd_address_is_a_problem_and_never_an_error(http: httpx2.Client, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code in {400, 404, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_another_method_is_told_which_there_are(http: httpx2.Client) -> None:
    answer = http.put("/api/v1/works", json={})
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
