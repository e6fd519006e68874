"""WeChat Pay as we know it, for trying things out and for tests: no money, the real wire format.

It checks the merchant's signature on every request as the provider does, keeps trades and refunds
by the merchant's numbers, and signs what it says with a platform key of its own. Written from the
provider's published rules, not from the adapter.
"""

import base64
import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from billing.channel import rsa_holds, rsa_sign

_BEIJING: Final = timezone(timedelta(hours=8))
_SAID: Final = re.compile(r'([a-z_]+)="([^"]*)"')
_TRADE: Final = re.compile(r"/v3/pay/transactions/out-trade-no/([0-9A-Za-z_|*-]{6,32})")
Reply = tuple[int, dict[str, str], bytes]


@dataclass
class WechatDouble:
    """`merchant_key` is the public half of the merchant's; `serial` names the platform's key."""

    merchant: str
    app: str
    merchant_serial: str
    merchant_key: RSAPublicKey
    secret: bytes
    platform_key: RSAPrivateKey
    serial: str
    clock: Callable[[], datetime]
    trades: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    slow_refunds: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """What the provider answers to one request; names of headers in small letters."""
        if not self._is_ours(method, target, headers, body):
            return self._reply(401, {"code": "SIGN_ERROR", "message": "signature"})
        path, _, _ = target.partition("?")
        said = json.loads(body) if body else {}
        with self._lock:
            if (method, path) == ("POST", "/v3/pay/transactions/native"):
                return self._native(said)
            if (method, path) == ("POST", "/v3/refund/domestic/refunds"):
                return self._refund(said)
            return self._of_trade(method, path)

    def pay(self, out_trade_no: str) -> Reply:
        """The payer pays; the notification that follows, as `notify` gives it."""
        with self._lock:
            trade = self.trades[out_trade_no]
            if trade["trade_state"] == "NOTPAY":
                now = self.clock().astimezone(_BEIJING)
                trade |= {
                    "trade_state": "SUCCESS", "trade_type": "NATIVE", "bank_type": "OTHERS",
                    "success_time": now.isoformat(timespec="seconds"),
                    "transaction_id": f"42000{now:%Y%m%d}{secrets.randbelow(10**15):015d}",
                }  # fmt: skip
        return self.notify(_shown(trade))

    def notify(self, trade: Mapping[str, Any], event: str = "TRANSACTION.SUCCESS") -> Reply:
        """A notification about a trade; status 0 stands for "sent by the provider"."""
        nonce, more = secrets.token_hex(6), b"transaction"
        sealed = AESGCM(self.secret).encrypt(nonce.encode(), json.dumps(trade).encode(), more)
        body = json.dumps({
            "id": secrets.token_hex(16), "resource_type": "encrypt-resource", "event_type": event,
            "create_time": self.clock().astimezone(_BEIJING).isoformat(timespec="seconds"),
            "summary": "支付成功",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM", "original_type": "transaction",
                "ciphertext": base64.b64encode(sealed).decode(), "nonce": nonce,
                "associated_data": more.decode(),
            },
        }).encode()  # fmt: skip
        return 0, self.signed(body), body

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers over a body that the platform sends."""
        timestamp, nonce = str(int(self.clock().timestamp())), secrets.token_hex(16)
        text = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        return {
            "Wechatpay-Timestamp": timestamp, "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self.serial, "Content-Type": "application/json",
            "Wechatpay-Signature": rsa_sign(self.platform_key, text),
        }  # fmt: skip

    def _is_ours(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> bool:
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        said = dict(_SAID.findall(rest))
        if scheme != "WECHATPAY2-SHA256-RSA2048" or said.get("mchid") != self.merchant:
            return False
        if said.get("serial_no") != self.merchant_serial:
            return False
        lines = [method, target, said.get("timestamp", ""), said.get("nonce_str", "")]
        text = "".join(f"{line}\n" for line in lines).encode() + body + b"\n"
        return rsa_holds(self.merchant_key, said.get("signature", ""), text)

    def _of_trade(self, method: str, path: str) -> Reply:
        found = _TRADE.match(path)
        if found is None:
            return self._reply(404, {"code": "NOT_FOUND", "message": path})
        trade = self.trades.get(found[1])
        if trade is None:
            return self._reply(404, {"code": "ORDER_NOT_EXIST", "message": "order"})
        if method == "POST" and path.endswith("/close"):
            return self._close(trade)
        return self._reply(200, _shown(trade))

    def _native(self, said: Mapping[str, Any]) -> Reply:
        if (said["mchid"], said["appid"]) != (self.merchant, self.app):
            return self._reply(400, {"code": "APPID_MCHID_NOT_MATCH", "message": "appid"})
        number = said["out_trade_no"]
        known = self.trades.get(number)
        if known is not None and known["amount"] != said["amount"]:
            return self._reply(400, {"code": "OUT_TRADE_NO_USED", "message": "amount"})
        if known is not None and known["trade_state"] != "NOTPAY":
            code = "ORDERPAID" if known["trade_state"] == "SUCCESS" else "ORDER_CLOSED"
            return self._reply(400, {"code": code, "message": "order"})
        self.trades[number] = known or {
            "mchid": self.merchant, "appid": self.app, "out_trade_no": number,
            "trade_state": "NOTPAY", "amount": dict(said["amount"]),
            "description": said["description"],
        }  # fmt: skip
        return self._reply(200, {"code_url": f"weixin://wxpay/bizpayurl?pr={number[:9]}"})

    def _close(self, trade: dict[str, Any]) -> Reply:
        if trade["trade_state"] == "SUCCESS":
            return self._reply(400, {"code": "ORDERPAID", "message": "order"})
        trade["trade_state"] = "CLOSED"
        return 204, self.signed(b""), b""

    def _refund(self, said: Mapping[str, Any]) -> Reply:
        trade = self.trades.get(said["out_trade_no"])
        amount = said["amount"]
        if trade is None or trade["trade_state"] not in {"SUCCESS", "REFUND"}:
            return self._reply(404, {"code": "RESOURCE_NOT_EXISTS", "message": "order"})
        if amount["total"] != trade["amount"]["total"]:
            return self._reply(400, {"code": "INVALID_REQUEST", "message": "total"})
        known = self.refunds.get(said["out_refund_no"])
        if known is None:
            before = sum(
                each["amount"]["refund"]
                for each in self.refunds.values()
                if each["out_trade_no"] == said["out_trade_no"]
            )
            if before + amount["refund"] > amount["total"]:
                return self._reply(403, {"code": "NOT_ENOUGH", "message": "refund"})
            known = {
                "refund_id": f"50300{secrets.randbelow(10**20):020d}",
                "out_refund_no": said["out_refund_no"], "out_trade_no": said["out_trade_no"],
                "status": "PROCESSING" if self.slow_refunds else "SUCCESS", "amount": dict(amount),
            }  # fmt: skip
            self.refunds[said["out_refund_no"]] = known
            trade["trade_state"] = "REFUND"
        elif not self.slow_refunds:
            known["status"] = "SUCCESS"
        return self._reply(200, known)

    def _reply(self, status: int, said: Mapping[str, Any]) -> Reply:
        body = json.dumps(said).encode()
        return status, self.signed(body), body


def _shown(trade: Mapping[str, Any]) -> dict[str, Any]:
    """A trade as it is told: with what the payer paid, in the payer's currency."""
    money = trade["amount"]
    paid = {"payer_total": money["total"], "payer_currency": money["currency"]}
    shown = {**trade, "amount": {**money, **paid}, "payer": {"openid": "o-double"}}
    shown.pop("description", None)
    return shown


def utc_clock(at: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    fixed = at.astimezone(UTC)
    return lambda: fixed
