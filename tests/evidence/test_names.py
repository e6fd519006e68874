"""Names are data: whatever is kept can be shown, and none of it is a path."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.documents import holds_resident_number
from api.headers import disposition
from core.errors import InvalidInput
from core.text import clean_text
from evidence.names import clean_file_name, clean_words, extension
from tests.grounds.people import resident_number

HOSTILE = [
    "", " ", "a\x00.png", "../a.png", "..\\a.png", "/etc/passwd", "a/b.png", ".", "..", "...",
    "a\u202egnp.exe", "a\u200b.png", "a\ufeff.png", "a\n.png", "a\r\nX: y.png", "\x1b[31m.png",
    "x" * 300 + ".png", "a\ud800.png", "a\ue000.png", "a\u2028.png", "a\u2066.png",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_by_field(name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        clean_file_name(name, "files[0].name", 200)
    assert refusal.value.field == "files[0].name"
    assert len(name) < 5 or name not in refusal.value.message


@pytest.mark.parametrize(
    "name", ["照片 1.jpg", "a'b\"c.png", "CON.png", "-rf.txt", "é.png", "🙂.png"]
)
def test_an_odd_but_honest_name_is_kept(name: str) -> None:
    assert clean_file_name(name, "name", 200) == name


def test_two_spellings_of_a_letter_are_one_name() -> None:
    assert clean_file_name("e\u0301.png", "name", 200) == "é.png"


@given(st.text(max_size=260))
def test_any_text_is_refused_or_clean(text: str) -> None:
    try:
        cleaned = clean_file_name(text, "name", 200)
    except InvalidInput:
        return
    assert 1 <= len(cleaned) <= 200
    assert not set(cleaned) & set("/\\\0\n\r\u202e")
    assert clean_file_name(cleaned, "name", 200) == cleaned
    disposition(cleaned).encode("ascii")


def test_lines_are_kept_only_where_they_are_meant() -> None:
    assert clean_text("一\n二", "description", 10, multiline=True) == "一\n二"
    with pytest.raises(InvalidInput):
        clean_text("一\n二", "title", 10)


@pytest.mark.parametrize(
    ("name", "ending"), [("a.PNG", "png"), (".png", ""), ("a", ""), ("a.tar.gz", "gz"), ("a.", "")]
)
def test_the_extension_is_what_follows_the_last_dot(name: str, ending: str) -> None:
    assert extension(name) == ending


class TestDisposition:
    def test_gives_the_real_name_and_a_plain_one(self) -> None:
        assert disposition("照片 1.jpg") == (
            "attachment; filename=\"__ 1.jpg\"; filename*=UTF-8''%E7%85%A7%E7%89%87%201.jpg"
        )

    @pytest.mark.parametrize("name", ['a";x=".png', "a%22.png", "a\\.png", "a;b.png"])
    def test_no_name_ends_its_own_quotes(self, name: str) -> None:
        plain = disposition(name).split('filename="')[1].split('"; filename*=')[0]
        assert not set(plain) & set('"\\%;')


UNSEEN = ["\u00ad", "\u034f", "\u200c", "\u200d", "\u200d" * 9, "\ufe0f", "\u3164"]
MARKS = [",", ", ", "、", "/", "|", "*", "~", ",", "。"]


def written(number: str) -> list[str]:
    """The same number in many hands."""
    wide = "".join(chr(ord(each) + 0xFEE0) for each in number)
    parts = (number[:6], number[6:14], number[14:])
    arabic = number.translate({ord(str(digit)): chr(0x660 + digit) for digit in range(10)})
    return [
        *(between.join(number) for between in UNSEEN), *(between.join(parts) for between in MARKS),
        arabic, f"{number[:6]}({number[6:14]}){number[14:]}",
        number, number.lower(), f"身份证{number}.png", f"ID{number}的作品", wide, f"张三{wide}",
        " ".join(parts), "-".join(parts), "–".join(parts), " - ".join(parts), "_".join(parts),
        " ".join(number), f"2024-{number}", f"3 {number}", f"{number}-01", f"({number})",
    ]  # fmt: skip


class TestIdentityNumbers:
    def test_however_written_are_refused_by_field_and_not_repeated(self) -> None:
        number = resident_number()
        for text in written(number):
            for clean in (clean_words, clean_file_name):
                with pytest.raises(InvalidInput) as refusal:
                    clean(text, "tags", 200)
                assert refusal.value.field == "tags"
                assert "take it " in refusal.value.message
                assert number not in refusal.value.message
                assert text not in refusal.value.message

    @pytest.mark.parametrize("last", ["x", "X", "\u0425", "\u0445", "\u03a7", "\u03c7", "×"])
    def test_whatever_is_read_as_the_letter_is_the_letter(self, last: str) -> None:
        with pytest.raises(InvalidInput):
            clean_words(f"11010519491231002{last}", "title", 200)

    def test_a_long_text_of_digits_is_gone_through_once(self) -> None:
        begun = time.process_time()
        for text in ("1 1 0 1 0 1 1 9 0 1 0 1 " * 20_000, "1 . " * 100_000, "1" * 400_000):
            assert not holds_resident_number(text)
        assert time.process_time() - begun < 2

    def test_what_is_none_is_kept(self) -> None:
        number = resident_number()
        wrong = number[:-1] + ("1" if number[-1] == "0" else "0")
        no_day = "120101" + "19991332" + number[14:]
        for text in (wrong, no_day, f"9{number}", f"{number}9", number[:17], "20240101 系列 123456",
                     "91110108551385082Q", "978-7-111-21382-6, 978-7-111-21383-3",
                     "12:30:15 2020-01-02 10:20:30", "12:30:15, 2020-01-02 10:21:30",
                     "No. 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18", "9" * 18):  # fmt: skip
            assert clean_words(text, "title", 200) == text

    @given(st.dates(date(1000, 1, 1)), st.integers(0, 999), st.text("甲A ,。", max_size=4))
    def test_of_every_number_one_check_character_is_refused(
        self, born: date, serial: int, around: str
    ) -> None:
        body = f"440301{born:%Y%m%d}{serial:03d}"
        refused = 0
        for last in "0123456789X":
            try:
                clean_words(f"{around}a{body}{last}a{around}", "title", 200)
            except InvalidInput:
                refused += 1
        assert refused == (1 if 1900 <= born.year <= 2099 else 0)
