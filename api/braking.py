"""Guessing passwords is slow, and nobody keeps somebody else out by guessing."""

from collections.abc import Callable
from typing import Final

from api.auth import blinded
from api.limits import Limiter
from core.errors import RateLimited

_ADDRESSES: Final = 6
"""A network address may try this many times as often as one account: people share addresses."""

_HOURLY: Final = 10
_ANYWHERE: Final = 100
"""In an hour, for one name from everywhere, so many times what one address may in a minute. One
address alone (`_HOURLY`) comes nowhere near, but ten that work together fill it.
"""


_CODES_PER_HOUR: Final = 10


def brake_codes(limiter: Limiter, to: str, asking: str | None = None) -> None:
    """Count a code that is about to go to this address, and what its account, if any, asked for.

    Raises:
        RateLimited: too many in an hour.
    """
    for counted in (blinded(to), asking):
        if counted is not None:
            limiter.check(f"contact:{counted}", _CODES_PER_HOUR, 3600)


def brake(
    limiter: Limiter,
    what: str,
    address: str,
    named: str,
    often: int,
    is_known: Callable[[], bool] = lambda: False,
) -> None:
    """Count one try, in ladders: an address; a name from an address; a name from everywhere. A
    try that one refuses counts for none after it.

    Where guesses from everywhere have filled the last, a try from an address at which the owner
    has signed in lately (`is_known`, asked only then) goes on, within what that address may:
    whoever guesses elsewhere does not keep the owner out. A guesser gains by it only at the owner's
    own addresses, `often * _HOURLY` tries an hour at each.

    There is no count of everybody's tries: whoever filled it would close the door to all.

    Raises:
        RateLimited: too often.
    """
    name = blinded(named)
    limiter.check(f"{what}:{address}", often * _ADDRESSES)
    limiter.check(f"{what}:{name}:{address}", often)
    limiter.check(f"{what}-hour:{name}:{address}", often * _HOURLY, 3600)
    try:
        limiter.check(f"{what}-anywhere:{name}", often * _ANYWHERE, 3600)
    except RateLimited:
        if not is_known():
            raise
