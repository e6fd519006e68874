"""An office is data: no code file names one, and the pure modules are all under contract."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from registry.offices import shipped
from registry.profile_parts import Condition
from registry.profile_rules import Rules
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
def test_no_code_names_an_office(path: Path) -> None:
    text = path.read_text()
    for word in NAMED | PLACES:
        assert word.lower() not in text.lower(), word


@pytest.mark.parametrize("path", sources(("registry", "certs")), ids=name)
def test_no_code_branches_on_the_key_of_an_office(path: Path) -> None:
    for key in KEYS - {"national"}:
        assert not re.search(rf"\b{key}\b", path.read_text()), key


def test_the_pure_modules_of_the_registry_are_under_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (pure,) = [each for each in contracts if each["name"] == "Pure modules stay pure"]
    for module in ("rules", "form", "form_checks", "numbering", "profile", "plausibility"):
        assert f"registry.{module}" in pure["source_modules"]


def test_the_reference_names_every_part_of_a_profile_and_every_fact_of_a_condition() -> None:
    text = (ROOT / "docs/operations/offices.md").read_text()
    named = {word.split(".")[0] for word in re.findall(r"`([a-z_.]+)`", text)}
    for kind in (Rules, Condition):
        assert {each.name for each in fields(kind)} <= named
