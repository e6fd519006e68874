"""What a work may be is a setting; the defaults are SD-66 … SD-83."""

from pathlib import Path

import pytest

from api.settings import Settings
from core.errors import Misconfigured
from evidence.limits import GIB, MIB, IntakeLimits

NEEDED = {
    "DATABASE_URL": "postgresql://x", "BROKER_URL": "memory://",
    "YINJI_PUBLIC_URL": "http://x", "YINJI_RPC_URLS": "http://x",
}  # fmt: skip


def limits(tmp_path: Path, **given: str) -> IntakeLimits:
    return Settings.from_environment({**NEEDED, **given}, tmp_path).intake


def test_nothing_said_is_what_the_manual_says(tmp_path: Path) -> None:
    found = limits(tmp_path)
    assert found == IntakeLimits()
    assert (found.max_files, found.max_display_pictures) == (10, 4)
    assert (found.max_file_bytes, found.max_display_bytes) == (20 * GIB, 20 * MIB)


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("YINJI_WORK_FILES", "3", "max_files", 3),
        ("YINJI_FILE_GIB", "1", "max_file_bytes", GIB),
        ("YINJI_DISPLAY_PICTURES", "0", "max_display_pictures", 0),
        ("YINJI_DISPLAY_MIB", "5", "max_display_bytes", 5 * MIB),
        ("YINJI_DISPLAY_FORMATS", ".PNG", "display_extensions", frozenset({"png"})),
        ("YINJI_PICTURE_PIXELS", "1000", "max_pixels", 1000),
        ("YINJI_TITLE_CHARACTERS", "40", "max_title_characters", 40),
        ("YINJI_DESCRIPTION_CHARACTERS", "500", "max_description_characters", 500),
        ("YINJI_WORK_TAGS", "0", "max_tags", 0),
        ("YINJI_WORK_AUTHORS", "50", "max_authors", 50),
        ("YINJI_UPLOADS_GIB", "2", "max_waiting_bytes", 2 * GIB),
    ],
)
def test_each_setting_is_one_limit(
    tmp_path: Path, name: str, value: str, field: str, expected: object
) -> None:
    found = limits(tmp_path, **{name: value})
    assert getattr(found, field) == expected
    rest = {each for each in IntakeLimits.__dataclass_fields__ if each != field}
    usual = IntakeLimits()
    assert {each for each in rest if getattr(found, each) != getattr(usual, each)} == set()


def test_formats_are_some_of_those_whose_content_is_known(tmp_path: Path) -> None:
    found = limits(tmp_path, YINJI_FORMATS="pdf, .JPG,")
    assert found.formats == {name: IntakeLimits().formats[name] for name in ("jpg", "pdf")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YINJI_WORK_FILES", "0"), ("YINJI_WORK_FILES", "11"), ("YINJI_FILE_GIB", "0"),
        ("YINJI_FORMATS", "exe"), ("YINJI_FORMATS", ","), ("YINJI_DISPLAY_FORMATS", "pdf"),
        ("YINJI_DISPLAY_PICTURES", "101"), ("YINJI_TITLE_CHARACTERS", "201"),
        ("YINJI_PICTURE_PIXELS", "many"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        limits(tmp_path, **{name: value})
    assert refusal.value.field == name
