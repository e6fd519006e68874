"""The audit of a running stack: read by registrars, anchored, and checked against the chain."""

import itertools
import time
from typing import Any

import pytest

from tests.grounds.callers import person
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.stack import RunningStack

OFFICE = "audited"
"""An office of this file alone: nobody else writes into its stream."""


@pytest.fixture(scope="module")
def registrar(stack: RunningStack) -> OfficerAtWork:
    return at_work(stack, OFFICE, "registrar")


def lines(officer: OfficerAtWork, **asked: object) -> Any:
    answer = officer.http.get(f"/api/v1/offices/{OFFICE}/audit", params={**asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestReading:
    def test_a_registrar_reads_the_office_s_own_stream(self, registrar: OfficerAtWork) -> None:
        found = lines(registrar)
        assert found["stream"] == f"office:{OFFICE}"
        assert [line["act"] for line in found["items"]][::-1][:4] == [
            "officer.invited", "officer.appointed", "officer.signed_in",
            "officer.second_factor_shown",
        ]  # fmt: skip
        assert registrar.number not in str(found)
        assert registrar.identifier not in str(found)

    def test_page_by_page_back_to_the_first(self, registrar: OfficerAtWork) -> None:
        whole = lines(registrar, limit=200)["items"]
        paged, cursor = [], None
        while True:
            page = lines(registrar, limit=2, **({} if cursor is None else {"cursor": cursor}))
            paged += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        assert paged == whole
        assert paged[-1]["previous"] == "0" * 64
        for later, earlier in itertools.pairwise(paged):
            assert later["previous"] == earlier["digest"]

    def test_nobody_else_reads_it(self, stack: RunningStack) -> None:
        path = f"/api/v1/offices/{OFFICE}/audit"
        elsewhere = at_work(stack, "elsewhere", "registrar")
        supervisor = at_work(stack, OFFICE, "supervisor")
        for http in (person(stack).http, elsewhere.http, supervisor.http):
            assert http.get(path).status_code == 403

    @pytest.mark.parametrize("cursor", ["0", "-1", "x", str(2**63)])
    def test_a_cursor_that_is_none_is_named(self, registrar: OfficerAtWork, cursor: str) -> None:
        answer = registrar.http.get(f"/api/v1/offices/{OFFICE}/audit", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


def anchored(stack: RunningStack, count: int) -> None:
    """Wait until so many deposits of heads have their certificates checked."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        ran = stack.yinji("audit", "verify", "--json")
        assert ran.code == 0, ran.out + ran.err
        if ran.json["checked"].get("I3", 0) >= count:
            return
        time.sleep(0.5)
    raise AssertionError("the heads were not certified in time")


@pytest.mark.timeout(300)
def test_heads_are_deposited_anchored_and_found_again(
    stack: RunningStack, registrar: OfficerAtWork
) -> None:
    for count in (1, 2):
        ran = stack.yinji("audit", "anchor")
        assert ran.code == 0, ran.err
        anchored(stack, count)
        registrar.http.put("/api/v1/account/password", json={"current": "x", "new": "y"})
    assert stack.yinji("audit", "nothing").code == 64
