"""TJ-83 … TJ-90: where one can go, and how a visit is arranged."""

import pytest

from tests.grounds.callers import Person, person, visitor
from tests.grounds.stack import RunningStack

AT = "/api/v1/offices/tianjin/agencies"


@pytest.fixture(scope="module")
def somebody(stack: RunningStack) -> Person:
    return person(stack)


def test_an_offices_agencies_are_told_with_address_and_telephone(somebody: Person) -> None:
    """TJ-86, TJ-87, TJ-88."""
    told = somebody.http.get(AT).json()
    assert len(told["agencies"]) == 4
    first = told["agencies"][0]
    assert first["name"]["zh"] == "天津版权交易中心"
    assert first["address"].startswith("天津滨海高新区")
    assert first["telephone"] == "022-58683130"


def test_one_telephones_first_and_no_slot_is_booked(somebody: Person) -> None:
    """TJ-89."""
    told = somebody.http.get(AT).json()
    assert told["appointment"]["zh"] == "如需现场咨询或者登记,请先拨打咨询电话进行预约。"
    paths = somebody.http.get("/api/v1/openapi.json").json()["paths"]
    assert not [path for path in paths if "appointment" in path or "slot" in path]


def test_only_for_people_who_are_signed_in(stack: RunningStack) -> None:
    """TJ-90."""
    assert visitor(stack).get(AT).status_code == 401


def test_one_of_them_is_chosen_in_filing(somebody: Person) -> None:
    """TJ-100."""
    assert somebody.http.get(AT).json()["chosen"] is True
    none = somebody.http.post("/api/v1/matters", json={"office": "tianjin"})
    assert (none.status_code, none.json()["field"]) == (422, "agency")
    made = somebody.http.post("/api/v1/matters", json={"office": "tianjin", "agency": "exchange"})
    assert made.json()["agency"] == "exchange"


def test_an_office_that_is_not_there_has_none(somebody: Person) -> None:
    assert somebody.http.get("/api/v1/offices/nowhere/agencies").status_code == 404
