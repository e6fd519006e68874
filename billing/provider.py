"""What a payment provider is to us: four questions, and messages whose signature is checked first.

Adapters are files named after the provider (`sandbox.py`). Whatever they cannot tell they say by
`OutsideError`: unknown is never failed, and the same question with the same reference may be asked
again at any time.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True)
class Asking:
    """A payment to be taken: `reference` is ours and unique; `title` is what the payer reads."""

    reference: uuid.UUID
    amount: Decimal
    currency: str
    title: str


@dataclass(frozen=True)
class Place:
    """Where and how the payer pays: a page to open, or a text to draw as a code, or both."""

    page: str | None
    code: str | None


@dataclass(frozen=True)
class Told:
    """A payment that a provider says was made; every value is its own word, to be compared."""

    provider: str
    merchant: str
    reference: uuid.UUID
    event: str
    amount: Decimal
    currency: str
    paid_at: datetime


@dataclass(frozen=True)
class PayBack:
    """Money to be paid back: `reference` is the refund's, `payment` that of the payment, and
    `paid` what came by it.
    """

    reference: uuid.UUID
    payment: uuid.UUID
    amount: Decimal
    currency: str
    paid: Decimal


class Provider(Protocol):
    """One provider, for one merchant."""

    @property
    def name(self) -> str: ...

    @property
    def merchant(self) -> str:
        """Our number there."""

    @property
    def heard(self) -> str:
        """What the provider wants to read when we have taken its message; empty: nothing."""

    def ask(self, asking: Asking) -> Place:
        """Let it take a payment. With the same reference: the same payment, and a place where it
        can be paid now.
        """

    def query(self, reference: uuid.UUID) -> Told | None:
        """How a payment stands; None when nothing was paid (yet)."""

    def close(self, reference: uuid.UUID) -> Told | None:
        """Take no payment any more; or what was paid already. Unknown references are closed."""

    def refund(self, wanted: PayBack) -> str | None:
        """Pay back; the event's number when it is done, None while it is under way."""

    def read_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told | None:
        """What a message says; None when it truly is the provider's, but tells of no payment. The
        signature is verified before the body is read.

        Raises:
            ForgedNotice: no signature, or not the provider's.
            WrongPayment: signed, but not such a message.
        """
