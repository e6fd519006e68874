"""Numbers: issued strictly, read leniently; every real one on record is read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from registry.numbering import (
    CertificateSeries,
    Numbering,
    SoftwareSeries,
    new_acceptance_number,
    parse_acceptance_number,
    parse_registration_number,
    parse_software_number,
    spellings,
)
from registry.offices import shipped
from registry.tables import areas, categories

REAL = [
    ("国作登字-2019-F-00916679", "国", 2019, "F", "00916679"),
    ("国作登字-2020-F-00973504", "国", 2020, "F", "00973504"),
    ("国作登字-2021-F-00025677", "国", 2021, "F", "00025677"),
    ("国作登字-2021-L-00027777", "国", 2021, "L", "00027777"),
    ("粤作登字-2016-F-00007533", "粤", 2016, "F", "00007533"),
    ("粤作登字-2016-L-00000607", "粤", 2016, "L", "00000607"),
    ("粤作登字-2014-L-00000435", "粤", 2014, "L", "00000435"),
    ("黔作登字-2023-A-00854088", "黔", 2023, "A", "00854088"),
    ("鲁作登字-2014-A-005026", "鲁", 2014, "A", "005026"),
    ("国作登字-2013-M-1791", "国", 2013, "M", "1791"),
    ("国作登字-2021-L-00268255", "国", 2021, "L", "00268255"),
    ("国作登字-2026-A-00037559", "国", 2026, "A", "00037559"),
    ("国作登字-2019-I-A0106805", "国", 2019, "I", "A0106805"),
    ("国作登字-2022-F-10012345", "国", 2022, "F", "10012345"),
]


class TestReading:
    @pytest.mark.parametrize(("text", "area", "year", "letter", "serial"), REAL)
    def test_every_real_number(
        self, text: str, area: str, year: int, letter: str, serial: str
    ) -> None:
        read = parse_registration_number(text, areas())
        assert (read.area, read.year, read.letter, read.serial) == (area, year, letter, serial)
        assert str(read) == text
        assert read.dci == (serial[0] == "A")

    @pytest.mark.parametrize(
        "typed",
        [
            " 国作登字 - 2019 - F - 00916679 ",
            "国作登字—2019—f—00916679",
            "国作登字－２０１９－Ｆ－００９１６６７９",
            "国作登字2019F00916679",
            "国作登字:2019-F-00916679号",
            "国作登字第2019-F-00916679号",
            "国登字-2019-F-00916679",
        ],
    )
    def test_people_type_it_in_many_ways(self, typed: str) -> None:
        assert str(parse_registration_number(typed, areas())) == "国作登字-2019-F-00916679"

    @pytest.mark.parametrize(
        "typed",
        [
            "", "国作登字", "木作登字-2019-F-00916679", "国作登字-19-F-00916679",
            "国作登字-2019-FF-00916679", "国作登字-2019-F-123", "国作登字-2019-F-1234567890123",
            "国作登字-2019-F-00916679x", "国作登字-2019-F-" + "1" * 5000, "软著登字第0123456号",
        ],
    )  # fmt: skip
    def test_other_text_is_refused_with_a_pattern_to_follow(self, typed: str) -> None:
        with pytest.raises(InvalidInput, match="国作登字-2019-F-00916679") as caught:
            parse_registration_number(typed, areas())
        assert caught.value.field == "registration_number"

    def test_what_is_no_number_at_all_is_answered_with_both_patterns(self) -> None:
        with pytest.raises(InvalidInput, match=r"国作登字-2019-F-00916679.*2024SR0123456"):
            spellings("SL-1", areas())

    @given(st.text(max_size=60))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        try:
            read = str(parse_registration_number(text, areas()))
        except InvalidInput:
            return
        assert str(parse_registration_number(read, areas())) == read

    @pytest.mark.parametrize(
        ("typed", "printed"),
        [
            ("软著登字第0123456号", "软著登字第0123456号"),
            ("软著登字 第 0123456 号", "软著登字第0123456号"),
            ("软著登字-0123456", "软著登字第0123456号"),
            ("湖软登字第 000123 件", "湖软登字第000123件"),
            ("2024SR0123456", "2024SR0123456"),
            ("2024sr 0123456", "2024SR0123456"),
            ("2009SR012345", "2009SR012345"),
            ("2027-xr-0000 00000123", "2027XR000000000123"),
        ],
    )
    def test_software_numbers(self, typed: str, printed: str) -> None:
        assert str(parse_software_number(typed)) == printed

    def test_a_work_number_is_no_software_number(self) -> None:
        with pytest.raises(InvalidInput, match="2024SR0123456"):
            parse_software_number("国作登字-2019-F-00916679")


class TestIssuing:
    @given(
        st.sampled_from(sorted(areas())), st.integers(1, 99_999_999), st.sampled_from("ABFGILMZ"),
        st.integers(946_684_800, 7_258_000_000),
    )  # fmt: skip
    def test_what_is_issued_is_read_back(
        self, area: str, serial: int, letter: str, at: int
    ) -> None:
        numbering = Numbering(f"{area}作登字", "year", 8)
        number = numbering.number(datetime.fromtimestamp(at, UTC), letter, serial)
        read = parse_registration_number(number, areas())
        assert str(read) == number
        assert int(read.serial) == serial

    def test_the_year_is_that_of_beijing(self) -> None:
        numbering = Numbering("国作登字", "year_letter", 8)
        before, after = (datetime(2026, 12, 31, hour, tzinfo=UTC) for hour in (15, 16))
        assert numbering.number(before, "F", 1) == "国作登字-2026-F-00000001"
        assert numbering.number(after, "F", 1) == "国作登字-2027-F-00000001"
        assert numbering.series(after, "F") == "2027-F"

    def test_a_series_runs_over_all_letters_or_for_each(self) -> None:
        at = datetime(2026, 6, 1, tzinfo=UTC)
        assert Numbering("国作登字", "year", 8).series(at, "F") == "2026"
        assert Numbering("粤作登字", "year_letter", 8).series(at, "F") == "2026-F"

    @pytest.mark.parametrize(
        ("letter", "serial"), [("f", 1), ("", 1), ("FF", 1), ("F", 0), ("F", 10**6)]
    )
    def test_what_does_not_fit_is_refused(self, letter: str, serial: int) -> None:
        with pytest.raises(InvalidInput):
            Numbering("湖作登字", "year", 6).number(
                datetime(2026, 6, 1, tzinfo=UTC), letter, serial
            )


class TestAcceptanceNumbers:
    def test_case_spaces_and_dashes_do_not_matter(self) -> None:
        number = new_acceptance_number()
        assert parse_acceptance_number(number) == number
        assert parse_acceptance_number(f" {number.lower().replace('-', ' ')}") == number

    def test_letters_that_look_like_digits_are_those_digits(self) -> None:
        assert parse_acceptance_number("SL-OOII-LLLL-0000") == "SL-0011-1111-0000"

    def test_other_text_is_refused(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            parse_acceptance_number("SL-12")
        assert caught.value.field == "acceptance_number"


class TestTables:
    def test_only_what_is_attested_is_called_so(self) -> None:
        assert {each.letter for each in categories().values() if each.attested} == set("AFGIL")
        assert {area for area, each in areas().items() if each.attested} == set("国粤鲁黔")

    def test_every_category_of_works_has_a_letter(self) -> None:
        without = {key for key, each in categories().items() if each.letter is None}
        assert without == {"software"}

    @pytest.mark.parametrize("office", sorted(shipped()))
    def test_no_office_calls_a_letter_certain_that_is_not(self, office: str) -> None:
        numbering, table = shipped()[office].numbering, categories()
        certain = set(numbering.attested)
        assert certain <= {each.letter for each in table.values() if each.attested}
        for category, letter in numbering.letters.items():
            assert letter not in certain or table[category].letter == letter


class TestSoftwareSeries:
    SERIES = SoftwareSeries("SR", 7)

    def test_has_the_year_and_seven_digits_and_no_letter(self) -> None:
        number = self.SERIES.number(datetime(2026, 12, 31, 16, tzinfo=UTC), "", 1)
        assert number == "2027SR0000001"  # already the next year at the office
        assert str(parse_software_number(number)) == number

    def test_certificates_have_a_number_without_a_year(self) -> None:
        series = CertificateSeries("软著登字第", "号", 7)
        assert series.number(123456) == "软著登字第0123456号"
        assert str(parse_software_number(series.number(1))) == series.number(1)
        with pytest.raises(InvalidInput) as refused:
            series.number(10**7)
        assert refused.value.field == "serial"

    def test_begins_anew_each_year(self) -> None:
        assert self.SERIES.series(datetime(2026, 3, 1, tzinfo=UTC), "") == "2026-SR"
        assert self.SERIES.series(datetime(2027, 3, 1, tzinfo=UTC), "") == "2027-SR"

    @pytest.mark.parametrize(("letter", "serial"), [("F", 1), ("", 0), ("", 10**7)])
    def test_refuses_what_is_no_number_of_software(self, letter: str, serial: int) -> None:
        with pytest.raises(InvalidInput):
            self.SERIES.number(datetime(2026, 3, 1, tzinfo=UTC), letter, serial)
