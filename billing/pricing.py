"""What is to be paid, and why: a pure function from a price list and what is wished to lines.

Every line whose conditions hold is due, one beside the other. A price `per` work is due once. One
`per` series piece is due for each piece after the first, which the price of the work covers. The
price of urgent handling comes on top, and only for who asks for it. When a waiver applies nothing
is due; the lines stay, and one of its own takes them back and says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from billing.money import NOTHING, exact, require_currency
from core.errors import InvalidInput

MOST_PIECES: Final = 10_000
WAIVED: Final = "waived"
PAID_BEFORE: Final = "paid_before"


@dataclass(frozen=True)
class Price:
    """One line of a price list. `only` names facts and the values it is for; left out: all."""

    code: str
    name: str
    amount: Decimal
    per: Literal["work", "series_piece"]
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    urgent: bool = False


@dataclass(frozen=True)
class PriceList:
    """`edition` says which list this is, for ever. `waivers`: ground to the sentence about it."""

    edition: str
    currency: str
    prices: tuple[Price, ...]
    waivers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wish:
    """What is asked of the seller. `facts` as the prices name them (form, category, applicant);
    `grounds` those of waivers that hold here; `paid_before` what was settled for the same thing.
    """

    facts: Mapping[str, str]
    pieces: int = 1
    urgent: bool = False
    grounds: tuple[str, ...] = ()
    paid_before: Decimal = NOTHING


@dataclass(frozen=True)
class Line:
    """One line of a quote or an order. Only what takes something back is negative."""

    code: str
    name: str
    unit: Decimal
    quantity: int
    reason: str

    @property
    def amount(self) -> Decimal:
        return self.unit * self.quantity


@dataclass(frozen=True)
class Quote:
    """What a wish costs by one edition of a price list."""

    edition: str
    currency: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), NOTHING)


def quote(prices: PriceList, wish: Wish) -> Quote:
    """The lines that are due.

    Raises:
        InvalidInput: a number of pieces no series has, or urgent handling where none has a price.
    """
    if not 1 <= wish.pieces <= MOST_PIECES:
        raise InvalidInput(f"件数为 1–{MOST_PIECES} / pieces", field="series_pieces")
    lines = [line for price in prices.prices if (line := _line(price, wish)) is not None]
    if wish.urgent and not urgent_offered(prices, wish):
        raise InvalidInput(
            "此处不提供加急办理,请去掉 / no urgent handling is offered here: leave it out",
            field="urgent",
        )
    currency = require_currency(prices.currency, "currency")
    due = sum((line.amount for line in lines), NOTHING)
    ground = next((each for each in wish.grounds if each in prices.waivers), None)
    if ground is not None and due:
        lines.append(Line(f"{WAIVED}_{ground}", "免缴 waived", -due, 1, prices.waivers[ground]))
    elif ground is None and (taken := min(due, wish.paid_before)):
        lines.append(
            Line(PAID_BEFORE, "已缴 paid before", -taken, 1,
                 "此前已为同一事项缴纳 / paid for the same matter before")
        )  # fmt: skip
    return Quote(prices.edition, currency, tuple(lines))


def urgent_offered(prices: PriceList, wish: Wish) -> bool:
    """Whether urgent handling has a price for such a wish."""
    return any(price.urgent and _holds(price, wish) for price in prices.prices)


def _line(price: Price, wish: Wish) -> Line | None:
    quantity = 1 if price.per == "work" else wish.pieces - 1
    if not quantity or not _holds(price, wish) or (price.urgent and not wish.urgent):
        return None
    unit = exact(price.amount, f"prices.{price.code}")
    return Line(price.code, price.name, unit, quantity, _reason(price, wish, quantity))


def _holds(price: Price, wish: Wish) -> bool:
    return all(not wanted or wish.facts.get(name) in wanted for name, wanted in price.only.items())


def _reason(price: Price, wish: Wish, quantity: int) -> str:
    if price.urgent:
        return "申请加急办理 / urgent handling was asked for"
    if price.per == "series_piece":
        return f"系列作品第二件起,共 {quantity} 件 / pieces of the series after the first"
    named = [wish.facts[name] for name, wanted in price.only.items() if wanted]
    return f"适用 applies to: {', '.join(named)}" if named else "每件作品 / for each work"
