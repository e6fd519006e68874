"""Names are data: whatever is kept can be shown, and none of it is a path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.headers import disposition
from core.errors import InvalidInput
from core.text import clean_text
from evidence.names import clean_file_name, extension

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
