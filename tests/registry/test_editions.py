"""Rules that matters began under stay readable, whatever a later release asks of new ones."""

from pathlib import Path

import pytest

from registry import profile
from registry.profile import parse_profile, stored_profile
from registry.profile_reading import InvalidProfile
from tests.registry.offices import LAKE

EDITIONS = sorted(Path(__file__).with_name("editions").glob("*.toml"))
"""Texts that a release has accepted, never changed: one more for each time rules change shape."""


@pytest.mark.parametrize("path", EDITIONS, ids=lambda path: path.stem)
def test_every_text_of_the_past_is_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    read = stored_profile(text, path.stem)
    assert read.key == path.stem.partition("-")[0]
    assert {each.stage for each in read.stages} == {"first", "final"}
    assert read.clock("correction") is not None
    assert read.text == text


def test_what_is_checked_today_is_not_checked_of_rules_in_use() -> None:
    gone = LAKE.replace("[delivery]", 'gone = "a key of the past"\n[delivery]')
    odd = gone.replace("width = 6", "width = 3")
    with pytest.raises(InvalidProfile):
        parse_profile(odd)
    assert stored_profile(odd, "lake").numbering.width == 3


def test_what_cannot_be_read_is_refused_still() -> None:
    with pytest.raises(InvalidProfile):
        stored_profile(LAKE.replace("width = 6", 'width = "six"'), "lake")


def test_rules_in_use_are_not_taken_for_rules_that_were_checked() -> None:
    """Both are remembered by their text; one must not answer for the other."""
    odd = LAKE.replace("width = 6", "width = 3")
    stored_profile(odd, "profile")
    with pytest.raises(InvalidProfile):
        profile.parse_profile(odd)
