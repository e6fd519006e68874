"""Evidence numbers as people type them, and those of their certificates."""

import pytest

from core.errors import InvalidInput
from evidence import numbers

NUMBER = "YJ-0123-4567-89AB-CDEZ"


@pytest.mark.parametrize(
    "typed",
    [
        "yj0123456789abcdez",
        " YJ 0123 4567 89AB CDEZ ",
        "YJ-O123-4567-89AB-CDEZ",
        "YJ—0123–4567−89AB‑CDEZ",
        "ＹＪ－０１２３－４５６７－８９ＡＢ－ＣＤＥＺ",
        f"{NUMBER}-1",
        f"{NUMBER} － 12 ",
        f"{NUMBER}-l",
    ],
)
def test_a_number_is_read_as_the_evidence_it_means(typed: str) -> None:
    assert numbers.normalise(typed) == NUMBER


@pytest.mark.parametrize("after", ["1", "-0", "-01", "-A", "-1-1", "-12345", "-Z"])
def test_what_follows_and_is_no_edition_is_a_typing_error(after: str) -> None:
    with pytest.raises(InvalidInput):
        numbers.normalise(NUMBER + after)
