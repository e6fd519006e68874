"""Doubles of WeChat Pay and Alipay with test keys, and our adapters in front of them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from api.keyfiles import write_private
from billing.alipay import Alipay, AlipayAccount
from billing.alipay_double import AlipayDouble
from billing.channel import Answer, Channel
from billing.doubles import Handle
from billing.wechat import Wechat, WechatAccount
from billing.wechat_double import WechatDouble
from core.errors import OutcomeUnknown, OutsideError

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
MERCHANT, APP, OUR_SERIAL = "1900000109", "wx8888888888888888", "3775B6A45ACD588826D15E583A95F5DD"
PLATFORM, SECRET = (
    "PUB_KEY_ID_0119000001092026030100000000000000",
    b"an APIv3 key of 32 characters...",
)
SELLER, ALIPAY_APP = "2088102146225135", "2014072300007148"
assert len(SECRET) == 32


@cache
def key(of: str) -> RSAPrivateKey:
    """A test key for each who signs."""
    _ = of
    return generate_private_key(65537, 2048)


class Direct:
    """A channel without a socket; `trouble` as at `billing.doubles`."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self.trouble: list[str] = []
        self.asked: list[str] = []

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        target = "/" + url.split("/", 3)[3]
        self.asked.append(f"{method} {target}")
        trouble = self.trouble.pop(0) if self.trouble else ""
        if trouble == "away":
            raise OutsideError("away")
        given = {name.lower(): value for name, value in headers.items()}
        status, said, content = self._handle(method, target, given, body)
        if trouble == "cut":
            raise OutcomeUnknown("cut")
        if trouble == "unsigned":
            said = {}
        if trouble == "503":
            return Answer(503, {}, b"busy")
        return Answer(status, {name.lower(): value for name, value in said.items()}, content)


def wechat_double(clock: Callable[[], datetime] = lambda: NOW) -> WechatDouble:
    return WechatDouble(
        MERCHANT, APP, OUR_SERIAL, key("merchant").public_key(), SECRET, key("platform"), PLATFORM,
        clock,
    )  # fmt: skip


def wechat(channel: Channel, clock: Callable[[], datetime] = lambda: NOW) -> Wechat:
    account = WechatAccount(
        MERCHANT, APP, OUR_SERIAL, key("merchant"), SECRET,
        {PLATFORM: key("platform").public_key()},
    )  # fmt: skip
    return Wechat(account, channel, "https://us.example/notices", clock, "https://wechat.example")


def alipay_double(clock: Callable[[], datetime] = lambda: NOW) -> AlipayDouble:
    return AlipayDouble(ALIPAY_APP, SELLER, key("app").public_key(), key("alipay"), clock)


def alipay(channel: Channel, clock: Callable[[], datetime] = lambda: NOW) -> Alipay:
    account = AlipayAccount(ALIPAY_APP, SELLER, key("app"), key("alipay").public_key())
    return Alipay(
        account, channel, "https://us.example/notices", clock, "https://alipay.example/gateway.do"
    )


def write_keys(keys: Path) -> None:
    """What an operator puts under YINJI_KEYS for both."""
    write_private(keys / "wechat/merchant.pem", private_pem(key("merchant")))
    write_private(keys / "wechat/apiv3.key", SECRET)
    write_private(keys / f"wechat/platform/{PLATFORM}.pem", public_pem(key("platform")))
    write_private(keys / "alipay/app.pem", private_pem(key("app")))
    write_private(keys / "alipay/alipay.pem", public_pem(key("alipay")))


def private_pem(of: RSAPrivateKey) -> bytes:
    return of.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(of: RSAPrivateKey) -> bytes:
    return of.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def environment(wechat_url: str, alipay_url: str) -> dict[str, str]:
    """The settings of an installation that takes money by all three."""
    return {
        "YINJI_PAYMENTS": "sandbox,wechat,alipay,transfer",
        "YINJI_WECHAT_URL": wechat_url, "YINJI_WECHAT_MERCHANT": MERCHANT, "YINJI_WECHAT_APP": APP,
        "YINJI_WECHAT_SERIAL": OUR_SERIAL, "YINJI_ALIPAY_URL": f"{alipay_url}/gateway.do",
        "YINJI_ALIPAY_APP": ALIPAY_APP, "YINJI_ALIPAY_SELLER": SELLER,
    }  # fmt: skip
