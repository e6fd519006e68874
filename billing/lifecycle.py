"""The states of an order, of a payment asked for, and of a refund; transitions are data."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class OrderState(StrEnum):
    OPEN = "open"  # the payer: choose a way and pay before it expires
    PAID = "paid"  # nobody: what was paid for goes on by itself
    CANCELLED = "cancelled"  # nobody: what it was for was taken back
    EXPIRED = "expired"  # nobody: the payer may open another
    REFUNDING = "refunding"  # the worker: ask the provider until it has paid back
    REFUNDED = "refunded"  # nobody
    PARTLY_REFUNDED = "partly_refunded"  # nobody; the rest may still be paid back


ORDER: Final[Mapping[OrderState, frozenset[OrderState]]] = {
    OrderState.OPEN: frozenset({OrderState.PAID, OrderState.CANCELLED, OrderState.EXPIRED}),
    OrderState.PAID: frozenset({OrderState.REFUNDING}),
    OrderState.CANCELLED: frozenset(),
    OrderState.EXPIRED: frozenset(),
    OrderState.REFUNDING: frozenset({OrderState.REFUNDED, OrderState.PARTLY_REFUNDED}),
    OrderState.PARTLY_REFUNDED: frozenset({OrderState.REFUNDING}),
    OrderState.REFUNDED: frozenset(),
}

SETTLED: Final = frozenset({OrderState.PAID})
"""What was ordered may be had. While money goes back, and after, it may not."""


class RequestState(StrEnum):
    """Of a payment that a provider was asked to take. Its end is the provider's word only."""

    INTENDED = "intended"  # we: ask the provider, with this reference, as often as it takes
    ASKED = "asked"  # the payer: pay; the worker: ask the provider how it stands
    PAID = "paid"  # nobody
    CLOSED = "closed"  # nobody: the provider takes no payment for it any more


REQUEST: Final[Mapping[RequestState, frozenset[RequestState]]] = {
    RequestState.INTENDED: frozenset({RequestState.ASKED, RequestState.PAID, RequestState.CLOSED}),
    RequestState.ASKED: frozenset({RequestState.PAID, RequestState.CLOSED}),
    # A provider that closed it and then took money all the same: the money is never lost.
    RequestState.CLOSED: frozenset({RequestState.PAID}),
    RequestState.PAID: frozenset(),
}


class RefundState(StrEnum):
    """There is no failed refund: what we owe, we owe until it is paid back."""

    INTENDED = "intended"  # the worker: ask the provider, with this reference, until it has
    DONE = "done"  # nobody


REFUND: Final[Mapping[RefundState, frozenset[RefundState]]] = {
    RefundState.INTENDED: frozenset({RefundState.DONE}),
    RefundState.DONE: frozenset(),
}
