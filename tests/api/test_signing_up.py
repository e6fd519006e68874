"""Signing up: a code goes out by itself, and until it comes back the address is nobody's."""

import secrets
from typing import Any

import pytest

from tests.grounds.callers import (
    AGREED,
    PASSWORD,
    Person,
    code_in,
    newcomer,
    newest_letter,
    person,
    visitor,
)
from tests.grounds.officers import message_to, messages_to
from tests.grounds.stack import RunningStack

HERE = "/api/v1"
NEW = "一行白鹭上青天窗含西岭"
OTHER = "两个黄鹂鸣翠柳一行白鹭"


@pytest.fixture(scope="module")
def who(stack: RunningStack) -> Person:
    return newcomer(stack, mobile())


def mobile() -> str:
    return "13" + "".join(str(secrets.randbelow(10)) for _ in range(9))


def confirm(who: Person, code: str) -> Any:
    return who.http.put(f"{HERE}/account/contacts", json={"code": code})


def signs_in(stack: RunningStack, identifier: str, password: str) -> Any:
    body = {"identifier": identifier, "password": password}
    return visitor(stack).post(f"{HERE}/session", json=body)


def enters(stack: RunningStack, identifier: str, password: str = PASSWORD) -> int:
    status: int = signs_in(stack, identifier, password).status_code
    return status


def entered(stack: RunningStack, identifier: str, password: str) -> Any:
    """Into which account."""
    answer = signs_in(stack, identifier, password)
    assert answer.status_code == 200, answer.text
    return answer.json()["account"]["id"]


def account_of(who: Person) -> Any:
    return who.http.get(f"{HERE}/session").json()["account"]["id"]


def confirmed(whose: list[Person]) -> list[bool]:
    """Whether nothing is left to confirm, for each."""
    return [who.http.get(f"{HERE}/session").json()["to_confirm"] == [] for who in whose]


def code_to(stack: RunningStack, identifier: str) -> str:
    return code_in(newest_letter(stack, identifier))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


class TestTheCode:
    def test_comes_by_itself_and_makes_the_number_ones_own(self, stack: RunningStack) -> None:
        """TJ-35, TJ-36, SD-28: nothing more is asked for, and the answer says where it went."""
        number = mobile()
        http = visitor(stack)
        body = {"identifier": number, "name": "王五", "password": PASSWORD, "agreed": AGREED}
        answer = http.post(f"{HERE}/accounts", json=body).json()
        assert answer["to_confirm"] == [{"identifier": f"+86{number}", "channel": "sms"}]
        (sent,) = messages_to(stack, f"+86{number}")
        assert (sent["channel"], len(sent["code"])) == ("sms", 6)
        http.headers.update({"X-CSRF-Token": answer["csrf_token"], "Origin": stack.address})
        code = {"code": wrong(sent["code"])}
        assert http.put(f"{HERE}/account/contacts", json=code).status_code == 403
        done = http.put(f"{HERE}/account/contacts", json={"code": sent["code"]}).json()
        assert (done["mobile"], done["mobile_confirmed_at"] is None) == (f"+86{number}", False)
        assert http.get(f"{HERE}/session").json()["to_confirm"] == []

    def test_is_asked_for_again_where_it_was_lost(self, stack: RunningStack) -> None:
        who = newcomer(stack, mobile())
        lost = code_to(stack, who.identifier)
        body = {"identifier": who.identifier, "password": PASSWORD}
        assert who.http.post(f"{HERE}/account/contacts", json=body).status_code == 202
        assert confirm(who, lost).status_code == 403
        assert confirm(who, code_to(stack, who.identifier)).status_code == 200

    def test_goes_to_one_number_ten_times_an_hour(self, stack: RunningStack) -> None:
        number = mobile()
        body = {"identifier": number, "name": "王五", "password": PASSWORD, "agreed": AGREED}
        done = [visitor(stack).post(f"{HERE}/accounts", json=body).status_code for _ in range(11)]
        assert done == [201] * 10 + [429]
        assert len(messages_to(stack, f"+86{number}")) == 10


class TestWhoeverElseHasTheAddress:
    def test_the_answer_is_the_same_and_only_its_reader_is_told(self, stack: RunningStack) -> None:
        owner = person(stack)
        known, unknown = (
            newcomer(stack, to) for to in (owner.identifier, f"{secrets.token_hex(6)}@example.org")
        )
        said = [who.http.get(f"{HERE}/session") for who in (known, unknown)]
        assert [answer.status_code for answer in said] == [200, 200]
        shown = [answer.json()["to_confirm"][0]["channel"] for answer in said]
        assert shown == ["mail", "mail"]
        texts = {
            message["text"].replace(message["code"], "")
            for who in (known, unknown)
            for message in messages_to(stack, who.identifier)[-1:]
        }
        assert len(texts) == 1
        told = confirm(known, code_to(stack, owner.identifier))
        assert (told.status_code, told.json()["field"]) == (409, "identifier")
        assert enters(stack, owner.identifier) == 200

    def test_a_claim_keeps_nobody_from_their_own_number(self, stack: RunningStack) -> None:
        squatter = newcomer(stack, mobile())
        owner = newcomer(stack, squatter.identifier, "李四", OTHER)
        assert confirm(squatter, code_to(stack, owner.identifier)).status_code == 403
        assert confirm(owner, code_to(stack, owner.identifier)).status_code == 200
        assert entered(stack, owner.identifier, OTHER) == account_of(owner)

    def test_each_who_claims_it_gets_into_their_own_account_with_their_password(
        self, stack: RunningStack
    ) -> None:
        """Whoever came first, and also once one of them has shown that it is theirs: who claimed an
        address and is let in as before does not learn that it has an account.
        """
        words = PASSWORD, OTHER, "人生若只如初见何事秋风"
        number = mobile()
        whose = [newcomer(stack, number, password=each) for each in words]
        for _ in range(2):
            for who, password in zip(whose, words, strict=True):
                assert entered(stack, number, password) == account_of(who)
            assert enters(stack, number, "not the password") == 401
            confirm(whose[1], code_to(stack, whose[1].identifier))
            confirm(whose[2], code_to(stack, whose[2].identifier))
        assert confirmed(whose) == [False, False, True]

    def test_a_new_password_counts_for_whoever_claims_it(self, stack: RunningStack) -> None:
        squatter = newcomer(stack, mobile())
        who = newcomer(stack, squatter.identifier, password=OTHER)
        body = {"current": OTHER, "new": NEW}
        assert who.http.put(f"{HERE}/account/password", json=body).status_code == 204
        assert entered(stack, who.identifier, NEW) == account_of(who)
        assert entered(stack, who.identifier, PASSWORD) == account_of(squatter)
        assert enters(stack, who.identifier, OTHER) == 401

    def test_the_way_back_in_by_another_address_counts_there_too(self, stack: RunningStack) -> None:
        who = newcomer(stack, mobile())
        mail = f"{secrets.token_hex(6)}@example.org"
        body = {"identifier": mail, "password": PASSWORD}
        assert who.http.post(f"{HERE}/account/contacts", json=body).status_code == 202
        letter = newest_letter(stack, mail)
        assert confirm(who, code_in(letter)).status_code == 200
        letter.unlink()
        assert visitor(stack).post(f"{HERE}/recovery", json={"identifier": mail}).is_success
        again = {"code": message_to(stack, mail)["code"], "password": NEW}
        assert visitor(stack).put(f"{HERE}/recovery", json=again).status_code == 204
        assert enters(stack, mail, NEW) == 200
        assert enters(stack, who.identifier, NEW) == 200
        assert enters(stack, who.identifier) == 401


class TestUntilThen:
    def test_there_is_no_way_back_in(self, stack: RunningStack, who: Person) -> None:
        known = person(stack)
        for each in (who, known):
            asked = visitor(stack).post(f"{HERE}/recovery", json={"identifier": each.identifier})
            assert asked.status_code == 202
        # Codes for the two are made after the answers, in this order.
        message_to(stack, known.identifier)
        assert len(messages_to(stack, who.identifier)) == 1

    def test_nobody_is_verified(self, who: Person) -> None:
        """TJ-60."""
        kind = {"kind": "individual"}
        assert who.http.put(f"{HERE}/account/kind", json=kind).status_code in {200, 204}
        claim = {"name": "张三", "document_kind": "resident_id", "number": "110101199001011237",
                 "region": "120101"}  # fmt: skip
        made = who.http.post(f"{HERE}/identity", json=claim)
        assert made.status_code == 201, made.text
        refused = who.http.post(f"{HERE}/identity/{made.json()['id']}/submission")
        assert (refused.status_code, refused.json()["field"]) == (403, "identifier")

    def test_nobody_is_an_agent_by_it(self, stack: RunningStack, who: Person) -> None:
        mandate = {
            "agent": who.identifier, "agent_name": "张三", "scopes": ["register"],
            "offices": ["tianjin"], "valid_from": "2026-01-01", "valid_until": "2099-01-01",
        }  # fmt: skip
        refused = person(stack).http.post(f"{HERE}/mandates", json=mandate)
        assert (refused.status_code, refused.json()["field"]) == (422, "agent")
