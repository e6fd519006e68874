"""Over HTTP: a registered work is shown for trading while its holder consents, and no longer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import text

from api.database import transaction
from tests.grounds.agents import account_id, acting, agent, mandate
from tests.grounds.bureau import Papers, asked, bureau
from tests.grounds.callers import Person, person, visitor
from tests.grounds.officers import at_work
from tests.grounds.stack import RunningStack

LIST = "/api/v1/public/offices/tianjin/registrations"
WORDS = "可授权改编,详谈。"


@dataclass(frozen=True)
class Market:
    stack: RunningStack
    papers: Papers

    @property
    def at(self) -> str:
        return f"/api/v1/matters/{self.papers.matter}/trading"

    def shown(self) -> list[Any]:
        """The work's lines on the page that anybody sees."""
        page = asked(visitor(self.stack).get(LIST, params={"trading": True, "limit": 50}))
        assert all(each["trading"] is not None for each in page["items"])
        return [each for each in page["items"] if each["number"] == self.papers.number]


@pytest.fixture(scope="module")
def market(stack: RunningStack) -> Market:
    """A work whose form consented."""
    office = bureau(stack)

    def application(applicant: Person) -> Mapping[str, Any]:
        usual = office.application(applicant)
        trading = {"consent": True, "information": WORDS}
        return {**usual, "form": {**usual["form"], "trading": trading}}

    return Market(stack, replace(office, application=application).registered())


def test_anybody_sees_works_for_trading_until_the_holder_takes_them_back(market: Market) -> None:
    """TJ-18, SD-09, SD-18: listed with what is said, gone at once, listed again."""
    own = market.papers.applicant.http
    assert [each["trading"] for each in market.shown()] == [WORDS]
    assert asked(own.get(market.at)) == {"possible": True, "consent": True, "information": WORDS}
    asked(own.put(market.at, json={"consent": False}))
    assert market.shown() == []
    whole = asked(visitor(market.stack).get(LIST, params={"number": market.papers.number}))
    assert [each["trading"] for each in whole["items"]] == [None]
    again = asked(own.put(market.at, json={"consent": True, "information": "只限展览"}))
    assert again == {"possible": True, "consent": True, "information": "只限展览"}
    assert [each["trading"] for each in market.shown()] == ["只限展览"]


def test_nothing_of_the_applicant_is_told_but_the_announcement_and_these_words(
    market: Market,
) -> None:
    (line,) = market.shown()
    (announced,) = asked(visitor(market.stack).get(LIST, params={"number": market.papers.number}))[
        "items"
    ]
    assert line == announced
    assert market.papers.applicant.identifier not in str(line)
    assert "13800000000" not in str(line)


def test_only_the_holder_decides_on_it(market: Market) -> None:
    other = person(market.stack).http
    for answer in (other.get(market.at), other.put(market.at, json={"consent": False})):
        assert answer.status_code == 404
    assert len(market.shown()) == 1


def test_an_agent_decides_while_the_mandate_lasts(market: Market) -> None:
    principal = market.papers.applicant
    firm = agent(market.stack, at_work(market.stack, "tianjin", "supervisor"), "tianjin")
    with market.stack.services() as services, transaction(services.sessions) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            text("UPDATE matter SET agent_id = :agent WHERE id = :id"),
            {"agent": account_id(firm), "id": market.papers.matter},
        )
    own, body = acting(principal), {"consent": True, "information": WORDS}
    given = mandate(principal, firm, "register")
    asked(firm.http.put(market.at, json=body, headers=own))
    assert [each["trading"] for each in market.shown()] == [WORDS]
    ended = principal.http.delete(f"/api/v1/mandates/{given}")
    assert ended.is_success, ended.text
    assert firm.http.put(market.at, json={"consent": False}, headers=own).status_code == 404
    assert [each["trading"] for each in market.shown()] == [WORDS]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"consent": False, "information": "x"}, "information"),
        ({"consent": True, "information": "x" * 501}, "information"),
        ({}, "consent"), ({"consent": "yes"}, "consent"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(market: Market, body: dict[str, Any], field: str) -> None:
    answer = market.papers.applicant.http.put(market.at, json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_an_office_without_such_a_page_says_so(market: Market) -> None:
    where = "/api/v1/public/offices/zhejiang/registrations"
    answer = visitor(market.stack).get(where, params={"trading": True})
    assert (answer.status_code, answer.json()["field"]) == (422, "trading")
