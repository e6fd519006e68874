"""The payment providers that move money, made from settings and from key files under YINJI_KEYS.

`wechat/merchant.pem` (our API key), `wechat/apiv3.key` (32 characters) and `alipay/app.pem` are
private, mode 600. `wechat/platform/` holds the platform's certificates, or its public keys in files
named by their key ids (`PUB_KEY_ID_….pem`); `alipay/alipay.pem` is Alipay's public key.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)

from api.keyfiles import read_private
from api.settings import TRANSFER, AlipaySettings, Settings, WechatSettings
from billing.alipay import Alipay, AlipayAccount
from billing.channel import HttpChannel
from billing.provider import Provider
from billing.transfer import Transfer
from billing.wechat import Wechat, WechatAccount
from core.errors import Misconfigured

LEAST_BITS: Final = 2048
SECRET_BYTES: Final = 32
_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"


def configured(settings: Settings, clock: Callable[[], datetime]) -> Mapping[str, Provider]:
    """Adapters for every provider that can be chosen, but the sandbox.

    Raises:
        Misconfigured: a key is missing, readable by others, or none.
    """
    found: dict[str, Provider] = {}
    if settings.wechat is not None:
        found["wechat"] = _wechat(settings, settings.wechat, clock)
    if settings.alipay is not None:
        found["alipay"] = _alipay(settings, settings.alipay, clock)
    if TRANSFER in settings.payments:
        found[TRANSFER] = Transfer()
    return found


def notices(settings: Settings, provider: str) -> str:
    """Where a provider sends its messages."""
    return f"{settings.public_url}/api/v1/payments/{provider}/notifications"


def _wechat(settings: Settings, ours: WechatSettings, clock: Callable[[], datetime]) -> Wechat:
    folder = settings.keys / "wechat"
    secret = read_private(folder / "apiv3.key")
    if len(secret) != SECRET_BYTES:
        raise Misconfigured(
            "APIv3 密钥须为 32 字节 / the APIv3 key is 32 characters", field="apiv3.key"
        )
    account = WechatAccount(
        ours.merchant, ours.app, ours.serial, _private(folder / "merchant.pem"), secret,
        _platform(folder / "platform", now=clock()),
    )  # fmt: skip
    return Wechat(account, HttpChannel(), notices(settings, "wechat"), clock, ours.url)


def _alipay(settings: Settings, ours: AlipaySettings, clock: Callable[[], datetime]) -> Alipay:
    folder = settings.keys / "alipay"
    account = AlipayAccount(
        ours.app, ours.seller, _private(folder / "app.pem"), _public(folder / "alipay.pem")
    )
    return Alipay(account, HttpChannel(), notices(settings, "alipay"), clock, ours.url)


def _platform(folder: Path, *, now: datetime) -> Mapping[str, RSAPublicKey]:
    """The platform's keys: a certificate by its serial, a bare key by the name of its file. What
    has expired is left out.
    """
    found: dict[str, RSAPublicKey] = {}
    for path in sorted(folder.glob("*.pem")):
        data = path.read_bytes()
        if not data.startswith(_CERTIFICATE):
            found[path.stem] = _public(path)
            continue
        try:
            certificate = x509.load_pem_x509_certificate(data)
        except ValueError as error:
            raise _unusable(path) from error
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise _unusable(path)
        if now < certificate.not_valid_after_utc:
            found[f"{certificate.serial_number:X}"] = key
    if not found:
        raise Misconfigured(
            "没有有效的微信支付平台证书或公钥 / no platform certificate or key that is valid: put "
            "it into YINJI_KEYS/wechat/platform",
            field="wechat/platform",
        )
    return found


def _private(path: Path) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(read_private(path), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(path) from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < LEAST_BITS:
        raise _unusable(path)
    return key


def _public(path: Path) -> RSAPublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise Misconfigured(f"密钥无法读取 / cannot read {path.name}", field=path.name) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unusable(path) from error
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise _unusable(path)
    return key


def _unusable(path: Path) -> Misconfigured:
    return Misconfigured(
        f"不是 {LEAST_BITS} 位以上的 RSA 密钥(PEM) / {path.name} is no RSA key (PEM) of at least "
        f"{LEAST_BITS} bits",
        field=path.name,
    )
