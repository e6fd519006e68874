"""The pre-check over HTTP: applicant and examiner are told the same, from what was really sent."""

import time
from typing import Any

import pytest

from tests.grounds.callers import person, submit
from tests.grounds.filing import Applicant, applicant, at, examiner, picture
from tests.grounds.officers import OfficerAtWork
from tests.grounds.stack import RunningStack


@pytest.fixture(scope="module")
def filer(stack: RunningStack) -> Applicant:
    return applicant(stack)


@pytest.fixture(scope="module")
def first(stack: RunningStack) -> OfficerAtWork:
    return examiner(stack)


@pytest.fixture(scope="module")
def pledge(filer: Applicant) -> str:
    return filer.deposited("b.png", picture())


def told(filer: Applicant, matter: str, **query: str) -> list[dict[str, Any]]:
    """The list, once every file was looked at."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answer = filer.person.http.get(f"/api/v1/matters/{matter}/precheck", params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        if "being-checked" not in {each["id"] for each in items}:
            return items
        time.sleep(0.2)
    raise AssertionError("not looked at in time")


def test_before_submitting_it_says_what_the_office_would_return(
    filer: Applicant, pledge: str
) -> None:
    matter = filer.drafted(pledge, title="绘画教程")
    found = {each["id"]: each for each in told(filer, matter)}
    assert found.keys() == {"sample-missing", "title-vague"}
    assert found["sample-missing"]["severity"] == "must"
    assert all(each["remedy_zh"] and each["remedy_en"] for each in found.values())


def test_a_picture_of_72_dpi_is_found_out_by_its_bytes(filer: Applicant, pledge: str) -> None:
    number = filer.deposited("a.png", picture(dpi=72))
    matter = filer.drafted(pledge)
    (only,) = told(filer, matter, evidence_number=number)
    assert (only["id"], only["kind"], only["name"]) == ("resolution-low", "file", "0")
    assert "72" in only["said_zh"]


def test_a_good_one_is_found_nothing_of(filer: Applicant, pledge: str) -> None:
    assert told(filer, filer.drafted(pledge), evidence_number=filer.deposited(
        "a.png", picture())) == []  # fmt: skip


def test_the_examiner_is_told_exactly_the_same(
    filer: Applicant, first: OfficerAtWork, pledge: str
) -> None:
    number = filer.deposited("a.png", picture(dpi=150))
    matter = filer.submitted(number, pledge, title="IMG_0001")
    mine = told(filer, matter)
    seen = first.http.get(at(matter)).json()
    assert [each["id"] for each in mine] == ["resolution-low", "title-vague"]
    assert seen["precheck"] == mine
    (file,) = seen["files"]
    assert (file["width"], file["height"], file["dpi"], file["preview"]) == (64, 48, 150, True)
    (paper,) = [each for each in seen["papers"] if each["code"] == "pledge"]
    assert (paper["text"], paper["evidence_number"]) == (None, pledge)
    assert paper["files"][0]["kept"]


def test_what_changed_since_the_return_stands_beside_what_was_asked(
    filer: Applicant, first: OfficerAtWork, pledge: str
) -> None:
    number = filer.deposited("a.png", picture())
    matter = filer.submitted(number, pledge)
    first.http.post(at(matter, "claim"), json={"role": "first_examiner"})
    items = [{"kind": "field", "name": "title", "reason": "请写具体"},
             {"kind": "document", "name": "creation_statement", "reason": "请写过程"}]  # fmt: skip
    assert first.http.post(at(matter, "return"), json={"items": items}).status_code == 200
    path = f"/api/v1/matters/{matter}"
    now = filer.person.http.get(path).json()
    scan = filer.deposited("c.png", picture())
    signed = {code: scan for code, value in now["documents"].items() if value == pledge}
    body = {"form": {**now["form"], "title": "山间晨雾"},
            "documents": {**now["documents"], **signed}}  # fmt: skip
    assert filer.person.http.put(f"{path}/application", json=body).status_code == 200
    again = submit(filer.person.http, matter, number)
    assert again.status_code == 201, again.text
    seen = first.http.get(at(matter)).json()
    changed, *brought = seen["changes"]
    assert changed == {"kind": "field", "name": "title", "before": "山间",
                       "after": "山间晨雾", "asked": "请写具体"}  # fmt: skip
    assert {each["name"] for each in brought} == signed.keys()
    assert seen["unanswered"] == [items[1]]


def test_nobody_elses_evidence_can_be_checked_with(
    stack: RunningStack, filer: Applicant, pledge: str
) -> None:
    """T19: not even whether a number exists is told."""
    other = applicant(stack)
    foreign = other.deposited("a.png", picture())
    path = f"/api/v1/matters/{filer.drafted(pledge)}/precheck"
    answers = [
        filer.person.http.get(path, params={"evidence_number": number})
        for number in (foreign, "YJ-0000-0000-0000-0000")
    ]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert person(stack).http.get(path).status_code == 404
