"""Identity numbers: one spelling, the form of their standard, and never more claimed than that."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.documents import BODIES, NATURAL, UNCHECKED, DocumentKind, age_on, read_document
from core.errors import InvalidInput

TODAY = date(2026, 11, 25)
GOOD = [
    ("resident_id", "11010519491231002X"),
    ("residence_permit", "830000199001010020"),
    ("hk_macau_permit", "H12345678"),
    ("hk_macau_permit", "M1234567801"),
    ("taiwan_permit", "12345678"),
    ("taiwan_permit", "1234567801"),
    ("passport", "E12345678"),
    ("passport", "EA1234567"),
    ("passport", "G12345678"),
    ("permanent_residence", "FRA110012345678"),
    ("officer_card", "军字第2001988号"),
    ("credit_code", "91350100M000100Y43"),
    ("credit_code", "11320000MB151840XJ"),
    ("body_code", "M000100Y4"),
    ("body_code", "MB151840X"),
]
BAD = [
    ("resident_id", "110105194912310021", "check character"),
    ("resident_id", "440524188001010014", "day of birth"),
    ("resident_id", "110105194902300020", "day of birth"),
    ("resident_id", "11010520991231002X", "day of birth"),
    ("resident_id", "110105491231002", "15"),
    ("resident_id", "99010519491231002X", "province"),
    ("resident_id", "1101051949123100", "18"),
    ("resident_id", "110105194912310O2X", "18"),
    ("residence_permit", "11010519491231002X", "810000"),
    ("residence_permit", "830000199001010021", "check character"),
    ("hk_macau_permit", "A12345678", "H"),
    ("hk_macau_permit", "H123456789", "H"),
    ("taiwan_permit", "123456789", "8"),
    ("passport", "12345678", "E"),
    ("passport", "EI1234567", "E"),
    ("permanent_residence", "11010519491231002X", "9"),
    ("officer_card", "1", "4"),
    ("credit_code", "91350100M000100Y4Z", "18"),
    ("credit_code", "91350100M000100Y44", "check character"),
    # Its own check fits; that of the body code inside it does not.
    ("credit_code", "91350100M000100Y56", "check character"),
    ("credit_code", "9135010OM000100Y43", "18"),
    ("body_code", "M000100Y5", "check character"),
    ("other_body", "x" * 41, "40"),
    ("resident_id", " \u3000 ", "enter"),
]


@pytest.mark.parametrize(("kind", "number"), GOOD)
def test_numbers_of_the_right_form_are_taken(kind: str, number: str) -> None:
    assert read_document(kind, number, today=TODAY).number == number


@pytest.mark.parametrize(("kind", "number", "word"), BAD)
def test_others_are_refused_by_field_with_a_remedy_and_not_repeated(
    kind: str, number: str, word: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_document(kind, number, today=TODAY)
    assert refusal.value.field == "number"
    assert word in refusal.value.message
    assert len(number) < 5 or number not in refusal.value.message


def test_a_kind_nobody_knows_is_refused_by_its_own_field() -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_document("library_card", "12345678", today=TODAY)
    assert refusal.value.field == "document_kind"


@pytest.mark.parametrize(
    "typed",
    [
        " 110105 19491231 002x ",
        "11010519491231002x",
        "\uff11\uff11010519491231002\uff38",
        "110105\u00a019491231\u3000002X\t",
    ],
)
def test_full_width_spaces_and_lower_case_are_one_spelling(typed: str) -> None:
    assert read_document("resident_id", typed, today=TODAY).number == "11010519491231002X"


def test_a_body_code_may_be_written_with_its_hyphen() -> None:
    assert read_document("body_code", "M000100Y-4", today=TODAY).number == "M000100Y4"


@given(st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_mistyped_character_of_a_resident_id_is_always_noticed(place: int, other: str) -> None:
    right = "11010519491231002X"
    typed = right[:place] + other + right[place + 1 :]
    if typed != right:
        with pytest.raises(InvalidInput):
            read_document("resident_id", typed, today=TODAY)


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_mistyped_character_of_a_credit_code_is_always_noticed(place: int, other: str) -> None:
    right = "91350100M000100Y43"
    typed = right[:place] + other + right[place + 1 :]
    if typed != right:
        with pytest.raises(InvalidInput):
            read_document("credit_code", typed, today=TODAY)


class TestOnePersonOneIndex:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (("hk_macau_permit", "H12345678"), ("hk_macau_permit", "H1234567802")),
            (("taiwan_permit", "12345678"), ("taiwan_permit", "1234567803")),
            (("credit_code", "91350100M000100Y43"), ("body_code", "M000100Y-4")),
        ],
    )
    def test_two_papers_of_one_holder_agree(
        self, one: tuple[str, str], other: tuple[str, str]
    ) -> None:
        first, second = (read_document(*each, today=TODAY).canonical() for each in (one, other))
        assert first == second

    def test_passports_of_two_countries_do_not(self) -> None:
        french = read_document("foreign_passport", "12AB34567", today=TODAY, country="fr")
        german = read_document("foreign_passport", "12AB34567", today=TODAY, country="DE")
        assert french.canonical() != german.canonical()

    def test_kinds_do_not_meet(self) -> None:
        one = read_document("taiwan_permit", "12345678", today=TODAY)
        other = read_document("officer_card", "12345678", today=TODAY)
        assert one.canonical() != other.canonical()

    def test_a_foreign_passport_needs_its_country(self) -> None:
        with pytest.raises(InvalidInput) as refusal:
            read_document("foreign_passport", "12AB34567", today=TODAY)
        assert refusal.value.field == "country"


class TestShownToPeople:
    @pytest.mark.parametrize(
        ("kind", "number", "masked"),
        [
            ("resident_id", "11010519491231002X", "110***********002X"),
            ("credit_code", "91350100M000100Y43", "913501********0Y43"),
            ("hk_macau_permit", "H12345678", "H*******8"),
            ("officer_card", "ABCD", "A**D"),
        ],
    )
    def test_most_of_a_number_is_hidden(self, kind: str, number: str, masked: str) -> None:
        assert read_document(kind, number, today=TODAY).masked == masked

    def test_a_representation_hides_all_of_it(self) -> None:
        assert "1949" not in repr(read_document("resident_id", "11010519491231002X", today=TODAY))

    def test_the_day_of_birth_is_in_resident_numbers_alone(self) -> None:
        born = read_document("resident_id", "11010519491231002X", today=TODAY).born
        assert born == date(1949, 12, 31)
        assert read_document("passport", "E12345678", today=TODAY).born is None


def test_age_counts_full_years() -> None:
    born = date(2008, 2, 29)
    assert age_on(born, date(2026, 2, 28)) == 17
    assert age_on(born, date(2026, 3, 1)) == 18


def test_every_kind_is_of_a_human_or_of_a_body() -> None:
    assert frozenset(DocumentKind) == NATURAL | BODIES
    assert not NATURAL & BODIES
    assert UNCHECKED < NATURAL | BODIES
