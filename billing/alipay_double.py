"""Alipay as we know it, for trying things out and for tests: no money, the real wire format.

It checks the application's signature on every request as the provider does, keeps trades and
refunds by the merchant's numbers, and signs what it says with a key of its own. Written from the
provider's published rules, not from the adapter.
"""

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from billing.channel import rsa_holds, rsa_sign

_BEIJING: Final = timezone(timedelta(hours=8))
Reply = tuple[int, dict[str, str], bytes]


@dataclass
class AlipayDouble:
    """`app_key` is the public half of the application's."""

    app: str
    seller: str
    app_key: RSAPublicKey
    key: RSAPrivateKey
    clock: Callable[[], datetime]
    trades: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """What the gateway answers to one request."""
        _ = method, target, headers
        asked = dict(parse_qsl(body.decode(), keep_blank_values=True))
        signature = asked.pop("sign", "")
        text = "&".join(f"{name}={asked[name]}" for name in sorted(asked) if asked[name])
        if asked.get("app_id") != self.app or not rsa_holds(self.app_key, signature, text.encode()):
            said = {
                "code": "40002",
                "msg": "Invalid Arguments",
                "sub_code": "isv.invalid-signature",
            }
            return self._reply("error_response", said)
        node = asked["method"].replace(".", "_") + "_response"
        content = json.loads(asked["biz_content"])
        with self._lock:
            act = {
                "alipay.trade.precreate": self._precreate, "alipay.trade.query": self._query,
                "alipay.trade.close": self._close, "alipay.trade.refund": self._refund,
                "alipay.trade.fastpay.refund.query": self._refund_query,
            }[asked["method"]]  # fmt: skip
            return self._reply(node, act(content))

    def pay(self, out_trade_no: str) -> Reply:
        """The payer reads the code and pays; the notification that follows."""
        with self._lock:
            trade = self.trades[out_trade_no]
            if trade["trade_status"] in {"UNREAD", "WAIT_BUYER_PAY"}:
                now = self.clock().astimezone(_BEIJING)
                trade |= {
                    "trade_status": "TRADE_SUCCESS", "send_pay_date": f"{now:%Y-%m-%d %H:%M:%S}",
                    "trade_no": f"{now:%Y%m%d}22{secrets.randbelow(10**18):018d}",
                }  # fmt: skip
        return self.notify(trade)

    def notify(self, trade: Mapping[str, Any], **changes: str) -> Reply:
        """A notification about a trade; status 0 stands for "sent by the provider"."""
        now = f"{self.clock().astimezone(_BEIJING):%Y-%m-%d %H:%M:%S}"
        said = {
            "notify_time": now, "notify_type": "trade_status_sync", "charset": "utf-8",
            "notify_id": secrets.token_hex(17), "version": "1.0", "app_id": self.app,
            "seller_id": self.seller, "out_trade_no": trade["out_trade_no"],
            "trade_no": trade.get("trade_no", ""), "total_amount": trade["total_amount"],
            "trade_status": trade["trade_status"], "subject": trade["subject"],
            "gmt_payment": trade.get("send_pay_date", ""), "buyer_logon_id": "159****5620",
            **changes,
        }  # fmt: skip
        return 0, {"Content-Type": "application/x-www-form-urlencoded"}, self.signed(said)

    def signed(self, said: Mapping[str, str]) -> bytes:
        """The form of a notification with these members."""
        text = "&".join(f"{name}={said[name]}" for name in sorted(said))
        sign = rsa_sign(self.key, text.encode())
        return urlencode({**said, "sign": sign, "sign_type": "RSA2"}).encode()

    def _precreate(self, said: Mapping[str, Any]) -> dict[str, Any]:
        number = said["out_trade_no"]
        known = self.trades.get(number)
        if known is not None and known["trade_status"] not in {"UNREAD", "WAIT_BUYER_PAY"}:
            paid = known["trade_status"] == "TRADE_SUCCESS"
            return _failed("ACQ.TRADE_HAS_SUCCESS" if paid else "ACQ.TRADE_HAS_CLOSE")
        if known is not None and known["total_amount"] != said["total_amount"]:
            return _failed("ACQ.CONTEXT_INCONSISTENT")
        self.trades[number] = known or {
            "out_trade_no": number, "total_amount": said["total_amount"],
            "subject": said["subject"], "trade_status": "UNREAD",
        }  # fmt: skip
        return _good(out_trade_no=number, qr_code=f"https://qr.alipay.com/bax{number[:12]}")

    def _query(self, said: Mapping[str, Any]) -> dict[str, Any]:
        trade = self.trades.get(said["out_trade_no"])
        if trade is None or trade["trade_status"] == "UNREAD":
            return _failed("ACQ.TRADE_NOT_EXIST")
        shown = {name: value for name, value in trade.items() if name != "subject"}
        return _good(buyer_logon_id="159****5620", **shown)

    def _close(self, said: Mapping[str, Any]) -> dict[str, Any]:
        trade = self.trades.get(said["out_trade_no"])
        if trade is None or trade["trade_status"] == "UNREAD":
            return _failed("ACQ.TRADE_NOT_EXIST")
        if trade["trade_status"] == "TRADE_SUCCESS":
            return _failed("ACQ.TRADE_STATUS_ERROR")
        trade["trade_status"] = "TRADE_CLOSED"
        return _good(out_trade_no=said["out_trade_no"])

    def _refund(self, said: Mapping[str, Any]) -> dict[str, Any]:
        trade = self.trades.get(said["out_trade_no"])
        if trade is None or trade["trade_status"] != "TRADE_SUCCESS":
            return _failed("ACQ.TRADE_NOT_EXIST")
        number, amount = said["out_request_no"], Decimal(said["refund_amount"])
        known = number in self.refunds
        if not known:
            before = sum(
                (
                    Decimal(each["refund_amount"])
                    for each in self.refunds.values()
                    if each["out_trade_no"] == said["out_trade_no"]
                ),
                Decimal(0),
            )
            if before + amount > Decimal(trade["total_amount"]):
                return _failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
            self.refunds[number] = {
                "out_trade_no": said["out_trade_no"], "trade_no": trade["trade_no"],
                "out_request_no": number, "refund_amount": said["refund_amount"],
            }  # fmt: skip
        changed = "N" if known else "Y"
        return _good(out_trade_no=said["out_trade_no"], fund_change=changed)

    def _refund_query(self, said: Mapping[str, Any]) -> dict[str, Any]:
        known = self.refunds.get(said["out_request_no"])
        return _good() if known is None else _good(refund_status="REFUND_SUCCESS", **known)

    def _reply(self, node: str, said: Mapping[str, Any]) -> Reply:
        inner = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        sign = rsa_sign(self.key, inner.encode())
        body = f'{{"{node}":{inner},"sign":"{sign}"}}'.encode()
        return 200, {"Content-Type": "text/html;charset=utf-8"}, body


def _good(**members: object) -> dict[str, Any]:
    return {"code": "10000", "msg": "Success", **members}


def _failed(code: str) -> dict[str, Any]:
    return {"code": "40004", "msg": "Business Failed", "sub_code": code, "sub_msg": "业务失败"}
