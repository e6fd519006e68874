"""Prices, orders and payments over HTTP, with the sandbox as the provider."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from api.wiring import utc_now
from billing.provider import Told
from billing.sandbox import Message, Sandbox, sign
from core import canonical
from tests.grounds.callers import Person, person, visitor
from tests.grounds.notices import forged_notices
from tests.grounds.stack import RunningStack
from tests.grounds.wallets import awaiting_payment, sandbox_of, started, until

NOTICES = "/api/v1/payments/sandbox/notifications"


@pytest.fixture(scope="module")
def payer(stack: RunningStack) -> Person:
    return person(stack, "林小雨")


@pytest.fixture(scope="module")
def sandbox(stack: RunningStack) -> Sandbox:
    return sandbox_of(stack)


def quoted(stack: RunningStack, office: str, **body: Any) -> httpx2.Response:
    return visitor(stack).post(
        f"/api/v1/offices/{office}/quote", json={"category": "photograph", **body}
    )


class TestAQuote:
    def test_says_what_it_costs_and_why_before_anything_is_asked(self, stack: RunningStack) -> None:
        told = quoted(stack, "zhejiang").json()
        assert (told["total"], told["currency"], told["due"]) == (
            "150.00", "CNY", "before_examination",
        )  # fmt: skip
        assert [line["amount"] for line in told["lines"]] == ["150.00"]
        assert {way["way"]: way["available"] for way in told["ways"]} == {
            "alipay": False, "wechat": False, "sandbox": True,
        }  # fmt: skip
        assert [each["ground"] for each in told["waivers"]] == ["resubmission"]
        assert told["refund_on_refusal"]
        assert told["sample"]

    def test_is_nothing_where_nothing_is_charged(self, stack: RunningStack) -> None:
        told = quoted(stack, "tianjin").json()
        assert (told["total"], told["due"], told["lines"], told["ways"][0]["way"]) == (
            "0.00", "never", [], "sandbox",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"urgent": True}, "urgent"), ({"category": "poem"}, "category"),
            ({"form": "poem"}, "form"), ({"series_pieces": 0}, "series_pieces"),
            ({"amount": "0.01"}, "amount"), ({"price": 1}, "price"),
        ],
    )  # fmt: skip
    def test_names_what_it_cannot_price(
        self, stack: RunningStack, change: dict[str, Any], field: str
    ) -> None:
        answer = quoted(stack, "zhejiang", **change)
        assert (answer.status_code, answer.json()["field"]) == (422, field)

    def test_of_an_unknown_office_is_not_there(self, stack: RunningStack) -> None:
        assert quoted(stack, "nowhere").status_code == 404


class TestPaying:
    def test_sends_the_matter_on_when_the_provider_says_so(
        self, stack: RunningStack, payer: Person
    ) -> None:
        matter = awaiting_payment(stack, payer)
        assert matter["order"]["total"] == "150.00"
        first = started(payer.http, matter["order"]["id"])
        assert started(payer.http, matter["order"]["id"]) == first
        assert first["code"]
        wallet = visitor(stack)
        page = wallet.get(first["page"])
        assert "150.00" in page.text
        assert "SAMPLE" in page.text
        assert "林小雨" not in page.text
        assert wallet.post(first["page"]).status_code == 303
        assert "Paid" in wallet.get(first["page"]).text
        moved = until(payer.http, f"/api/v1/matters/{matter['id']}", state="submitted")
        order = payer.http.get(f"/api/v1/orders/{moved['order']['id']}").json()
        assert (order["state"], order["subject_id"]) == ("paid", matter["id"])
        listed = payer.http.get("/api/v1/matters").json()["items"]
        (line,) = [each for each in listed if each["id"] == matter["id"]]
        assert line["order"] == moved["order"]
        assert (line["order"]["number"], line["order"]["way"]) == (order["number"], "sandbox")
        assert (matter["order"]["way"], line["work"]["version"]) == (None, 1)
        (paid,) = order["payments"]
        assert paid["way"] == "sandbox"
        assert (paid["amount"], paid["use"]) == ("150.00", "settles")
        again = payer.http.put(f"/api/v1/orders/{order['id']}/payment", json={"way": "sandbox"})
        assert (again.status_code, again.json()["field"]) == (409, "status")

    def test_is_not_done_by_coming_back_from_the_page(
        self, stack: RunningStack, payer: Person
    ) -> None:
        matter = awaiting_payment(stack, payer)
        visitor(stack).get(started(payer.http, matter["order"]["id"])["page"])
        assert payer.http.get(f"/api/v1/matters/{matter['id']}").json()["state"] == "payment"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"way": "alipay"}, "way"), ({"way": "sandbox", "amount": "0.01"}, "amount"),
            ({"way": "sandbox", "currency": "USD"}, "currency"),
        ],
    )  # fmt: skip
    def test_takes_no_price_and_no_way_that_is_not_there(
        self, stack: RunningStack, payer: Person, body: dict[str, str], field: str
    ) -> None:
        order = awaiting_payment(stack, payer)["order"]["id"]
        answer = payer.http.put(f"/api/v1/orders/{order}/payment", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)

    def test_is_made_good_when_the_message_was_lost(
        self, stack: RunningStack, payer: Person, sandbox: Sandbox
    ) -> None:
        matter = awaiting_payment(stack, payer)
        token = started(payer.http, matter["order"]["id"])["page"].rsplit("/", 1)[-1]
        with sandbox._books():
            kept = sandbox._page(token)
            paid = {"event": uuid.uuid4().hex, "paid_at": "2026-03-01T08:00:00.000Z"}
            sandbox._write(token, {**kept, **paid, "state": "paid", "told": True})
        until(payer.http, f"/api/v1/matters/{matter['id']}", 60, state="submitted")

    def test_of_what_was_withdrawn_is_not_taken(self, stack: RunningStack, payer: Person) -> None:
        matter = awaiting_payment(stack, payer)
        page = started(payer.http, matter["order"]["id"])["page"]
        payer.http.post(f"/api/v1/matters/{matter['id']}/withdrawal")
        order = f"/api/v1/orders/{matter['order']['id']}"
        assert until(payer.http, order, state="cancelled")["payments"] == []
        end = time.monotonic() + 30
        while payer.http.get(order).json()["started"][-1]["state"] != "closed":
            assert time.monotonic() < end
            time.sleep(0.1)
        assert visitor(stack).post(page).status_code == 409


class TestAMessage:
    """T24 and T25 at the door: what carries no signature of the provider's is refused unread."""

    @pytest.fixture
    def matter(self, stack: RunningStack, payer: Person) -> dict[str, Any]:
        return awaiting_payment(stack, payer)

    def told(self, payer: Person, sandbox: Sandbox, matter: dict[str, Any], **change: str) -> Told:
        token = started(payer.http, matter["order"]["id"])["page"].rsplit("/", 1)[-1]
        kept = sandbox._page(token) | {
            "event": uuid.uuid4().hex, "paid_at": "2026-03-01T08:00:00.000Z", **change,
        }  # fmt: skip
        return sandbox._told(kept)

    def message(self, sandbox: Sandbox, told: Told) -> Message:
        body = canonical.encode({
            "kind": "payment", "merchant": told.merchant, "reference": told.reference.hex,
            "event": told.event, "amount": f"{told.amount}", "currency": told.currency,
            "paid_at": canonical.format_time(told.paid_at),
        })  # fmt: skip
        return Message("", sign(sandbox._key, body, now=utc_now()), body)

    def send(self, stack: RunningStack, message: Message) -> httpx2.Response:
        return visitor(stack).post(NOTICES, content=message.body, headers=dict(message.headers))

    def test_forged_in_two_hundred_ways_pays_nothing_and_the_true_one_does(
        self, stack: RunningStack, payer: Person, sandbox: Sandbox, matter: dict[str, Any]
    ) -> None:
        message = self.message(sandbox, self.told(payer, sandbox, matter))
        forged = list(forged_notices(message.headers, message.body))
        assert len(forged) >= 200
        with httpx2.Client(base_url=stack.address, trust_env=False, timeout=60) as thief:
            for headers, body in forged:
                answer = thief.post(NOTICES, content=body, headers=headers)
                assert answer.status_code == 401, (headers, body, answer.text)
                assert answer.json()["type"].endswith(":forged-notice")
        assert payer.http.get(f"/api/v1/matters/{matter['id']}").json()["state"] == "payment"
        assert self.send(stack, message).status_code == 204
        assert payer.http.get(f"/api/v1/matters/{matter['id']}").json()["state"] == "submitted"

    def test_sent_many_times_at_once_is_credited_once(
        self, stack: RunningStack, payer: Person, sandbox: Sandbox, matter: dict[str, Any]
    ) -> None:
        message = self.message(sandbox, self.told(payer, sandbox, matter))
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda _: self.send(stack, message), range(20)))
        assert {answer.status_code for answer in answers} == {204}, [a.text for a in answers]
        order = payer.http.get(f"/api/v1/orders/{matter['order']['id']}").json()
        assert len(order["payments"]) == 1
        assert order["refunds"] == []

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("amount", "0.01"), ("amount", "149.99"), ("amount", "15000.00"),
            ("currency", "USD"), ("merchant", "SANDBOX-000000000000"),
            ("reference", uuid.UUID(int=7).hex),
        ],
    )  # fmt: skip
    def test_truly_signed_about_another_payment_is_refused_by_name(
        self, stack: RunningStack, payer: Person, sandbox: Sandbox, matter: dict[str, Any],
        field: str, value: str,
    ) -> None:  # fmt: skip
        told = self.told(payer, sandbox, matter, **{field: value})
        answer = self.send(stack, self.message(sandbox, told))
        problem = answer.json()
        assert (answer.status_code, problem["field"]) == (422, field)
        assert problem["type"].endswith(":wrong-payment")
        assert value not in problem["detail"]
        order = payer.http.get(f"/api/v1/orders/{matter['order']['id']}").json()
        assert (order["state"], order["payments"]) == ("open", [])
        if field != "reference":
            assert order["started"][-1]["trouble"]

    def test_of_no_provider_here_is_not_there(self, stack: RunningStack) -> None:
        answer = visitor(stack).post("/api/v1/payments/wechat/notifications", content=b"{}")
        assert answer.status_code == 404


class TestAnInvoice:
    def test_is_recorded_and_shown(self, stack: RunningStack, payer: Person) -> None:
        order = awaiting_payment(stack, payer)["order"]["id"]
        path = f"/api/v1/orders/{order}/invoice"
        body = {"title": "某某公司", "tax_number": "91350100m000100y43", "email": "a@example.cn"}
        told = payer.http.put(path, json=body).json()
        assert told["invoice_offered"]
        assert told["invoice"]["tax_number"] == "91350100M000100Y43"
        wrong = payer.http.put(path, json={**body, "tax_number": "91350100M000100Y44"})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "tax_number")
        assert "91350100" not in wrong.text
        assert payer.http.get(f"/api/v1/orders/{order}").json() == told


class TestTheList:
    def test_shows_every_order_of_the_caller_page_by_page(self, stack: RunningStack) -> None:
        somebody = person(stack)
        made = [awaiting_payment(stack, somebody)["order"]["id"] for _ in range(3)]
        first = somebody.http.get("/api/v1/orders?limit=2").json()
        rest = somebody.http.get(f"/api/v1/orders?limit=2&cursor={first['next']}").json()
        listed = [each["id"] for each in (*first["items"], *rest["items"])]
        assert listed == made[::-1]
        assert rest["next"] is None
        assert (first["to_pay"], rest["to_pay"]) == (3, 3)
        wallet = started(somebody.http, made[0])["page"]
        assert visitor(stack).post(wallet).status_code == 303
        until(somebody.http, f"/api/v1/orders/{made[0]}", state="paid")
        assert somebody.http.get("/api/v1/orders").json()["to_pay"] == 2
        assert person(stack).http.get("/api/v1/orders").json() == {
            "items": [], "to_pay": 0, "next": None,
        }  # fmt: skip


class TestAnotherOrder:
    def test_is_not_opened_while_one_is_open(self, stack: RunningStack, payer: Person) -> None:
        matter = awaiting_payment(stack, payer)
        again = payer.http.put(f"/api/v1/matters/{matter['id']}/order")
        assert (again.status_code, again.json()["id"]) == (200, matter["order"]["id"])

    def test_is_not_opened_for_a_draft(self, payer: Person) -> None:
        drafted = payer.http.post("/api/v1/matters", json={"office": "zhejiang"}).json()
        answer = payer.http.put(f"/api/v1/matters/{drafted['id']}/order")
        assert answer.status_code == 409
