"""Prices: a pure function, in decimals, with a reason for every line."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.money import MOST, exact, read_amount
from billing.pricing import Price, PriceList, Wish, quote, urgent_offered
from core.errors import InvalidInput

WORK = Price("work", "登记费", Decimal("300.00"), "work")
PIECE = Price("piece", "系列每件", Decimal("100.00"), "series_piece")
URGENT = Price("urgent", "加急费", Decimal("500.00"), "work", {"category": ("text",)}, urgent=True)
WAIVERS = {"evidence_paid": "存证已付", "resubmission": "退回不再收费"}
LIST = PriceList("x:1", "CNY", (WORK, PIECE, URGENT), WAIVERS)
TEXT = {"form": "work", "category": "text", "applicant": "individual"}


def codes(wish: Wish, prices: PriceList = LIST) -> dict[str, str]:
    return {line.code: str(line.amount) for line in quote(prices, wish).lines}


class TestQuote:
    def test_asks_for_the_work_once(self) -> None:
        assert codes(Wish(TEXT)) == {"work": "300.00"}

    def test_asks_for_each_piece_after_the_first(self) -> None:
        assert codes(Wish(TEXT, pieces=4)) == {"work": "300.00", "piece": "300.00"}

    def test_asks_for_urgent_handling_only_where_somebody_asks(self) -> None:
        assert codes(Wish(TEXT, urgent=True)) == {"work": "300.00", "urgent": "500.00"}

    def test_refuses_urgent_handling_that_has_no_price(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            quote(LIST, Wish({**TEXT, "category": "music"}, urgent=True))
        assert caught.value.field == "urgent"
        assert not urgent_offered(LIST, Wish({**TEXT, "category": "music"}))

    def test_leaves_out_what_is_for_others(self) -> None:
        only = Price("org", "单位", Decimal("250.00"), "work", {"applicant": ("organisation",)})
        prices = PriceList("x:1", "CNY", (only,))
        assert codes(Wish(TEXT), prices) == {}
        assert codes(Wish({**TEXT, "applicant": "organisation"}), prices) == {"org": "250.00"}

    @pytest.mark.parametrize("ground", WAIVERS)
    def test_takes_everything_back_by_a_waiver_and_says_why(self, ground: str) -> None:
        made = quote(LIST, Wish(TEXT, urgent=True, grounds=(ground,)))
        assert made.total == 0
        assert (made.lines[-1].code, made.lines[-1].reason) == (f"waived_{ground}", WAIVERS[ground])

    def test_knows_no_waiver_that_the_list_does_not_have(self) -> None:
        assert quote(LIST, Wish(TEXT, grounds=("official",))).total == Decimal("300.00")

    def test_asks_for_the_difference_to_what_was_paid_before(self) -> None:
        bare = PriceList("x:1", "CNY", (WORK, PIECE))
        assert quote(bare, Wish(TEXT, paid_before=Decimal("300.00"))).total == 0
        more = quote(bare, Wish(TEXT, pieces=3, paid_before=Decimal("300.00")))
        assert more.total == Decimal("200.00")

    def test_never_pays_anybody(self) -> None:
        assert quote(LIST, Wish(TEXT, paid_before=Decimal("999.00"))).total == 0

    @pytest.mark.parametrize("pieces", [0, -1, 10_001])
    def test_refuses_a_number_of_pieces_no_series_has(self, pieces: int) -> None:
        with pytest.raises(InvalidInput) as caught:
            quote(LIST, Wish(TEXT, pieces=pieces))
        assert caught.value.field == "series_pieces"

    @given(
        st.lists(st.decimals(0, 10_000, places=2), max_size=6),
        st.integers(1, 10_000),
        st.decimals(0, 10_000, places=2),
        st.sampled_from([(), ("resubmission",), ("official",)]),
    )
    def test_sums_exactly_and_never_below_nothing(
        self, amounts: list[Decimal], pieces: int, paid: Decimal, grounds: tuple[str, ...]
    ) -> None:
        prices = tuple(
            Price(f"p{place}", "p", amount, "series_piece" if place % 2 else "work")
            for place, amount in enumerate(amounts)
        )
        made = quote(
            PriceList("x:1", "CNY", prices, WAIVERS),
            Wish(TEXT, pieces=pieces, grounds=grounds, paid_before=paid),
        )
        due = sum(
            (int(a * 100) * (pieces - 1 if place % 2 else 1) for place, a in enumerate(amounts)), 0
        )
        expected = 0 if "resubmission" in grounds else max(0, due - int(paid * 100))
        assert int(made.total * 100) == expected
        assert made.total == made.total.quantize(Decimal("0.01"))

    def test_is_in_a_currency_that_has_a_name(self) -> None:
        with pytest.raises(InvalidInput):
            quote(PriceList("x:1", "yuan", (WORK,)), Wish(TEXT))


@pytest.mark.parametrize(
    "text",
    ["150", "150.0", "150.000", "-150.00", "+150.00", " 150.00", "1e2", "0150.00", "150,00",
     "１５０.00", "NaN", "Infinity", "999999999.00", "", 150, 150.0, None, True],
)  # fmt: skip
def test_an_amount_is_written_in_one_way(text: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_amount(text, "amount")
    assert caught.value.field == "amount"


@pytest.mark.parametrize("amount", ["-0.01", "0.001", "NaN", "Infinity", "100000000.00"])
def test_what_the_ledger_cannot_hold_is_refused(amount: str) -> None:
    with pytest.raises(InvalidInput):
        exact(Decimal(amount), "amount")
    assert exact(MOST, "amount") == MOST
