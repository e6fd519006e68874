"""Batch filing: sixty works in one call, each row answered, and nothing filed twice (CP-13)."""

import csv
import json
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.grounds.batching import DEDICATED, KEY, MOST, RULES
from tests.grounds.callers import (
    PASSWORD,
    TRANSACTION_PASSWORD,
    Person,
    declared,
    deposit,
    person,
)
from tests.grounds.matters import FORM, papers
from tests.grounds.stack import RunningStack, running_stack
from tests.grounds.verifying import verified

PATH = "/api/v1/matters/batch"
COUNT = 60


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    folder = tmp_path_factory.mktemp("batches")
    (folder / "offices").mkdir()
    (folder / "offices" / f"{KEY}.toml").write_text(RULES)
    with running_stack(folder, YINJI_OFFICES=str(folder / "offices")) as stack:
        yield stack


def filer(office: RunningStack, kind: str) -> Person:
    """Somebody with a kind of account and a transaction password, who can wait."""
    made = person(office)
    made.http.timeout = 300
    assert made.http.put("/api/v1/account/kind", json={"kind": kind}).is_success
    body = {"password": PASSWORD, "new": TRANSACTION_PASSWORD}
    answer = made.http.put("/api/v1/account/transaction-password", json=body)
    assert answer.status_code == 204
    unit = {"document_kind": "credit_code", "number": "91350100M000100Y43"}
    return verified(office, made, KEY, **({} if kind == "individual" else unit))


@pytest.fixture(scope="module")
def firm(office: RunningStack) -> Person:
    return filer(office, "enterprise")


def evidences(http: httpx2.Client, count: int) -> list[str]:
    """So many evidences whose statements are fixed."""
    rows = [
        {"key": secrets.token_hex(16), "title": "山间",
         "files": [{"name": "a.png", "size": 3, "sha256": secrets.token_hex(32)}]}
        for _ in range(count)
    ]  # fmt: skip
    items = http.post("/api/v1/evidence/batch", json={"deposits": rows}).json()["items"]
    numbers = [item["evidence_number"] for item in items]
    for number in numbers:
        stated(http, number)
    return numbers


def stated(http: httpx2.Client, number: str) -> str:
    until = time.monotonic() + 60
    while http.get(f"/api/v1/evidence/{number}").json()["statement_sha256"] is None:
        assert time.monotonic() < until
        time.sleep(0.1)
    return number


def common(http: httpx2.Client) -> dict[str, Any]:
    pledge = deposit(http, declared("pledge.png", secrets.token_bytes(8)), custody_mode="hash_only")
    number = stated(http, pledge.json()["evidence_number"])
    form = {name: value for name, value in FORM.items() if name != "title"}
    # The owner is a person whose card the firm brings.
    return {"form": form, "documents": {**papers(number), "identity": number}}


def batch(http: httpx2.Client, count: int) -> dict[str, Any]:
    filings = [
        {"key": f"{secrets.token_hex(8)}-{place}", "form": {"title": f"山间之{place}"},
         "documents": {}, "evidence_number": number}
        for place, number in enumerate(evidences(http, count))
    ]  # fmt: skip
    return {
        "office": KEY, "agency": "exchange", "common": common(http), "filings": filings,
        "transaction_password": TRANSACTION_PASSWORD,
    }  # fmt: skip


def listed(http: httpx2.Client) -> set[str]:
    found, cursor = set[str](), ""
    while cursor is not None:
        page = http.get(f"/api/v1/matters?limit=100{cursor and f'&cursor={cursor}'}").json()
        found |= {each["id"] for each in page["items"]}
        cursor = page["next"]
    return found


def test_sixty_works_are_filed_but_for_those_at_fault_which_are_mended_under_their_keys(
    firm: Person,
) -> None:
    body, before = batch(firm.http, COUNT), listed(firm.http)
    good = json.loads(json.dumps(body["filings"]))
    wrong = body["filings"]
    del wrong[17]["form"]["title"]
    wrong[23]["evidence_number"] = "YJ-0000-0000-0000-0000"
    wrong[40]["form"]["completion_date"] = "2026-02-30"
    wrong[41]["form"]["title"] = "\u0378"
    wrong[59]["documents"] = {"pledge": "YJ-0000-0000-0000-0000"}
    answer = firm.http.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [item["key"] for item in told["items"]] == [row["key"] for row in wrong]
    assert told["filed"] == COUNT - 5
    assert told["dedicated_service"]
    assert "李雨" in told["dedicated_contact"]
    fields = {
        place: item["problem"]["field"]
        for place, item in enumerate(told["items"])
        if item["problem"]
    }
    assert set(fields) == {17, 23, 40, 41, 59}
    assert (fields[17], fields[40], fields[41]) == ("title", "completion_date", "title")
    assert len(listed(firm.http) - before) == COUNT - 5
    mended = firm.http.post(PATH, json={**body, "filings": good}).json()
    assert mended["filed"] == COUNT
    assert len(listed(firm.http) - before) == COUNT
    for first, second in zip(told["items"], mended["items"], strict=True):
        assert first["problem"] or first["matter_id"] == second["matter_id"]
    assert {item["state"] for item in mended["items"]} == {"submitted"}


def test_the_same_batch_from_many_hands_files_each_work_once(firm: Person) -> None:
    body, before = batch(firm.http, 12), listed(firm.http)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: firm.http.post(PATH, json=body), range(4)))
    ids = [[item["matter_id"] for item in answer.json()["items"]] for answer in answers]
    assert all(each == ids[0] for each in ids)
    assert listed(firm.http) - before == set(ids[0])


def test_a_key_of_another_row_is_refused_for_that_row(firm: Person) -> None:
    body = batch(firm.http, 2)
    assert firm.http.post(PATH, json=body).json()["filed"] == 2
    body["filings"][0]["form"]["title"] = "水边"
    first, second = firm.http.post(PATH, json=body).json()["items"]
    assert first["problem"]["type"].endswith(":idempotency-mismatch")
    assert second["problem"] is None


class TestTheRight:
    """CP-38, CP-39: 个人仅限单件提交."""

    def test_an_individual_files_one_by_one(self, office: RunningStack) -> None:
        somebody = filer(office, "individual")
        body = batch(somebody.http, 2)
        answer = somebody.http.post(PATH, json=body)
        assert (answer.status_code, answer.json()["field"]) == (403, "filings")
        one = somebody.http.post(PATH, json={**body, "filings": body["filings"][:1]})
        assert one.json()["filed"] == 1, one.text
        assert not one.json()["dedicated_service"]
        assert one.json()["dedicated_contact"] is None

    def test_an_office_that_takes_none_says_so(self, firm: Person) -> None:
        answer = firm.http.post(PATH, json={**batch(firm.http, 2), "office": "tianjin"})
        assert (answer.status_code, answer.json()["field"]) == (403, "filings")

    def test_more_than_the_office_takes_is_refused_whole(self, firm: Person) -> None:
        row = {"key": "x", "form": {}, "documents": {}, "evidence_number": "YJ-0"}
        body = {"office": KEY, "filings": [{**row, "key": f"k{n}"} for n in range(MOST + 1)]}
        answer = firm.http.post(PATH, json=body)
        assert (answer.status_code, answer.json()["field"]) == (413, "filings")

    def test_the_transaction_password_is_asked_for_once(self, firm: Person) -> None:
        body = {**batch(firm.http, 2), "transaction_password": "wrong wrong wrong"}
        before = listed(firm.http)
        answer = firm.http.post(PATH, json=body)
        assert (answer.status_code, answer.json()["field"]) == (403, "transaction_password")
        assert listed(firm.http) == before


def test_a_sheet_and_its_files_are_filed_from_the_command_line(
    office: RunningStack, firm: Person, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(firm.key("deposit", "read", "register"))
    (tmp_path / "password").write_text(f"{TRANSACTION_PASSWORD}\n")
    (tmp_path / "common.json").write_text(json.dumps(common(firm.http)))
    rows = [["files", "title", "completion_date"]]
    for place in range(4):
        (tmp_path / f"{place}.txt").write_bytes(secrets.token_bytes(40).hex().encode())
        rows.append(
            [f"{place}.txt", f"山间之{place}", "2026-02-30" if place == 2 else "2026-02-01"]
        )
    sheet = tmp_path / "works.csv"

    def filed(key: str = KEY) -> Any:
        with sheet.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        return office.yinji(
            "file", sheet, "--office", key, "--agency", "exchange", "--folder", tmp_path,
            "--common", tmp_path / "common.json", "--password-file", tmp_path / "password",
            "--server", office.address, "--key-file", tmp_path / "key",
        )  # fmt: skip

    assert filed("nowhere").code == 64
    assert firm.http.get("/api/v1/evidence", params={"title": "山间之0"}).json()["items"] == []
    ran = filed()
    assert ran.code == 1, ran.err
    assert len(ran.out.splitlines()) == 3
    assert "✗ 4" in ran.err
    assert "[completion_date]" in ran.err
    rows[3][2] = "2026-02-01"
    again = filed()
    assert again.code == 0, again.err
    lines = again.out.splitlines()
    assert len(lines) == 4
    assert set(ran.out.splitlines()) <= set(lines)


def test_the_office_sees_the_size_of_a_batch(office: RunningStack) -> None:
    assert DEDICATED <= COUNT <= MOST
    ran = office.yinji("audit", "verify")
    assert ran.code == 0, ran.err
