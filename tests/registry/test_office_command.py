"""`yinji office check`: 0 with prose, 1 with keys and lines, 64 when nothing can be read."""

from pathlib import Path

import pytest

from api.commands.offices import office
from core.errors import InvalidInput
from registry import offices
from tests.registry.offices import LAKE, line_with

SHIPPED = sorted(Path(offices.__path__[0]).glob("*.toml"))


def test_there_are_four_offices() -> None:
    assert len(SHIPPED) == 4


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_office_is_explained(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert office("check", path) == 0
    said = capsys.readouterr().out
    assert said.index("必交") < said.index("Required")


def test_a_profile_with_errors_names_key_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lake.toml"
    text = LAKE.replace("width = 6", "width = 60").replace("most = 9", 'most = "nine"')
    path.write_text(text)
    assert office("check", path) == 1
    said = capsys.readouterr().out
    assert f"lake.toml:{line_with(text, 'most')}: batch.most" in said


def test_another_offices_numbers_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YINJI_VAR", str(tmp_path))
    path = tmp_path / "lake.toml"
    path.write_text(LAKE)
    assert office("check", path) == 0
    assert "Not compared with the numbers issued" in capsys.readouterr().out
    path.write_text(LAKE.replace("湖作登字", "津作登字"))
    assert office("check", path) == 1
    said = capsys.readouterr().out
    for each in ("lake", "tianjin", "numbering.prefix"):
        assert each in said


def test_what_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "latin.toml"):
        with pytest.raises(InvalidInput) as caught:
            office("check", path)
        assert caught.value.field == "file"
        assert path.name not in caught.value.message


def test_another_action_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="check"):
        office("chek", tmp_path)
