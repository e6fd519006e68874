"""Officers over HTTP: codes from the outbox, a second factor before any act, recovery by mail."""

import secrets

import pytest

from registry.numbering import new_acceptance_number
from tests.grounds.callers import PASSWORD, person, program, visitor
from tests.grounds.filing import applicant, picture
from tests.grounds.officers import (
    OfficerAtWork,
    at_work,
    code_now,
    enrolled,
    invited,
    message_to,
    messages_to,
    shown,
)
from tests.grounds.people import resident_number
from tests.grounds.stack import RunningStack

OFFICERS = "/api/v1/offices/anywhere/officers"


@pytest.fixture(scope="module")
def boss(stack: RunningStack) -> OfficerAtWork:
    return at_work(stack, "anywhere", "supervisor")


class TestEnrolment:
    def test_a_code_works_once(self, stack: RunningStack) -> None:
        identifier = invited(stack, "anywhere", "registrar")
        body = {"code": message_to(stack, identifier)["code"], "password": PASSWORD,
                "document_kind": "resident_id", "number": resident_number()}  # fmt: skip
        assert visitor(stack).post("/api/v1/officers", json=body).status_code == 201
        again = visitor(stack).post("/api/v1/officers", json=body)
        assert (again.status_code, again.json()["field"]) == (404, "code")

    def test_a_wrong_number_is_refused_by_field_and_leaves_the_code_usable(
        self, stack: RunningStack
    ) -> None:
        identifier = invited(stack, "anywhere", "registrar")
        number = resident_number()
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
        body = {"code": message_to(stack, identifier)["code"], "password": PASSWORD,
                "document_kind": "resident_id", "number": wrong}  # fmt: skip
        refused = visitor(stack).post("/api/v1/officers", json=body)
        assert (refused.status_code, refused.json()["field"]) == (422, "number")
        assert wrong not in refused.text
        answer = visitor(stack).post("/api/v1/officers", json={**body, "number": number})
        assert answer.status_code == 201
        assert number not in answer.text

    def test_the_command_sends_the_code_and_never_shows_it(self, stack: RunningStack) -> None:
        identifier = f"{secrets.token_hex(6)}@office.example"
        ran = stack.yinji("staff", "add", "--office", "tianjin", "--role", "registrar",
                          "--to", identifier, "--name", "王五")  # fmt: skip
        assert ran.code == 0, ran.err
        code = message_to(stack, identifier)["code"]
        assert code not in ran.out + ran.err
        body = {"code": code, "password": PASSWORD, "document_kind": "resident_id",
                "number": resident_number()}  # fmt: skip
        assert visitor(stack).post("/api/v1/officers", json=body).status_code == 201

    def test_an_unknown_role_is_refused_on_the_command_line(self, stack: RunningStack) -> None:
        ran = stack.yinji("staff", "add", "--office", "tianjin", "--role", "king",
                          "--to", "a@b.cn", "--name", "x")  # fmt: skip
        assert (ran.code, "role" in ran.err) == (64, True)

    def test_a_mistyped_office_gets_no_officers(self, stack: RunningStack) -> None:
        ran = stack.yinji("staff", "add", "--office", "tianjing", "--role", "registrar",
                          "--to", "typo@office.example", "--name", "王五")  # fmt: skip
        assert ran.code == 64
        assert "tianjin" in ran.err
        assert messages_to(stack, "typo@office.example") == []


class TestSecondFactor:
    def test_nothing_of_an_office_works_before_it(self, stack: RunningStack) -> None:
        someone = enrolled(stack, "anywhere", "supervisor")
        answer = someone.http.get(OFFICERS)
        assert (answer.status_code, answer.json()["field"]) == (403, "second_factor")

    def test_a_code_is_never_taken_twice(self, boss: OfficerAtWork) -> None:
        code = {"code": code_now(boss)}
        first = boss.http.put("/api/v1/session/second-factor", json=code)
        if first.status_code == 200:  # else setting it up has just taken this one
            shown(boss, first)
        answer = boss.http.put("/api/v1/session/second-factor", json=code)
        assert (answer.status_code, answer.json()["field"]) == (403, "code")

    def test_another_session_has_to_show_it_again(
        self, stack: RunningStack, boss: OfficerAtWork
    ) -> None:
        assert boss.http.get(OFFICERS).status_code == 200
        elsewhere = visitor(stack)
        body = {"identifier": boss.identifier, "password": PASSWORD}
        assert elsewhere.post("/api/v1/session", json=body).status_code == 200
        assert elsewhere.get(OFFICERS).status_code == 403

    def test_a_confirmed_one_is_not_shown_again(self, boss: OfficerAtWork) -> None:
        assert boss.http.post("/api/v1/second-factor", json={}).status_code == 409


class TestOffices:
    def test_an_officer_of_another_office_is_nobody_here(
        self, stack: RunningStack, boss: OfficerAtWork
    ) -> None:
        assert boss.http.get("/api/v1/offices/elsewhere/officers").status_code == 403
        assert person(stack).http.get(OFFICERS).status_code == 403
        key = program(stack, person(stack).key("read"))
        assert key.get(OFFICERS).status_code == 403

    def test_only_a_supervisor_invites_and_sees_the_roster(self, stack: RunningStack) -> None:
        clerk = at_work(stack, "anywhere", "cashier")
        body = {"identifier": "new@office.example", "name": "新", "role": "registrar"}
        answer = clerk.http.post("/api/v1/offices/anywhere/invitations", json=body)
        assert answer.status_code == 403
        assert clerk.http.get(OFFICERS).status_code == 403

    def test_a_role_that_is_ended_ends_at_once(
        self, stack: RunningStack, boss: OfficerAtWork
    ) -> None:
        other = at_work(stack, "anywhere", "supervisor")
        assert other.http.get(OFFICERS).status_code == 200
        mine = other.http.get("/api/v1/session").json()["account"]["id"]
        (row,) = [r for r in boss.http.get(OFFICERS).json()["items"] if r["account_id"] == mine]
        assert boss.http.delete(f"{OFFICERS}/{row['id']}").status_code == 204
        assert other.http.get(OFFICERS).status_code == 403

    def test_an_invitation_by_a_supervisor_arrives(
        self, stack: RunningStack, boss: OfficerAtWork
    ) -> None:
        body = {"identifier": "li@office.example", "name": "李四", "role": "cashier"}
        answer = boss.http.post("/api/v1/offices/anywhere/invitations", json=body)
        assert answer.status_code == 202
        assert message_to(stack, "li@office.example")["code"] not in answer.text


class TestRecovery:
    def test_a_lost_password_is_set_anew_by_mail(self, stack: RunningStack) -> None:
        someone = person(stack)
        left_behind = program(stack, someone.key("read"))
        asked = visitor(stack).post("/api/v1/recovery", json={"identifier": someone.identifier})
        unknown = visitor(stack).post("/api/v1/recovery", json={"identifier": "no@example.org"})
        assert (asked.status_code, asked.content) == (unknown.status_code, unknown.content)
        code = message_to(stack, someone.identifier)["code"]
        body = {"code": code, "password": "床前明月光疑是地上霜"}
        assert visitor(stack).put("/api/v1/recovery", json=body).status_code == 204
        assert someone.http.get("/api/v1/session").status_code == 401
        assert left_behind.get("/api/v1/evidence").status_code == 401
        again = visitor(stack).put("/api/v1/recovery", json=body)
        assert (again.status_code, again.json()["field"]) == (404, "code")
        assert messages_to(stack, "no@example.org") == []

    def test_a_number_of_ones_own_leads_to_ones_address(self, stack: RunningStack) -> None:
        """CP-12, CP-49: who no longer knows with what they signed up."""
        someone = applicant(stack)
        pledge = someone.deposited("p.png", picture())
        matter = someone.drafted(pledge)
        number = someone.person.http.get(f"/api/v1/matters/{matter}").json()["number"]
        asked, nobodys = (
            visitor(stack).post("/api/v1/recovery", json={"identifier": typed})
            for typed in (number.lower().replace("-", " "), new_acceptance_number())
        )
        assert (asked.status_code, asked.content) == (nobodys.status_code, nobodys.content)
        code = message_to(stack, someone.person.identifier)["code"]
        body = {"code": code, "password": "床前明月光疑是地上霜"}
        assert visitor(stack).put("/api/v1/recovery", json=body).status_code == 204

    def test_a_number_counts_with_the_address_it_leads_to(self, stack: RunningStack) -> None:
        """However many ways there are to ask, so many codes are sent and no more."""
        someone = applicant(stack)
        matter = someone.drafted(someone.deposited("p.png", picture()))
        number = someone.person.http.get(f"/api/v1/matters/{matter}").json()["number"]
        to = someone.person.identifier
        before = len(messages_to(stack, to))
        for _ in range(6):
            answer = visitor(stack).post("/api/v1/recovery", json={"identifier": number})
            assert answer.status_code == 202
        by_address = visitor(stack).post("/api/v1/recovery", json={"identifier": to})
        assert by_address.status_code == 429
        assert len(messages_to(stack, to)) - before == 3

    def test_asking_again_and_again_is_braked(self, stack: RunningStack) -> None:
        someone = person(stack)
        body = {"identifier": someone.identifier}
        answers = [visitor(stack).post("/api/v1/recovery", json=body) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
