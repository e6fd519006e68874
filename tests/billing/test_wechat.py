"""WeChat Pay in its own wire format, against a double that checks and signs as it does."""

import base64
import dataclasses
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from billing.channel import rsa_sign
from billing.errors import ForgedNotice, WrongPayment
from billing.provider import Asking, PayBack
from billing.wechat import NONCE, SERIAL, SIGNATURE, TIMESTAMP, Wechat, WechatAccount, fen
from billing.wechat_double import WechatDouble
from core.errors import Conflict, InvalidInput, OutcomeUnknown, OutsideError
from tests.grounds.providers import (
    APP,
    MERCHANT,
    NOW,
    OUR_SERIAL,
    PLATFORM,
    SECRET,
    Direct,
    key,
    wechat,
    wechat_double,
)

AMOUNT = Decimal("150.00")
Notice = tuple[dict[str, str], bytes]


@pytest.fixture
def double() -> WechatDouble:
    return wechat_double()


@pytest.fixture
def line(double: WechatDouble) -> Direct:
    return Direct(double.handle)


@pytest.fixture
def ours(line: Direct) -> Wechat:
    return wechat(line)


def asking() -> Asking:
    return Asking(uuid.uuid4(), AMOUNT, "CNY", "登记费 0123456789012345")


def paid(ours: Wechat, double: WechatDouble) -> tuple[Asking, Notice]:
    wanted = asking()
    ours.ask(wanted)
    _, headers, body = double.pay(wanted.reference.hex)
    return wanted, (headers, body)


class TestAsking:
    def test_gives_a_code_for_the_telephone_and_no_page(self, ours: Wechat) -> None:
        place = ours.ask(asking())
        assert place.page is None
        assert (place.code or "").startswith("weixin://")

    def test_names_merchant_app_amount_in_fen_and_our_number(
        self, ours: Wechat, double: WechatDouble
    ) -> None:
        wanted = asking()
        ours.ask(wanted)
        trade = double.trades[wanted.reference.hex]
        assert (trade["mchid"], trade["appid"]) == (MERCHANT, APP)
        assert trade["amount"] == {"total": 15000, "currency": "CNY"}

    def test_again_is_the_same_payment(self, ours: Wechat, double: WechatDouble) -> None:
        wanted = asking()
        assert ours.ask(wanted) == ours.ask(wanted)
        assert len(double.trades) == 1

    def test_for_what_was_paid_or_closed_is_a_conflict(
        self, ours: Wechat, double: WechatDouble
    ) -> None:
        wanted, _ = paid(ours, double)
        with pytest.raises(Conflict):
            ours.ask(wanted)
        other = asking()
        ours.ask(other)
        ours.close(other.reference)
        with pytest.raises(Conflict):
            ours.ask(other)

    def test_in_another_currency_is_refused(self, ours: Wechat) -> None:
        with pytest.raises(InvalidInput) as caught:
            ours.ask(dataclasses.replace(asking(), currency="USD"))
        assert caught.value.field == "currency"

    def test_with_another_key_or_serial_is_no_request_of_ours(self, double: WechatDouble) -> None:
        for change in ({"key": key("thief")}, {"serial": "00"}, {"merchant": "1900000110"}):
            account = WechatAccount(
                MERCHANT, APP, OUR_SERIAL, key("merchant"), SECRET,
                {PLATFORM: key("platform").public_key()},
            )  # fmt: skip
            wrong = Wechat(
                dataclasses.replace(account, **change), Direct(double.handle), "https://x.cn",
                lambda: NOW, "https://wechat.example",
            )  # fmt: skip
            with pytest.raises(OutsideError):
                wrong.ask(asking())
        assert double.trades == {}

    @pytest.mark.parametrize(
        ("amount", "whole"), [("150.00", 15000), ("0.01", 1), ("99999999.99", 9999999999)]
    )
    def test_counts_in_whole_fen(self, amount: str, whole: int) -> None:
        assert fen(Decimal(amount)) == whole

    def test_refuses_parts_of_a_fen(self) -> None:
        with pytest.raises(InvalidInput):
            fen(Decimal("0.005"))


class TestQuestions:
    def test_say_what_was_paid(self, ours: Wechat, double: WechatDouble) -> None:
        wanted, (headers, body) = paid(ours, double)
        told = ours.query(wanted.reference)
        assert told is not None
        assert (told.amount, told.currency, told.merchant) == (AMOUNT, "CNY", f"{MERCHANT}:{APP}")
        assert told == ours.read_notice(headers, body, now=NOW)

    def test_know_nothing_of_what_was_not_paid(self, ours: Wechat) -> None:
        wanted = asking()
        assert ours.query(wanted.reference) is None
        ours.ask(wanted)
        assert ours.query(wanted.reference) is None

    def test_close_what_is_open_or_was_never_there(self, ours: Wechat) -> None:
        wanted = asking()
        assert ours.close(wanted.reference) is None
        ours.ask(wanted)
        assert ours.close(wanted.reference) is None
        assert ours.close(wanted.reference) is None

    def test_do_not_close_what_was_paid(self, ours: Wechat, double: WechatDouble) -> None:
        wanted, _ = paid(ours, double)
        told = ours.close(wanted.reference)
        assert told is not None
        assert told.reference == wanted.reference

    @pytest.mark.parametrize("trouble", ["cut", "away", "503", "unsigned"])
    def test_unanswered_are_unknown_and_may_be_asked_again(
        self, ours: Wechat, double: WechatDouble, line: Direct, trouble: str
    ) -> None:
        wanted, _ = paid(ours, double)
        for act in (ours.query, ours.close):
            line.trouble.append(trouble)
            with pytest.raises(OutsideError) as caught:
                act(wanted.reference)
            assert not caught.value.permanent
            assert isinstance(caught.value, OutcomeUnknown) is (trouble == "cut")
            told = act(wanted.reference)
            assert told is not None

    def test_take_no_unsigned_word_for_a_closure(self, ours: Wechat, line: Direct) -> None:
        wanted = asking()
        ours.ask(wanted)
        line.trouble.append("unsigned")
        with pytest.raises(OutsideError):
            ours.close(wanted.reference)

    def test_refuse_an_answer_about_another_payment(
        self, ours: Wechat, double: WechatDouble
    ) -> None:
        wanted, _ = paid(ours, double)
        other, _ = paid(ours, double)
        double.trades[other.reference.hex] = double.trades[wanted.reference.hex]
        with pytest.raises(OutsideError):
            ours.query(other.reference)


class TestPayingBack:
    def back(self, wanted: Asking, amount: str = "150.00") -> PayBack:
        return PayBack(uuid.uuid4(), wanted.reference, Decimal(amount), "CNY", AMOUNT)

    def test_is_done_once_for_a_reference(self, ours: Wechat, double: WechatDouble) -> None:
        wanted, _ = paid(ours, double)
        back = self.back(wanted)
        assert ours.refund(back) == ours.refund(back)
        assert len(double.refunds) == 1

    def test_is_under_way_until_the_provider_says_otherwise(
        self, ours: Wechat, double: WechatDouble
    ) -> None:
        wanted, _ = paid(ours, double)
        back, double.slow_refunds = self.back(wanted), True
        assert ours.refund(back) is None
        double.slow_refunds = False
        assert ours.refund(back)

    def test_cut_off_is_asked_for_again_and_done_once(
        self, ours: Wechat, double: WechatDouble, line: Direct
    ) -> None:
        wanted, _ = paid(ours, double)
        back = self.back(wanted)
        line.trouble.append("cut")
        with pytest.raises(OutcomeUnknown):
            ours.refund(back)
        assert ours.refund(back)
        assert len(double.refunds) == 1

    def test_is_never_of_more_than_came(self, ours: Wechat, double: WechatDouble) -> None:
        wanted, _ = paid(ours, double)
        ours.refund(self.back(wanted, "100.00"))
        with pytest.raises(OutsideError):
            ours.refund(self.back(wanted, "50.01"))
        assert ours.refund(self.back(wanted, "50.00"))

    def test_leaves_the_payment_paid(self, ours: Wechat, double: WechatDouble) -> None:
        wanted, _ = paid(ours, double)
        ours.refund(self.back(wanted))
        assert ours.query(wanted.reference) is not None


def changed_header(name: str, value: str) -> Callable[[Notice], Notice]:
    return lambda notice: ({**notice[0], name: value}, notice[1])


FORGED: Mapping[str, tuple[Callable[[Notice], Notice], str]] = {
    "without a signature": (changed_header(SIGNATURE, ""), SIGNATURE),
    "with a signature that is none": (changed_header(SIGNATURE, "WECHATPAY/SIGNTEST/x"), SIGNATURE),
    "signed with another key": (
        lambda n: ({**n[0], SIGNATURE: rsa_sign(key("thief"), n[1])}, n[1]), SIGNATURE,
    ),
    "with another body": (lambda n: (n[0], n[1].replace(b"SUCCESS", b"SUCCES5")), SIGNATURE),
    "with another nonce": (changed_header(NONCE, "0" * 32), SIGNATURE),
    "without a nonce": (changed_header(NONCE, ""), NONCE),
    "with another timestamp": (changed_header(TIMESTAMP, str(int(NOW.timestamp()) + 1)), SIGNATURE),
    "with a timestamp that is none": (changed_header(TIMESTAMP, "now"), TIMESTAMP),
    "of an unknown serial": (changed_header(SERIAL, "5157F09EFDC096DE15EBE81A47057A72"), SERIAL),
    "without a serial": (changed_header(SERIAL, ""), SERIAL),
}  # fmt: skip


class TestANotification:
    @pytest.mark.parametrize("how", FORGED)
    def test_forged_is_refused(self, ours: Wechat, double: WechatDouble, how: str) -> None:
        change, field = FORGED[how]
        _, notice = paid(ours, double)
        headers, body = change(notice)
        with pytest.raises(ForgedNotice) as caught:
            ours.read_notice(headers, body, now=NOW)
        assert caught.value.field == field

    def test_changed_in_any_byte_is_refused(self, ours: Wechat, double: WechatDouble) -> None:
        _, (headers, body) = paid(ours, double)
        for place in range(0, len(body), 7):
            wrong = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
            with pytest.raises(ForgedNotice):
                ours.read_notice(headers, wrong, now=NOW)

    @pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
    def test_replayed_later_or_of_a_time_to_come_is_refused(
        self, ours: Wechat, double: WechatDouble, minutes: int
    ) -> None:
        _, (headers, body) = paid(ours, double)
        with pytest.raises(ForgedNotice) as caught:
            ours.read_notice(headers, body, now=NOW + timedelta(minutes=minutes))
        assert caught.value.field == TIMESTAMP

    def test_replayed_at_once_says_the_same_again(self, ours: Wechat, double: WechatDouble) -> None:
        _, (headers, body) = paid(ours, double)
        first = ours.read_notice(headers, body, now=NOW)
        assert first == ours.read_notice(headers, body, now=NOW + timedelta(minutes=4))

    @pytest.mark.parametrize(
        ("change", "merchant"),
        [({"mchid": "1900000110"}, f"1900000110:{APP}"), ({"appid": "wx0"}, f"{MERCHANT}:wx0")],
    )
    def test_of_another_merchant_or_app_says_so(
        self, ours: Wechat, double: WechatDouble, change: dict[str, str], merchant: str
    ) -> None:
        """That it is not ours is found where it is compared with what was asked for."""
        wanted, _ = paid(ours, double)
        trade = {**double.trades[wanted.reference.hex], **change}
        _, headers, body = double.notify(trade)
        told = ours.read_notice(headers, body, now=NOW)
        assert told is not None
        assert told.merchant == merchant != ours.merchant

    def test_sealed_under_another_key_cannot_be_opened(
        self, ours: Wechat, double: WechatDouble
    ) -> None:
        wanted, _ = paid(ours, double)
        double.secret = b"x" * 32
        _, headers, body = double.notify(double.trades[wanted.reference.hex])
        with pytest.raises(WrongPayment) as caught:
            ours.read_notice(headers, body, now=NOW)
        assert caught.value.field == "resource"

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"amount": {"total": "15000", "currency": "CNY"}}, "amount"),
            ({"amount": {"total": 0, "currency": "CNY"}}, "amount"),
            ({"amount": {"total": True, "currency": "CNY"}}, "amount"),
            ({"amount": {"total": 10**12, "currency": "CNY"}}, "amount"),
            ({"amount": {"total": 1, "currency": "cny"}}, "currency"),
            ({"amount": None}, "amount"), ({"out_trade_no": "x"}, "reference"),
            ({"transaction_id": ""}, "event"), ({"success_time": "yesterday"}, "success_time"),
            ({"success_time": "2026-03-01T08:00:00"}, "success_time"),
            ({"trade_state": "NOTPAY"}, "trade_state"),
        ],
    )  # fmt: skip
    def test_truly_signed_must_still_be_of_the_agreed_form(
        self, ours: Wechat, double: WechatDouble, change: dict[str, Any], field: str
    ) -> None:
        wanted, _ = paid(ours, double)
        trade = {**double.trades[wanted.reference.hex], "payer": {}, **change}
        _, headers, body = sealed(double, trade)
        with pytest.raises(WrongPayment) as caught:
            ours.read_notice(headers, body, now=NOW)
        assert caught.value.field == field

    @pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"[" * 100_000, b"\xff"])
    def test_that_is_no_document_is_refused(
        self, ours: Wechat, double: WechatDouble, body: bytes
    ) -> None:
        """However deep: libraries of the chain raise Python's own limit, and then it is none."""
        with pytest.raises(WrongPayment):
            ours.read_notice(double.signed(body), body, now=NOW)

    def test_of_a_refund_is_heard_and_pays_nothing(
        self, ours: Wechat, double: WechatDouble
    ) -> None:
        wanted, _ = paid(ours, double)
        trade = double.trades[wanted.reference.hex]
        _, headers, body = double.notify(trade, "REFUND.SUCCESS")
        assert ours.read_notice(headers, body, now=NOW) is None

    def test_is_told_by_either_of_two_platform_keys(self, double: WechatDouble) -> None:
        account = WechatAccount(
            MERCHANT, APP, OUR_SERIAL, key("merchant"), SECRET,
            {PLATFORM: key("platform").public_key(), "NEXT": key("next").public_key()},
        )  # fmt: skip
        ours = Wechat(account, Direct(double.handle), "https://x.cn", lambda: NOW, "https://w.cn")
        wanted, first = paid(ours, double)
        double.platform_key, double.serial = key("next"), "NEXT"
        _, headers, body = double.notify(double.trades[wanted.reference.hex])
        assert ours.read_notice(*first, now=NOW) == ours.read_notice(headers, body, now=NOW)
        with pytest.raises(ForgedNotice):
            ours.read_notice({**headers, SERIAL: PLATFORM}, body, now=NOW)


def sealed(double: WechatDouble, trade: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """A notification with exactly these members, whatever they are."""
    nonce = "0123456789ab"
    text = AESGCM(SECRET).encrypt(nonce.encode(), json.dumps(trade).encode(), b"transaction")
    body = json.dumps({
        "event_type": "TRANSACTION.SUCCESS",
        "resource": {
            "algorithm": "AEAD_AES_256_GCM", "ciphertext": base64.b64encode(text).decode(),
            "nonce": nonce, "associated_data": "transaction",
        },
    }).encode()  # fmt: skip
    return 0, double.signed(body), body
