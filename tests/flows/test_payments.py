"""The whole stack with doubles of WeChat Pay and Alipay on loopback, and an office's cashier."""

import secrets
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from api import fsck
from billing.alipay_double import AlipayDouble
from billing.doubles import Served, serve
from billing.wechat_double import WechatDouble
from tests.grounds import providers
from tests.grounds.callers import Person, person, visitor
from tests.grounds.charging import BY_ALL
from tests.grounds.officers import OfficerAtWork, at_work
from tests.grounds.stack import RunningStack, running_stack
from tests.grounds.wallets import awaiting_payment, started, until

TODAY = "2026-03-01"
Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Shop:
    """A stack that takes money three ways. `served` is each provider's port, by way."""

    stack: RunningStack
    wechat: WechatDouble
    alipay: AlipayDouble
    served: dict[str, Served]
    payer: Person
    cashier: OfficerAtWork

    def awaiting(self) -> dict[str, Any]:
        return awaiting_payment(self.stack, self.payer, BY_ALL)

    def begun(self, way: str) -> tuple[dict[str, Any], str]:
        """A matter whose payment is under way, and the provider's name for that: our number."""
        matter = self.awaiting()
        known = set(self.double(way).trades)
        begun = started(self.payer.http, matter["order"]["id"], way)
        assert (begun["page"], begun["state"]) == (None, "asked")
        (number,) = set(self.double(way).trades) - known
        return matter, number

    def double(self, way: str) -> WechatDouble | AlipayDouble:
        return self.wechat if way == "wechat" else self.alipay

    def send(self, way: str, message: Reply) -> httpx2.Response:
        _, headers, body = message
        path = f"/api/v1/payments/{way}/notifications"
        return visitor(self.stack).post(path, content=body, headers=headers)

    def order(self, matter: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.payer.http.get(
            f"/api/v1/orders/{matter['order']['id']}"
        ).json()
        return found

    def state(self, matter: dict[str, Any]) -> str:
        found: str = self.payer.http.get(f"/api/v1/matters/{matter['id']}").json()["state"]
        return found

    def confirm(self, matter: dict[str, Any], **changes: str) -> httpx2.Response:
        body = {
            "order_number": self.order(matter)["number"], "amount": "150.00",
            "received_on": TODAY, "bank_reference": secrets.token_hex(8), **changes,
        }  # fmt: skip
        return self.cashier.http.post("/api/v1/offices/tianjin/transfers", json=body)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    wechat, alipay = providers.wechat_double(now), providers.alipay_double(now)
    with serve(wechat.handle) as first, serve(alipay.handle) as second:
        providers.write_keys(folder / "var" / "keys")
        environment = providers.environment(first.url, second.url)
        with running_stack(folder, **environment) as stack:
            served = {"wechat": first, "alipay": second}
            cashier = at_work(stack, "tianjin", "cashier")
            yield Shop(stack, wechat, alipay, served, person(stack, "林小雨"), cashier)


def now() -> datetime:
    return datetime.now(UTC)


WAYS = pytest.mark.parametrize("way", ["wechat", "alipay"])


@WAYS
class TestAProvider:
    def test_tells_and_the_matter_goes_on(self, shop: Shop, way: str) -> None:
        matter, number = shop.begun(way)
        answer = shop.send(way, shop.double(way).pay(number))
        heard = (200, "success") if way == "alipay" else (204, "")
        assert (answer.status_code, answer.text) == heard
        assert shop.state(matter) == "submitted"
        (paid,) = shop.order(matter)["payments"]
        assert (paid["way"], paid["amount"], paid["use"]) == (way, "150.00", "settles")

    def test_that_is_never_heard_is_asked(self, shop: Shop, way: str) -> None:
        matter, number = shop.begun(way)
        shop.double(way).pay(number)
        until(shop.payer.http, f"/api/v1/matters/{matter['id']}", 60, state="submitted")

    @pytest.mark.parametrize("trouble", ["cut", "silent"])
    def test_whose_answer_is_lost_is_asked_again_with_the_same_number(
        self, shop: Shop, way: str, trouble: str
    ) -> None:
        matter, known = shop.awaiting(), set(shop.double(way).trades)
        shop.served[way].trouble.append(trouble)
        path = f"/api/v1/orders/{matter['order']['id']}/payment"
        answer = shop.payer.http.put(path, json={"way": way})
        assert answer.status_code == 503
        assert shop.order(matter)["started"][-1]["state"] == "intended"
        started(shop.payer.http, matter["order"]["id"], way)
        (number,) = set(shop.double(way).trades) - known
        assert shop.send(way, shop.double(way).pay(number)).is_success
        assert shop.state(matter) == "submitted"

    def test_tells_many_times_at_once_and_is_credited_once(self, shop: Shop, way: str) -> None:
        matter, number = shop.begun(way)
        message = shop.double(way).pay(number)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: shop.send(way, message), range(16)))
        assert all(answer.is_success for answer in answers), [a.text for a in answers]
        assert len(shop.order(matter)["payments"]) == 1

    def test_forged_is_refused_unread(self, shop: Shop, way: str) -> None:
        matter, number = shop.begun(way)
        _, headers, body = shop.double(way).pay(number)
        answer = shop.send(way, (0, headers, body[:-9] + b"A" * 9))
        assert answer.status_code == 401
        assert answer.json()["type"].endswith(":forged-notice")
        assert answer.text != "success"
        assert shop.order(matter)["payments"] == []

    def test_about_a_payment_nobody_asked_for_is_refused(self, shop: Shop, way: str) -> None:
        _, number = shop.begun(way)
        shop.double(way).pay(number)
        trade = {**shop.double(way).trades[number], "out_trade_no": uuid.uuid4().hex}
        answer = shop.send(way, shop.double(way).notify(trade))
        assert (answer.status_code, answer.json()["field"]) == (422, "reference")

    @pytest.mark.parametrize("wrong", ["amount", "merchant", "app"])
    def test_about_another_amount_merchant_or_app_is_refused_and_kept(
        self, shop: Shop, way: str, wrong: str
    ) -> None:
        matter, number = shop.begun(way)
        shop.double(way).pay(number)
        trade = shop.double(way).trades.pop(number)  # or asking would find the true one
        change: dict[str, Any] = {
            "wechat": {
                "amount": {"amount": {"total": 1, "currency": "CNY"}},
                "merchant": {"mchid": "1900000110"}, "app": {"appid": "wx0000000000000000"},
            },
            "alipay": {
                "amount": {"total_amount": "0.01"}, "merchant": {"seller_id": "2088000000000000"},
                "app": {"app_id": "2014000000000000"},
            },
        }[way][wrong]  # fmt: skip
        if way == "wechat":
            message = shop.wechat.notify({**trade, **change})
        else:
            message = shop.alipay.notify(trade, **change)
        answer = shop.send(way, message)
        field = "amount" if wrong == "amount" else "merchant"
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        order = shop.order(matter)
        assert (order["state"], order["payments"]) == ("open", [])
        assert order["started"][-1]["trouble"]

    def test_of_an_unknown_platform_key_or_an_old_time_is_refused(
        self, shop: Shop, way: str
    ) -> None:
        matter, number = shop.begun(way)
        _, headers, body = shop.double(way).pay(number)
        if way == "wechat":
            wrong = (0, {**headers, "Wechatpay-Serial": "0" * 40}, body)
            old = providers.wechat_double(lambda: providers.NOW)
            late = (0, old.signed(body), body)
        else:
            other = providers.alipay_double(now)
            other.key = providers.key("thief")
            wrong = other.notify(shop.alipay.trades[number])
            late = shop.alipay.notify(shop.alipay.trades[number], notify_time="2026-03-01 16:00:00")
        for message in (wrong, late):
            assert shop.send(way, message).status_code == 401
        _ = matter

    def test_is_refunded_when_its_order_has_ended(self, shop: Shop, way: str) -> None:
        matter, number = shop.begun(way)
        message = shop.double(way).pay(number)
        shop.payer.http.post(f"/api/v1/matters/{matter['id']}/recall")
        assert shop.send(way, message).is_success
        path = f"/api/v1/orders/{matter['order']['id']}"
        end = until(shop.payer.http, path, 60, state="cancelled")
        assert [each["use"] for each in end["payments"]] == ["excess"]
        refunded(shop, matter)
        assert len([r for r in shop.double(way).refunds.values()
                    if r["out_trade_no"] == number]) == 1  # fmt: skip


def refunded(shop: Shop, matter: dict[str, Any]) -> None:
    end = time.monotonic() + 60
    while True:
        order = shop.order(matter)
        if [each["state"] for each in order["refunds"]] == ["done"]:
            return
        assert time.monotonic() < end, order
        time.sleep(0.2)


def test_an_order_paid_at_two_providers_is_paid_once_and_the_second_goes_back(shop: Shop) -> None:
    """ZJ-96: nobody pays twice."""
    matter, number = shop.begun("wechat")
    known = set(shop.alipay.trades)
    started(shop.payer.http, matter["order"]["id"], "alipay")
    (other,) = set(shop.alipay.trades) - known
    assert shop.send("wechat", shop.wechat.pay(number)).is_success
    assert shop.send("alipay", shop.alipay.pay(other)).is_success
    order = shop.order(matter)
    assert [(p["way"], p["use"]) for p in order["payments"]] == [
        ("wechat", "settles"), ("alipay", "excess"),
    ]  # fmt: skip
    refunded(shop, matter)
    assert shop.order(matter)["state"] == "paid"
    assert shop.state(matter) == "submitted"


class TestATransfer:
    """CP-28: 银行转账,附言作品名+流水号."""

    def test_says_where_to_and_with_which_remark(self, shop: Shop) -> None:
        matter = shop.awaiting()
        order = shop.order(matter)
        assert order["transfer"] == {
            "payee": "某登记机构", "bank": "某银行", "account": "6222000000000000",
            "remark": f"{matter['form']['title']} {order['number']}",
        }  # fmt: skip
        started(shop.payer.http, order["id"], "transfer")
        listed = shop.cashier.http.get("/api/v1/offices/tianjin/transfers").json()["awaited"]
        assert order["transfer"]["remark"] in {each["remark"] for each in listed}

    def test_is_credited_when_the_cashier_confirms_it_and_only_once(self, shop: Shop) -> None:
        matter = shop.awaiting()
        wanted = {"title": "某某公司", "tax_number": None, "email": "a@example.cn"}
        asked = f"/api/v1/orders/{matter['order']['id']}/invoice"
        assert shop.payer.http.put(asked, json=wanted).is_success
        for before in (False, True):
            answer = shop.confirm(matter, bank_reference=f"B{matter['id'][:12]}")
            assert answer.status_code == 200, answer.text
            assert (answer.json()["use"], answer.json()["before"]) == ("settles", before)
        assert shop.state(matter) == "submitted"
        assert len(shop.order(matter)["payments"]) == 1
        newest = shop.cashier.http.get("/api/v1/offices/tianjin/invoices").json()["items"][0]
        assert (newest["order_id"], newest["email"]) == (matter["order"]["id"], wanted["email"])
        assert shop.payer.http.get("/api/v1/offices/tianjin/invoices").status_code == 403

    def test_of_another_amount_is_not_credited(self, shop: Shop) -> None:
        matter = shop.awaiting()
        answer = shop.confirm(matter, amount="149.00")
        assert (answer.status_code, answer.json()["field"]) == (422, "amount")
        assert shop.state(matter) == "payment"

    @pytest.mark.parametrize(
        ("change", "status", "field"),
        [
            ({"order_number": "0" * 16}, 404, "order_number"),
            ({"order_number": "1"}, 422, "order_number"), ({"amount": "150"}, 422, "amount"),
            ({"bank_reference": "x"}, 422, "bank_reference"),
            ({"received_on": "2999-01-01"}, 422, "received_on"),
        ],
    )  # fmt: skip
    def test_names_what_is_wrong(
        self, shop: Shop, change: dict[str, str], status: int, field: str
    ) -> None:
        answer = shop.confirm(shop.awaiting(), **change)
        assert (answer.status_code, answer.json()["field"]) == (status, field)

    def test_under_the_number_of_another_is_refused(self, shop: Shop) -> None:
        reference = secrets.token_hex(8)
        assert shop.confirm(shop.awaiting(), bank_reference=reference).is_success
        answer = shop.confirm(shop.awaiting(), bank_reference=reference)
        assert (answer.status_code, answer.json()["field"]) == (422, "event")

    def test_is_confirmed_by_nobody_but_a_cashier_of_the_office(self, shop: Shop) -> None:
        matter = shop.awaiting()
        body = {"order_number": shop.order(matter)["number"], "amount": "150.00",
                "received_on": TODAY, "bank_reference": "ABCD1234"}  # fmt: skip
        registrar = at_work(shop.stack, "tianjin", "registrar")
        elsewhere = at_work(shop.stack, "zhejiang", "cashier")
        path = "/api/v1/offices/{}/transfers"
        assert registrar.http.post(path.format("tianjin"), json=body).status_code == 403
        assert elsewhere.http.post(path.format("tianjin"), json=body).status_code == 403
        assert elsewhere.http.post(path.format("zhejiang"), json=body).status_code == 404
        assert shop.payer.http.post(path.format("tianjin"), json=body).status_code == 403
        assert shop.state(matter) == "payment"

    def test_of_ones_own_is_confirmed_by_somebody_else(self, shop: Shop) -> None:
        own = Person(shop.cashier.http, shop.cashier.identifier, "")
        matter = awaiting_payment(shop.stack, own, BY_ALL)
        number = shop.cashier.http.get(f"/api/v1/orders/{matter['order']['id']}").json()["number"]
        body = {"order_number": number, "amount": "150.00", "received_on": TODAY,
                "bank_reference": "OWN12345"}  # fmt: skip
        answer = shop.cashier.http.post("/api/v1/offices/tianjin/transfers", json=body)
        assert answer.status_code == 403, answer.text

    def test_that_comes_twice_goes_back_when_the_cashier_has_sent_it(self, shop: Shop) -> None:
        matter = shop.awaiting()
        assert shop.confirm(matter).json()["use"] == "settles"
        assert shop.confirm(matter).json()["use"] == "excess"
        number = shop.order(matter)["number"]
        path = "/api/v1/offices/tianjin/transfers"
        (owed,) = [
            each
            for each in shop.cashier.http.get(path).json()["owed"]
            if each["order_number"] == number
        ]
        refund = f"/api/v1/offices/tianjin/refunds/{owed['refund_id']}"
        for _ in range(2):
            done = shop.cashier.http.put(refund, json={"bank_reference": f"BACK{number}"})
            assert done.status_code == 200, done.text
        other = shop.cashier.http.put(refund, json={"bank_reference": "BACKOTHER"})
        assert (other.status_code, other.json()["field"]) == (409, "bank_reference")
        refunded(shop, matter)
        assert shop.order(matter)["state"] == "paid"


def test_in_the_end_the_books_are_whole(shop: Shop) -> None:
    with shop.stack.services() as services:
        assert fsck.run(services).violations == []
