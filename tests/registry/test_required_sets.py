"""Which papers the shipped offices ask for, as their manuals list them."""

import pytest

from registry.asking import documents_for
from registry.offices import shipped
from registry.rules import Asked
from tests.registry.forms import filled, form

pytestmark = pytest.mark.unit


def asked(office: str, **said: object) -> dict[str, Asked]:
    profile = shipped()[office]
    return {each.code: each for each in documents_for(profile, form(**said), profile.area)}


def test_tianjin_requires_form_statement_proof_and_pledge_and_takes_the_rest() -> None:
    """TJ-101 … TJ-106, TJ-118."""
    found = asked("tianjin")
    required = {code for code, each in found.items() if each.needed == "required"}
    assert required == {
        "application_form", "identity", "creation_statement", "ownership_statement", "pledge",
        "sample",
    }  # fmt: skip
    assert {code for code, each in found.items() if each.needed == "optional"} == {"other"}
    outside = filled()["owners"][0]
    outside = {**outside, "place": {"country": "CN", "province": "330000", "city": "杭州"}}
    assert asked("tianjin", owners=[outside])["outside_pledge"].needed == "optional"


def test_an_agent_shows_both_sides_of_the_card_as_pictures() -> None:
    """TJ-110, TJ-112, TJ-113."""
    agent = {"filed_by": "agent", "agent": {"name": "乙"}}
    card = asked("tianjin", **agent)["agent_identity"]
    assert card.document.formats == ("jpg", "jpeg", "gif", "png")
    assert "人像面与国徽面" in card.document.name.zh
    assert "agent_identity" not in asked("tianjin")


def test_a_work_of_employment_needs_contract_and_stamped_proof() -> None:
    """CP-37."""
    found = asked("national", ownership="employment")
    assert {"labour_contract", "employment_proof"} <= {
        code for code, each in found.items() if each.needed == "required"
    }
    assert found["employment_proof"].document.seal_for_organisations


def test_shandong_takes_papers_for_ownership_rights_pledge_and_more() -> None:
    """SD-146, SD-152, SD-160, SD-161."""
    found = asked("shandong", ownership="joint")
    assert found["joint_agreement"].needed == "required"
    assert found["pledge"].needed == "required"
    assert {"template", "upload"} <= set(found["pledge"].document.how)
    assert found["rights_proof"].needed == found["other"].needed == "optional"
