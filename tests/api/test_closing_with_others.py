"""Closing an account where others are about: organisations, and who acts at the same moment."""

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx2
import pytest
from sqlalchemy import select, text

from accounts import organisations
from accounts.models import Account, ApiKey, SignIn
from api.database import transaction
from api.wiring import Services
from tests.grounds.callers import (
    PASSWORD,
    TRANSACTION_PASSWORD,
    Person,
    person,
    program,
)
from tests.grounds.leaving import (
    AT,
    account_of,
    close,
    filing,
    known,
    signed_in,
    violations,
)
from tests.grounds.matters import drafted
from tests.grounds.stack import RunningStack


@pytest.fixture(scope="module")
def services(stack: RunningStack) -> Iterator[Services]:
    with stack.services() as found:
        yield found


class TestOrganisations:
    def test_of_nobody_else_close_too_and_others_go_on(
        self, stack: RunningStack, services: Services
    ) -> None:
        who, other = person(stack), person(stack)
        alone = founded(who, "独自公司")
        shared = founded(other, "共同公司")
        now = datetime.now(UTC)
        with transaction(services.sessions) as session:
            organisations.begin(
                session, uuid.UUID(shared), account_of(session, who).id,
                organisations.MemberRole.OWNER, None, now=now,
            )  # fmt: skip
        assert who.http.get(AT).json()["also_closed"] == [alone]
        answer = close(who)
        assert answer.json()["also_closed"] == [alone]
        with services.sessions() as session:
            assert session.get_one(Account, uuid.UUID(alone)).closed_at is not None
            assert session.get_one(Account, uuid.UUID(shared)).closed_at is None
        members = other.http.get(f"/api/v1/organisations/{shared}/members").json()["items"]
        assert [each["ended_at"] is None for each in members].count(True) == 1
        assert violations(services) == []


def founded(who: Person, name: str) -> str:
    body = {"name": name, "kind": "enterprise"}
    made: str = who.http.post("/api/v1/organisations", json=body).json()["id"]
    return made


class TestAtTheSameTime:
    def test_of_closing_and_handing_in_one_wins(
        self, stack: RunningStack, services: Services
    ) -> None:
        told = set()
        for _ in range(6):
            who = person(stack)
            with transaction(services.sessions) as session:
                known(session, services)
                owner = account_of(session, who).id
                people = filing(session, owner)
                matter, evidence = drafted(session, people).id, people.evidence.number
            body = {"password": PASSWORD, "new": TRANSACTION_PASSWORD}
            who.http.put("/api/v1/account/transaction-password", json=body)
            key = program(stack, who.key("register", "read"))
            start = threading.Barrier(2)

            def hand_in(
                key: httpx2.Client = key, matter: uuid.UUID = matter, evidence: str = evidence,
                start: threading.Barrier = start,
            ) -> int:  # fmt: skip
                start.wait()
                return key.post(
                    f"/api/v1/matters/{matter}/submissions",
                    json={"evidence_number": evidence,
                          "transaction_password": TRANSACTION_PASSWORD},
                ).status_code  # fmt: skip

            def leave(who: Person = who, start: threading.Barrier = start) -> int:
                start.wait()
                return close(who, transaction_password=TRANSACTION_PASSWORD).status_code

            with ThreadPoolExecutor(2) as pool:
                ended, handed = pool.submit(leave), pool.submit(hand_in)
                answers = ended.result(), handed.result()
            assert answers in {(200, 401), (200, 409), (409, 201)}, answers
            told.add(answers)
            with services.sessions() as session:
                gone = session.get_one(Account, owner).closed_at is not None
                state = session.scalar(
                    text("SELECT status FROM matter WHERE id = :id"), {"id": matter}
                )
            assert (gone, state == "withdrawn") == (answers[0] == 200,) * 2
        assert violations(services) == []

    def test_of_two_closings_one_wins(self, stack: RunningStack) -> None:
        who = person(stack)
        others = [who, signed_in(stack, who.identifier)]
        with ThreadPoolExecutor(2) as pool:
            told = sorted(each.status_code for each in pool.map(close, others))
        assert told == [200, 401]


def test_a_row_for_a_closed_account_is_refused_by_the_database(
    stack: RunningStack, services: Services
) -> None:
    """What was under way when the account was closed is told what every later request is told."""
    who = person(stack)
    with transaction(services.sessions) as session:
        owner = account_of(session, who).id
        held = session.scalars(select(SignIn).where(SignIn.account_id == owner)).one()
        sign_in_id = held.id
    cookies = dict(who.http.cookies)
    assert close(who).status_code == 200
    who.http.cookies.update(cookies)
    with transaction(services.sessions) as session:
        # As if it had been let in just before; what has ended does not begin again by itself.
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            text("UPDATE sign_in SET ended_at = NULL WHERE id = :id"), {"id": sign_in_id}
        )
    for method, path, body in (
        ("POST", "/api/v1/keys", {"name": "k", "scopes": ["read"]}),
        ("POST", "/api/v1/works", {"title": "x"}),
        ("PUT", "/api/v1/account", {"name": "谁"}),
        ("POST", "/api/v1/organisations", {"name": "x", "kind": "enterprise"}),
    ):
        answer = who.http.request(method, path, json=body)
        assert answer.status_code == 401, (path, answer.text)
    with transaction(services.sessions) as session:
        session.execute(
            text("UPDATE sign_in SET ended_at = now() WHERE id = :id"), {"id": sign_in_id}
        )
        assert session.scalars(select(ApiKey).where(ApiKey.account_id == owner)).all() == []
