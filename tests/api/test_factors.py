"""Second factors over HTTP: codes and passkeys, added, shown, removed; signing in by passkey."""

import base64
import secrets
import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from accounts.second_factors import STEP_SECONDS, totp
from tests.grounds.authenticator import Authenticator
from tests.grounds.callers import PASSWORD, Person, person, visitor
from tests.grounds.officers import OfficerAtWork, at_work, enrolled
from tests.grounds.stack import RunningStack

HERE = "/api/v1"


def authenticator(stack: RunningStack, **more: Any) -> Authenticator:
    return Authenticator("127.0.0.1", stack.address, **more)


def register(http: httpx2.Client, key: Authenticator, name: str = "手机") -> httpx2.Response:
    begun = http.post(f"{HERE}/passkeys/challenge")
    assert begun.status_code == 201, begun.text
    body = {"challenge_id": begun.json()["challenge_id"], "name": name,
            "credential": key.create(begun.json()["options"])}  # fmt: skip
    return http.post(f"{HERE}/passkeys", json=body)


def show(http: httpx2.Client, key: Authenticator) -> httpx2.Response:
    begun = http.post(f"{HERE}/session/passkey-challenge")
    assert begun.status_code == 201, begun.text
    body = {"challenge_id": begun.json()["challenge_id"],
            "credential": key.get(begun.json()["options"])}  # fmt: skip
    return http.put(f"{HERE}/session/passkey", json=body)


def renewed(http: httpx2.Client, answer: httpx2.Response) -> int:
    """The session has a new cookie, and a new token for changes; the answer's status."""
    assert answer.is_success, answer.text
    http.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return answer.status_code


def sign_in(stack: RunningStack, key: Authenticator) -> tuple[httpx2.Client, httpx2.Response]:
    http = visitor(stack)
    begun = http.post(f"{HERE}/sign-in/passkey-challenge").json()
    body = {"challenge_id": begun["challenge_id"], "credential": key.get(begun["options"])}
    return http, http.post(f"{HERE}/sign-in/passkey", json=body)


def again(stack: RunningStack, identifier: str) -> httpx2.Client:
    """A new session, by password alone."""
    http = visitor(stack)
    answer = http.post(f"{HERE}/session", json={"identifier": identifier, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    http.headers.update({"X-CSRF-Token": answer.json()["csrf_token"], "Origin": stack.address})
    return http


class TestPasskeys:
    def test_register_sign_in_list_and_remove(self, stack: RunningStack) -> None:
        who, key = person(stack), authenticator(stack)
        made = register(who.http, key)
        assert made.status_code == 201, made.text
        http, answer = sign_in(stack, key)
        assert answer.status_code == 200, answer.text
        assert answer.json()["second_factor_due"] is False
        http.headers.update({"X-CSRF-Token": answer.json()["csrf_token"], "Origin": stack.address})
        listed = http.get(f"{HERE}/second-factors").json()
        assert (listed["codes"], [each["name"] for each in listed["passkeys"]]) == (False, ["手机"])
        assert http.delete(f"{HERE}/passkeys/{made.json()['id']}").status_code == 204
        assert sign_in(stack, key)[1].status_code == 403

    @pytest.mark.parametrize("wrong", ["host", "origin", "unverified", "key", "copy", "replayed"])
    def test_nothing_else_signs_in(self, stack: RunningStack, wrong: str) -> None:
        who, key = person(stack), authenticator(stack)
        assert register(who.http, key).status_code == 201
        assert sign_in(stack, key)[1].status_code == 200
        forged = {
            "host": replace(key, host="evil.example"),
            "origin": replace(key, origin="https://evil.example"),
            "unverified": replace(key, verifies=False),
            "key": replace(key, key=authenticator(stack).key),
            "copy": replace(key, count=0),
            "replayed": key,
        }[wrong]
        http = visitor(stack)
        begun = http.post(f"{HERE}/sign-in/passkey-challenge").json()
        body = {"challenge_id": begun["challenge_id"], "credential": forged.get(begun["options"])}
        if wrong == "replayed":
            assert http.post(f"{HERE}/sign-in/passkey", json=body).status_code == 200
            http.cookies.clear()
        answer = http.post(f"{HERE}/sign-in/passkey", json=body)
        assert answer.status_code == (404 if wrong == "replayed" else 403), answer.text
        assert "set-cookie" not in answer.headers

    def test_a_challenge_is_for_whom_it_was_made(self, stack: RunningStack) -> None:
        who, thief, key = person(stack), person(stack), authenticator(stack)
        begun = who.http.post(f"{HERE}/passkeys/challenge").json()
        body = {"challenge_id": begun["challenge_id"], "name": "x",
                "credential": key.create(begun["options"])}  # fmt: skip
        assert thief.http.post(f"{HERE}/passkeys", json=body).status_code == 404
        assert who.http.post(f"{HERE}/passkeys", json=body).status_code == 201
        assert register(thief.http, key).status_code == 409

    @pytest.mark.parametrize("credential", [{}, {"rawId": 1}, {"rawId": "!"}, {"id": "a"}])
    def test_what_is_no_credential_is_refused_by_field(
        self, stack: RunningStack, credential: dict[str, Any]
    ) -> None:
        http = visitor(stack)
        begun = http.post(f"{HERE}/sign-in/passkey-challenge").json()
        body = {"challenge_id": begun["challenge_id"], "credential": credential}
        answer = http.post(f"{HERE}/sign-in/passkey", json=body)
        assert (answer.status_code, answer.json()["field"]) == (403, "credential")


class TestWhoHasAFactor:
    def test_does_nothing_before_it_is_shown(self, stack: RunningStack) -> None:
        who, key = person(stack), authenticator(stack)
        assert register(who.http, key).status_code == 201
        http = again(stack, who.identifier)
        assert http.get(f"{HERE}/session").json()["second_factor_due"] is True
        for method, path in (("GET", "/works"), ("POST", "/keys"), ("GET", "/account"),
                             ("POST", "/passkeys/challenge"), ("DELETE", "/second-factor"),
                             ("PUT", "/account/password")):  # fmt: skip
            answer = http.request(method, HERE + path, json={} if method != "GET" else None)
            assert (answer.status_code, answer.json()["field"]) == (403, "second_factor"), path
        assert renewed(http, show(http, key)) == 200
        assert http.get(f"{HERE}/works").status_code == 200

    def test_shows_it_before_another_is_added_or_one_is_removed(self, stack: RunningStack) -> None:
        """A session that was open before the factor was set up does not get past it either."""
        who, key = person(stack), authenticator(stack)
        elsewhere = again(stack, who.identifier)
        made = register(who.http, key).json()["id"]
        for method, path in (("POST", "/passkeys/challenge"), ("POST", "/second-factor"),
                             ("DELETE", f"/passkeys/{made}")):  # fmt: skip
            answer = elsewhere.request(method, HERE + path)
            assert (answer.status_code, answer.json()["field"]) == (403, "second_factor"), path

    def test_somebody_elses_passkey_shows_nothing(self, stack: RunningStack) -> None:
        who, other = person(stack), person(stack)
        mine, theirs = authenticator(stack), authenticator(stack)
        register(who.http, mine)
        register(other.http, theirs)
        http = again(stack, who.identifier)
        assert show(http, theirs).status_code == 403
        assert other.http.delete(f"{HERE}/passkeys/{_only(who)}").status_code == 404


def _only(who: Person) -> str:
    (row,) = who.http.get(f"{HERE}/second-factors").json()["passkeys"]
    made: str = row["id"]
    return made


class TestOfficers:
    @pytest.fixture
    def boss(self, stack: RunningStack) -> OfficerAtWork:
        return at_work(stack, "anywhere", "supervisor")

    def test_act_with_a_passkey_alone(self, stack: RunningStack) -> None:
        someone, key = enrolled(stack, "anywhere", "supervisor"), authenticator(stack)
        at = "/api/v1/offices/anywhere/officers"
        assert someone.http.get(at).status_code == 403
        assert register(someone.http, key).status_code == 201
        assert someone.http.get(at).status_code == 200

    def test_keep_their_last_factor(self, stack: RunningStack, boss: OfficerAtWork) -> None:
        assert boss.http.delete(f"{HERE}/second-factor").status_code == 409
        made = register(boss.http, authenticator(stack)).json()["id"]
        assert boss.http.delete(f"{HERE}/second-factor").status_code == 204
        assert boss.http.delete(f"{HERE}/passkeys/{made}").status_code == 409
        other = register(boss.http, authenticator(stack)).json()["id"]
        assert boss.http.delete(f"{HERE}/passkeys/{made}").status_code == 204
        assert boss.http.delete(f"{HERE}/passkeys/{other}").status_code == 409


def test_codes_are_set_up_used_and_removed_by_anybody(stack: RunningStack) -> None:
    who = person(stack)
    told = who.http.post(f"{HERE}/second-factor").json()["address"]
    secret = base64.b32decode(parse_qs(urlsplit(told).query)["secret"][0])
    shown = {"code": totp(secret, int(time.time()) // STEP_SECONDS)}
    assert renewed(who.http, who.http.put(f"{HERE}/session/second-factor", json=shown)) == 200
    assert again(stack, who.identifier).get(f"{HERE}/works").status_code == 403
    assert who.http.delete(f"{HERE}/second-factor").status_code == 204
    assert again(stack, who.identifier).get(f"{HERE}/works").status_code == 200
    assert who.http.delete(f"{HERE}/second-factor").status_code == 404


def test_guessing_codes_is_braked_and_the_owner_still_gets_in(stack: RunningStack) -> None:
    """T40: brute force of the second factor; a passkey, or the next minute, still lets in."""
    who, key = person(stack), authenticator(stack)
    register(who.http, key)
    http = again(stack, who.identifier)
    guesses = [
        http.put(
            f"{HERE}/session/second-factor", json={"code": f"{secrets.randbelow(10**6):06}"}
        ).status_code
        for _ in range(14)
    ]
    assert set(guesses) == {403, 429}
    assert guesses[-1] == 429
    assert sign_in(stack, key)[1].status_code == 200


def test_the_cookie_of_the_half_open_session_opens_nothing_afterwards(stack: RunningStack) -> None:
    """Whoever took or fixed the cookie before the second factor was shown is left outside."""
    who, key = person(stack), authenticator(stack)
    assert register(who.http, key).status_code == 201
    http = again(stack, who.identifier)
    (before,) = [value for name, value in http.cookies.items() if name.endswith("yinji")]
    token = http.headers["X-CSRF-Token"]
    assert renewed(http, show(http, key)) == 200
    (after,) = [value for name, value in http.cookies.items() if name.endswith("yinji")]
    assert before != after
    assert http.headers["X-CSRF-Token"] != token
    assert http.get(f"{HERE}/works").status_code == 200
    thief = visitor(stack)
    thief.cookies.set("yinji", before)
    assert thief.get(f"{HERE}/works").status_code == 401
