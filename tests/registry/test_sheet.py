"""A sheet of works: each cell becomes what its field of the form holds, or is refused by name."""

import pytest

from core.errors import InvalidInput
from registry.sheet import read

SHEET = """key,files,title,completion_date,published,owners[0].name,owners[1].name,\
kept.electronic_count,documents.creation_statement
a,1.png;2.png,山间一,2026-02-01,否,张三,,2,写生而成。
,3.png,"山间,二",2026-02-02,是,张三,李四,,
"""


def test_each_row_is_a_form_with_files_and_papers() -> None:
    first, second = read(SHEET)
    assert (first.line, first.key, first.files) == (2, "a", ("1.png", "2.png"))
    assert first.form == {
        "title": "山间一", "completion_date": "2026-02-01", "published": False,
        "owners": [{"name": "张三"}], "kept": {"electronic_count": 2},
    }  # fmt: skip
    assert first.documents == {"creation_statement": "写生而成。"}
    assert (second.key, second.form["title"]) == ("row-3", "山间,二")
    assert [owner["name"] for owner in second.form["owners"]] == ["张三", "李四"]
    assert "kept" not in second.form


def test_a_sheet_as_spreadsheets_write_it_is_read() -> None:
    windows = "\ufeff" + SHEET.replace("\n", "\r\n")
    assert read(windows) == read(SHEET)


@pytest.mark.parametrize(
    ("sheet", "field"),
    [
        ("", "sheet"), ("title\n", "sheet"), ('title\n"a\n', "sheet"),
        ("title,title\na,b\n", "1:title"), ("colour\nred\n", "1:colour"),
        ("owners.name\na\n", "1:owners.name"), ("title[0]\na\n", "1:title[0]"),
        ("title.x\na\n", "1:title.x"), ("kept\na\n", "1:kept"), ("__class__\na\n", "1:__class__"),
        ("documents.A\na\n", "1:documents.A"), ("published\nperhaps\n", "2:published"),
        ("series_pieces\n1.5\n", "2:series_pieces"), ("title\na,b\n", "2:"),
        ("key,title\nx,a\nx,b\n", "3:key"), (f"title\n{'x' * 20_001}\n", "2:title"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_line_and_column(sheet: str, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(sheet)
    assert caught.value.field == field
