"""Which agency examines first, where the office says so itself (SD-170)."""

from dataclasses import replace

import pytest

from registry.offices import shipped
from registry.profile_parts import Agency

pytestmark = pytest.mark.unit


def test_the_only_agency_of_an_office_that_assigns_one_is_taken() -> None:
    profile = shipped()["shandong"]
    assert profile.agency_of(None) == "centre"
    two = replace(profile, agencies={**(profile.agencies or {}), "other": Agency(profile.name)})
    assert two.agency_of(None) is None


def test_where_the_applicant_chooses_none_is_taken_for_the_one_chosen() -> None:
    chosen = shipped()["tianjin"]
    assert chosen.agency_of("youth") == "youth"
    assert chosen.agency_of(None) is None
