"""An office is data: no code file names one, and the pure modules are all under contract."""

import re
import tomllib

import pytest

from registry.offices import shipped
from registry.tables import areas
from tests.architecture.sources import ROOT, name, sources

NAMED = {
    word
    for profile in shipped().values()
    for word in (profile.name.zh, profile.platform.zh, profile.name.en, profile.numbering.prefix)
} - {"国作登字"}
"""The national prefix is how a number is explained to people; the others are nobody's example."""
PLACES = {
    word
    for profile in shipped().values()
    for area in areas().values()
    if area.code == profile.area != "national"
    for word in (area.name.zh.rstrip("省市"), area.name.en)
}
KEYS = {profile.key for profile in shipped().values()}


@pytest.mark.parametrize("path", sources(), ids=name)
def test_no_code_names_an_office(path: object) -> None:
    text = path.read_text()  # type: ignore[attr-defined]
    for word in NAMED | PLACES:
        assert word.lower() not in text.lower(), word


@pytest.mark.parametrize("path", sources(("registry", "certs")), ids=name)
def test_no_code_branches_on_the_key_of_an_office(path: object) -> None:
    for key in KEYS - {"national"}:
        assert not re.search(rf"\b{key}\b", path.read_text()), key  # type: ignore[attr-defined]


def test_the_pure_modules_of_the_registry_are_under_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (pure,) = [each for each in contracts if each["name"] == "Pure modules stay pure"]
    for module in ("rules", "form", "form_checks", "numbering", "profile", "plausibility"):
        assert f"registry.{module}" in pure["source_modules"]
