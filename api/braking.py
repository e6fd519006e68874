"""Guessing passwords is slow, and nobody keeps somebody else out by guessing."""

from typing import Final

from api.auth import blinded
from api.limits import Limiter

_ADDRESSES: Final = 6
"""A network address may try this many times as often as one account: people share addresses."""

_HOURLY: Final = 10
_ANYWHERE: Final = 100
"""In an hour, for one name from everywhere, so many times what one address may in a minute: one
address alone (`_HOURLY`) comes nowhere near, so its guesses do not keep the owner out.
"""


def brake(limiter: Limiter, what: str, address: str, named: str, often: int) -> None:
    """Count one try, in ladders: an address; a name from an address; a name from everywhere. A
    try that one refuses counts for none after it.

    There is no count of everybody's tries: whoever filled it would close the door to all.

    Raises:
        RateLimited: too often.
    """
    name = blinded(named)
    limiter.check(f"{what}:{address}", often * _ADDRESSES)
    limiter.check(f"{what}:{name}:{address}", often)
    limiter.check(f"{what}-hour:{name}:{address}", often * _HOURLY, 3600)
    limiter.check(f"{what}-anywhere:{name}", often * _ANYWHERE, 3600)
