"""Bank transfers (银行转账): no provider tells us; an officer reads the statement and confirms.

The payer writes the remark 作品名 + 流水号 (CP-28): the title, so that people recognise it, and the
order's number, which alone counts. The bank's own number of the movement is the event: confirmed
twice it is credited once.
"""

import re
import uuid
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from billing.errors import ForgedNotice
from billing.provider import Asking, PayBack, Place, Told
from core.errors import InvalidInput

NAME: Final = "transfer"
MERCHANT: Final = "office"
MOST_TITLE: Final = 20
"""Characters of a title that a remark holds: banks take about forty."""

_BEIJING: Final = ZoneInfo("Asia/Shanghai")
_REFERENCE: Final = re.compile(r"[0-9A-Za-z._/-]{4,40}")


class Transfer:
    """The adapter: it has nobody to ask, so nothing is known until an officer says so."""

    name = NAME
    heard = ""
    merchant = MERCHANT

    def ask(self, asking: Asking) -> Place:
        """The account is the office's; there is no page and no code."""
        _ = asking
        return Place(None, None)

    def query(self, reference: uuid.UUID) -> Told | None:
        """Nobody to ask."""
        _ = reference
        return None

    def close(self, reference: uuid.UUID) -> Told | None:
        """What comes all the same is credited when it is confirmed, and goes back."""
        _ = reference
        return None

    def refund(self, wanted: PayBack) -> str | None:
        """An officer transfers it back and says so."""
        _ = wanted
        return None

    def read_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told | None:
        """Banks send none. Raises ForgedNotice always."""
        _ = headers, body, now
        raise ForgedNotice("转账没有通知 / nobody tells of transfers by message", field="body")


def remark(title: str, number: str) -> str:
    """What the payer writes beside the transfer: 作品名+流水号."""
    return f"{title[:MOST_TITLE]} {number}".strip()


def event_of(office: str, reference: str) -> str:
    """The bank's number of a movement, apart from those of other offices' banks.

    Raises:
        InvalidInput: not such a number.
    """
    if not _REFERENCE.fullmatch(reference):
        raise InvalidInput(
            "银行流水号为 4–40 位字母、数字 / the bank's number: 4 to 40 letters and digits",
            field="bank_reference",
        )
    return f"{office}:{reference}"


def told(
    request_id: uuid.UUID, event: str, amount: Decimal, currency: str, on: date, *, now: datetime
) -> Told:
    """A transfer that an officer saw on the statement, in our words.

    Raises:
        InvalidInput: of a day to come.
    """
    if on > now.astimezone(_BEIJING).date():
        raise InvalidInput("到账日期在将来 / a day to come", field="received_on")
    paid_at = datetime.combine(on, time(), _BEIJING)
    return Told(NAME, MERCHANT, request_id, event, amount, currency, paid_at)
