"""How titles are found by any part of them, without reading each."""

from hypothesis import given
from hypothesis import strategies as st

from registry.announcing import letters
from registry.conflicts import folded

TEXTS = st.text(min_size=1, max_size=40)


@given(TEXTS, st.data())
def test_every_part_of_a_title_has_only_letters_that_the_title_has(
    title: str, data: st.DataObject
) -> None:
    text = folded(title)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert set(letters(text[start:end])) <= set(letters(text))


def test_the_order_of_letters_counts() -> None:
    assert not set(letters("水山")) <= set(letters("山水"))


def test_what_people_type_alike_is_alike() -> None:
    assert folded("Sea  ABC 12") == folded("ｓｅａ\u3000abc１２")
