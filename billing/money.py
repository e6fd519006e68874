"""Amounts: decimals with two places, and a currency that is always named. Nothing rounds here."""

import re
from decimal import Decimal
from typing import Final

from core.errors import InvalidInput

CENT: Final = Decimal("0.01")
NOTHING: Final = Decimal("0.00")
MOST: Final = Decimal("99999999.99")
_WRITTEN: Final = re.compile(r"(0|[1-9][0-9]{0,7})\.[0-9]{2}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def read_amount(text: object, field: str) -> Decimal:
    """An amount as it is written in a body: `150.00`, and in no other way.

    Raises:
        InvalidInput: no text, a sign, an exponent, another number of decimals, other digits.
    """
    if not isinstance(text, str) or not _WRITTEN.fullmatch(text):
        raise InvalidInput('金额写作 "150.00" / an amount, as text with two decimals', field=field)
    return Decimal(text)


def exact(amount: Decimal, field: str) -> Decimal:
    """The same amount with two places.

    Raises:
        InvalidInput: negative, more than two decimals, or more than the ledger holds.
    """
    if not amount.is_finite() or not 0 <= amount <= MOST or amount != amount.quantize(CENT):
        raise InvalidInput(
            f"金额须为 0 至 {MOST},两位小数 / an amount with two decimals", field=field
        )
    return amount.quantize(CENT)


def require_currency(code: object, field: str) -> str:
    """Raises InvalidInput unless `code` is three capital letters (ISO 4217)."""
    if not isinstance(code, str) or not _CURRENCY.fullmatch(code):
        raise InvalidInput("货币代码为三个大写字母 / an ISO 4217 code", field=field)
    return code
