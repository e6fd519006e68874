"""WeChat Pay (微信支付), API v3, Native: a code that the payer's telephone reads.

Requests are signed with the merchant's key (`WECHATPAY2-SHA256-RSA2048`), answers and notifications
with the platform's, of which several may be in force (`Wechatpay-Serial`); the notification's
resource is sealed with AES-256-GCM under the APIv3 key. Nothing that a signature does not cover is
relied on: an unsigned refusal is no answer.
"""

import base64
import binascii
import json
import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from billing.channel import Answer, Channel, rsa_holds, rsa_sign
from billing.errors import ForgedNotice, WrongPayment
from billing.money import exact, require_currency
from billing.provider import Asking, PayBack, Place, Told
from core.canonical import MAX_DEPTH, nesting
from core.errors import Conflict, InvalidInput, OutsideError

NAME: Final = "wechat"
ADDRESS: Final = "https://api.mch.weixin.qq.com"
TIMESTAMP: Final = "Wechatpay-Timestamp"
NONCE: Final = "Wechatpay-Nonce"
SERIAL: Final = "Wechatpay-Serial"
SIGNATURE: Final = "Wechatpay-Signature"
SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
WINDOW: Final = timedelta(minutes=5)
"""A message that was signed longer ago, or later than now, is refused; the provider signs each
repeat anew."""

CURRENCY: Final = "CNY"
_SUCCESS: Final = "TRANSACTION.SUCCESS"
_PAID: Final = frozenset({"SUCCESS", "REFUND"})
"""States of a trade in which it was paid; of what was paid back, too."""
_ENDED: Final = frozenset({"CLOSED", "REVOKED"})
_UNKNOWN: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
_MOST_TITLE: Final = 127
_MOST_NONCE: Final = 64
_MOST_TEXT: Final = 64
_OURS: Final = {"out_trade_no": "reference", "transaction_id": "event", "mchid": "merchant"}
_NO_CONTENT: Final = 204
_TRADES: Final = "/v3/pay/transactions"
_ALGORITHM: Final = "AEAD_AES_256_GCM"
_GCM_NONCE: Final = 12


@dataclass(frozen=True)
class WechatAccount:
    """Our account there: 商户号, AppID, the serial of our API certificate and its key, the APIv3
    key (32 bytes), and the platform's keys by their serial or key id.
    """

    merchant: str
    app: str
    serial: str
    key: RSAPrivateKey = field(repr=False)
    secret: bytes = field(repr=False)
    platform: Mapping[str, RSAPublicKey] = field(repr=False)


class Wechat:
    """The adapter. `notify` is where the provider sends its messages; `clock` is ours."""

    name = NAME
    heard = ""

    def __init__(
        self,
        account: WechatAccount,
        channel: Channel,
        notify: str,
        clock: Callable[[], datetime],
        address: str = ADDRESS,
    ) -> None:
        self._account, self._channel, self._notify = account, channel, notify
        self._clock, self._address = clock, address.rstrip("/")

    @property
    def merchant(self) -> str:
        """Merchant and app: a payment through another app of the same merchant is not ours."""
        return merchant_of(self._account.merchant, self._account.app)

    def ask(self, asking: Asking) -> Place:
        """A code to pay by; asked again with the same reference it is renewed."""
        if asking.currency != CURRENCY:
            raise InvalidInput("微信支付只收人民币 / WeChat Pay takes CNY only", field="currency")
        status, said = self._call("POST", f"{_TRADES}/native", {
            "appid": self._account.app, "mchid": self._account.merchant,
            "description": asking.title[:_MOST_TITLE], "out_trade_no": asking.reference.hex,
            "notify_url": self._notify,
            "amount": {"total": fen(asking.amount), "currency": asking.currency},
        })  # fmt: skip
        code = said.get("code_url")
        if status == 200 and isinstance(code, str):  # noqa: PLR2004
            return Place(None, code)
        if said.get("code") in {"ORDERPAID", "ORDER_PAID"}:
            raise Conflict("此单已支付,正在确认 / paid already: it is being confirmed")
        if said.get("code") in {"ORDERCLOSED", "ORDER_CLOSED"}:
            raise Conflict("此支付已关闭,请重新下单 / this payment was closed: order again")
        raise _refused(status, said)

    def query(self, reference: uuid.UUID) -> Told | None:
        """How a payment stands."""
        found = self._trade(reference)
        return None if found is None or found.get("trade_state") not in _PAID else _told(found)

    def close(self, reference: uuid.UUID) -> Told | None:
        """Take no payment any more; or what was paid already."""
        path = f"{_TRADES}/out-trade-no/{reference.hex}/close"
        status, said = self._call("POST", path, {"mchid": self._account.merchant})
        if status == _NO_CONTENT:
            return None
        found = self._trade(reference)
        if found is None or found.get("trade_state") in _ENDED:
            return None
        if found.get("trade_state") in _PAID:
            return _told(found)
        raise _refused(status, said)

    def refund(self, wanted: PayBack) -> str | None:
        """Pay back; with the same reference it is the same refund, and tells how that stands."""
        amount = {"refund": fen(wanted.amount), "total": fen(wanted.paid), "currency": CURRENCY}
        status, said = self._call("POST", "/v3/refund/domestic/refunds", {
            "out_trade_no": wanted.payment.hex, "out_refund_no": wanted.reference.hex,
            "amount": amount,
        })  # fmt: skip
        if status != 200:  # noqa: PLR2004
            raise _refused(status, said)
        told = said.get("amount")
        same = isinstance(told, dict) and told.get("refund") == amount["refund"]
        if said.get("out_refund_no") != wanted.reference.hex or not same:
            raise OutsideError("应答所述不是此退款 / the answer is about another refund")
        state, event = said.get("status"), said.get("refund_id")
        if state == "SUCCESS" and isinstance(event, str) and event:
            return event
        if state == "PROCESSING":
            return None
        raise OutsideError("退款异常,请在商户平台处理 / the refund needs a hand", permanent=True)

    def read_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told | None:
        """What a message says, once its signature held; None: of no payment."""
        fault = self._fault({k.lower(): v for k, v in headers.items()}, body, now=now)
        if fault is not None:
            raise ForgedNotice(
                "通知没有有效签名,已拒绝 / the message carries no valid signature: refused",
                field=fault,
            )
        said = _document(body)
        if said is None:
            raise WrongPayment("不是支付通知 / not the message of a payment", field="body")
        if said.get("event_type") != _SUCCESS:
            return None
        trade = self._opened(said.get("resource"))
        if trade.get("trade_state") not in _PAID:
            raise WrongPayment("通知所述并未支付 / it tells of no payment", field="trade_state")
        try:
            return _told(trade)
        except OutsideError as error:
            raise WrongPayment(error.message, field=error.field) from error

    def _trade(self, reference: uuid.UUID) -> dict[str, Any] | None:
        path = f"{_TRADES}/out-trade-no/{reference.hex}?mchid={self._account.merchant}"
        status, said = self._call("GET", path, None)
        if status == 404 and said.get("code") in _UNKNOWN:  # noqa: PLR2004
            return None
        if status != 200:  # noqa: PLR2004
            raise _refused(status, said)
        if said.get("out_trade_no") != reference.hex:
            raise OutsideError("应答所述不是此支付 / the answer is about another payment")
        return said

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> tuple[int, dict[str, Any]]:
        """Status and document of an answer whose signature holds."""
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        timestamp, nonce = str(int(self._clock().timestamp())), secrets.token_hex(16)
        signature = rsa_sign(
            self._account.key, signed_request(method, path, timestamp, nonce, content)
        )
        said = (
            f'mchid="{self._account.merchant}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{timestamp}",serial_no="{self._account.serial}"'
        )
        headers = {
            "Authorization": f"{SCHEME} {said}", "Accept": "application/json",
            "Content-Type": "application/json", "User-Agent": "yinji",
        }  # fmt: skip
        answer = self._channel.send(method, self._address + path, headers, content)
        self._require_genuine(answer)
        return answer.status, (_document(answer.body) or {}) if answer.body else {}

    def _require_genuine(self, answer: Answer) -> None:
        fault = self._fault(answer.headers, answer.body, now=self._clock())
        if fault is not None:
            raise OutsideError(
                f"微信支付应答 HTTP {answer.status} 没有有效签名 / an answer without a valid "
                f"signature [{fault}]"
            )

    def _fault(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        """The header for which a message is not the platform's, just now; None: it is."""
        given = {name: headers.get(name.lower(), "") for name in (TIMESTAMP, NONCE, SERIAL)}
        key = self._account.platform.get(given[SERIAL])
        if key is None:
            return SERIAL
        timestamp, nonce = given[TIMESTAMP], given[NONCE]
        if not re.fullmatch(r"[0-9]{1,12}", timestamp):
            return TIMESTAMP
        if abs(int(timestamp) - now.timestamp()) > WINDOW.total_seconds():
            return TIMESTAMP
        if not 0 < len(nonce) <= _MOST_NONCE or not nonce.isascii():
            return NONCE
        text = signed_message(timestamp, nonce, body)
        return None if rsa_holds(key, headers.get(SIGNATURE.lower(), ""), text) else SIGNATURE

    def _opened(self, resource: object) -> dict[str, Any]:
        """The sealed part of a notification."""
        if isinstance(resource, dict) and resource.get("algorithm") == _ALGORITHM:
            opened = open_resource(self._account.secret, resource)
            found = None if opened is None else _document(opened)
            if found is not None:
                return found
        raise WrongPayment("通知内容无法解密 / the resource cannot be opened", field="resource")


def merchant_of(merchant: str, app: str) -> str:
    """How merchant and app are written in our books."""
    return f"{merchant}:{app}"


def fen(amount: Decimal) -> int:
    """An amount of yuan in fen. Raises InvalidInput for what is no whole number of them."""
    return int(exact(amount, "amount").scaleb(2))


def signed_request(method: str, path: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What a request's signature covers; `path` with its query."""
    return f"{method}\n{path}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def signed_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What the signature of an answer or a notification covers."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def path_of(url: str) -> str:
    """Path and query of a request, as they are signed."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def open_resource(secret: bytes, resource: Mapping[str, Any]) -> bytes | None:
    """The text sealed in a notification's resource; None when the key does not open it."""
    try:
        nonce, more = resource["nonce"].encode(), resource.get("associated_data", "").encode()
        sealed = base64.b64decode(resource["ciphertext"], validate=True)
        if len(nonce) != _GCM_NONCE:
            return None
        return AESGCM(secret).decrypt(nonce, sealed, more)
    except (KeyError, AttributeError, TypeError, ValueError, binascii.Error, InvalidTag):
        return None


def _document(body: bytes) -> dict[str, Any] | None:
    # Not left to the parser: where a library raised Python's own limit it ends the process.
    if nesting(body) > MAX_DEPTH:
        return None
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _told(trade: Mapping[str, Any]) -> Told:
    """A paid trade, in our words. Raises OutsideError, with the field, for any other form."""
    money = trade.get("amount")
    money = money if isinstance(money, dict) else {}
    total = money.get("total")
    if not isinstance(total, int) or isinstance(total, bool) or total <= 0:
        raise _malformed("amount")
    for name in ("mchid", "appid", "out_trade_no", "transaction_id", "success_time"):
        value = trade.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= _MOST_TEXT or not value.isascii():
            raise _malformed(_OURS.get(name, name))
    try:
        reference = uuid.UUID(hex=trade["out_trade_no"])
    except ValueError as error:
        raise _malformed("reference") from error
    try:
        paid_at = datetime.fromisoformat(trade["success_time"])
        if paid_at.tzinfo is None:
            raise _malformed("success_time")
        amount = exact(Decimal(total).scaleb(-2), "amount")
        currency = require_currency(money.get("currency", CURRENCY), "currency")
    except InvalidInput as error:
        raise _malformed(error.field or "amount") from error
    except ValueError as error:
        raise _malformed("success_time") from error
    return Told(
        provider=NAME,
        merchant=merchant_of(trade["mchid"], trade["appid"]),
        reference=reference,
        event=trade["transaction_id"],
        amount=amount,
        currency=currency,
        paid_at=paid_at.astimezone(UTC),
    )


def _malformed(name: str) -> OutsideError:
    error = OutsideError("支付结果的内容不符 / the result is not of the agreed form")
    error.field = name
    return error


def _refused(status: int, said: Mapping[str, Any]) -> OutsideError:
    code = said.get("code")
    shown = code if isinstance(code, str) and re.fullmatch(r"[A-Z_]{1,40}", code) else "-"
    return OutsideError(f"微信支付答复 HTTP {status} {shown} / WeChat Pay answered so")
