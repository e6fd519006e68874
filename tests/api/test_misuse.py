"""Ways in that attackers try: timing, guessing, codes, sessions, other sites' pages."""

import re
import secrets
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.grounds.callers import PASSWORD, Person, fresh_address, person, visitor
from tests.grounds.guesses import timed_sign_ins, try_to_sign_in
from tests.grounds.officers import at_work, message_to, messages_to
from tests.grounds.stack import RunningStack

HERE = "/api/v1"
SAMPLES = 14
"""Of each kind; `make faults` takes more."""

NO_COOKIE = {
    "quote_fees", "show_required_documents", "public_certificate", "timestamp", "receive_notice",
    "confirm_payment", "send_signing_code", "prove_signer", "confirm_signing",
}  # fmt: skip
"""Unsafe by method, but a cookie gives them no authority: what comes with the call is all."""


class TestTiming:
    def test_does_not_tell_who_has_an_account(self, stack: RunningStack) -> None:
        timed_sign_ins(stack, SAMPLES)


class TestGuessing:
    def test_stuffed_credentials_are_braked_by_address_and_others_still_sign_in(
        self, stack: RunningStack
    ) -> None:
        """T40: one address tries many accounts; somebody else signs in from elsewhere."""
        bystander, address = person(stack), {"X-Forwarded-For": fresh_address()}

        def attempt(_: int) -> int:
            body = {"identifier": f"{secrets.token_hex(6)}@example.org", "password": "x" * 12}
            return visitor(stack).post(f"{HERE}/session", json=body, headers=address).status_code

        with ThreadPoolExecutor(31) as pool:  # all within a minute, however slow the machine is
            answers = list(pool.map(attempt, range(93)))
        assert set(answers) == {401, 429}
        assert try_to_sign_in(stack, bystander.identifier, PASSWORD).status_code == 200

    def test_a_flood_of_recoveries_sends_three_messages(self, stack: RunningStack) -> None:
        """T40: reset flood; from wherever it comes."""
        victim = person(stack)
        answers = [
            visitor(stack).post(f"{HERE}/recovery", json={"identifier": victim.identifier})
            for _ in range(8)
        ]
        assert [answer.status_code for answer in answers] == [202] * 3 + [429] * 5
        message_to(stack, victim.identifier)
        assert len(messages_to(stack, victim.identifier)) <= 3
        assert victim.http.get(f"{HERE}/session").status_code == 200

    @pytest.mark.parametrize("password", ["password123", "1qaz2wsx3edc", "WOAINI5201314"])
    def test_passwords_on_leaked_lists_are_not_taken(
        self, stack: RunningStack, password: str
    ) -> None:
        """T40."""
        body = {"current": PASSWORD, "new": password}
        answer = person(stack).http.put(f"{HERE}/account/password", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "new")


class TestCodes:
    def test_a_recovery_code_works_once_and_is_kept_as_a_digest_only(
        self, stack: RunningStack
    ) -> None:
        """T41: reused, guessed, read from the database, sent through a poisoned host name."""
        someone = person(stack)
        poisoned = visitor(stack).post(
            f"{HERE}/recovery",
            json={"identifier": someone.identifier},
            headers={"X-Forwarded-Host": "evil.example"},
        )
        assert poisoned.status_code == 202
        message = message_to(stack, someone.identifier)
        assert "evil.example" not in message["text"]
        assert "http" not in message["text"]
        code = message["code"]
        assert len(code) >= 43  # 256 random bits
        ran = stack.yinji("fsck", timeout=180)
        assert code not in ran.out + ran.err
        for wrong in (code[:-1], code.swapcase(), "", code + "x"):
            body = {"code": wrong or "x", "password": "床前明月光疑是地上霜"}
            assert visitor(stack).put(f"{HERE}/recovery", json=body).status_code == 404
        body = {"code": code, "password": "床前明月光疑是地上霜"}
        assert visitor(stack).put(f"{HERE}/recovery", json=body).status_code == 204
        assert visitor(stack).put(f"{HERE}/recovery", json=body).status_code == 404


class Sessions(RuleBasedStateMachine):
    """T43: sessions begin and end in any order; each cookie works exactly as long as it should."""

    stack: RunningStack

    @initialize()
    def begin(self) -> None:
        self.who = person(self.stack)
        self.password = PASSWORD
        self.live: dict[str, Person] = {self._cookie(self.who.http): self.who}
        self.ended: dict[str, Person] = {}

    def _cookie(self, http: httpx2.Client) -> str:
        (value,) = http.cookies.values()
        return value

    def _any(self, data: st.DataObject) -> tuple[str, Person] | None:
        if not self.live:
            return None
        cookie = data.draw(st.sampled_from(sorted(self.live)))
        return cookie, self.live[cookie]

    def _end(self, *cookies: str) -> None:
        for cookie in cookies:
            self.ended[cookie] = self.live.pop(cookie)

    @rule(data=st.data(), planted=st.booleans())
    def sign_in(self, data: st.DataObject, *, planted: bool) -> None:
        http = visitor(self.stack)
        came = self._any(data) if planted else None
        if came is not None:
            http.cookies.update(came[1].http.cookies)
        body = {"identifier": self.who.identifier, "password": self.password}
        answer = http.post(f"{HERE}/session", json=body)
        assert answer.status_code == 200
        cookie = self._cookie(http)
        assert cookie not in {*self.live, *self.ended}  # never one that came along: no fixation
        if came is not None:
            self._end(came[0])
        csrf = answer.json()["csrf_token"]
        http.headers.update({"X-CSRF-Token": csrf, "Origin": self.stack.address})
        self.live[cookie] = Person(http, self.who.identifier, csrf)

    @rule(data=st.data())
    def sign_out(self, data: st.DataObject) -> None:
        if (found := self._any(data)) is not None:
            cookies = dict(found[1].http.cookies)
            assert found[1].http.delete(f"{HERE}/session").status_code == 204
            found[1].http.cookies.update(cookies)
            self._end(found[0])

    @rule(data=st.data())
    def change_the_password(self, data: st.DataObject) -> None:
        if (found := self._any(data)) is not None:
            body = {"current": self.password, "new": secrets.token_urlsafe(16)}
            answer = found[1].http.put(f"{HERE}/account/password", json=body)
            assert answer.status_code == 204, answer.text
            self.password = body["new"]
            self._end(*[cookie for cookie in self.live if cookie != found[0]])

    @invariant()
    def each_cookie_works_as_long_as_it_should(self) -> None:
        for sessions, status in ((self.live, 200), (self.ended, 401)):
            for someone in sessions.values():
                assert someone.http.get(f"{HERE}/session").status_code == status


class TestSessions:
    def test_end_when_they_should_in_any_order(self, stack: RunningStack) -> None:
        """T43: stateful."""
        machine = type("Machine", (Sessions,), {"stack": stack})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=5,
                stateful_step_count=6,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )

    def test_a_role_that_ends_ends_in_open_sessions(self, stack: RunningStack) -> None:
        """T43: a change of role is known to the next call."""
        boss = at_work(stack, "anywhere", "supervisor")
        other = at_work(stack, "anywhere", "supervisor")
        at = f"{HERE}/offices/anywhere/officers"
        mine = other.http.get(f"{HERE}/session").json()["account"]["id"]
        (row,) = [r for r in boss.http.get(at).json()["items"] if r["account_id"] == mine]
        assert boss.http.delete(f"{at}/{row['id']}").status_code == 204
        assert other.http.get(at).status_code == 403


def test_no_page_of_another_site_does_anything(stack: RunningStack) -> None:
    """T44: every unsafe operation of the OpenAPI document, with a good cookie and token."""
    http, tried = person(stack).http, 0
    document = http.get(f"{HERE}/openapi.json").json()
    http.headers.update({"Origin": "https://evil.example", "Tus-Resumable": "1.0.0"})
    for path, item in document["paths"].items():
        for method, operation in item.items():
            name = operation["operationId"]
            if method in {"get", "head", "options"} or name in NO_COOKIE:
                continue
            answer = http.request(method, re.sub(r"{\w+}", str(uuid.uuid4()), path))
            assert (answer.status_code, answer.json()["field"]) == (403, "Origin"), name
            assert "access-control-allow-origin" not in answer.headers
            tried += 1
    assert tried > 80


@pytest.mark.parametrize(
    "path", ["/api/v1/session", "/api/v1/works", "/.well-known/yinji-trust.json"]
)
def test_no_other_site_reads_an_answer(stack: RunningStack, path: str) -> None:
    """T44: no cross-origin permission with credentials, whatever a page asks for."""
    http = person(stack).http
    evil = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    for method in ("GET", "OPTIONS"):
        answer = http.request(method, path, headers=evil)
        assert answer.headers.get("access-control-allow-credentials") is None
