"""Batches that an agent files: as many as the principal may, under a mandate that is in force now.

What a row is refused for it says itself; what was filed stays the principal's, whatever ends.
"""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from accounts.days import day_of
from accounts.person_models import Mandate
from api.database import transaction
from api.settings import Settings
from api.stack.keeping import read_environment
from api.wiring import Services, utc_now
from tests.flows.test_batches import evidences, listed
from tests.grounds.agents import account_id, acting, agent, mandate
from tests.grounds.callers import Person, person, visitor
from tests.grounds.matters import FORM, PLACE
from tests.grounds.officers import at_work
from tests.grounds.people import resident_number
from tests.grounds.stack import CHECKOUT, RunningStack
from tests.grounds.verifying import verified

PATH = "/api/v1/matters/batch"
OFFICE, ELSEWHERE = "national", "tianjin"
"""The first takes batches from organisations, also through agents who have a mandate."""

FIRM, UNIT = "代理公司", "山间公司"
BY_AGENT = {
    **FORM, "filed_by": "agent", "agent_reason": "委托办理",
    "agent": {"name": FIRM, "address": "西湖区一号", "mobile": "13900000000"},
    "authors": [{"name": UNIT, "signature": "real_name"}],
    "owners": [{"name": UNIT, "kind": "enterprise", "paper": "business_licence",
                "nationality": "CN", "place": PLACE, "signature": "real_name"}],
    "applicant": {"name": UNIT, "mobile": "13800000000"},
}  # fmt: skip


@pytest.fixture(scope="module")
def services(stack: RunningStack) -> Iterator[Services]:
    made = Services(Settings.from_environment(read_environment(stack.var / "env"), CHECKOUT))
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def firm(stack: RunningStack) -> Person:
    made = agent(stack, at_work(stack, OFFICE, "supervisor"), OFFICE)
    code = {"document_kind": "credit_code", "number": "91110000600037341L"}
    return verified(stack, made, OFFICE, FIRM, **code)


@pytest.fixture(scope="module")
def principal(stack: RunningStack) -> Person:
    code = {"document_kind": "credit_code", "number": "91350100M000100Y43"}
    return verified(stack, person(stack), OFFICE, UNIT, **code)


@pytest.fixture
def held(principal: Person, firm: Person) -> Iterator[str]:
    """A mandate to deposit and register anywhere, for the one test."""
    made = mandate(principal, firm, "deposit", "register")
    yield made
    for row in principal.http.get("/api/v1/mandates").json()["items"]:
        principal.http.delete(f"/api/v1/mandates/{row['id']}")


def stead(stack: RunningStack, firm: Person, principal: Person) -> httpx2.Client:
    """The firm, acting for this principal."""
    http = visitor(stack)
    http.timeout = 300
    http.cookies = firm.http.cookies
    http.headers.update({**firm.http.headers, **acting(principal)})
    return http


def batch(http: httpx2.Client, count: int) -> dict[str, Any]:
    """Works that the firm has deposited for the principal, to be filed."""
    numbers = evidences(http, count)
    documents = {
        "creation_statement": "写生而成。", "pledge": "所填属实。",
        "power_of_attorney": "代为办理登记。", "agent_identity": numbers[0],
    }  # fmt: skip
    return {
        "office": OFFICE, "common": {"form": BY_AGENT, "documents": documents},
        "filings": [
            {"key": secrets.token_hex(8), "form": {"title": f"山间之{place}"}, "documents": {},
             "evidence_number": number}
            for place, number in enumerate(numbers)
        ],
    }  # fmt: skip


def answered(http: httpx2.Client, body: dict[str, Any]) -> Any:
    answer = http.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def statuses(told: Any) -> list[int | None]:
    return [each["problem"] and each["problem"]["status"] for each in told["items"]]


@pytest.mark.usefixtures("held")
def test_what_it_files_is_its_principals(
    stack: RunningStack, firm: Person, principal: Person
) -> None:
    http, before = stead(stack, firm, principal), listed(principal.http)
    told = answered(http, batch(http, 3))
    made = {each["matter_id"] for each in told["items"]}
    assert (told["filed"], statuses(told)) == (3, [None] * 3)
    assert listed(principal.http) - before == made
    assert listed(firm.http) == set(), "nothing is the firm's own"
    for each in made:
        seen = principal.http.get(f"/api/v1/matters/{each}").json()
        assert seen["state"] == "signing"
        assert (seen["applicant_id"], seen["agent_id"]) == (account_id(principal), account_id(firm))
    filed = firm.http.get("/api/v1/matters/filed").json()["items"]
    assert made <= {each["id"] for each in filed}


@pytest.mark.usefixtures("held")
def test_a_row_about_somebody_elses_work_says_so_and_holds_up_no_other(
    stack: RunningStack, firm: Person, principal: Person
) -> None:
    """The principal may name an evidence of its own to the agent; anybody else's does not exist."""
    http = stead(stack, firm, principal)
    own, firms = evidences(principal.http, 1), evidences(firm.http, 1)
    others = evidences(person(stack).http, 1)
    body, before = batch(http, 4), listed(principal.http)
    good = [row["evidence_number"] for row in body["filings"]]
    for place, number in ((0, own[0]), (1, firms[0]), (3, others[0])):
        body["filings"][place]["evidence_number"] = number
    told = answered(http, body)
    assert statuses(told) == [None, 404, None, 404]
    assert told["items"][1]["problem"] == told["items"][3]["problem"]
    assert len(listed(principal.http) - before) == 2
    for place in (1, 3):
        body["filings"][place]["evidence_number"] = good[place]
    again = answered(http, body)
    assert statuses(again) == [None] * 4
    for place in (0, 2):
        assert again["items"][place]["matter_id"] == told["items"][place]["matter_id"]
    assert len(listed(principal.http) - before) == 4


@pytest.mark.parametrize("end", ["expired", "revoked"])
def test_when_the_mandate_has_ended_nothing_is_filed_and_nothing_lost(
    stack: RunningStack, services: Services, firm: Person, principal: Person, held: str, end: str
) -> None:
    """T03. An agent of this principal still, but at another office: so the rows say it."""
    http = stead(stack, firm, principal)
    body = batch(http, 2)
    first = answered(http, {**body, "filings": body["filings"][:1]})
    assert statuses(first) == [None]
    before = listed(principal.http)
    mandate(principal, firm, "deposit", "register", offices=[ELSEWHERE])
    if end == "revoked":
        assert principal.http.delete(f"/api/v1/mandates/{held}").status_code == 204
    else:
        today = day_of(utc_now())
        days = {"valid_from": today - timedelta(9), "valid_until": today - timedelta(2)}
        with transaction(services.sessions) as session:
            session.execute(update(Mandate).where(Mandate.id == held).values(**days))
    told = answered(http, body)
    assert (told["filed"], statuses(told)) == (0, [404, 404])
    assert all("委托" in each["problem"]["detail"] for each in told["items"])
    assert listed(principal.http) == before
    kept = principal.http.get(f"/api/v1/matters/{first['items'][0]['matter_id']}")
    assert (kept.status_code, kept.json()["state"]) == (200, "signing")
    mandate(principal, firm, "register", offices=[OFFICE])
    again = answered(http, body)
    assert statuses(again) == [None, None]
    assert again["items"][0]["matter_id"] == first["items"][0]["matter_id"]
    assert len(listed(principal.http) - before) == 1


def test_without_a_mandate_or_for_somebody_else_the_batch_does_not_begin(
    stack: RunningStack, firm: Person, principal: Person, held: str
) -> None:
    body = batch(stead(stack, firm, principal), 1)
    stranger = stead(stack, firm, person(stack))
    assert stranger.post(PATH, json=body).status_code == 404
    assert principal.http.delete(f"/api/v1/mandates/{held}").status_code == 204
    before = listed(principal.http)
    http = stead(stack, firm, principal)
    assert http.post(PATH, json=body).status_code == 404
    mandate(principal, firm, "deposit")
    assert http.post(PATH, json=body).status_code == 403
    assert listed(principal.http) == before


def test_the_right_to_a_batch_is_the_principals(stack: RunningStack, firm: Person) -> None:
    """CP-38: of an individual's works an agent files one at a time as well."""
    somebody = person(stack)
    body = {"name": "张三", "document_kind": "resident_id", "number": resident_number()}
    verified(stack, somebody, OFFICE, **body)
    mandate(somebody, firm, "deposit", "register")
    http = stead(stack, firm, somebody)
    answer = http.post(PATH, json=batch(http, 2))
    assert (answer.status_code, answer.json()["field"]) == (403, "filings")
    assert listed(somebody.http) == set()
