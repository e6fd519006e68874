"""Signing up, in and out over HTTP."""

import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from accounts.models import Account, ApiKey, SignIn
from api.auth import blinded
from api.database import transaction
from api.wiring import utc_now
from core.errors import RateLimited
from tests.api.test_factors import authenticator, register
from tests.grounds.callers import AGREED, PASSWORD, Person, fresh_address, person, program, visitor
from tests.grounds.officers import message_to
from tests.grounds.stack import RunningStack

NEW = "床前明月光疑是地上霜"


@pytest.fixture(scope="module")
def zhang(stack: RunningStack) -> Person:
    return person(stack)


class TestSignUp:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"identifier": "nobody"}, "identifier"),
            ({"password": "short"}, "password"),
            ({"name": "a\u202eb"}, "name"),
            ({"name": "\U000e0041"}, "name"),
            ({"role": "admin"}, "role"),
        ],
    )
    def test_refuses_by_field_without_repeating_the_input(
        self, stack: RunningStack, change: dict[str, str], field: str
    ) -> None:
        body = {"identifier": "a@b.cn", "name": "李四", "password": PASSWORD,
                "agreed": AGREED, **change}  # fmt: skip
        answer = visitor(stack).post("/api/v1/accounts", json=body)
        assert answer.status_code == 422
        assert answer.json()["field"] == field
        assert PASSWORD not in answer.text

    def test_takes_a_mobile_number(self, stack: RunningStack) -> None:
        number = "13" + "".join(str(secrets.randbelow(10)) for _ in range(9))
        http = visitor(stack)
        body = {"identifier": number, "name": "王五", "password": PASSWORD,
                "agreed": AGREED}  # fmt: skip
        answer = http.post("/api/v1/accounts", json=body)
        assert answer.status_code == 201
        assert answer.json()["account"]["mobile"] == f"+86{number}"


class TestSignIn:
    def test_gives_a_cookie_no_script_can_read(self, stack: RunningStack, zhang: Person) -> None:
        http = visitor(stack)
        body = {"identifier": zhang.identifier, "password": PASSWORD}
        answer = http.post("/api/v1/session", json=body)
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert http.get("/api/v1/session").json()["csrf_token"] == answer.json()["csrf_token"]

    def test_does_not_tell_a_wrong_password_from_an_unknown_account(
        self, stack: RunningStack, zhang: Person
    ) -> None:
        answers = [
            visitor(stack).post(
                "/api/v1/session", json={"identifier": identifier, "password": "wrong password"}
            )
            for identifier in (zhang.identifier, "nobody@example.org")
        ]
        assert [answer.status_code for answer in answers] == [401, 401]
        assert answers[0].content == answers[1].content

    def test_a_foreign_page_cannot_sign_anybody_in(
        self, stack: RunningStack, zhang: Person
    ) -> None:
        body = {"identifier": zhang.identifier, "password": PASSWORD}
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = visitor(stack).post("/api/v1/session", json=body, headers=headers)
            assert answer.status_code == 403

    def test_guessing_is_slowed_down_and_does_not_keep_the_owner_out(
        self, stack: RunningStack
    ) -> None:
        victim, address = person(stack), {"X-Forwarded-For": fresh_address()}
        answers = [
            visitor(stack).post(
                "/api/v1/session",
                json={"identifier": victim.identifier, "password": f"guess number {turn}"},
                headers=address,
            )
            for turn in range(24)
        ]
        assert answers[0].status_code == 401
        own = visitor(stack).post(
            "/api/v1/session",
            json={"identifier": victim.identifier, "password": PASSWORD},
            headers={"X-Forwarded-For": fresh_address()},
        )
        assert own.status_code == 200
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert victim.http.get("/api/v1/session").status_code == 200

    def test_guesses_from_many_addresses_keep_the_owner_out_of_none_where_they_signed_in(
        self, stack: RunningStack
    ) -> None:
        owner, neighbour = person(stack), person(stack)
        home, elsewhere = fresh_address(), fresh_address()

        def enters(who: Person, address: str, password: str = PASSWORD) -> int:
            return visitor(stack).post(
                "/api/v1/session", json={"identifier": who.identifier, "password": password},
                headers={"X-Forwarded-For": address},
            ).status_code  # fmt: skip

        assert enters(owner, home) == 200
        assert enters(neighbour, elsewhere) == 200
        with stack.services() as services:
            ceiling = services.settings.sign_in_per_minute * 100
            name = f"sign-in-anywhere:{blinded(owner.identifier)}"
            with suppress(RateLimited):
                for _ in range(ceiling):  # as ten addresses would
                    services.limiter.check(name, ceiling, 3600)
            assert enters(owner, elsewhere) == 429
            assert enters(owner, home, "not the password") == 401
            assert enters(owner, home) == 200
            with services.sessions() as session, session.begin():
                past = utc_now() - services.settings.known_address - timedelta(minutes=1)
                me = select(Account.id).where(Account.email == owner.identifier).scalar_subquery()
                session.execute(
                    update(SignIn).where(SignIn.account_id == me).values(created_at=past)
                )
            assert enters(owner, home) == 429

    def test_a_code_to_its_own_address_lets_the_owner_in_from_a_new_one_meanwhile(
        self, stack: RunningStack
    ) -> None:
        """The one thing that guessers lack. Whoever else asked for codes only sent more of them."""
        owner, neighbour, new = person(stack), person(stack), fresh_address()
        there = {"X-Forwarded-For": new}
        with stack.services() as services:
            ceiling = services.settings.sign_in_per_minute * 100
            name = f"sign-in-anywhere:{blinded(owner.identifier)}"
            with suppress(RateLimited):
                for _ in range(ceiling):
                    services.limiter.check(name, ceiling, 3600)

        def enters(address: str, password: str) -> int:
            body = {"identifier": owner.identifier, "password": password}
            headers = {"X-Forwarded-For": address}
            return visitor(stack).post("/api/v1/session", json=body, headers=headers).status_code

        assert enters(new, PASSWORD) == 429
        asked = {"identifier": owner.identifier}
        for _ in range(8):  # by the guessers
            visitor(stack).post("/api/v1/recovery", json=asked)
        body = {"code": message_to(stack, owner.identifier)["code"], "password": NEW}
        answer = visitor(stack).put("/api/v1/recovery", json=body, headers=there)
        assert answer.status_code == 204, answer.text
        assert enters(new, NEW) == 200
        assert enters(fresh_address(), NEW) == 429
        body = {"identifier": neighbour.identifier, "password": PASSWORD}
        with stack.services() as services, suppress(RateLimited):
            theirs = f"sign-in-anywhere:{blinded(neighbour.identifier)}"
            for _ in range(ceiling):
                services.limiter.check(theirs, ceiling, 3600)
        # The address is the owner's, for the owner's account alone.
        assert visitor(stack).post("/api/v1/session", json=body, headers=there).status_code == 429

    def test_a_passkey_lets_its_owner_in_meanwhile(self, stack: RunningStack) -> None:
        """It is of no name: nobody's guesses count against it."""
        owner = person(stack)
        passkey = authenticator(stack)
        assert register(owner.http, passkey).status_code == 201
        with stack.services() as services, suppress(RateLimited):
            ceiling = services.settings.sign_in_per_minute * 100
            for _ in range(ceiling):
                name = f"sign-in-anywhere:{blinded(owner.identifier)}"
                services.limiter.check(name, ceiling, 3600)
        guest = visitor(stack)
        began = guest.post("/api/v1/sign-in/passkey-challenge").json()
        shown = {"challenge_id": began["challenge_id"],
                 "credential": passkey.get(began["options"])}  # fmt: skip
        assert guest.post("/api/v1/sign-in/passkey", json=shown).status_code == 200

    def test_a_session_that_came_along_ends(self, stack: RunningStack) -> None:
        someone = person(stack)
        old = dict(someone.http.cookies)
        body = {"identifier": someone.identifier, "password": PASSWORD}
        assert someone.http.post("/api/v1/session", json=body).status_code == 200
        stale = visitor(stack)
        stale.cookies.update(old)
        assert stale.get("/api/v1/session").status_code == 401


class TestSessions:
    def test_signing_out_ends_the_session_on_the_server(self, stack: RunningStack) -> None:
        someone = person(stack)
        cookies = dict(someone.http.cookies)
        assert someone.http.delete("/api/v1/session").status_code == 204
        someone.http.cookies.update(cookies)
        assert someone.http.get("/api/v1/session").status_code == 401

    def test_a_new_password_ends_every_other_session(self, stack: RunningStack) -> None:
        someone = person(stack)
        elsewhere = visitor(stack)
        body = {"identifier": someone.identifier, "password": PASSWORD}
        elsewhere.post("/api/v1/session", json=body)
        assert len(someone.http.get("/api/v1/sessions").json()["items"]) == 2
        wrong = {"current": "something else", "new": "床前明月光疑是地上霜"}
        assert someone.http.put("/api/v1/account/password", json=wrong).status_code == 403
        right = {**wrong, "current": PASSWORD}
        assert someone.http.put("/api/v1/account/password", json=right).status_code == 204
        assert someone.http.get("/api/v1/session").status_code == 200
        assert elsewhere.get("/api/v1/session").status_code == 401
        assert visitor(stack).post("/api/v1/session", json=body).status_code == 401

    def test_one_session_can_be_ended_from_another(self, stack: RunningStack) -> None:
        someone, elsewhere = person(stack), visitor(stack)
        body = {"identifier": someone.identifier, "password": PASSWORD}
        elsewhere.post("/api/v1/session", json=body)
        items = someone.http.get("/api/v1/sessions").json()["items"]
        (other,) = [item["id"] for item in items if not item["current"]]
        assert someone.http.delete(f"/api/v1/sessions/{other}").status_code == 204
        assert elsewhere.get("/api/v1/session").status_code == 401


class TestKeys:
    def test_a_secret_is_shown_once(self, zhang: Person) -> None:
        secret = zhang.key("read")
        assert secret not in zhang.http.get("/api/v1/keys").text

    def test_a_revoked_key_opens_nothing_at_once(self, stack: RunningStack, zhang: Person) -> None:
        secret = zhang.key("read")
        http = program(stack, secret)
        assert http.get("/api/v1/works").status_code == 200
        (row,) = [
            key
            for key in zhang.http.get("/api/v1/keys").json()["items"]
            if key["prefix"] == secret[:8]
        ]
        assert zhang.http.delete(f"/api/v1/keys/{row['id']}").status_code == 204
        assert http.get("/api/v1/works").status_code == 401

    def test_an_expired_key_opens_nothing(self, stack: RunningStack, zhang: Person) -> None:
        secret = zhang.key("read", expires_in_days=1)
        http = program(stack, secret)
        assert http.get("/api/v1/works").status_code == 200
        with stack.services() as services, transaction(services.sessions) as session:
            key = session.scalars(select(ApiKey).where(ApiKey.prefix == secret[:8])).one()
            key.expires_at = datetime.now(UTC)
        assert http.get("/api/v1/works").status_code == 401

    def test_a_key_cannot_grant_what_it_has_not(self, stack: RunningStack, zhang: Person) -> None:
        http = program(stack, zhang.key("keys", "read"))
        body = {"name": "more", "scopes": ["read", "deposit"]}
        answer = http.post("/api/v1/keys", json=body)
        assert (answer.status_code, answer.json()["field"]) == (403, "scopes")

    def test_a_key_that_will_end_leaves_none_that_outlives_it(
        self, stack: RunningStack, zhang: Person
    ) -> None:
        http = program(stack, zhang.key("keys", "read", expires_in_days=1))
        made = http.post("/api/v1/keys", json={"name": "child", "scopes": ["read"]}).json()
        assert made["expires_at"] is not None
        longer = {"name": "child", "scopes": ["read"], "expires_in_days": 9}
        assert http.post("/api/v1/keys", json=longer).json()["expires_at"] == made["expires_at"]

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"scopes": []}, "scopes"),
            ({"scopes": ["root"]}, "scopes"),
            ({"name": ""}, "name"),
            ({"expires_in_days": 0}, "expires_in_days"),
            ({"expires_in_days": "1"}, "expires_in_days"),
            ({"account_id": "x"}, "account_id"),
        ],
    )
    def test_refuses_by_field(self, zhang: Person, change: dict[str, object], field: str) -> None:
        body = {"name": "k", "scopes": ["read"], **change}
        answer = zhang.http.post("/api/v1/keys", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
