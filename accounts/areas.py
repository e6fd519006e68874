"""Administrative areas by their six digits (GB/T 2260): province, city, county.

`areas.csv` goes back to the list of the National Bureau of Statistics, with Taiwan, Hong Kong and
Macau; counties change from year to year, so an operator compares it before use. Codes inside
identity numbers are older than any list and are not looked up here.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from core.errors import InvalidInput

_FILE: Final = Path(__file__).with_name("areas.csv")
ABROAD: Final = "000000"
"""境外: outside of the country; in no list of areas."""


@cache
def areas() -> Mapping[str, str]:
    """Code → name, in the order of the codes."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def check_area(code: str, field: str) -> str:
    """The code itself.

    Raises:
        InvalidInput: no such area.
    """
    if code != ABROAD and code not in areas():
        raise InvalidInput(
            "没有这个行政区划代码,请从列表中选择 / no such area: choose one from the list",
            field=field,
        )
    return code


def province_of(code: str) -> str:
    """The code of the province an area lies in (itself, for a province)."""
    return code[:2] + "0000"


def full_name(code: str) -> str:
    """All levels, as `江苏省 南京市 玄武区`; a county straight below a province has two."""
    if code == ABROAD:
        return "境外"
    known = areas()
    levels = dict.fromkeys((province_of(code), code[:4] + "00", code))
    return " ".join(known[level] for level in levels if level in known)


def below(code: str | None) -> Mapping[str, str]:
    """What a select offers next: the provinces, an area's cities, a city's counties.

    Municipalities have no cities: their districts come straight below.
    """
    if code is None:
        return {each: name for each, name in areas().items() if each.endswith("0000")}
    if code.endswith("0000"):
        inside = {each: name for each, name in areas().items() if each[:2] == code[:2]}
        return {
            each: name
            for each, name in inside.items()
            if each != code and (each.endswith("00") or each[:4] + "00" not in inside)
        }
    if code.endswith("00"):
        return {e: name for e, name in areas().items() if e[:4] == code[:4] and e != code}
    return {}
