"""What in an office's rules keeps it a sample."""

from pathlib import Path

import pytest

from core.errors import Misconfigured, NotFound
from registry import offices
from registry.confirming import unconfirmed
from registry.profile import parse_profile
from registry.readiness import names_another, names_office, profile_faults
from tests.grounds.in_force import REAL
from tests.registry.offices import LAKE, lake

SHIPPED = offices.shipped()


def test_rules_that_are_an_offices_own_and_confirmed_have_no_fault() -> None:
    assert profile_faults(parse_profile(REAL), SHIPPED) == ()


@pytest.mark.parametrize("key", SHIPPED)
def test_what_ships_stays_a_sample(key: str) -> None:
    said = [fault.said for fault in profile_faults(SHIPPED[key], SHIPPED)]
    assert "for trial" in said[0]


def test_every_example_is_named() -> None:
    (fault,) = profile_faults(lake(), SHIPPED)
    assert fault.field == "profile"
    for key in ("fees.items.lake", "numbering.letters.photograph", "numbering.letters.other"):
        assert key in fault.said


def test_a_price_list_that_may_lack_lines_is_not_confirmed() -> None:
    assert "fees, " in f"{', '.join(unconfirmed(SHIPPED['national']))}, "
    silent = REAL.replace('due = "never"', 'due = "never"\nsource = "example"')
    (fault,) = profile_faults(parse_profile(silent), SHIPPED)
    assert fault.said.endswith(": fees")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("湖畔版权所作品自愿登记专用章", None),
        ("Lakeside Office", None),
        ("作品自愿登记专用章", None),
        ("国家版权局作品自愿登记专用章", "局"),
        ("中国版权保护中心", "中心"),
        ("湖畔版权所 某市公证处", "公证处"),
        ("National Copyright Administration", "administration"),
        ("浙江作品登记", "浙江"),
    ],
)
def test_a_seal_names_nobody_else(text: str, word: str | None) -> None:
    assert names_another(text, lake(), ()) == word
    assert names_another("某某出版社", lake(), ["某某出版社"]) == "某某出版社"


def test_a_certificate_names_the_office_in_either_language() -> None:
    assert names_office(["LAKESIDE OFFICE signing"], lake())
    assert names_office(["x", "湖畔版权所"], lake())
    assert not names_office(["Some Office"], lake())


class TestAnOperatorsOwnFolder:
    def test_adds_its_offices_to_those_that_ship(self, tmp_path: Path) -> None:
        (tmp_path / "lake.toml").write_text(LAKE)
        (tmp_path / "notes.txt").write_text("not a profile")
        found = offices.with_own(tmp_path)
        assert set(found) == {*SHIPPED, "lake"}
        assert offices.get("lake", found).name.zh == "湖畔版权所"
        with pytest.raises(NotFound, match="lake"):
            offices.get("sea", found)

    def test_may_hold_its_own_edition_of_one_that_ships(self, tmp_path: Path) -> None:
        key, profile = next(iter(SHIPPED.items()))
        (tmp_path / f"{key}.toml").write_text(f"{profile.text}\n# ours\n")
        assert offices.with_own(tmp_path)[key].digest != profile.digest
        assert offices.with_own(None) == SHIPPED

    def test_names_each_file_by_its_key(self, tmp_path: Path) -> None:
        (tmp_path / "pond.toml").write_text(LAKE)
        with pytest.raises(Misconfigured, match=r"lake\.toml"):
            offices.with_own(tmp_path)

    def test_is_there_and_can_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(Misconfigured) as caught:
            offices.with_own(tmp_path / "none")
        assert caught.value.field == "YINJI_OFFICES"
        (tmp_path / "lake.toml").write_bytes(b"\xff")
        with pytest.raises(Misconfigured):
            offices.with_own(tmp_path)
