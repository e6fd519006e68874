"""One's own account: addresses by code, user names, transaction password, consents, deliveries."""

import secrets
from typing import Any

import pytest

from accounts.consents import texts
from tests.grounds.callers import (
    AGREED,
    PASSWORD,
    TRANSACTION_PASSWORD,
    Person,
    person,
    submit,
    visitor,
)
from tests.grounds.filing import OFFICE, applicant, picture
from tests.grounds.matters import FORM
from tests.grounds.officers import message_to, messages_to
from tests.grounds.stack import RunningStack

HERE = "/api/v1"
ADDRESS = {"recipient": "林小雨", "mobile": "13800138000", "region": "120101",
           "address": "和平区一号 3 楼", "post_code": "300000"}  # fmt: skip


def mail() -> str:
    return f"{secrets.token_hex(6)}@example.org"


def mobile() -> str:
    return "13" + "".join(str(secrets.randbelow(10)) for _ in range(9))


def ask(who: Person, identifier: str, password: str = PASSWORD) -> Any:
    body = {"identifier": identifier, "password": password}
    return who.http.post(f"{HERE}/account/contacts", json=body)


def answer(who: Person, code: str) -> Any:
    return who.http.put(f"{HERE}/account/contacts", json={"code": code})


class TestContacts:
    def test_a_new_mobile_number_counts_once_its_code_came_back(self, stack: RunningStack) -> None:
        """TJ-48, TJ-60: the code goes to the number, and nowhere else."""
        who, number = person(stack), mobile()
        asked = ask(who, number)
        assert (asked.status_code, asked.content) == (202, b"null")
        assert who.http.get(f"{HERE}/account").json()["mobile"] is None
        code = message_to(stack, f"+86{number}")["code"]
        assert (len(code), code.isdigit()) == (6, True)
        done = answer(who, code).json()
        assert (done["mobile"], done["mobile_confirmed_at"] is None) == (f"+86{number}", False)
        assert answer(who, code).status_code == 403
        body = {"identifier": number, "password": PASSWORD}
        assert visitor(stack).post(f"{HERE}/session", json=body).status_code == 200

    def test_a_new_mail_address_replaces_the_old_one_which_is_told(
        self, stack: RunningStack
    ) -> None:
        """TJ-49."""
        who, new = person(stack), mail()
        ask(who, new)
        assert answer(who, message_to(stack, new)["code"]).json()["email"] == new
        told = message_to(stack, who.identifier)
        assert (told["code"], new in told["text"]) == (None, False)
        body = {"identifier": who.identifier, "password": PASSWORD}
        assert visitor(stack).post(f"{HERE}/session", json=body).status_code == 401

    def test_the_present_address_is_confirmed_in_the_same_way(self, stack: RunningStack) -> None:
        who = person(stack)
        ask(who, who.identifier)
        done = answer(who, message_to(stack, who.identifier)["code"]).json()
        assert done["email_confirmed_at"] is not None

    def test_five_wrong_tries_use_a_code_up(self, stack: RunningStack) -> None:
        who, new = person(stack), mail()
        ask(who, new)
        code = message_to(stack, new)["code"]
        wrong = f"{(int(code) + 1) % 10**6:06}"
        assert {answer(who, wrong).status_code for _ in range(5)} == {403}
        assert answer(who, code).status_code == 403

    def test_nobody_takes_somebody_elses_address_or_learns_of_it(self, stack: RunningStack) -> None:
        who, other = person(stack), person(stack)
        taken, free = ask(who, other.identifier), ask(who, mail())
        assert (taken.status_code, taken.content) == (free.status_code, free.content)
        ask(who, other.identifier)
        done = answer(who, message_to(stack, other.identifier)["code"])
        assert (done.status_code, done.json()["field"]) == (409, "identifier")

    def test_a_session_without_the_password_changes_nothing(self, stack: RunningStack) -> None:
        who, new = person(stack), mail()
        refused = ask(who, new, "another password")
        assert (refused.status_code, refused.json()["field"]) == (403, "password")
        assert messages_to(stack, new) == []


class TestUserNames:
    def test_one_signs_in_with_it(self, stack: RunningStack) -> None:
        """TJ-30, TJ-46."""
        who, name = person(stack), f"小雨_{secrets.token_hex(3)}"
        done = who.http.put(f"{HERE}/account", json={"name": "林小雨", "user_name": name})
        assert (done.status_code, done.json()["user_name"]) == (200, name)
        body = {"identifier": name.upper(), "password": PASSWORD}
        assert visitor(stack).post(f"{HERE}/session", json=body).status_code == 200
        taken = person(stack).http.put(f"{HERE}/account", json={"name": "x", "user_name": name})
        assert (taken.status_code, taken.json()["field"]) == (409, "user_name")

    @pytest.mark.parametrize("name", ["a", "13800138000", "a b", "x@y.cn", "", "a" * 31])
    def test_refuses_by_field(self, stack: RunningStack, name: str) -> None:
        body = {"name": "林小雨", "user_name": name}
        done = person(stack).http.put(f"{HERE}/account", json=body)
        assert (done.status_code, done.json()["field"]) == (422, "user_name")


class TestSignUp:
    @pytest.mark.parametrize(
        "agreed",
        [{}, {"legal_statement": 1}, {**AGREED, "more": 1}, {**AGREED, "legal_statement": 9}],
    )
    def test_asks_for_consent_to_every_text(
        self, stack: RunningStack, agreed: dict[str, int]
    ) -> None:
        """TJ-37."""
        body = {"identifier": mail(), "name": "李四", "password": PASSWORD, "agreed": agreed}
        refused = visitor(stack).post(f"{HERE}/accounts", json=body)
        assert (refused.status_code, refused.json()["field"]) == (422, "agreed")

    def test_keeps_which_version_was_agreed_to(self, stack: RunningStack) -> None:
        """TJ-38, TJ-39: both texts, in Chinese and English, by version and digest."""
        shown = visitor(stack).get(f"{HERE}/texts").json()["items"]
        assert {each["key"] for each in shown} == {"legal_statement", "sign_up_notice"}
        assert all(each["zh"] and each["en"] and each["title_zh"] for each in shown)
        kept = person(stack).http.get(f"{HERE}/account/consents").json()["items"]
        assert {(row["text"], row["version"], row["sha256"]) for row in kept} == {
            (text.key, text.version, text.digest.hex()) for text in texts().values()
        }

    def test_keeps_who_sent_somebody(self, stack: RunningStack) -> None:
        sender = person(stack)
        referral = sender.http.get(f"{HERE}/account").json()["referral"]
        body = {"identifier": mail(), "name": "李四", "password": PASSWORD, "agreed": AGREED}
        http = visitor(stack)
        sent = http.post(f"{HERE}/accounts", json={**body, "referrer": referral})
        assert sent.status_code == 201
        assert http.get(f"{HERE}/account").json()["referred_by"] == referral
        assert sender.http.get(f"{HERE}/account").json()["referred_by"] is None
        unknown = "00000000-0000-0000-0000-000000000000"
        refused = visitor(stack).post(
            f"{HERE}/accounts", json={**body, "identifier": mail(), "referrer": unknown}
        )
        assert (refused.status_code, refused.json()["field"]) == (422, "referrer")


class TestTransactionPassword:
    def test_is_asked_for_at_each_submission_where_the_office_says_so(
        self, stack: RunningStack
    ) -> None:
        """TJ-58, TJ-59, TJ-61."""
        filer = applicant(stack)
        evidence = filer.deposited("a.png", picture())
        pledge = filer.deposited("pledge.png", picture())
        matter = filer.drafted(pledge)
        http, at = filer.person.http, f"{HERE}/matters/{matter}/submissions"
        body = {"evidence_number": evidence}
        unset = http.post(at, json=body)
        assert (unset.status_code, unset.json()["field"]) == (403, "transaction_password")
        same = {"password": PASSWORD, "new": PASSWORD}
        refused = http.put(f"{HERE}/account/transaction-password", json=same)
        assert (refused.status_code, refused.json()["field"]) == (403, "new")
        wanted = {"password": PASSWORD, "new": TRANSACTION_PASSWORD}
        assert http.put(f"{HERE}/account/transaction-password", json=wanted).status_code == 204
        for wrong in ({}, {"transaction_password": PASSWORD}):
            refused = http.post(at, json={**body, **wrong})
            assert (refused.status_code, refused.json()["field"]) == (403, "transaction_password")
        assert submit(http, matter, evidence).status_code == 201

    def test_is_not_asked_for_elsewhere(self, stack: RunningStack) -> None:
        assert OFFICE == "tianjin"
        filer = applicant(stack)
        evidence = filer.deposited("a.png", picture())
        body = {"office": "zhejiang", "form": FORM}
        matter = filer.person.http.post(f"{HERE}/matters", json=body).json()
        at = f"{HERE}/matters/{matter['id']}/submissions"
        refused = filer.person.http.post(at, json={"evidence_number": evidence})
        assert (refused.status_code, refused.json()["field"][:10]) == (422, "documents.")


class TestDeliveryAddresses:
    def test_are_kept_changed_and_erased(self, stack: RunningStack) -> None:
        """TJ-71."""
        who = person(stack)
        key = {"Idempotency-Key": "a-1"}
        made = [who.http.post(f"{HERE}/addresses", json=ADDRESS, headers=key) for _ in range(2)]
        assert [each.status_code for each in made] == [201, 201]
        at = f"{HERE}/addresses/{made[0].json()['id']}"
        assert made[0].json() == made[1].json() == who.http.get(at).json()
        assert made[0].json()["mobile"] == "+8613800138000"
        other = {**ADDRESS, "address": "河西区二号"}
        assert who.http.put(at, json=other).json()["address"] == "河西区二号"
        mismatch = who.http.post(f"{HERE}/addresses", json=other, headers=key)
        assert (mismatch.status_code, mismatch.json()["field"]) == (422, "Idempotency-Key")
        assert len(who.http.get(f"{HERE}/addresses").json()["items"]) == 1
        assert who.http.delete(at).status_code == 204
        assert (who.http.get(at).status_code, who.http.get(f"{HERE}/addresses").json()) == (
            404, {"items": []},
        )  # fmt: skip
        again = who.http.post(f"{HERE}/addresses", json=ADDRESS, headers=key)
        assert again.status_code == 410

    @pytest.mark.parametrize(
        ("change", "field"),
        [({"mobile": "a@b.cn"}, "mobile"), ({"region": "999999"}, "region"),
         ({"recipient": " "}, "recipient")],
    )  # fmt: skip
    def test_refuses_by_field(
        self, stack: RunningStack, change: dict[str, str], field: str
    ) -> None:
        done = person(stack).http.post(f"{HERE}/addresses", json={**ADDRESS, **change})
        assert (done.status_code, done.json()["field"]) == (422, field)
