"""A provider for installations that try things out: real messages and real signatures, no money.

It keeps its own books, files in a folder of its own, apart from the database: what it holds to be
paid survives whatever is lost here, as at any provider. Its payer opens a page and confirms. Then
it sends a message, signed with Ed25519 over `timestamp ‖ LF ‖ nonce ‖ LF ‖ body ‖ LF`, in the
headers `Sandbox-Timestamp` (Unix seconds), `Sandbox-Nonce` and `Sandbox-Signature` (base64).
"""

import base64
import binascii
import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from billing.errors import ForgedNotice, WrongPayment
from billing.money import read_amount, require_currency
from billing.provider import Asking, PayBack, Place, Told
from core import canonical
from core.errors import Conflict, InvalidInput, NotFound, OutsideError

NAME: Final = "sandbox"
TIMESTAMP: Final = "Sandbox-Timestamp"
NONCE: Final = "Sandbox-Nonce"
SIGNATURE: Final = "Sandbox-Signature"
EARLY: Final = timedelta(minutes=5)
"""So far may the provider's clock be ahead of ours. How old a message is does not matter: each
event is credited once, and money that came is not lost because its message was late."""

_FIELDS: Final = {"kind", "merchant", "reference", "event", "amount", "currency", "paid_at"}
_MOST_EVENT: Final = 64
_MOST_NONCE: Final = 64


@dataclass(frozen=True)
class Shown:
    """What a payer sees on the page."""

    merchant: str
    title: str
    amount: str
    currency: str
    state: str


@dataclass(frozen=True)
class Message:
    """A signed message as it is sent; `token` names the payment it is about."""

    token: str
    headers: Mapping[str, str]
    body: bytes


class Sandbox:
    """The adapter, and beside it what only its payers and its own machines do.

    `pages` is the address below which its pages are; `clock` is the provider's own.
    """

    name = NAME
    heard = ""

    def __init__(
        self, folder: Path, key: Ed25519PrivateKey, pages: str, clock: Callable[[], datetime]
    ) -> None:
        self._folder, self._key, self._pages, self._clock = folder, key, pages, clock
        self._public = key.public_key()
        secret = key.private_bytes_raw()
        self._token_key = hashlib.sha256(b"yinji sandbox pages" + secret).digest()

    @property
    def merchant(self) -> str:
        """Our number there: of this installation's key, so that two installations differ."""
        return "SANDBOX-" + hashlib.sha256(self._public.public_bytes_raw()).hexdigest()[:12]

    # What the provider does for us -------------------------------------------------------------

    def ask(self, asking: Asking) -> Place:
        """Take a payment; with the same reference it is the same one."""
        token = self._token(asking.reference)
        with self._books():
            kept = self._read(token)
            if kept is None:
                kept = {
                    "merchant": self.merchant,
                    "reference": asking.reference.hex,
                    "amount": str(asking.amount),
                    "currency": asking.currency,
                    "title": asking.title,
                    "state": "open",
                    "refunds": {},
                }
                self._write(token, kept)
        if kept["state"] == "closed":
            raise Conflict("此支付已关闭,请重新下单 / this payment was closed: order again")
        page = f"{self._pages}/{token}"
        return Place(page, page)

    def query(self, reference: uuid.UUID) -> Told | None:
        """How a payment stands."""
        with self._books():
            kept = self._read(self._token(reference))
        return None if kept is None or kept["state"] != "paid" else self._told(kept)

    def close(self, reference: uuid.UUID) -> Told | None:
        """Take no payment any more, unless it was paid already."""
        token = self._token(reference)
        with self._books():
            kept = self._read(token)
            if kept is not None and kept["state"] == "paid":
                return self._told(kept)
            blank = {"merchant": self.merchant, "reference": reference.hex, "refunds": {}}
            self._write(token, {**(kept or blank), "state": "closed"})
        return None

    def refund(self, wanted: PayBack) -> str | None:
        """Pay back, once for each reference and never more than came."""
        token = self._token(wanted.payment)
        with self._books():
            kept = self._read(token)
            if kept is None or kept["state"] != "paid" or kept["currency"] != wanted.currency:
                raise OutsideError("没有可退的支付 / nothing paid to pay back", permanent=True)
            refunds: dict[str, Any] = kept["refunds"]
            if wanted.reference.hex not in refunds:
                gone = sum((Decimal(each["amount"]) for each in refunds.values()), Decimal(0))
                if gone + wanted.amount > Decimal(kept["amount"]):
                    raise OutsideError("退款超过已付金额 / more than was paid", permanent=True)
                refunds[wanted.reference.hex] = {
                    "amount": str(wanted.amount), "event": self._event("R"),
                }  # fmt: skip
                self._write(token, kept)
        event: str = refunds[wanted.reference.hex]["event"]
        return event

    def read_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told:
        """What a message says, once its signature held."""
        return read_notice(self._public, headers, body, now=now)

    # What its payer does, at the page -----------------------------------------------------------

    def shown(self, token: str) -> Shown:
        """The page behind a token.

        Raises:
            NotFound: no such payment.
        """
        kept = self._page(token)
        return Shown(
            kept["merchant"], kept["title"], kept["amount"], kept["currency"], kept["state"]
        )

    def confirm(self, token: str) -> Shown:
        """The payer pays. Confirming again changes nothing.

        Raises:
            NotFound: no such payment. Conflict: it was closed.
        """
        with self._books():
            kept = self._page(token)
            if kept["state"] == "closed":
                raise Conflict("此支付已关闭,未扣款 / this payment was closed: nothing was paid")
            if kept["state"] == "open":
                paid = {"event": self._event("P"), "paid_at": canonical.format_time(self._clock())}
                self._write(token, {**kept, **paid, "state": "paid", "told": False})
        return self.shown(token)

    # What its own machines do --------------------------------------------------------------------

    def untold(self) -> Iterator[Message]:
        """Messages that nobody has taken yet, each signed anew."""
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.glob("*.json")):
            kept = self._read(path.stem)
            if kept is not None and kept["state"] == "paid" and not kept["told"]:
                body = canonical.encode({"kind": "payment", **_body(kept)})
                yield Message(path.stem, sign(self._key, body, now=self._clock()), body)

    def told(self, token: str) -> None:
        """The merchant has taken the message about this payment."""
        with self._books():
            kept = self._page(token)
            self._write(token, {**kept, "told": True})

    # Books ------------------------------------------------------------------------------------

    def _token(self, reference: uuid.UUID) -> str:
        """What opens the page: unguessable, and the same for the same reference."""
        return hmac.new(self._token_key, reference.bytes, hashlib.sha256).hexdigest()[:32]

    def _event(self, kind: str) -> str:
        return f"{kind}{self._clock():%Y%m%d}{secrets.token_hex(10)}"

    def _told(self, kept: Mapping[str, Any]) -> Told:
        return _read_body({"kind": "payment", **_body(kept)})

    def _page(self, token: str) -> dict[str, Any]:
        well_formed = len(token) == 32 and set(token) <= set("0123456789abcdef")  # noqa: PLR2004
        kept = self._read(token) if well_formed else None
        if kept is None or "title" not in kept:
            raise NotFound("没有这笔支付 / no such payment")
        return kept

    @contextmanager
    def _books(self) -> Iterator[None]:
        """One at a time, over all processes of this machine."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _read(self, token: str) -> dict[str, Any] | None:
        try:
            kept: dict[str, Any] = json.loads((self._folder / f"{token}.json").read_bytes())
        except FileNotFoundError:
            return None
        return kept

    def _write(self, token: str, kept: Mapping[str, Any]) -> None:
        path = self._folder / f"{token}.json"
        draft = self._folder / f".{token}.{secrets.token_hex(4)}"
        with draft.open("wb") as file:
            file.write(json.dumps(kept).encode())
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)


def sign(key: Ed25519PrivateKey, body: bytes, *, now: datetime) -> dict[str, str]:
    """The headers of a message with this body."""
    timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
    signature = key.sign(_signed(timestamp, nonce, body))
    return {
        TIMESTAMP: timestamp,
        NONCE: nonce,
        SIGNATURE: base64.b64encode(signature).decode(),
    }


def read_notice(
    key: Ed25519PublicKey, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> Told:
    """What a message says. Nothing of the body is looked at before its signature holds.

    Raises:
        ForgedNotice: a header is missing, or the signature is not this key's over just this.
        WrongPayment: signed, but not what a payment's message must say.
    """
    given = {name.lower(): value for name, value in headers.items()}
    timestamp = given.get(TIMESTAMP.lower(), "")
    nonce = given.get(NONCE.lower(), "")
    written = given.get(SIGNATURE.lower(), "")
    if not timestamp or not nonce or not written:
        raise _forged()
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or len(nonce) > _MOST_NONCE:
        raise _forged()
    try:
        signature = base64.b64decode(written, validate=True)
        key.verify(signature, _signed(timestamp, nonce, body))
    except (InvalidSignature, binascii.Error, UnicodeError, ValueError) as error:
        raise _forged() from error
    if int(timestamp) > (now + EARLY).timestamp():
        raise _forged()
    try:
        return _read_body(canonical.decode(body))
    except WrongPayment:
        raise
    except InvalidInput as error:
        raise WrongPayment(error.message, field=error.field or "body") from error


def _signed(timestamp: str, nonce: str, body: bytes) -> bytes:
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def _body(kept: Mapping[str, Any]) -> dict[str, Any]:
    names = ("merchant", "reference", "event", "amount", "currency", "paid_at")
    return {name: kept[name] for name in names}


def _read_body(value: object) -> Told:
    if not isinstance(value, dict) or set(value) != _FIELDS or value["kind"] != "payment":
        raise WrongPayment("不是支付通知 / not the message of a payment", field="kind")
    for name in ("merchant", "reference", "event"):
        text = value[name]
        if not isinstance(text, str) or not 1 <= len(text) <= _MOST_EVENT or not text.isascii():
            raise WrongPayment("内容不符 / not what was agreed", field=name)
    try:
        reference = uuid.UUID(hex=value["reference"])
    except ValueError as error:
        raise WrongPayment("没有这笔支付请求 / no such payment", field="reference") from error
    amount = read_amount(value["amount"], "amount")
    if not amount:
        raise WrongPayment("金额须大于零 / must be more than nothing", field="amount")
    return Told(
        provider=NAME,
        merchant=value["merchant"],
        reference=reference,
        event=value["event"],
        amount=amount,
        currency=require_currency(value["currency"], "currency"),
        paid_at=canonical.parse_time(value["paid_at"]).astimezone(UTC),
    )


def _forged() -> ForgedNotice:
    return ForgedNotice(
        "通知没有有效签名,已拒绝 / the message carries no valid signature: refused",
        field=SIGNATURE,
    )
