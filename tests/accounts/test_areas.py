"""Areas: six digits, three levels, nothing invented."""

import pytest

from accounts.areas import ABROAD, areas, below, check_area, full_name, province_of
from core.errors import InvalidInput


def test_every_code_has_six_digits_and_a_province() -> None:
    for code, name in areas().items():
        assert len(code) == 6
        assert code.isdigit()
        assert name
        assert province_of(code) in areas()
    assert len(below(None)) == 34


def test_every_area_can_be_reached_by_the_selects() -> None:
    reached = set(below(None))
    for province in below(None):
        for city in below(province):
            reached |= {city, *below(city)}
    assert reached == set(areas())


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("330106", "浙江省 杭州市 西湖区"),
        ("120101", "天津市 和平区"),
        ("429004", "湖北省 仙桃市"),
        ("810000", "香港特别行政区"),
        (ABROAD, "境外"),
    ],
)
def test_a_name_has_all_its_levels(code: str, name: str) -> None:
    assert full_name(check_area(code, "region")) == name


@pytest.mark.parametrize("code", ["", "999999", "33010", "830000", "３３０１０６"])
def test_no_such_area_is_refused_by_field(code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_area(code, "region")
    assert refusal.value.field == "region"
