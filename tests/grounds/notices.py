"""Messages about payments as a thief would send them: none of them is the provider's."""

import base64
import itertools
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from billing.sandbox import NONCE, SIGNATURE, TIMESTAMP

_CHANGES: tuple[dict[str, Any], ...] = (
    {"amount": "0.01"}, {"amount": "-150.00"}, {"amount": "0.00"}, {"amount": "15000.00"},
    {"amount": 150}, {"amount": "1E2"}, {"amount": None}, {"currency": "USD"}, {"currency": "cny"},
    {"merchant": "SANDBOX-000000000000"}, {"merchant": ""}, {"event": "P1"}, {"event": ""},
    {"reference": uuid.UUID(int=0).hex}, {"reference": "../../x"}, {"kind": "refund"},
    {"paid_at": "2020-01-01T00:00:00.000Z"}, {"state": "paid"}, {},
)  # fmt: skip


def forged_notices(
    headers: Mapping[str, str], body: bytes
) -> Iterator[tuple[dict[str, str], bytes]]:
    """More than 200 of them, made from a real one. Each differs from it in body or signature."""
    good: dict[str, Any] = json.loads(body)
    key = Ed25519PrivateKey.generate()
    signings = [
        dict[str, str](),  # no signature at all: a known hole of real merchants
        {TIMESTAMP: headers[TIMESTAMP], NONCE: headers[NONCE]},
        {**headers, SIGNATURE: ""},
        {**headers, SIGNATURE: base64.b64encode(b"\0" * 64).decode()},
        {**headers, SIGNATURE: base64.b64encode(key.sign(body)).decode()},
        {**headers, SIGNATURE: headers[SIGNATURE][:-4]},
        {**headers, SIGNATURE: headers[SIGNATURE] + "AAAA"},
        {**headers, SIGNATURE: "null"},
        {**headers, SIGNATURE: base64.b64encode(body[:64]).decode()},
    ]
    for change, signing in itertools.product(_CHANGES, signings):
        yield dict(signing), _spelt({**good, **change})
    for change in _CHANGES[:-1]:
        # The right signature, of another body.
        yield dict(headers), _spelt({**good, **change})
    # The right body and signature, at another time or with another nonce.
    yield {**headers, TIMESTAMP: str(int(headers[TIMESTAMP]) + 1)}, body
    yield {**headers, NONCE: "0" * 32}, body
    # A header's end moved into the next one: the signed text would be the same without its lines.
    first, rest = headers[NONCE][0], headers[NONCE][1:]
    yield {**headers, NONCE: rest, TIMESTAMP: headers[TIMESTAMP] + first}, body
    for odd in (b"", b"{}", b"[]", b"null", body + b"\n", body + b" ", b"\xef\xbb\xbf" + body):
        yield dict(headers), odd
    for place in range(0, len(body), max(1, len(body) // 20)):
        yield dict(headers), body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


def _spelt(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
