"""Identification material: which pages, how many lines, which comments go, what is covered."""

import io
import time
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput, TooLarge
from registry import source_pages
from registry.source_comments import LANGUAGES, without_comments
from registry.source_pages import (
    COLUMNS,
    SOURCE_ROWS,
    Cover,
    Deposited,
    SourceFile,
    Untouched,
    covered,
    decoded,
    deposit,
    sources,
)

pytestmark = pytest.mark.unit


def numbered(lines: int) -> list[SourceFile]:
    return [SourceFile("py", "\n".join(f"x{at} = {at}" for at in range(1, lines + 1)))]


def made(lines: int, rows: int = SOURCE_ROWS) -> Deposited:
    return deposit(numbered(lines), rows, comments_kept=True)


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name if "/" in name else name.replace("__", "/").replace("_", "."), data)
    return out.getvalue()


@pytest.mark.parametrize("ending", ["docx", "odt", "doc", "rtf"])
def test_a_word_processors_file_is_refused_with_a_remedy(ending: str) -> None:
    with pytest.raises(InvalidInput, match="PDF or txt") as refused:
        sources([(f"程序.{ending}", b"PK")])
    assert refused.value.field == "evidence_number"


class TestWhichPages:
    @pytest.mark.parametrize(
        ("lines", "pages", "handed_in"),
        [(1, 1, 1), (50, 1, 1), (51, 2, 2), (3000, 60, 60), (3001, 61, 60), (9000, 180, 60)],
    )
    def test_all_of_them_up_to_sixty_else_the_first_and_the_last_thirty(
        self, lines: int, pages: int, handed_in: int
    ) -> None:
        found = made(lines)
        assert (found.pages, found.lines, len(found.leaves)) == (pages, lines, handed_in)

    def test_the_first_thirty_and_the_last_thirty_are_continuous(self) -> None:
        numbers = [leaf.number for leaf in made(9000).leaves]
        assert numbers == [*range(1, 31), *range(151, 181)]

    def test_begin_with_the_first_line_and_end_with_the_last(self) -> None:
        leaves = made(9000).leaves
        assert leaves[0].rows[0] == "x1 = 1"
        assert leaves[29].rows[-1] == "x1500 = 1500"
        assert leaves[30].rows[0] == "x7501 = 7501"
        assert leaves[-1].rows[-1] == "x9000 = 9000"

    def test_every_page_but_the_last_has_fifty_lines(self) -> None:
        leaves = made(8999).leaves
        assert {len(leaf.rows) for leaf in leaves[:-1]} == {50}
        assert len(leaves[-1].rows) == 49

    def test_lines_go_on_from_one_file_to_the_next(self) -> None:
        found = deposit([*numbered(30), *numbered(30)], SOURCE_ROWS, comments_kept=True)
        assert (found.pages, found.leaves[0].rows[30]) == (2, "x1 = 1")

    def test_blank_lines_are_no_lines(self) -> None:
        file = SourceFile("py", "a = 1\n\n   \n\t\nb = 2\n\f\n")
        assert deposit([file], 50, comments_kept=True).leaves[0].rows == ("a = 1", "b = 2")


class TestPrintedLines:
    def test_a_long_line_goes_on_in_the_next(self) -> None:
        text = "".join(f"{at:05d}" for at in range(60))
        rows = deposit([SourceFile("c", text)], 50, comments_kept=True).leaves[0].rows
        assert [len(row) for row in rows] == [COLUMNS, COLUMNS, COLUMNS, 300 - 3 * COLUMNS]
        assert "".join(rows) == text

    @given(st.text(max_size=400))
    def test_nothing_but_blanks_is_lost_and_no_line_is_too_wide(self, text: str) -> None:
        rows = [
            row
            for leaf in deposit([SourceFile("c", text)], 50, comments_kept=True).leaves
            for row in leaf.rows
        ]
        for row in rows:
            assert sum(1 if ord(c) < 0x1100 else 2 for c in row) <= COLUMNS
        printed = set("".join(rows))
        assert {c for c in text if c.isascii() and c.isalnum()} <= printed

    def test_a_character_without_an_outline_is_written_as_its_number(self) -> None:
        rows = deposit([SourceFile("c", 'say("\U0001f600\x1b")')], 50, comments_kept=True)
        assert rows.leaves[0].rows == ('say("<U+1F600><U+001B>")',)

    def test_tabs_stand_for_blanks(self) -> None:
        rows = deposit([SourceFile("c", "\tif\ta")], 50, comments_kept=True).leaves[0].rows
        assert rows == ("    if  a",)


class TestComments:
    @pytest.mark.parametrize(
        ("ending", "text", "bare"),
        [
            ("c", 'a = "//no"; // yes\n/* two\nlines */ b;', 'a = "//no";  \n  b;'),
            ("c", "a = '\"'; // yes", "a = '\"';  "),
            ("c", 'R"x(// no )x" // yes', 'R"x(// no )x"  '),
            ("c", "int/* between */b;", "int b;"),
            ("java", 'String s = """\n // no\n"""; // yes', 'String s = """\n // no\n""";  '),
            ("js", "s.replace(/\\/\\//g, ''); // yes", "s.replace(/\\/\\//g, '');  "),
            ("js", "a = `// ${b} no`; // yes", "a = `// ${b} no`;  "),
            ("js", "a = b / c; // yes / no", "a = b / c;  "),
            ("py", 'a = "# no"  # yes', 'a = "# no"   '),
            ("py", "a = '''# no\n# no'''\n# yes", "a = '''# no\n# no'''\n "),
            ("sh", 'echo "${#a}" $# # yes', 'echo "${#a}" $#  '),
            ("yml", "a: b#c # yes", "a: b#c  "),
            ("sql", "select '--no' -- yes", "select '--no'  "),
            ("lua", "--[[ two\nlines ]] a -- yes", "  a  "),
            ("html", "<p><!-- yes\n --></p>", "<p> </p>"),
            ("css", "a { } /* yes */", "a { }  "),
            ("php", "#[Attribute]\n# yes\n// yes", "#[Attribute]\n \n "),
            ("pas", "a := '{no}'; { yes } (* yes *) // yes", "a := '{no}';      "),
            ("bas", "a = \"'no\" ' yes", 'a = "\'no"  '),
            ("hs", 'a = "--no" -- yes', 'a = "--no"  '),
            ("el", '(a ";no") ; yes', '(a ";no")  '),
            ("rs", "fn f<'a>(b: &'a str) // yes", "fn f<'a>(b: &'a str)  "),
            ("sh", "echo don't # stays\n# yes", "echo don't # stays\n "),
        ],
    )
    def test_go_and_strings_stay(self, ending: str, text: str, bare: str) -> None:
        assert without_comments(text, ending) == bare

    def test_of_an_unknown_language_stay_and_are_told(self) -> None:
        found = deposit([SourceFile("txt", "a # b")], 50, comments_kept=False)
        assert found.untouched == (Untouched("", "txt", 1),)
        assert found.leaves[0].rows == ("a # b",)

    def test_lines_of_nothing_but_comment_are_gone(self) -> None:
        file = SourceFile("py", "# one\na = 1\n    # two\nb = 2")
        assert deposit([file], 50, comments_kept=False).leaves[0].rows == ("a = 1", "b = 2")
        assert len(deposit([file], 50, comments_kept=True).leaves[0].rows) == 4

    @pytest.mark.parametrize("ending", sorted(LANGUAGES))
    @pytest.mark.parametrize(
        "piece",
        [
            '"',
            "'",
            "/*",
            'R"(',
            "`",
            "(/",
            "#",
            "{",
            "'''",
            "--[[",
            '"\\',
            "'\\",
            "`\\",
            ",/[",
            ",/\\",
        ],
    )
    def test_take_no_longer_for_text_made_to_be_slow(self, ending: str, piece: str) -> None:
        begun = time.monotonic()
        without_comments(piece * 40_000, ending)
        assert time.monotonic() - begun < 2


class TestSources:
    def test_come_from_archives_in_their_order(self) -> None:
        members = {"b_py": b"b = 1", "src__a_py": b"a = 1", "c_png": b"\x89PNG"}
        data = archive(**members, **{"__MACOSX/b.py": b"x", "made/": b""})
        assert [file.text for file in sources([("all.zip", data)])] == ["b = 1", "a = 1"]

    def test_are_text_in_any_usual_encoding(self) -> None:
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
            assert decoded("名称 = 1".encode(encoding)) == "名称 = 1"
        with pytest.raises(InvalidInput):
            decoded(b"\xff\xff\xff")

    @pytest.mark.parametrize(
        "files",
        [[], [("a.png", b"x")], [("a.zip", archive(a_png=b"x"))]],
    )
    def test_that_hold_no_text_are_refused(self, files: list[tuple[str, bytes]]) -> None:
        with pytest.raises(InvalidInput):
            sources(files)

    def test_that_are_damaged_are_refused(self) -> None:
        data = bytearray(archive(a_py=b"a = 1\n" * 1000))
        with pytest.raises(InvalidInput):
            sources([("a.zip", b"PK\x03\x04 no archive")])
        data[40:60] = bytes(20)
        with pytest.raises(InvalidInput):
            sources([("a.zip", bytes(data))])

    def test_an_archive_that_unpacks_to_too_much_is_left(self) -> None:
        bomb = archive(a_py=bytes(source_pages.MOST_BYTES + 1))
        assert len(bomb) < 100_000
        with pytest.raises(TooLarge):
            sources([("a.zip", bomb)])
        half = archive(a_py=bytes(source_pages.MOST_BYTES // 2 + 1))
        with pytest.raises(TooLarge):
            sources([("a.zip", half), ("b.zip", half)])

    def test_an_archive_of_too_many_entries_is_left(self) -> None:
        many = archive(**{f"a{at}_txt": b"" for at in range(source_pages.MOST_ENTRIES + 1)})
        with pytest.raises(TooLarge):
            sources([("a.zip", many)])


class TestCovering:
    def test_takes_the_text_away(self) -> None:
        found = covered(made(100), [Cover(1, 2, 3), Cover(1, 3, 4)])
        assert found.leaves[0].covered == {2, 3, 4}
        assert found.leaves[0].rows[:5] == ("x1 = 1", "", "", "", "x5 = 5")
        assert found.leaves[1].covered == frozenset()

    def test_leaves_at_least_half(self) -> None:
        covered(made(100), [Cover(1, 1, 50)])
        with pytest.raises(InvalidInput) as refused:
            covered(made(100), [Cover(1, 1, 50), Cover(2, 1, 1)])
        assert refused.value.field == "software.bars"

    @pytest.mark.parametrize("cover", [Cover(3, 1, 1), Cover(1, 0, 1), Cover(1, 2, 1),
                                       Cover(2, 1, 51), Cover(0, 1, 1)])  # fmt: skip
    def test_of_lines_that_are_not_there_is_refused(self, cover: Cover) -> None:
        with pytest.raises(InvalidInput) as refused:
            covered(made(100), [Cover(1, 1, 1), cover])
        assert refused.value.field == "software.bars[1]"

    def test_pages_are_counted_as_they_are_handed_in(self) -> None:
        found = covered(made(9000), [Cover(31, 1, 1)])
        assert (found.leaves[30].number, found.leaves[30].covered) == (151, {1})
        assert replace(found, leaves=()) == replace(made(9000), leaves=())
