"""Whereto officers are invited: first examiners to one of the office's agencies."""

import pytest

from accounts.identifiers import parse_identifier
from api.messages import officer_invitation
from api.staffing import agency_for
from core.errors import InvalidInput
from registry.offices import shipped
from registry.words import Words

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("given", [None, "", "banana"])
def test_a_first_examiner_is_told_the_agencies_of_the_office(given: str | None) -> None:
    with pytest.raises(InvalidInput, match="exchange") as refused:
        agency_for(shipped()["tianjin"], "first_examiner", given)
    assert refused.value.field == "agency"
    assert agency_for(shipped()["tianjin"], "first_examiner", "exchange") == "exchange"


@pytest.mark.parametrize("given", [None, "", "zhejiang"])
def test_where_the_office_examines_first_itself_no_agency_is_asked_for(given: str | None) -> None:
    assert agency_for(shipped()["zhejiang"], "first_examiner", given) == "zhejiang"


def test_nor_is_another_taken() -> None:
    with pytest.raises(InvalidInput, match="leave this out"):
        agency_for(shipped()["zhejiang"], "first_examiner", "exchange")


def test_the_invitation_names_office_and_role_in_words() -> None:
    to = parse_identifier("a@office.example", "to")
    said = officer_invitation(
        to, shipped()["zhejiang"].name, Words("初审员", "first examiner"), "code"
    ).text
    assert "您被邀请担任浙江省版权局的初审员。" in said
    assert "as first examiner of Zhejiang Copyright Bureau." in said
