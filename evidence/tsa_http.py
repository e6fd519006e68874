"""A time-stamp authority behind HTTP (RFC 3161 section 3.4).

Promises: one request, no redirects followed, no proxy taken from the environment, an answer of at
most 64 KiB within the time allowed for the whole exchange. The bytes are handed on unchecked:
`evidence.rfc3161.request_token` checks them. Asking twice is harmless; a second token is only
another token.
"""

import time
from dataclasses import dataclass

import httpx2

from core.errors import OutcomeUnknown, OutsideError
from evidence.rfc3161 import MAX_RESPONSE_BYTES, QUERY_TYPE, REPLY_TYPE

_OK = 200
# A redirect is not followed, and a client error will come again, but for those that say "later".
_LASTING = frozenset(range(300, 500)) - {408, 425, 429}


@dataclass(frozen=True, slots=True)
class HttpTimestampClient:
    """Posts requests to `url`. `timeout` is in seconds, for the whole exchange.

    `transport` replaces the network, for tests and for installations with a channel of their own.
    """

    url: str
    timeout: float
    transport: httpx2.BaseTransport | None = None

    def ask(self, request_der: bytes) -> bytes:
        """The body of the authority's answer.

        Raises OutsideError (permanent when repeating cannot help) when the authority was not
        reached or answered with something else, OutcomeUnknown when the exchange broke off.
        """
        headers = {"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE}
        deadline = time.monotonic() + self.timeout
        try:
            with (
                httpx2.Client(
                    timeout=self.timeout, transport=self.transport, trust_env=False
                ) as client,
                client.stream("POST", self.url, content=request_der, headers=headers) as response,
            ):
                _check_head(response)
                return _read(response, deadline)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise OutsideError("无法连接时间戳机构 / the authority was not reached") from error
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise OutsideError(
                "时间戳机构地址无效 / the authority's address is not usable", permanent=True
            ) from error
        except httpx2.HTTPError as error:
            raise OutcomeUnknown("与时间戳机构的连接中断 / the exchange broke off") from error


def _check_head(response: httpx2.Response) -> None:
    status = response.status_code
    if status != _OK:
        raise OutsideError(
            f"时间戳机构答复 HTTP {status} / the authority answered HTTP {status}",
            permanent=status in _LASTING,
        )
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != REPLY_TYPE:
        raise OutsideError(
            "答复不是时间戳类型 / the answer is not of a time-stamp's media type", permanent=True
        )


def _read(response: httpx2.Response, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_RESPONSE_BYTES:
            raise OutsideError(
                "时间戳答复过大 / the authority's answer is too large", permanent=True
            )
        # The library's limit is for each read; an answer that trickles would outlive it.
        if time.monotonic() > deadline:
            raise OutcomeUnknown("时间戳机构答复过慢 / the authority's answer took too long")
    return bytes(body)
