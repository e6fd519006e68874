"""How titles are found by any part of them, without reading each."""

from hypothesis import given
from hypothesis import strategies as st

from registry.announcing import fold, letters

TEXTS = st.text(min_size=1, max_size=40)


@given(TEXTS, st.data())
def test_every_part_of_a_title_has_only_letters_that_the_title_has(
    title: str, data: st.DataObject
) -> None:
    folded = fold(title)
    start = data.draw(st.integers(0, len(folded)))
    end = data.draw(st.integers(start, len(folded)))
    assert set(letters(folded[start:end])) <= set(letters(folded))


def test_the_order_of_letters_counts() -> None:
    assert not set(letters("水山")) <= set(letters("山水"))


def test_what_people_type_alike_is_alike() -> None:
    assert fold("Sea  ABC 12") == fold("ｓｅａ\u3000abc１２")
