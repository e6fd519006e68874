"""Closing an account over HTTP: what is said before, what stands in the way, and what is left."""

import re
import secrets
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from accounts.models import Account
from accounts.models import Person as Human
from accounts.person_models import Paper, Party, Verification
from api import closing
from api.database import transaction
from api.wiring import Services
from registry.lifecycle import MatterState
from tests.api.test_canaries import files_with, rows_with, write_out
from tests.grounds.appointing import with_factor
from tests.grounds.callers import (
    AGREED,
    PASSWORD,
    TRANSACTION_PASSWORD,
    Person,
    begin_upload,
    certified,
    deposit,
    person,
    program,
    uploaded,
    visitor,
)
from tests.grounds.filing import applicant, picture
from tests.grounds.leaving import (
    AT,
    OBSTACLES,
    account_of,
    close,
    in_state,
    known,
    signed_in,
    violations,
)
from tests.grounds.officers import OfficerAtWork, code_now, messages_to, shown
from tests.grounds.people import resident_number
from tests.grounds.stack import RunningStack
from tests.grounds.verifying import BYTES, claimed

CARD = b"\xff\xd8\xff\xe0 a card"


@pytest.fixture(scope="module")
def services(stack: RunningStack) -> Iterator[Services]:
    with stack.services() as found:
        yield found


def full_life(who: Person, number: str, other: str) -> None:
    """Everything that an account can hold, as far as it can be closed with it."""
    http = who.http
    claim = {"name": "林小雨", "document_kind": "resident_id", "number": number,
             "region": "330106", "address": "西湖区七号",
             "contact_mobile": "13800138000"}  # fmt: skip
    made = claimed(who, claim)
    assert http.post(f"/api/v1/identity/{made}/submission").json()["status"] == "accepted"
    guardian = http.post("/api/v1/parties", json={
        "name": "陈墨", "roles": ["author", "owner"], "document_kind": "resident_id",
        "number": other, "region": "330106", "address": "西湖区九号"}).json()["id"]  # fmt: skip
    child = {"name": "陈小墨", "roles": ["author"], "document_kind": "resident_id",
             "number": child_number(), "region": "330106", "guardian_id": guardian}  # fmt: skip
    assert http.post("/api/v1/parties", json=child).status_code == 201
    at = f"/api/v1/parties/{guardian}/papers?kind=id_front"
    assert http.put(at, content=CARD, headers=BYTES).status_code == 200
    paper = http.put("/api/v1/account/papers?kind=agent_qualification", content=CARD,
                      headers=BYTES).json()["id"]  # fmt: skip
    assert http.post("/api/v1/account/kind-changes", json={
        "office": "tianjin", "kind": "agent_lawyer", "reason": "执业律师",
        "paper_id": paper}).status_code == 201  # fmt: skip
    assert http.post("/api/v1/addresses", json={
        "recipient": "林小雨", "mobile": "13800138000", "region": "330106",
        "address": "西湖区一号"}).status_code == 201  # fmt: skip
    assert http.put("/api/v1/account/avatar", content=picture(), headers=BYTES).status_code == 200
    name = {"name": "林小雨", "user_name": f"u{secrets.token_hex(6)}"}
    assert http.put("/api/v1/account", json=name).status_code == 200
    draft = {"office": "tianjin", "agency": "exchange", "form": {"title": "雨中"}}
    assert http.post("/api/v1/matters", json=draft).status_code == 201
    once = {"Idempotency-Key": secrets.token_hex(8)}
    assert http.post("/api/v1/works", json={"title": "草稿"}, headers=once).status_code == 201
    begin_upload(http, 100)
    uploaded(http, "unused.bin", b"of nothing")


def child_number() -> str:
    return resident_number(date(2016, 6, 1))


class TestTheWhole:
    def test_ends_what_was_somebodys_and_leaves_what_others_rely_on(
        self, stack: RunningStack, services: Services, tmp_path: Path
    ) -> None:
        who, number, other = person(stack, "林小雨"), resident_number(), resident_number()
        key = who.key("deposit", "read")
        by_program = program(stack, key)
        data = f"a work {secrets.token_hex(8)}".encode()
        made = deposit(by_program, uploaded(by_program, "a.txt", data), title="雨中", public=True)
        assert made.status_code == 201, made.text
        evidence = certified(by_program, made.json()["evidence_number"])
        package = tmp_path / "package.zip"
        package.write_bytes(
            by_program.get(f"/api/v1/evidence/{evidence['evidence_number']}/package").content
        )
        full_life(who, number, other)
        elsewhere = signed_in(stack, who.identifier)
        with transaction(services.sessions) as session:
            account_id = account_of(session, who).id

        before = who.http.get(AT).json()
        assert (before["possible"], before["obstacles"]) == (True, [])
        counts = {each["code"]: each["count"] for each in before["kept"]}
        assert (counts["evidence"], counts["identities"], counts["orders"]) == (1, 0, 0)
        assert all(each["zh"] and each["en"] for part in ("ended", "erased", "kept")
                   for each in before[part])  # fmt: skip
        assert who.http.get("/api/v1/account").status_code == 200

        answer = close(who)
        assert answer.status_code == 200, answer.text
        assert answer.json()["kept"] == before["kept"]

        for http in (who.http, elsewhere.http, by_program):
            assert http.get("/api/v1/evidence").status_code == 401
        unknown = try_to_sign_in(stack, f"{secrets.token_hex(6)}@example.org")
        gone = try_to_sign_in(stack, who.identifier)
        assert (gone.status_code, gone.content) == (unknown.status_code, unknown.content)
        assert messages_to(stack, who.identifier)[-1]["subject"].startswith("印记:账号已注销")
        asked = visitor(stack).post("/api/v1/recovery", json={"identifier": who.identifier})
        assert (asked.status_code, asked.content) == unknown_recovery(stack)
        assert messages_to(stack, who.identifier)[-1]["subject"].startswith("印记:账号已注销")

        assert violations(services) == []
        with services.sessions() as session:
            assert left_of(session, account_id) == []
        write_out(stack)
        for each in (number, other):
            pattern = re.compile(each.encode())
            assert (files_with(stack.var, pattern), rows_with(stack, pattern)) == ([], [])
        assert rows_with(stack, re.compile(re.escape(who.identifier).encode())) == []

        file = tmp_path / "a.txt"
        file.write_bytes(data)
        ran = stack.yinji("verify", file, package, "--json")
        assert (ran.code, ran.json["verdict"]) == (0, "valid"), ran.out
        found = visitor(stack).get(f"/api/v1/public/digests/{evidence['files'][0]['sha256']}")
        assert found.status_code == 200
        assert who.identifier not in found.text

    def test_frees_the_address_for_somebody_else_who_gets_nothing(
        self, stack: RunningStack
    ) -> None:
        who = person(stack)
        by_program = program(stack, who.key("deposit", "read"))
        number = deposit(
            by_program, {"name": "a.txt", "size": 1, "sha256": secrets.token_hex(32)},
            custody_mode="hash_only",
        ).json()["evidence_number"]  # fmt: skip
        certified(by_program, number)
        assert close(who).status_code == 200
        body = {"identifier": who.identifier, "name": "别人", "password": PASSWORD,
                "agreed": AGREED}  # fmt: skip
        other = visitor(stack)
        assert other.post("/api/v1/accounts", json=body).status_code == 201
        assert other.get("/api/v1/evidence").json()["items"] == []
        assert other.get(f"/api/v1/evidence/{number}").status_code == 404

    def test_erases_files_that_stand_in_no_matter_where_that_is_wanted(
        self, stack: RunningStack, services: Services
    ) -> None:
        filer = applicant(stack)
        loose, used, pledge = (
            filer.deposited("a.png", picture(), title="一个可以认出人的题目") for _ in range(3)
        )
        for number in (loose, used, pledge):
            certified(filer.program, number)
        matter = filer.submitted(used, pledge)
        with transaction(services.sessions) as session:
            known(session, services)
            account_id = account_of(session, filer.person).id
        assert filer.person.http.post(f"/api/v1/matters/{matter}/withdrawal").status_code == 200
        assert filer.person.http.get(AT).json()["erasable_evidence"] == 1
        answer = close(filer.person, erase_files=True, transaction_password=TRANSACTION_PASSWORD)
        assert answer.status_code == 200, answer.text
        with services.sessions() as session:
            erased = session.execute(
                text("SELECT number, erased_at IS NOT NULL FROM evidence WHERE owner_id = :id"),
                {"id": account_id},
            )
            assert dict(tuple(each) for each in erased) == {
                loose: True,
                used: False,
                pledge: False,
            }
        assert violations(services) == []

    def test_erases_uploaded_cards_in_any_case_but_of_decided_matters(
        self, stack: RunningStack, services: Services
    ) -> None:
        filer = applicant(stack)
        card = filer.deposited("a.png", picture(), personal=True)
        work = filer.deposited("b.png", picture())
        for number in (card, work):
            certified(filer.program, number)
        with transaction(services.sessions) as session:
            account_id = account_of(session, filer.person).id
        assert close(filer.person).status_code == 200
        with services.sessions() as session:
            erased = session.execute(
                text("SELECT number, erased_at IS NOT NULL FROM evidence WHERE owner_id = :id"),
                {"id": account_id},
            )
            assert dict(tuple(each) for each in erased) == {card: True, work: False}

    def test_erases_files_that_were_still_on_their_way_later(
        self, stack: RunningStack, services: Services
    ) -> None:
        who = person(stack)
        by_program = program(stack, who.key("deposit", "read"))
        file = {"name": "a.txt", "size": 1, "sha256": secrets.token_hex(32)}
        made = deposit(by_program, file, custody_mode="hash_only")
        assert made.status_code == 201, made.text
        until = time.monotonic() + 60
        while (answer := close(who, erase_files=True)).status_code == 409:
            assert answer.json()["field"] == "evidence_under_way"
            assert time.monotonic() < until
            time.sleep(13)  # five passwords a minute may be given
        assert answer.status_code == 200, answer.text
        number = made.json()["evidence_number"]
        erased = text("SELECT erased_at IS NOT NULL FROM evidence WHERE number = :number")
        while time.monotonic() < until:
            closing.finish_erasures(services, seconds=5, now=datetime.now(UTC))
            with services.sessions() as session:
                if session.scalar(erased, {"number": number}):
                    return
            time.sleep(0.5)
        raise AssertionError("not erased in time")


def left_of(session: Session, account_id: uuid.UUID) -> list[str]:
    """Every sealed column, blind index and name of whatever is the account's, that is not empty."""
    found = []
    for table, owner, columns in (
        ("verification", "account_id", ("number", "number_index", "details", "name")),
        ("party", "owner_id", ("number", "number_index", "details", "name", "pen_name")),
        ("paper", "account_id", ("data_key",)),
        ("delivery_address", "account_id", ("contents",)),
        ("sign_in", "account_id", ("address_index",)),
        ("account", "id", ("email", "mobile", "user_name", "person_id")),
        *((table, "account_id", ("account_id",)) for table in (
            "avatar", "second_factor", "passkey", "contact_code", "recovery", "message",
            "dispatch",
        )),
    ):  # fmt: skip
        for column in columns:
            count = session.scalar(
                text(f"SELECT count({column}) FROM {table} WHERE {owner} = :id"),  # noqa: S608
                {"id": account_id},
            )
            if count:
                found.append(f"{table}.{column}")
    calls = session.scalar(
        text("SELECT count(*) FROM creating_call WHERE scope LIKE :id || '%'"),
        {"id": str(account_id)},
    )
    found += ["creating_call"] if calls else []
    indexed = session.scalars(
        select(Human.id).where(Human.id.in_(
            text("(SELECT applicant_person FROM matter WHERE applicant_id = :id)")
            .bindparams(id=account_id)
        ))
    ).all()  # fmt: skip
    return found + [f"person {each}" for each in indexed]


def try_to_sign_in(stack: RunningStack, identifier: str) -> httpx2.Response:
    body = {"identifier": identifier, "password": PASSWORD}
    return visitor(stack).post("/api/v1/session", json=body)


def unknown_recovery(stack: RunningStack) -> tuple[int, bytes]:
    body = {"identifier": f"{secrets.token_hex(6)}@example.org"}
    answer = visitor(stack).post("/api/v1/recovery", json=body)
    return answer.status_code, answer.content


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_stands_in_the_way_is_named_and_nothing_is_done(
    stack: RunningStack, services: Services, name: str
) -> None:
    code, plant = OBSTACLES[name]
    who = person(stack)
    with transaction(services.sessions) as session:
        known(session, services)
        plant(session, account_of(session, who).id)
    before = who.http.get(AT).json()
    assert [each["code"] for each in before["obstacles"]] == [code]
    (obstacle,) = before["obstacles"]
    assert not before["possible"]
    assert obstacle["about"]
    answer = close(who)
    assert (answer.status_code, answer.json()["field"]) == (409, code)
    for language in ("zh", "en"):
        assert obstacle[f"reason_{language}"] in answer.json()["detail"]
        assert obstacle[f"remedy_{language}"] in answer.json()["detail"]
    assert who.http.get("/api/v1/account").json()["email"] == who.identifier


class TestWhoeverAsks:
    def test_gives_the_password_again(self, stack: RunningStack) -> None:
        who = person(stack)
        answer = who.http.post(AT, json={"password": "another one entirely"})
        assert (answer.status_code, answer.json()["field"]) == (403, "password")
        assert who.http.get("/api/v1/account").status_code == 200

    def test_gives_the_transaction_password_where_there_is_one(self, stack: RunningStack) -> None:
        who = person(stack)
        body = {"password": PASSWORD, "new": TRANSACTION_PASSWORD}
        assert who.http.put("/api/v1/account/transaction-password", json=body).status_code == 204
        assert who.http.get(AT).json()["needs_transaction_password"]
        for given in ({}, {"transaction_password": PASSWORD}):
            answer = close(who, **given)
            assert (answer.status_code, answer.json()["field"]) == (403, "transaction_password")
        assert close(who, transaction_password=TRANSACTION_PASSWORD).status_code == 200

    def test_shows_the_second_factor_again(self, stack: RunningStack, services: Services) -> None:
        who = person(stack)
        officer = OfficerAtWork(who.http, who.identifier, "")
        with_factor(officer)
        with transaction(services.sessions) as session:
            account = account_of(session, who)
            long_ago = text(
                "UPDATE sign_in SET second_factor_at = now() - interval '11 minutes' "
                "WHERE account_id = :id"
            )
            session.execute(long_ago, {"id": account.id})
            # So that the next code counts.
            session.execute(
                text("UPDATE second_factor SET last_step = 0 WHERE account_id = :id"),
                {"id": account.id},
            )
        answer = close(who)
        assert (answer.status_code, answer.json()["field"]) == (403, "second_factor")
        proof = {"code": code_now(officer)}
        shown(officer, who.http.put("/api/v1/session/second-factor", json=proof))
        assert close(who).status_code == 200


def test_who_stands_in_a_decided_matter_is_kept_sealed_and_nobody_else(
    stack: RunningStack, services: Services
) -> None:
    who = person(stack)
    with transaction(services.sessions) as session:
        known(session, services)
        owner = account_of(session, who).id
        matter = in_state(MatterState.REGISTERED)(session, owner)
        number = matter.number  # type: ignore[attr-defined]
    other = {"name": "陈墨", "roles": ["author"], "document_kind": "resident_id",
             "number": resident_number(), "region": "330106"}  # fmt: skip
    assert who.http.post("/api/v1/parties", json=other).status_code == 201
    counts = {each["code"]: each["count"] for each in who.http.get(AT).json()["kept"]}
    assert (counts["identities"], counts["registrations"]) == (1, 1)
    answer = close(who)
    assert answer.status_code == 200, answer.text
    with services.sessions() as session:
        (held,) = session.scalars(select(Verification).where(Verification.account_id == owner))
        assert held.number is not None
        keys = session.scalars(select(Paper.data_key).where(Paper.account_id == owner)).all()
        assert keys
        assert None not in keys
        (party,) = session.scalars(select(Party).where(Party.owner_id == owner))
        assert (party.number, party.number_index) == (None, None)
        assert session.get_one(Account, owner).person_id is not None
    assert violations(services) == []
    assert number
