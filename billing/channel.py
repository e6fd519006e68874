"""One exchange with a payment provider over HTTP, and RSA signatures as both of them write them.

Promises: one request, no redirects followed, no proxy taken from the environment, an answer of at
most 256 KiB within the time allowed. What did not come back whole is unknown, never failed.
"""

import base64
import binascii
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import httpx2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from core.errors import OutcomeUnknown, OutsideError

MOST_ANSWER: Final = 256 * 1024
SECONDS: Final = 15.0


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Channel(Protocol):
    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One exchange.

        Raises:
            OutsideError: the provider was not reached.
            OutcomeUnknown: the exchange broke off; it may have acted.
        """


@dataclass(frozen=True)
class HttpChannel:
    """The network. `seconds` are for the whole exchange."""

    seconds: float = SECONDS

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One exchange; see `Channel`."""
        deadline = time.monotonic() + self.seconds
        try:
            with (
                httpx2.Client(timeout=self.seconds, trust_env=False) as client,
                client.stream(method, url, content=body, headers=dict(headers)) as response,
            ):
                return Answer(
                    response.status_code,
                    {name.lower(): value for name, value in response.headers.items()},
                    _read(response, deadline),
                )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise OutsideError("无法连接支付机构 / the payment provider was not reached") from error
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise OutsideError(
                "支付机构地址无效 / the provider's address is not usable", permanent=True
            ) from error
        except httpx2.HTTPError as error:
            raise OutcomeUnknown("与支付机构的连接中断 / the exchange broke off") from error


def rsa_sign(key: RSAPrivateKey, text: bytes) -> str:
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2), in base64."""
    return base64.b64encode(key.sign(text, PKCS1v15(), SHA256())).decode()


def rsa_holds(key: RSAPublicKey, signature: str, text: bytes) -> bool:
    """Whether `signature`, in base64, is this key's over exactly `text`."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _read(response: httpx2.Response, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MOST_ANSWER:
            raise OutcomeUnknown("支付机构应答过大 / the provider's answer is too large")
        # The library's limit is for each read; an answer that trickles would outlive it.
        if time.monotonic() > deadline:
            raise OutcomeUnknown("支付机构应答过慢 / the provider's answer took too long")
    return bytes(body)
