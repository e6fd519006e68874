"""The sandbox as a provider: its pages, its books, and messages that nobody else can make."""

import base64
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from billing.errors import ForgedNotice, WrongPayment
from billing.provider import Asking, PayBack, Told
from billing.sandbox import NONCE, SIGNATURE, TIMESTAMP, Sandbox, read_notice, sign
from core import canonical
from core.errors import Conflict, NotFound, OutsideError
from tests.grounds.notices import forged_notices

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "sandbox", KEY, "http://127.0.0.1/sandbox/pay", lambda: NOW)


def asked(sandbox: Sandbox) -> tuple[Asking, str]:
    asking = Asking(uuid.uuid4(), Decimal("150.00"), "CNY", "登记费")
    place = sandbox.ask(asking)
    assert place.page is not None
    return asking, place.page.rsplit("/", 1)[-1]


def paid(sandbox: Sandbox) -> tuple[Asking, str]:
    asking, token = asked(sandbox)
    sandbox.confirm(token)
    return asking, token


class TestThePage:
    def test_is_the_same_for_the_same_reference(self, sandbox: Sandbox) -> None:
        asking, token = asked(sandbox)
        assert sandbox.ask(asking).page == f"http://127.0.0.1/sandbox/pay/{token}"
        assert sandbox.shown(token).amount == "150.00"

    @pytest.mark.parametrize("token", ["", "0" * 32, "../lock", "A" * 32, "lock"])
    def test_is_not_there_for_who_guesses(self, sandbox: Sandbox, token: str) -> None:
        asked(sandbox)
        with pytest.raises(NotFound):
            sandbox.shown(token)

    def test_takes_a_payment_once(self, sandbox: Sandbox) -> None:
        asking, token = paid(sandbox)
        first = sandbox.query(asking.reference)
        sandbox.confirm(token)
        assert first == sandbox.query(asking.reference)

    def test_takes_none_after_it_was_closed(self, sandbox: Sandbox) -> None:
        asking, token = asked(sandbox)
        assert sandbox.close(asking.reference) is None
        with pytest.raises(Conflict):
            sandbox.confirm(token)
        with pytest.raises(Conflict):
            sandbox.ask(asking)


class TestTheBooks:
    def test_know_nothing_of_what_was_not_paid(self, sandbox: Sandbox) -> None:
        asking, _ = asked(sandbox)
        assert sandbox.query(asking.reference) is None
        assert sandbox.query(uuid.uuid4()) is None

    def test_do_not_close_what_was_paid(self, sandbox: Sandbox) -> None:
        asking, _ = paid(sandbox)
        told = sandbox.close(asking.reference)
        assert told is not None
        assert told.amount == Decimal("150.00")

    def test_close_what_they_never_saw_for_good(self, sandbox: Sandbox) -> None:
        asking = Asking(uuid.uuid4(), Decimal("1.00"), "CNY", "x")
        assert sandbox.close(asking.reference) is None
        with pytest.raises(Conflict):
            sandbox.ask(asking)

    def test_pay_back_once_for_a_reference_and_never_more_than_came(self, sandbox: Sandbox) -> None:
        asking, _ = paid(sandbox)
        paid_in = Decimal("150.00")
        back = PayBack(uuid.uuid4(), asking.reference, Decimal("100.00"), "CNY", paid_in)
        assert sandbox.refund(back) == sandbox.refund(back)
        with pytest.raises(OutsideError):
            sandbox.refund(
                PayBack(uuid.uuid4(), asking.reference, Decimal("50.01"), "CNY", paid_in)
            )
        sandbox.refund(PayBack(uuid.uuid4(), asking.reference, Decimal("50.00"), "CNY", paid_in))

    def test_survive_the_process(self, sandbox: Sandbox, tmp_path: Path) -> None:
        asking, _ = paid(sandbox)
        again = Sandbox(tmp_path / "sandbox", KEY, "http://x", lambda: NOW)
        assert again.query(asking.reference) == sandbox.query(asking.reference)


class TestAMessage:
    def sent(self, sandbox: Sandbox) -> tuple[Told, Any]:
        asking, _ = paid(sandbox)
        told = sandbox.query(asking.reference)
        assert told is not None
        (message,) = sandbox.untold()
        return told, message

    def test_says_what_the_books_say(self, sandbox: Sandbox) -> None:
        told, message = self.sent(sandbox)
        assert sandbox.read_notice(message.headers, message.body, now=NOW) == told

    def test_is_sent_until_it_is_taken(self, sandbox: Sandbox) -> None:
        _, message = self.sent(sandbox)
        assert [each.token for each in sandbox.untold()] == [message.token]
        sandbox.told(message.token)
        assert list(sandbox.untold()) == []

    def test_holds_however_late_it_comes(self, sandbox: Sandbox) -> None:
        told, message = self.sent(sandbox)
        late = NOW + timedelta(days=30)
        assert sandbox.read_notice(message.headers, message.body, now=late) == told

    def test_of_a_time_to_come_is_refused(self, sandbox: Sandbox) -> None:
        _, message = self.sent(sandbox)
        early = NOW - timedelta(minutes=6)
        with pytest.raises(ForgedNotice):
            sandbox.read_notice(message.headers, message.body, now=early)

    @pytest.mark.parametrize("name", [TIMESTAMP, NONCE, SIGNATURE])
    def test_without_one_of_its_headers_is_refused(self, sandbox: Sandbox, name: str) -> None:
        _, message = self.sent(sandbox)
        for left in (
            {k: v for k, v in message.headers.items() if k != name},
            {**message.headers, name: ""},
        ):
            with pytest.raises(ForgedNotice):
                sandbox.read_notice(left, message.body, now=NOW)

    def test_is_not_read_before_its_signature_holds(self, sandbox: Sandbox) -> None:
        _, message = self.sent(sandbox)
        for body in (b"", b"{", b"[" * 10**6, b"\xff", b"null"):
            with pytest.raises(ForgedNotice):
                sandbox.read_notice(message.headers, body, now=NOW)

    def test_of_another_installation_is_refused(self, sandbox: Sandbox) -> None:
        _, message = self.sent(sandbox)
        other = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
        with pytest.raises(ForgedNotice):
            sandbox.read_notice(sign(other, message.body, now=NOW), message.body, now=NOW)

    def test_changed_in_any_bit_is_refused(self, sandbox: Sandbox) -> None:
        _, message = self.sent(sandbox)
        for place in range(len(message.body)):
            body = bytearray(message.body)
            body[place] ^= 1 << place % 8
            with pytest.raises(ForgedNotice):
                sandbox.read_notice(message.headers, bytes(body), now=NOW)
        for place in range(64):
            signature = bytearray(base64.b64decode(message.headers[SIGNATURE]))
            signature[place] ^= 1
            headers = {**message.headers, SIGNATURE: base64.b64encode(signature).decode()}
            with pytest.raises(ForgedNotice):
                sandbox.read_notice(headers, message.body, now=NOW)

    def test_forged_in_any_of_the_known_ways_is_refused(self, sandbox: Sandbox) -> None:
        _, message = self.sent(sandbox)
        forged = list(forged_notices(message.headers, message.body))
        assert len(forged) >= 200
        for headers, body in forged:
            with pytest.raises((ForgedNotice, WrongPayment)):
                sandbox.read_notice(headers, body, now=NOW)


def _bodies() -> Iterator[tuple[str, Any]]:
    good = {
        "kind": "payment", "merchant": "M", "reference": uuid.uuid4().hex, "event": "P1",
        "amount": "150.00", "currency": "CNY", "paid_at": "2026-03-01T08:00:00.000Z",
    }  # fmt: skip
    for name in good:
        yield "kind", {key: value for key, value in good.items() if key != name}
    yield "kind", {**good, "more": 1}
    yield "kind", {**good, "kind": "refund"}
    yield "kind", [good]
    for wrong in ("-150.00", "0.00", "150", 150, None, "1e2"):
        yield "amount", {**good, "amount": wrong}
    for wrong in ("cny", "", "RMB¥", 156, None):
        yield "currency", {**good, "currency": wrong}
    yield "reference", {**good, "reference": "x"}
    yield "event", {**good, "event": ""}
    yield "event", {**good, "event": "x" * 65}
    yield "merchant", {**good, "merchant": "商"}
    yield "body", {**good, "paid_at": "yesterday"}


@pytest.mark.parametrize(("field", "body"), list(_bodies()))
def test_even_a_signed_message_must_be_of_the_agreed_form(field: str, body: Any) -> None:
    encoded = canonical.encode(body)
    with pytest.raises(WrongPayment) as caught:
        read_notice(KEY.public_key(), sign(KEY, encoded, now=NOW), encoded, now=NOW)
    assert caught.value.field == field


def test_a_signed_message_in_another_spelling_is_refused() -> None:
    body = json.dumps({"kind": "payment"}).encode()
    with pytest.raises(WrongPayment):
        read_notice(KEY.public_key(), sign(KEY, body, now=NOW), body, now=NOW)
