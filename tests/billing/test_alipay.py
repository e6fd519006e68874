"""Alipay in its own wire format, against a double that checks and signs as the provider does."""

import dataclasses
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from billing.alipay import Alipay, AlipayAccount, genuine
from billing.alipay_double import AlipayDouble
from billing.channel import rsa_sign
from billing.errors import ForgedNotice, WrongPayment
from billing.provider import Asking, PayBack
from core.errors import Conflict, InvalidInput, OutcomeUnknown, OutsideError
from tests.grounds.providers import (
    ALIPAY_APP,
    NOW,
    SELLER,
    Direct,
    alipay,
    alipay_double,
    key,
)

AMOUNT = Decimal("150.00")


@pytest.fixture
def double() -> AlipayDouble:
    return alipay_double()


@pytest.fixture
def line(double: AlipayDouble) -> Direct:
    return Direct(double.handle)


@pytest.fixture
def ours(line: Direct) -> Alipay:
    return alipay(line)


def asking() -> Asking:
    return Asking(uuid.uuid4(), AMOUNT, "CNY", "登记费 & 其他 0123456789012345")


def paid(ours: Alipay, double: AlipayDouble) -> tuple[Asking, bytes]:
    wanted = asking()
    ours.ask(wanted)
    _, _, body = double.pay(wanted.reference.hex)
    return wanted, body


class TestAsking:
    def test_gives_a_code_for_the_telephone_and_no_page(self, ours: Alipay) -> None:
        place = ours.ask(asking())
        assert place.page is None
        assert (place.code or "").startswith("https://qr.alipay.com/")

    def test_names_amount_title_and_our_number(self, ours: Alipay, double: AlipayDouble) -> None:
        wanted = asking()
        assert ours.ask(wanted) == ours.ask(wanted)
        trade = double.trades[wanted.reference.hex]
        assert (trade["total_amount"], trade["subject"]) == ("150.00", wanted.title)

    def test_for_what_was_paid_is_a_conflict(self, ours: Alipay, double: AlipayDouble) -> None:
        wanted, _ = paid(ours, double)
        with pytest.raises(Conflict):
            ours.ask(wanted)

    def test_in_another_currency_is_refused(self, ours: Alipay) -> None:
        with pytest.raises(InvalidInput) as caught:
            ours.ask(dataclasses.replace(asking(), currency="USD"))
        assert caught.value.field == "currency"

    def test_with_another_key_or_app_is_no_request_of_ours(self, double: AlipayDouble) -> None:
        good = AlipayAccount(ALIPAY_APP, SELLER, key("app"), key("alipay").public_key())
        for change in ({"key": key("thief")}, {"app": "2014"}):
            wrong = Alipay(
                dataclasses.replace(good, **change), Direct(double.handle), "https://x.cn",
                lambda: NOW, "https://alipay.example/gateway.do",
            )  # fmt: skip
            with pytest.raises(OutsideError):
                wrong.ask(asking())
        assert double.trades == {}


class TestQuestions:
    def test_say_what_was_paid(self, ours: Alipay, double: AlipayDouble) -> None:
        wanted, body = paid(ours, double)
        told = ours.query(wanted.reference)
        assert told is not None
        assert (told.amount, told.merchant) == (AMOUNT, f"{SELLER}:{ALIPAY_APP}")
        assert told.paid_at == NOW
        assert told == ours.read_notice({}, body, now=NOW)

    def test_know_nothing_of_what_was_not_paid(self, ours: Alipay, double: AlipayDouble) -> None:
        wanted = asking()
        assert ours.query(wanted.reference) is None
        ours.ask(wanted)
        assert ours.query(wanted.reference) is None
        double.trades[wanted.reference.hex]["trade_status"] = "WAIT_BUYER_PAY"
        assert ours.query(wanted.reference) is None

    @pytest.mark.parametrize("status", ["UNREAD", "WAIT_BUYER_PAY", "TRADE_CLOSED"])
    def test_close_what_is_not_paid(self, ours: Alipay, double: AlipayDouble, status: str) -> None:
        wanted = asking()
        assert ours.close(wanted.reference) is None
        ours.ask(wanted)
        double.trades[wanted.reference.hex]["trade_status"] = status
        assert ours.close(wanted.reference) is None

    def test_do_not_close_what_was_paid(self, ours: Alipay, double: AlipayDouble) -> None:
        wanted, _ = paid(ours, double)
        told = ours.close(wanted.reference)
        assert told is not None
        assert told.reference == wanted.reference

    @pytest.mark.parametrize("trouble", ["cut", "away", "503"])
    def test_unanswered_are_unknown_and_may_be_asked_again(
        self, ours: Alipay, double: AlipayDouble, line: Direct, trouble: str
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

    def test_take_no_word_that_another_key_signed(self, double: AlipayDouble) -> None:
        ours = alipay(Direct(double.handle))
        wanted, _ = paid(ours, double)
        double.key = key("thief")
        for act in (ours.query, ours.close):
            with pytest.raises(OutsideError):
                act(wanted.reference)

    def test_refuse_an_answer_about_another_payment(
        self, ours: Alipay, double: AlipayDouble
    ) -> None:
        wanted, _ = paid(ours, double)
        other, _ = paid(ours, double)
        double.trades[other.reference.hex] = double.trades[wanted.reference.hex]
        with pytest.raises(OutsideError):
            ours.query(other.reference)


def test_an_answer_counts_only_as_the_very_characters_that_were_signed() -> None:
    inner = '{"code":"10000","out_trade_no":"x"}'
    sign, public = rsa_sign(key("alipay"), inner.encode()), key("alipay").public_key()

    def answered(text: str) -> Any:
        return genuine(public, text.encode(), "alipay.trade.query")

    head = '{"alipay_trade_query_response":'
    assert answered(f'{head}{inner},"sign":"{sign}"}}') == json.loads(inner)
    for wrong in (
        f'{head}{inner.replace(":", ": ")},"sign":"{sign}"}}',
        f'{head}{inner.replace("10000", "10001")},"sign":"{sign}"}}',
        f"{head}{inner}}}", f'{head}{inner},"sign":""}}', f'{head}{inner},"sign":null}}',
        f'{{"sign":"{sign}","alipay_trade_query_response":{inner}}}',
        # The signed object first, then another under the same name: parsers take the last.
        f'{head}{inner},"alipay_trade_query_response":{{"code":"40004"}},"sign":"{sign}"}}',
        f'{{"error_response":{inner},"sign":"{sign}"}}', "", "[]", head, "[" * 100_000,
    ):  # fmt: skip
        assert answered(wrong) is None, wrong


class TestPayingBack:
    def back(self, wanted: Asking, amount: str = "150.00") -> PayBack:
        return PayBack(uuid.uuid4(), wanted.reference, Decimal(amount), "CNY", AMOUNT)

    def test_is_done_once_for_a_reference(self, ours: Alipay, double: AlipayDouble) -> None:
        wanted, _ = paid(ours, double)
        back = self.back(wanted)
        assert ours.refund(back) == ours.refund(back)
        assert len(double.refunds) == 1

    def test_cut_off_is_asked_for_again_and_done_once(
        self, ours: Alipay, double: AlipayDouble, line: Direct
    ) -> None:
        wanted, _ = paid(ours, double)
        back = self.back(wanted)
        line.trouble.append("cut")
        with pytest.raises(OutcomeUnknown):
            ours.refund(back)
        assert ours.refund(back)
        assert len(double.refunds) == 1

    def test_is_never_of_more_than_came(self, ours: Alipay, double: AlipayDouble) -> None:
        wanted, _ = paid(ours, double)
        ours.refund(self.back(wanted, "100.00"))
        with pytest.raises(OutsideError):
            ours.refund(self.back(wanted, "50.01"))
        assert ours.refund(self.back(wanted, "50.00"))


def resigned(double: AlipayDouble, body: bytes, **changes: str) -> bytes:
    """A notification with these members changed, truly signed."""
    said = {name: value for name, value in read(body).items() if name not in {"sign", "sign_type"}}
    return double.signed({**said, **changes})


def read(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def without(name: str) -> Callable[[bytes], bytes]:
    return lambda body: urlencode({k: v for k, v in read(body).items() if k != name}).encode()


def having(**changes: str) -> Callable[[bytes], bytes]:
    return lambda body: urlencode({**read(body), **changes}).encode()


FORGED: Mapping[str, Callable[[bytes], bytes]] = {
    "without a signature": without("sign"),
    "with an empty signature": having(sign=""),
    "with a signature that is none": having(sign="null"),
    "with an older kind of signature": having(sign_type="RSA"),
    "without a kind of signature": without("sign_type"),
    "with another amount": having(total_amount="0.01"),
    "for another of our orders": having(out_trade_no=uuid.UUID(int=7).hex),
    "of another app": having(app_id="2014"),
    "of another seller": having(seller_id="2088"),
    "at another time": having(notify_time="2026-03-01 16:00:01"),
    "with a member more": having(more="x"),
    "without a member": without("notify_id"),
    "with a member twice": lambda body: body + b"&total_amount=0.01",
    "signed with another key": lambda body: AlipayDouble(
        ALIPAY_APP, SELLER, key("app").public_key(), key("thief"), lambda: NOW
    ).signed({k: v for k, v in read(body).items() if k not in {"sign", "sign_type"}}),
    "that is empty": lambda _: b"",
    "that is no form": lambda _: b"\xff=%zz&&",
    "with a thousand members": lambda _: b"&".join(b"a%d=1" % n for n in range(1000)),
}


class TestANotification:
    def test_is_answered_with_the_word_the_provider_wants(self, ours: Alipay) -> None:
        assert ours.heard == "success"

    @pytest.mark.parametrize("how", FORGED)
    def test_forged_is_refused(self, ours: Alipay, double: AlipayDouble, how: str) -> None:
        _, body = paid(ours, double)
        with pytest.raises(ForgedNotice):
            ours.read_notice({}, FORGED[how](body), now=NOW)

    @pytest.mark.parametrize("hours", [-1, 27, 24 * 30])
    def test_replayed_later_or_of_a_time_to_come_is_refused(
        self, ours: Alipay, double: AlipayDouble, hours: int
    ) -> None:
        _, body = paid(ours, double)
        with pytest.raises(ForgedNotice) as caught:
            ours.read_notice({}, body, now=NOW + timedelta(hours=hours))
        assert caught.value.field == "notify_time"

    def test_repeated_for_a_day_says_the_same_again(
        self, ours: Alipay, double: AlipayDouble
    ) -> None:
        _, body = paid(ours, double)
        first = ours.read_notice({}, body, now=NOW)
        assert first == ours.read_notice({}, body, now=NOW + timedelta(hours=25))

    @pytest.mark.parametrize(
        ("change", "merchant"),
        [({"seller_id": "2088"}, f"2088:{ALIPAY_APP}"), ({"app_id": "2014"}, f"{SELLER}:2014")],
    )
    def test_of_another_seller_or_app_says_so(
        self, ours: Alipay, double: AlipayDouble, change: dict[str, str], merchant: str
    ) -> None:
        """That it is not ours is found where it is compared with what was asked for."""
        _, body = paid(ours, double)
        told = ours.read_notice({}, resigned(double, body, **change), now=NOW)
        assert told is not None
        assert told.merchant == merchant != ours.merchant

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"total_amount": "0.00"}, "amount"), ({"total_amount": "-150.00"}, "amount"),
            ({"total_amount": "1e2"}, "amount"), ({"total_amount": "150.001"}, "amount"),
            ({"out_trade_no": "x"}, "reference"), ({"trade_no": ""}, "event"),
        ],
    )  # fmt: skip
    def test_truly_signed_must_still_be_of_the_agreed_form(
        self, ours: Alipay, double: AlipayDouble, change: dict[str, str], field: str
    ) -> None:
        _, body = paid(ours, double)
        with pytest.raises(WrongPayment) as caught:
            ours.read_notice({}, resigned(double, body, **change), now=NOW)
        assert caught.value.field == field

    @pytest.mark.parametrize("status", ["WAIT_BUYER_PAY", "TRADE_CLOSED"])
    def test_of_no_payment_is_heard_and_pays_nothing(
        self, ours: Alipay, double: AlipayDouble, status: str
    ) -> None:
        _, body = paid(ours, double)
        assert ours.read_notice({}, resigned(double, body, trade_status=status), now=NOW) is None
