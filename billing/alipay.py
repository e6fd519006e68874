"""Alipay (支付宝), open platform, 当面付 precreate: a code that the payer's telephone reads.

Requests, answers and notifications are signed with RSA2 (RSASSA-PKCS1-v1_5, SHA-256). An answer's
signature covers the exact characters of its inner object; that of a notification, which is a form,
all members but `sign` and `sign_type`, decoded, in the order of their names, joined by `&`.
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from billing.channel import Channel, rsa_holds, rsa_sign
from billing.errors import ForgedNotice, WrongPayment
from billing.money import exact
from billing.provider import Asking, PayBack, Place, Told
from core.canonical import MAX_DEPTH, nesting
from core.errors import Conflict, InvalidInput, OutsideError

NAME: Final = "alipay"
ADDRESS: Final = "https://openapi.alipay.com/gateway.do"
HEARD: Final = "success"
CURRENCY: Final = "CNY"
EARLY: Final = timedelta(minutes=5)
LATE: Final = timedelta(hours=26)
"""How old a notification may be: the provider repeats one for 25 hours."""

CODE_LIFE: Final = "120m"
_BEIJING: Final = ZoneInfo("Asia/Shanghai")
_PAID: Final = frozenset({"TRADE_SUCCESS", "TRADE_FINISHED"})
_DONE: Final = "10000"
_NOT_THERE: Final = "ACQ.TRADE_NOT_EXIST"
_AMOUNT: Final = re.compile(r"(0|[1-9][0-9]{0,7})(\.[0-9]{1,2})?")
_MOST_TITLE: Final = 256
_MOST_FIELDS: Final = 100
_MOST_TEXT: Final = 64


@dataclass(frozen=True)
class AlipayAccount:
    """Our account there: the application's number, the seller's (2088…), the application's private
    key and the provider's public one.
    """

    app: str
    seller: str
    key: RSAPrivateKey = field(repr=False)
    platform: RSAPublicKey = field(repr=False)


class Alipay:
    """The adapter. `notify` is where the provider sends its messages; `clock` is ours."""

    name = NAME
    heard = HEARD

    def __init__(
        self,
        account: AlipayAccount,
        channel: Channel,
        notify: str,
        clock: Callable[[], datetime],
        address: str = ADDRESS,
    ) -> None:
        self._account, self._channel, self._notify = account, channel, notify
        self._clock, self._address = clock, address

    @property
    def merchant(self) -> str:
        """Seller and application: a payment to another of them is not ours."""
        return merchant_of(self._account.seller, self._account.app)

    def ask(self, asking: Asking) -> Place:
        """A code to pay by; it lives two hours, and asked again it is renewed."""
        if asking.currency != CURRENCY:
            raise InvalidInput("支付宝只收人民币 / Alipay takes CNY only", field="currency")
        said = self._call("alipay.trade.precreate", {
            "out_trade_no": asking.reference.hex, "total_amount": str(asking.amount),
            "subject": asking.title[:_MOST_TITLE], "timeout_express": CODE_LIFE,
            "seller_id": self._account.seller,
        }, notify=True)  # fmt: skip
        code = said.get("qr_code")
        if said.get("code") == _DONE and isinstance(code, str):
            return Place(None, code)
        if said.get("sub_code") in {"ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_CLOSE"}:
            raise Conflict("此支付已完成或已关闭 / this payment was made or closed already")
        raise _refused(said)

    def query(self, reference: uuid.UUID) -> Told | None:
        """How a payment stands."""
        said = self._trade(reference)
        if said is None or said.get("trade_status") not in _PAID:
            return None
        try:
            return self._told(said, self._account.seller, self._account.app, "send_pay_date")
        except WrongPayment as error:
            raise _malformed(error) from error

    def close(self, reference: uuid.UUID) -> Told | None:
        """Take no payment any more; or what was paid already. A code that nobody has read yet is
        no trade there, and ends by itself within two hours.
        """
        said = self._call("alipay.trade.close", {"out_trade_no": reference.hex})
        if said.get("code") == _DONE or said.get("sub_code") == _NOT_THERE:
            return None
        told = self.query(reference)
        if told is not None:
            return told
        found = self._trade(reference)
        if found is None or found.get("trade_status") == "TRADE_CLOSED":
            return None
        raise _refused(said)

    def refund(self, wanted: PayBack) -> str | None:
        """Pay back; with the same reference it is the same refund. Done when asked about it, it is
        said to be.
        """
        named = {"out_trade_no": wanted.payment.hex, "out_request_no": wanted.reference.hex}
        said = self._call("alipay.trade.refund", {**named, "refund_amount": str(wanted.amount)})
        if said.get("code") != _DONE:
            raise _refused(said)
        found = self._call("alipay.trade.fastpay.refund.query", named)
        if found.get("code") != _DONE:
            raise _refused(found)
        if found.get("refund_status") != "REFUND_SUCCESS":
            return None
        if (found.get("out_request_no"), _amount(found.get("refund_amount"))) != (
            wanted.reference.hex, wanted.amount,
        ):  # fmt: skip
            raise OutsideError("应答所述不是此退款 / the answer is about another refund")
        return f"{found.get('trade_no', '')}:{wanted.reference.hex}"

    def read_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told | None:
        """What a message says, once its signature held; None: of no payment (any more)."""
        _ = headers
        said = _form(body)
        signature, kind = said.get("sign", ""), said.get("sign_type", "")
        if kind != "RSA2" or not rsa_holds(self._account.platform, signature, signed_notice(said)):
            raise _forged("sign")
        sent = _time(said.get("notify_time"))
        if sent is None or not now - LATE <= sent <= now + EARLY:
            raise _forged("notify_time")
        if said.get("trade_status") not in _PAID:
            return None
        return self._told(said, said.get("seller_id", ""), said.get("app_id", ""), "gmt_payment")

    def _told(self, said: Mapping[str, Any], seller: str, app: str, at: str) -> Told:
        """A paid trade, in our words. Raises WrongPayment for any other form."""
        for name, ours in (("trade_no", "event"), ("out_trade_no", "reference")):
            value = said.get(name)
            if not isinstance(value, str) or not 1 <= len(value) <= _MOST_TEXT:
                raise _wrong(ours)
        try:
            reference = uuid.UUID(hex=said["out_trade_no"])
        except ValueError as error:
            raise _wrong("reference") from error
        amount = _amount(said.get("total_amount"))
        if not amount:
            raise _wrong("amount")
        paid_at = _time(said.get(at)) or _time(said.get("notify_time"))
        return Told(
            provider=NAME,
            merchant=merchant_of(seller, app),
            reference=reference,
            event=said["trade_no"],
            amount=amount,
            currency=CURRENCY,
            paid_at=paid_at or self._clock(),
        )

    def _trade(self, reference: uuid.UUID) -> dict[str, Any] | None:
        said = self._call("alipay.trade.query", {"out_trade_no": reference.hex})
        if said.get("sub_code") == _NOT_THERE:
            return None
        if said.get("code") != _DONE:
            raise _refused(said)
        if said.get("out_trade_no") != reference.hex:
            raise OutsideError("应答所述不是此支付 / the answer is about another payment")
        return said

    def _call(
        self, method: str, content: Mapping[str, str], *, notify: bool = False
    ) -> dict[str, Any]:
        """The inner object of an answer whose signature holds."""
        asked = {
            "app_id": self._account.app, "method": method, "format": "JSON", "charset": "utf-8",
            "sign_type": "RSA2", "version": "1.0",
            "timestamp": self._clock().astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            **({"notify_url": self._notify} if notify else {}),
        }  # fmt: skip
        asked["sign"] = rsa_sign(self._account.key, signed_request(asked))
        kind = "application/x-www-form-urlencoded;charset=utf-8"
        answer = self._channel.send(
            "POST", self._address, {"Content-Type": kind}, urlencode(asked).encode()
        )
        if answer.status != 200:  # noqa: PLR2004
            raise OutsideError(f"支付宝答复 HTTP {answer.status} / Alipay answered so")
        inner = genuine(self._account.platform, answer.body, method)
        if inner is None:
            raise OutsideError("支付宝应答没有有效签名 / an answer without a valid signature")
        return inner


def merchant_of(seller: str, app: str) -> str:
    """How seller and application are written in our books."""
    return f"{seller}:{app}"


def signed_request(said: Mapping[str, str]) -> bytes:
    """What a request's signature covers: every member that is not empty, but the signature."""
    kept = sorted((name, value) for name, value in said.items() if value and name != "sign")
    return "&".join(f"{name}={value}" for name, value in kept).encode()


def signed_notice(said: Mapping[str, str]) -> bytes:
    """What the signature of a notification covers."""
    kept = sorted((n, value) for n, value in said.items() if n not in {"sign", "sign_type"})
    return "&".join(f"{name}={value}" for name, value in kept).encode()


def genuine(key: RSAPublicKey, body: bytes, method: str) -> dict[str, Any] | None:
    """The object of an answer, `<method>_response`, if the provider signed exactly its characters;
    None otherwise.
    """
    node = method.replace(".", "_") + "_response"
    head = f'{{"{node}":'
    # Not left to the parser: where a library raised Python's own limit it ends the process.
    if nesting(body) > MAX_DEPTH:
        return None
    try:
        text = body.decode()
        if not text.startswith(head):
            return None
        inner, end = json.JSONDecoder().raw_decode(text, len(head))
        whole = json.loads(text)
    except ValueError:
        return None
    signature = whole.get("sign")
    if whole.get(node) != inner or not isinstance(signature, str) or not isinstance(inner, dict):
        return None
    return inner if rsa_holds(key, signature, text[len(head) : end].encode()) else None


def _form(body: bytes) -> dict[str, str]:
    """The members of a notification, each of which is there once."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict",
            max_num_fields=_MOST_FIELDS,
        )  # fmt: skip
    except ValueError as error:
        raise _forged("body") from error
    said = dict(pairs)
    if len(said) != len(pairs):
        raise _forged("body")
    return said


def _amount(text: object) -> Decimal | None:
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text):
        return None
    return exact(Decimal(text), "amount")


def _time(text: object) -> datetime | None:
    """A time of theirs, which is Beijing's, `2026-03-01 16:00:00`; None when it is none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=_BEIJING)
    except ValueError:
        return None
    return found.astimezone(UTC)


def _wrong(name: str) -> WrongPayment:
    return WrongPayment("内容不符 / not what was agreed", field=name)


def _malformed(error: WrongPayment) -> OutsideError:
    said = OutsideError("支付结果的内容不符 / the result is not of the agreed form")
    said.field = error.field
    return said


def _forged(name: str) -> ForgedNotice:
    return ForgedNotice(
        "通知没有有效签名,已拒绝 / the message carries no valid signature: refused", field=name
    )


def _refused(said: Mapping[str, Any]) -> OutsideError:
    shown = [
        code
        for code in (said.get("code"), said.get("sub_code"))
        if isinstance(code, str) and re.fullmatch(r"[0-9A-Za-z._]{1,60}", code)
    ]
    return OutsideError(f"支付宝答复 {' '.join(shown) or '-'} / Alipay answered so")
