"""Passwords are argon2id, and an unknown account costs what a known one costs."""

import time

import pytest

from accounts.passwords import Passwords, check_new
from core.errors import InvalidInput

GOOD = "correct horse battery"


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords(64)


class TestMatches:
    def test_the_right_password_matches_and_another_does_not(self, passwords: Passwords) -> None:
        kept = passwords.hash(GOOD)
        assert kept.startswith("$argon2id$")
        assert passwords.matches(GOOD, kept)
        assert not passwords.matches(GOOD + "!", kept)

    def test_it_takes_the_memory_that_is_asked(self, passwords: Passwords) -> None:
        assert "$m=65536,t=3,p=4$" in passwords.hash(GOOD)
        lighter = Passwords(19)
        assert f"$m={19 * 1024},t=3,p=4$" in lighter.hash(GOOD)

    def test_what_was_hashed_with_other_figures_still_matches(self, passwords: Passwords) -> None:
        kept = Passwords(19).hash(GOOD)
        assert passwords.matches(GOOD, kept)
        assert not passwords.matches(GOOD + "!", kept)

    def test_both_spellings_of_a_composed_letter_are_one_password(
        self, passwords: Passwords
    ) -> None:
        assert passwords.matches("pa\u0301ssword 123", passwords.hash("p\u00e1ssword 123"))

    def test_no_account_never_matches(self, passwords: Passwords) -> None:
        assert not passwords.matches("nobody has this password", None)

    def test_no_account_takes_as_long_as_a_wrong_password(self, passwords: Passwords) -> None:
        kept = passwords.hash(GOOD)
        spent = {None: 0.0, kept: 0.0}
        for _ in range(3):
            for each in spent:
                began = time.thread_time()
                passwords.matches("wrong password", each)
                spent[each] += time.thread_time() - began
        assert spent[None] > spent[kept] / 3
        assert spent[kept] > spent[None] / 3


class TestCheckNew:
    @pytest.mark.parametrize("bad", ["short", "aaaaaaaaaaaa", "x" * 9, "y" * 257])
    def test_refuses_by_field(self, bad: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            check_new(bad, "password")
        assert refusal.value.field == "password"

    def test_refuses_the_name_of_the_account(self) -> None:
        with pytest.raises(InvalidInput):
            check_new("Zhang@Example.org", "password", not_like="zhang@example.org")

    def test_takes_a_sentence_in_any_script(self) -> None:
        check_new("床前明月光疑是地上霜", "password")
