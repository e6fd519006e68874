"""`POST /api/v1/evidence/batch`: many digests in one body, each answered at its place."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.grounds.callers import certified, person, program
from tests.grounds.stack import RunningStack

PATH = "/api/v1/evidence/batch"


@pytest.fixture(scope="module")
def http(stack: RunningStack) -> httpx2.Client:
    return program(stack, person(stack).key("deposit", "read"))


def row(**changes: Any) -> dict[str, Any]:
    file = {"name": "photo.jpg", "size": 9, "sha256": secrets.token_hex(32)}
    return {"key": secrets.token_hex(16), "title": "山间", "files": [file], **changes}


def put(http: httpx2.Client, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    answer = http.post(PATH, json={"deposits": rows})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_every_row_is_answered_at_its_place_and_certified(http: httpx2.Client) -> None:
    rows = [row(title=f"第 {number} 幅") for number in range(40)]
    items = put(http, *rows)
    assert [item["key"] for item in items] == [each["key"] for each in rows]
    assert len({item["evidence_number"] for item in items}) == 40
    assert all(item["problem"] is None for item in items)
    for item, asked in list(zip(items, rows, strict=True))[::13]:
        certified(http, item["evidence_number"])
        seen = http.get(f"/api/v1/evidence/{item['evidence_number']}").json()
        assert seen["files"][0]["sha256"] == asked["files"][0]["sha256"]
        assert seen["custody_mode"] == "hash_only"
        assert seen["title"] == asked["title"]
        assert seen["submitted_at"] == item["submitted_at"]
        assert seen["verify_url"] == item["verify_url"]


def test_a_row_at_fault_holds_up_no_other(http: httpx2.Client) -> None:
    unprintable = row(title="\u0378")
    empty = row(files=[{"name": "a.jpg", "size": 0, "sha256": "a" * 64}])
    good, glyph, zero, last = put(http, row(), unprintable, empty, row())
    assert good["evidence_number"]
    assert last["evidence_number"]
    assert (glyph["problem"]["status"], glyph["problem"]["field"]) == (422, "title")
    assert (zero["problem"]["status"], zero["problem"]["field"]) == (422, "files[0]")
    assert zero["problem"]["type"] == "urn:yinji:problem:invalid-input"
    assert zero["problem"]["detail"]
    assert glyph["evidence_number"] is zero["evidence_number"] is None


def test_the_same_body_from_many_callers_makes_each_evidence_once(http: httpx2.Client) -> None:
    rows = [row() for _ in range(20)]

    def once(_: int) -> list[dict[str, Any]]:
        return put(http, *rows)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(once, range(6)))
    again = put(http, *rows)
    for answer in answers:
        for item, settled in zip(answer, again, strict=True):
            # One that came while another was at it is told so; the repeat has the number.
            if item["problem"] is not None:
                assert item["problem"]["status"] == 409
            else:
                assert item["evidence_number"] == settled["evidence_number"]
    assert len({item["evidence_number"] for item in again}) == 20


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([], "deposits"),
        ([row() for _ in range(501)], "deposits"),
        ([row(files=[{"name": "a.jpg", "size": 1, "sha256": "A" * 64}])],
         "deposits[0].files[0].sha256"),
        ([row(upload="x")], "deposits[0].upload"),
        ([{**row(), "key": ""}], "deposits[0].key"),
    ],
)  # fmt: skip
def test_a_body_of_another_shape_is_refused_whole(
    http: httpx2.Client, rows: list[dict[str, Any]], field: str
) -> None:
    answer = http.post(PATH, json={"deposits": rows})
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field


def test_a_key_without_the_scope_is_refused(stack: RunningStack) -> None:
    reader = program(stack, person(stack).key("read"))
    assert reader.post(PATH, json={"deposits": [row()]}).status_code == 403
