"""GET /offices and /offices/{office}: anybody learns there all that an application needs."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from api.office_schemas import OfficeOut
from registry.offices import shipped
from registry.profile_rules import Rules
from tests.grounds.callers import visitor
from tests.grounds.stack import RunningStack

AT = "/api/v1/offices"
INSIDE = {"reasons", "certificate", "checklist", "address", "telephone", "hours", "account"}
"""Keys of a profile that are no part of an application, or told where one signs in (TJ-90)."""


def words(table: Any) -> Iterator[str]:
    """Every Chinese sentence of a profile that an applicant is to see."""
    if isinstance(table, dict) and table.keys() == {"zh", "en"}:
        yield table["zh"]
    elif isinstance(table, dict):
        for key, value in table.items():
            if key not in INSIDE:
                yield from words(value)
    elif isinstance(table, list):
        for each in table:
            yield from words(each)


def test_every_key_of_a_profile_is_told_but_what_is_no_applicants() -> None:
    """A new key has to be told, or named here."""
    elsewhere = {"schema", "samples", "appointments", "certificate", "reasons", "batch_approval"}
    assert {each.name for each in fields(Rules)} - elsewhere <= OfficeOut.model_fields.keys()


def test_the_list_says_which_there_are_and_that_none_is_in_force(stack: RunningStack) -> None:
    items = visitor(stack).get(AT).json()["items"]
    assert [each["key"] for each in items] == list(shipped())
    national = next(each for each in items if each["key"] == "national")
    assert [each["key"] for each in national["forms"]] == ["work", "software"]
    assert {each["in_force"] for each in items} == {False}


@pytest.mark.parametrize("key", shipped())
def test_every_sentence_of_a_profile_is_told(stack: RunningStack, key: str) -> None:
    """Agencies' own notes too, but where one signs in (TJ-90)."""
    table = tomllib.loads(shipped()[key].text)
    for agency in table.get("agencies", {}).values():
        agency.pop("note", None)
    told = visitor(stack).get(f"{AT}/{key}")
    assert told.status_code == 200
    text = json.dumps(told.json(), ensure_ascii=False)
    assert [each for each in words(table) if each not in text] == []
    assert told.json()["texts"].keys() == table.get("texts", {}).keys()


def test_what_decides_how_an_application_is_drawn(stack: RunningStack) -> None:
    told = visitor(stack).get(f"{AT}/tianjin").json()
    filing = told["filing"]
    assert [each["key"] for each in filing["accounts"]] == ["individual", "organisation"]
    assert (filing["agents"]["key"], filing["agency"]["key"]) == ("mandate", "chosen")
    assert (filing["identity"]["key"], filing["minors"]["key"]) == ("before_submission", "guardian")
    assert (filing["transaction_password"], filing["trading_consent"]) == (True, True)
    assert next(each["key"] for each in told["agencies"]) == "exchange"
    assert told["signing"]["order"]["key"] == "paper"
    assert [each["key"] for each in told["signing"]["signers"]] == ["owner", "agent"]
    art = next(each for each in told["categories"] if each["key"] == "fine_art")
    assert (art["letter"], art["sample"]["least_dpi"]) == ("F", 300)
    contract = next(each for each in told["documents"] if each["code"] == "ownership_contract")
    assert contract["when"][0]["facts"] == {
        "ownership": ["joint", "legal_entity", "employment", "commissioned"]
    }
    assert "合作作品" in contract["when"][0]["said"]["zh"]
    correction = next(each for each in told["clocks"] if each["purpose"]["key"] == "correction")
    assert (correction["amount"], correction["unit"], correction["at_end"]) == (60, "days", "lapse")
    assert correction["source"] == "example"
    assert "60 日" in correction["said"]["zh"]


def test_prices_say_whether_they_are_confirmed(stack: RunningStack) -> None:
    fees = visitor(stack).get(f"{AT}/national").json()["fees"]
    assert "300.00" in {each["amount"] for each in fees["items"]}
    assert {each["source"] for each in fees["items"]} <= {"manual", "rule", "example"}
    assert fees["ways"]
    assert fees["urgent"] is any(each["urgent"] for each in fees["items"])
    assert fees["source"] == "example"


def test_what_evidence_costs_and_how_large_files_may_be(stack: RunningStack) -> None:
    """SD-115 … SD-117, CP-46."""
    here = visitor(stack).get(f"{AT}/shandong").json()
    assert here["evidence"] == {
        "fee": "100.00", "currency": "CNY", "reviewed": True, "source": "example",
    }  # fmt: skip
    national = visitor(stack).get(f"{AT}/national").json()
    assert (national["evidence"], national["most_bytes"]) == (None, {"pdf": 200 * 1024 * 1024})


def test_templates_and_examples_are_where_it_says(stack: RunningStack) -> None:
    http = visitor(stack)
    documents = http.get(f"{AT}/tianjin").json()["documents"]
    pledge = next(each for each in documents if each["code"] == "pledge")
    for address in (pledge["template"], pledge["example"]):
        assert http.get(address).content.startswith(b"%PDF")
    identity = next(each for each in documents if each["code"] == "identity")
    assert (identity["template"], identity["example"], identity["personal"]) == (None, None, True)


@pytest.mark.parametrize("at", [AT, f"{AT}/zhejiang"])
def test_who_has_the_newest_gets_nothing_more(stack: RunningStack, at: str) -> None:
    http = visitor(stack)
    first = http.get(at)
    assert first.headers["Cache-Control"] == "public, max-age=60"
    again = http.get(at, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert http.get(at, headers={"If-None-Match": '"0"'}).status_code == 200


def test_an_office_that_is_not_there_is_named_by_those_there_are(stack: RunningStack) -> None:
    answer = visitor(stack).get(f"{AT}/nowhere")
    assert (answer.status_code, answer.json()["field"]) == (404, "office")
    assert "zhejiang" in answer.json()["detail"]
