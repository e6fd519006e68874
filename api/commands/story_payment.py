"""The part of `yinji story` that pays: somebody with nothing but the link opens the page and
confirms, as the provider's own wallet would; the applicant then waits for the provider's word.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from core.errors import OutsideError

Ask = Callable[..., dict[str, Any]]

_POLL: Final = 0.2
_PATIENCE: Final = 60.0


def pay(ask: Ask, matter: dict[str, Any]) -> dict[str, Any]:
    """Pay the order of a matter in the sandbox; the matter, once that has moved it on.

    Raises:
        OutsideError: the page refused, or no payment was credited in time.
    """
    import httpx2

    order = matter["order"]["id"]
    started = ask("PUT", f"/orders/{order}/payment", {"way": "sandbox"})["started"]
    page = started[-1]["page"]
    with httpx2.Client(timeout=30, trust_env=False) as wallet:
        for answer in (wallet.get(page), wallet.post(page)):
            if answer.status_code not in {200, 303}:
                raise OutsideError(f"支付页 pay page: {answer.status_code}")
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found = ask("GET", f"/matters/{matter['id']}")
        if found["state"] != "payment":
            return found
        time.sleep(_POLL)
    raise OutsideError("支付未在时限内入账 / no payment was credited in time")
